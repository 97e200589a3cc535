"""The desk's hands: figures are worked out, lists become files, and what is old goes: files, and logs of sign-ins."""

from threading import BoundedSemaphore

from celery import shared_task

from voicepact.console.exports import making
from voicepact.console.front import rollup
from voicepact.console.signin import forgetting
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
            making.sweep()
        finally:
            writing_places.release()


@shared_task(name=Task.FORGET_SIGN_INS.value)
def forget_sign_ins() -> None:
    forgetting.forget_due()
