"""Celery: the clock and the hands. The database is the queue.

Every task drains what is due in the database; beat sweeps them all. A task is never retried by Celery and carries no
arguments, so a lost, doubled or re-delivered message changes nothing.
"""

import os

from celery import Celery
from celery.signals import task_postrun, task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicepact.settings")

app = Celery("voicepact")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
@task_postrun.connect
def drop_dead_connections(**_: object) -> None:
    """A connection that PostgreSQL has closed is opened anew: CELERY_DB_REUSE_MAX keeps Celery from looking."""
    close_old_connections()
