"""The events that one of our readers has still to read; one that cannot be read waits, and at last somebody hears."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet

from contracts import audit
from contracts.audit import CLOCK
from contracts.models import Event, Outbox
from voicepact.kernel.clock import now

log = structlog.get_logger()
PAUSE = timedelta(seconds=2)
DOUBLINGS = 11  # then the pause is as long as it gets: an hour and some minutes
ATTEMPTS_UNTIL_ALERT = 10


def waiting(reader: Outbox.Reader) -> QuerySet[Outbox]:
    """What the reader is to read by now, oldest first."""
    return Outbox.objects.filter(reader=reader, not_before__lte=now()).order_by("id")


def read(row: Outbox, work: Callable[[Event], None]) -> bool:
    """`work` has been done for the row's event; False when it could not be, and the row waits.

    Precondition: a transaction is open, in which the caller has claimed the row and deletes it when it is read.
    """
    try:
        with transaction.atomic():
            work(row.event)
    except Exception:  # one event that cannot be read must not stop the others
        log.exception("an event could not be read", event_id=row.event_id, reader=row.reader, attempts=row.attempts + 1)
        _put_off(row)
        return False
    return True


def _put_off(row: Outbox) -> None:
    """The row waits twice as long as the last time; after the tenth time people are told, once."""
    row.attempts += 1
    row.not_before = now() + PAUSE * 2 ** min(row.attempts, DOUBLINGS)
    row.save(update_fields=["attempts", "not_before"])
    if row.attempts == ATTEMPTS_UNTIL_ALERT:
        payload = {"event": row.event_id, "reader": row.reader, "attempts": row.attempts}
        audit.record("outbox.stuck", contract=row.event.contract, actor=CLOCK, payload=payload)
