"""When the rail is asked about a transfer."""

from datetime import timedelta

from django.conf import settings

from payments.models import Transfer
from voicepact.kernel.clock import now

OPEN = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 6 * 60, 24 * 60))
"""After submission: the last question is followed by a person."""
CONFIRMATION = tuple(timedelta(seconds=s) for s in (0, 3, 10, 30)) + OPEN
"""After a callback's claim that money came in: quickly, since the rail answers one such question in five with noise."""


def ask_first(transfer: Transfer) -> None:
    """The first question about an open transfer is set. Precondition: caller holds its row.

    A push whose answer was lost has no id to ask by: it is left alone until its callback can be given up.
    """
    first = settings.NO_ANSWER_TIME if transfer.is_collection and not transfer.external_id else OPEN[0]
    transfer.next_ask_at = now() + first
    transfer.save(update_fields=["next_ask_at"])


def ask_again(transfer: Transfer) -> bool:
    """One question more is counted, and the next one set; False when this was the last.

    Precondition: caller holds its row.
    """
    times = OPEN if transfer.is_open else CONFIRMATION
    asked = transfer.times_asked
    more = asked + 1 < len(times)
    transfer.next_ask_at = now() + (times[asked + 1] - times[asked]) if more else None
    transfer.times_asked = asked + 1
    transfer.save(update_fields=["next_ask_at", "times_asked"])
    return more
