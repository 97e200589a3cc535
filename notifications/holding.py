"""Whether a message may leave now: what STOP, the night and too many at once keep from a phone.

What waits has a later `not_before`, what is withheld stays as it is, and each says why. Money texts wait for nothing.
Who said STOP is not asked to agree to further deals either, and finds them by USSD: a stranger's deal is no reason to
write to somebody who wants none.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from contracts import audit
from contracts.audit import CLOCK
from contracts.models import Confirmation, Event
from notifications import optouts, pace, resending, retrying
from notifications.models import Message
from notifications.sorts import ENDED_BY_STOP, Sort, sort_of
from voicepact.kernel import phones
from voicepact.kernel.clock import NAIROBI, now

ENDS = ("cancelled", "expired")
EVENING, MORNING = time(21), time(6)  # in Nairobi: between them nobody is reminded of anything
STOPPED = "the phone said STOP"
TOO_MANY = "too many SMS to this phone"
HELD_BACK = "phone.held_back"
NIGHT = "quiet hours"
LONG = timedelta(hours=2)
"""Longer than the limit of an hour holds anything: a phone that waits so long has met the limit of a day."""
ONCE_IN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a message does not leave now, and when it may; where `until` is None it never does.

    `full_until` is when its phone may be sent anything again, where that is what holds it.
    """

    why: str
    until: datetime | None = None
    full_until: datetime | None = None


def on(message: Message) -> Hold | None:
    """What keeps the message from leaving now. Precondition: it is queued, and next in line."""
    if outdated := _outdated(message):
        return Hold(outdated)
    sort = Sort.QUESTION if _ends_a_question(message) else sort_of(message.kind)
    if sort == Sort.MONEY:
        return None
    if sort in ENDED_BY_STOP and optouts.has_stopped(message.phone):
        return Hold(STOPPED)
    if (sort == Sort.REMINDER or message.retry) and (morning := _night_ends()):
        return Hold(NIGHT, morning)
    if free_at := pace.full_until(message.phone):
        return Hold(TOO_MANY, None if sort == Sort.ANSWER else free_at, full_until=free_at)
    return None


def _ends_a_question(message: Message) -> bool:
    """Whether it tells the end of a deal to which its reader has never said a word: of nobody's money."""
    if message.kind not in ENDS or message.contract is None or message.contract.confirmed_at:
        return False
    return not Confirmation.objects.filter(party=message.party).exists()


def tell_people(message: Message, hold: Hold) -> None:
    """People on call hear that messages of a phone wait long, or are withheld, once a day.

    Precondition: caller holds the row.
    """
    if hold.full_until is None or hold.full_until - now() < LONG:
        return
    digest = phones.digest(message.phone)
    told = Event.objects.filter(kind=HELD_BACK, at__gt=now() - ONCE_IN, payload__phone=digest)
    if told.exists():
        return
    audit.hold_system()
    if told.all().exists():  # another worker has said so meanwhile
        return
    hours = round((hold.full_until - now()) / timedelta(hours=1))
    audit.record(
        HELD_BACK, contract=None, actor=CLOCK, payload={"message": message.pk, "phone": digest, "hours": hours}
    )


def _outdated(message: Message) -> str:
    """Why a message that did not leave when it was made should not any more; empty if it should."""
    if message.retry:
        return retrying.needless(message) or resending.outdated(message)
    waited = message.attempts == 0 and message.failure_reason
    return resending.outdated(message) if waited else ""


def _night_ends() -> datetime | None:
    """The morning of this night; None by day."""
    here = now().astimezone(NAIROBI)
    if MORNING <= here.time() < EVENING:
        return None
    day = here.date() + timedelta(days=here.time() >= EVENING)
    return datetime.combine(day, MORNING, NAIROBI)
