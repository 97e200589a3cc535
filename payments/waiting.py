"""Waiting, for a moment and with no transaction open, for what a worker is doing for a request."""

import time
from collections.abc import Callable
from threading import BoundedSemaphore

from django.conf import settings

from payments.models import Callback, Payment, Transfer
from voicepact.kernel.clock import now

LOOK_EVERY_S = 0.05
_places = BoundedSemaphore(settings.CHECKOUT_WAITERS)


def until(done: Callable[[], bool]) -> None:
    """Returns when `done`, or after CHECKOUT_WAIT_S.

    Returns at once when CHECKOUT_WAITERS requests of this process wait already.
    """
    if not _places.acquire(blocking=False):
        return
    try:
        end = time.monotonic() + settings.CHECKOUT_WAIT_S
        while not done() and time.monotonic() < end:
            time.sleep(LOOK_EVERY_S)
    finally:
        _places.release()


def acknowledged(payment: Payment) -> bool:
    """Whether the rail has answered the newest prompt's push, and what it called back until then is worked."""
    prompt = payment.transfers.collections().order_by("-created_at").first()
    if prompt is None:
        return True
    if prompt.status == Transfer.Status.REQUESTED:
        return prompt.not_before > now()
    return not Callback.objects.filter(transfer=prompt, worked_at=None).exists()
