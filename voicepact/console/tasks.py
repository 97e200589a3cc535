"""The desk's hands: figures are worked out, lists become files, and files whose days are over go."""

from threading import BoundedSemaphore

from celery import shared_task

from voicepact.console.exports import making
from voicepact.console.front import rollup
from voicepact.kernel.dispatch import Task

writing_places = BoundedSemaphore(1)
"""One thread of a worker at a time writes files; the others stay free for money."""


@shared_task(name=Task.ROLL_UP.value)
def roll_up() -> None:
    rollup.refresh()


@shared_task(name=Task.EXPORT.value)
def export() -> None:
    if writing_places.acquire(blocking=False):
        try:
            making.work_due()
            making.expire_due()
        finally:
            writing_places.release()
