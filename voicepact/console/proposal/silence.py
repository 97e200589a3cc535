"""How long a buyer has been silent about a delivery, and whether our reminders arrived: for whoever decides instead."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime

from contracts.models import Contract, Party
from notifications.models import Message
from voicepact.kernel.clock import now
from voicepact.kernel.display import span

Status = Message.Status
REMINDER = "reminded_accept"


def of_buyer(contract: Contract) -> Iterator[str]:
    """Since when, whether the buyer wrote meanwhile, and what became of the reminders, in three sentences."""
    buyer, since = contract.buyer, contract.delivered_at
    if since is None:
        return
    yield f"The seller said delivered on {_when(since)}, {span(since, now())} ago. {_wrote(buyer, since)}"
    yield _reminded(buyer, since)
    if buyer.unreachable_since:
        yield f"The buyer's phone cannot be reached since {_when(buyer.unreachable_since)}."


def _wrote(buyer: Party, since: datetime) -> str:
    if buyer.last_wrote_at is None or buyer.last_wrote_at < since:
        return "The buyer has not written since."
    return f"The buyer wrote last on {_when(buyer.last_wrote_at)}: read that first."


def _reminded(buyer: Party, since: datetime) -> str:
    """A reminder that was tried again counts once: as delivered if any try of it was, else as its last try ended."""
    ends: dict[int, Status] = {}
    for each in buyer.messages.filter(kind=REMINDER, created_at__gte=since).order_by("pk"):
        if ends.get(each.first_id) != Status.DELIVERED:
            ends[each.first_id] = Status(each.status)
    if not ends:
        return "No reminder has gone to the buyer yet."
    told = ", ".join(f"{number} {end.label.lower()}" for end, number in Counter(ends.values()).items())
    return f"Reminders to the buyer: {told}."


def _when(moment: datetime) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
