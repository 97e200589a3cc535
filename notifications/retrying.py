"""What the network could not deliver is tried again later by itself; when that is over, its reader is out of reach.

Only the network's final word that an SMS did not arrive leads here: one that was perhaps sent is never repeated.
"""

from django.conf import settings
from django.db.models import Q, QuerySet

from contracts import contact
from notifications import resending
from notifications.errors import NotSentAgain
from notifications.models import Message
from notifications.resending import DAY, NEVER, WARNING
from notifications.sorts import Sort, sort_of
from voicepact.kernel.clock import now

SENDERS_OWN = frozenset({"DeliveryFailure"})  # another sender may have another way to the phone
PASSING = SENDERS_OWN | {"UserIsInactive", "InsufficientCredit"}
"""Reasons that may be over in a while: the phone is off, the way to it fails, our account was empty.

Source: Africa's Talking's documentation of delivery reports. All others, and `Rejected`, stay as they are.
"""
Status = Message.Status


def follow_up(message: Message, *, reason: str) -> None:
    """The text leaves once more later, or its reader counts as out of reach, if the network's word was the last.

    Precondition: the try has just failed for this reason, and caller holds its row and that of the first one.
    """
    if not ((reason in PASSING and _try_again(message, reason=reason)) or _waits_for(message).exists()):
        failed_for_good(message)


def failed_for_good(message: Message) -> None:
    """No further try of the text follows: its phone is out of reach, unless it has got another message since."""
    since = message.sent_at or message.created_at
    if not Message.objects.filter(phone=message.phone, status=Status.DELIVERED, finished_at__gt=since).exists():
        contact.unreachable(message.phone)


def needless(message: Message) -> str:
    """Why a text of which this is one try need not leave again; empty if it must."""
    if another_arrived(message):
        return "it has arrived after all"
    perhaps = _others(message).filter(pk__gt=message.pk).exclude(status__in=(Status.FAILED, Status.WITHHELD))
    return "it was sent again since" if perhaps.exists() else ""


def another_arrived(message: Message) -> bool:
    """Whether the phone has got the text by another try than this."""
    return _others(message).filter(status=Status.DELIVERED).exists()


def _try_again(message: Message, *, reason: str) -> bool:
    """Whether the text is queued once more: not too often, and not if it would mislead.

    What answers an SMS is not: whoever misses the answer asks again.
    """
    original, times = message.original or message, settings.SMS_RETRY_TIMES
    made = original.again.filter(retry__gt=0).count()
    if made >= len(times) or original.created_at < now() - DAY or not _may_be_repeated(original.kind):
        return False
    if needless(message) or resending.outdated(original):
        return False
    sender = settings.AT_SECOND_SENDER_ID if reason in SENDERS_OWN else ""
    try:
        resending.repeat(original, retry=made + 1, not_before=now() + times[made], sender=sender)
    except NotSentAgain:
        return False
    return True


def _may_be_repeated(kind: str) -> bool:
    """The warning may be within hours, while its day is far off: without it no clock moves the seller's money."""
    return sort_of(kind) != Sort.ANSWER and kind not in NEVER - {WARNING}


def _waits_for(message: Message) -> QuerySet[Message]:
    """The later tries of the text of which the network has still to tell."""
    return _others(message).filter(pk__gt=message.pk, status__in=(Status.QUEUED, Status.SENT))


def _others(message: Message) -> QuerySet[Message]:
    tries = Message.objects.filter(Q(pk=message.first_id) | Q(original=message.first_id))
    return tries.exclude(pk=message.pk)
