"""Celery: the clock and the hands. The database is the queue.

Every task drains what is due in the database; beat sweeps them all. A task is never retried by Celery and carries no
arguments, so a lost, doubled or re-delivered message changes nothing.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicepact.settings")

app = Celery("voicepact")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
