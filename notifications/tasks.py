"""The messages' hands: each task drains one kind of row that is due."""

from threading import BoundedSemaphore

from celery import shared_task

from notifications import alerts, announcements, oncall, replies, reports, sending
from notifications.ussd import forgetting
from voicepact.kernel.dispatch import Task

sending_places, alerting_places = BoundedSemaphore(3), BoundedSemaphore(1)
"""So many threads of a worker may wait for the world at once; the others stay free for money."""


@shared_task(name=Task.ANNOUNCE.value)
def announce() -> None:
    announcements.announce_due()


@shared_task(name=Task.SEND.value)
def send_due() -> None:
    if sending_places.acquire(blocking=False):
        try:
            sending.send_due()
        finally:
            sending_places.release()


@shared_task(name=Task.READ_REPLIES.value)
def read_replies() -> None:
    replies.read_due()
    reports.work_due()


@shared_task(name=Task.FORGET_TURNS.value)
def forget_turns() -> None:
    forgetting.forget_due()


@shared_task(name=Task.ALERT.value)
def alert() -> None:
    alerts.make_due()
    if alerting_places.acquire(blocking=False):
        try:
            oncall.send_due()
        finally:
            alerting_places.release()
