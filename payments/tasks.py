"""The payments' hands: each task drains one kind of row that is due."""

from threading import BoundedSemaphore

from celery import shared_task

from payments import approvals, callbacks, pull, reconciliation, submission, timers, wallets, watch
from voicepact.kernel.dispatch import Task

submitting, asking = BoundedSemaphore(4), BoundedSemaphore(3)
"""So many threads of a worker may wait for the rail at once; the others stay free for callbacks and messages."""


@shared_task(name=Task.SUBMIT.value)
def submit_due() -> None:
    if submitting.acquire(blocking=False):
        try:
            submission.submit_due()
        finally:
            submitting.release()


@shared_task(name=Task.WORK_CALLBACKS.value)
def work_callbacks() -> None:
    callbacks.work_due()


@shared_task(name=Task.ASK.value)
def ask_due() -> None:
    if asking.acquire(blocking=False):
        try:
            reconciliation.ask_due()
            reconciliation.ask_about_deposits()
        finally:
            asking.release()


@shared_task(name=Task.PAYMENT_DEADLINES.value)
def work_deadlines() -> None:
    timers.work_deadlines()
    approvals.expire_due()


@shared_task(name=Task.ASK_BALANCE.value)
def ask_balance() -> None:
    wallets.ask_due()


@shared_task(name=Task.PULL.value)
def pull_statements() -> None:
    pull.pull_all()


@shared_task(name=Task.WATCH.value)
def look() -> None:
    watch.look()
