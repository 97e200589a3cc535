"""The one place where a task is named by string.

A nudge says "there is work" once the transaction has committed. It carries no data: the task drains whatever is due in
the database, and beat sweeps the same tasks in case a nudge was lost. Losing Redis loses seconds, never work.
"""

from enum import StrEnum
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger()


class Task(StrEnum):
    """Every background task, by its Celery name."""

    SUBMIT = "payments.submit_due"
    WORK_CALLBACKS = "payments.work_callbacks"
    ASK = "payments.ask_due"
    PAYMENT_DEADLINES = "payments.work_deadlines"
    ASK_BALANCE = "payments.ask_balance"
    ANNOUNCE = "notifications.announce"
    SEND = "notifications.send_due"
    READ_REPLIES = "notifications.read_replies"


def nudge(task: Task) -> None:
    """A worker is woken for `task` once the present transaction has committed (at once if there is none)."""
    transaction.on_commit(partial(_send, task))


def _send(task: Task) -> None:
    try:
        current_app.send_task(task.value, retry=False)
    except OperationalError:
        log.warning("nudge lost; the next sweep does the work", task=task.value)
