"""Celery: the clock and the hands. The database is the queue.

Every task drains what is due in the database; beat sweeps them all. A task is never retried by Celery and carries no
arguments, so a lost, doubled or re-delivered message changes nothing.
"""

import os
from socket import gethostname
from typing import Any

from celery import Celery
from celery.signals import beat_init, before_task_publish, heartbeat_sent, task_postrun, task_prerun, worker_shutdown
from django.db import close_old_connections

from voicepact.kernel import heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicepact.settings")

app = Celery("voicepact")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
@task_postrun.connect
def drop_dead_connections(**_: object) -> None:
    """A connection that PostgreSQL has closed is opened anew: CELERY_DB_REUSE_MAX keeps Celery from looking."""
    close_old_connections()


@heartbeat_sent.connect
def worker_is_there(sender: Any, **_: object) -> None:
    heartbeat.note(heartbeat.WORKER, sender.eventer.hostname)


@task_postrun.connect
def worker_works(task: Any, **_: object) -> None:
    if hostname := task.request.hostname:  # none where a task is called as a function
        heartbeat.note(heartbeat.WORKER, hostname, worked=True)


@worker_shutdown.connect
def worker_has_ended(sender: Any, **_: object) -> None:
    heartbeat.forget(heartbeat.WORKER, sender.hostname)


@beat_init.connect
def beat_begins(sender: Any, **_: object) -> None:
    """From now on each task that this process sends is a sign of beat's life; elsewhere nudges are sent as well."""
    before_task_publish.connect(beat_is_there, weak=False)


def beat_is_there(**_: object) -> None:
    heartbeat.note(heartbeat.BEAT, gethostname())
