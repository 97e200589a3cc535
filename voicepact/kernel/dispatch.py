"""The one place where a task is named by string.

A nudge says "there is work" once the transaction has committed. It carries no data: the task drains whatever is due in
the database, and beat sweeps the same tasks in case a nudge was lost. Losing Redis loses seconds, never work.
"""

import time
from enum import StrEnum
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger()
SILENCE_S = 10  # after a nudge that could not be sent, nobody waits for Redis again so long
_silent_until = 0.0


class Task(StrEnum):
    """Every background task, by its Celery name."""

    SUBMIT = "payments.submit_due"
    WORK_CALLBACKS = "payments.work_callbacks"
    ASK = "payments.ask_due"
    PAYMENT_DEADLINES = "payments.work_deadlines"
    ASK_BALANCE = "payments.ask_balance"
    PULL = "payments.pull"
    WATCH = "payments.watch"
    ANNOUNCE = "notifications.announce"
    SEND = "notifications.send_due"
    READ_REPLIES = "notifications.read_replies"
    FORGET_TURNS = "notifications.forget_turns"
    ALERT = "notifications.alert"
    ROLL_UP = "console.roll_up"
    EXPORT = "console.export"
    FORGET_SIGN_INS = "console.forget_sign_ins"


def nudge(task: Task) -> None:
    """A worker is woken for `task` once the present transaction has committed (at once if there is none)."""
    transaction.on_commit(partial(_send, task))


def _send(task: Task) -> None:
    global _silent_until  # noqa: PLW0603 - one moment for the whole process
    if time.monotonic() < _silent_until:
        return
    try:
        current_app.send_task(task.value, retry=False)
    except OperationalError:
        _silent_until = time.monotonic() + SILENCE_S
        log.warning("nudge lost; the next sweep does the work", task=task.value)
