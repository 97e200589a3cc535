"""The console's hands."""

from celery import shared_task

from voicepact.console import rollup
from voicepact.kernel.dispatch import Task


@shared_task(name=Task.ROLL_UP.value)
def roll_up() -> None:
    rollup.refresh()
