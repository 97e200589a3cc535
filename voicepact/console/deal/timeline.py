"""All that happened to a deal, told once, in words: what its page and its statement show.

Events tell the story. What repeats it for engineers, like postings and callbacks, is there beside them, of a kind that
is told apart (`STEPS`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Model, Q
from django.urls import NoReverseMatch

from contracts.models import Contract, Deadline, Event
from notifications.models import InboundMessage, Message
from payments import tables
from payments.models import Callback, Posting
from voicepact.console.deal.sentences import codes, is_step, sentence, tell
from voicepact.console.deal.sentences.story import Story, read
from voicepact.console.deal.sentences.telling import Telling, quoted, start
from voicepact.kernel.display import Tone, address_of
from voicepact.kernel.money import Money
from voicepact.kernel.phones import mask

LONGEST = 500
MESSAGE_TONES = {
    Message.Status.FAILED: Tone.BAD,
    Message.Status.UNKNOWN: Tone.CARE,
    Message.Status.WITHHELD: Tone.CARE,
}
NOTHING_NEW = ("repeated", "still underway", "another receipt number")


class Kind(StrEnum):
    EVENT = "event"
    MESSAGE = "message"
    STEP = "step"
    POSTING = "posting"
    CALLBACK = "callback"
    DEADLINE = "deadline"


STEPS = frozenset({Kind.STEP, Kind.POSTING, Kind.CALLBACK, Kind.DEADLINE})
"""What is told already by another entry, or matters to engineers only."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened at one moment: `words` is one sentence without mark-up, `address` the page to open or empty."""

    at: datetime
    who: str
    words: str
    kind: Kind
    tone: Tone = Tone.PLAIN
    address: str = ""

    @property
    def is_step(self) -> bool:
        return self.kind in STEPS


def entries(contract: Contract, *, most: int = LONGEST) -> list[Entry]:
    """The last `most` things that happened to the deal, oldest first, in a fixed number of queries."""
    story = read(contract, most=most)
    told = [
        *(_event(event, story) for event in story.events),
        *_messages(contract, story, most),
        *_postings(contract, most),
        *_callbacks(contract, story, most),
        *_run_out(contract, most),
    ]
    return sorted(told, key=lambda entry: entry.at)[-most:]


def _event(event: Event, story: Story) -> Entry:
    telling, tone = Telling(event, story), sentence(event).tone
    kind = Kind.STEP if is_step(event) else Kind.EVENT
    return Entry(event.at, telling.who, tell(event, story), kind, tone, _page(telling.subject))


def _messages(contract: Contract, story: Story, most: int) -> Iterator[Entry]:
    for message in Message.objects.filter(contract=contract).order_by("-pk")[:most]:
        status = Message.Status(message.status)
        whom = _party(story, message.party_id, message.phone)
        why = quoted(message.failure_reason)
        state = f"{status.label.lower()}: {why}" if why else status.label.lower()
        words = f"SMS to {whom}: {quoted(message.text)} ({state})"
        tone = MESSAGE_TONES.get(status, Tone.PLAIN)
        yield Entry(message.created_at, "VoicePact", words, Kind.MESSAGE, tone, _page(message))
    for heard in InboundMessage.objects.filter(contract=contract).order_by("-pk")[:most]:
        whom = start(_party(story, heard.party_id, heard.phone))
        result = "waits for staff" if heard.needs_staff else heard.result or "not read yet"
        words = f"{whom} wrote: {quoted(heard.text)} ({result})"
        tone = Tone.CARE if heard.needs_staff else Tone.PLAIN
        yield Entry(heard.received_at, whom, words, Kind.MESSAGE, tone, _page(heard))


def _party(story: Story, key: int | None, phone: str) -> str:
    party = story.parties.get(str(key))
    return f"the {party.role}" if party else mask(phone)


def _postings(contract: Contract, most: int) -> Iterator[Entry]:
    for posting in Posting.objects.filter(payment__contract=contract).order_by("-pk")[:most]:
        source, destination = (tables.account(name).lower() for name in (posting.source, posting.destination))
        words = f"In the books {Money(posting.amount, posting.currency)} moved from {source} to {destination}"
        yield Entry(posting.at, "The books", words, Kind.POSTING, address=_page(posting))


def _callbacks(contract: Contract, story: Story, most: int) -> Iterator[Entry]:
    of_deal = Q(transfer__payment__contract=contract)
    for callback in Callback.objects.filter(of_deal).defer("body").order_by("-pk")[:most]:
        rail = codes.gateway(callback.gateway)
        words = f"A callback of {rail} was kept{_became(callback)}"
        yield Entry(callback.received_at, rail, words, Kind.CALLBACK, address=_page(callback))


def _became(callback: Callback) -> str:
    if not callback.worked_at:
        return ", and waits to be worked"
    if callback.result.startswith(NOTHING_NEW):
        return ", and told nothing new"
    return f": {quoted(callback.result)}" if callback.result else ""


def _run_out(contract: Contract, most: int) -> Iterator[Entry]:
    """The timers that nothing stopped before they were due."""
    for deadline in contract.deadlines.filter(closed_at__isnull=False).order_by("-closed_at")[:most]:
        if deadline.closed_at and deadline.closed_at >= deadline.due_at:
            words = f"{start(codes.DEADLINES[Deadline.Kind(deadline.kind)])} was due"
            yield Entry(deadline.closed_at, "The clock", words, Kind.DEADLINE, address=_page(deadline))


def _page(row: Model) -> str:
    try:
        return address_of(row)
    except NoReverseMatch:
        return ""
