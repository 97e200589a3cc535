"""What we told the parties of a deal, and what they wrote to us."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from django.utils.safestring import SafeString

from contracts.models import Contract, Party
from contracts.tables import contract_status
from notifications.models import InboundMessage, Message
from voicepact.kernel.display import Tone, label, link, list_address, one_line, veiled
from voicepact.kernel.phones import mask
from voicepact.kernel.staff import Table

LONGEST = 40
LONGEST_DEALS = 20
HEADERS = ("At", "Message", "Text", "State")

Row = tuple[datetime, SafeString | str, str, SafeString | str]
TONES = {
    Message.Status.QUEUED: Tone.WAITING,
    Message.Status.DELIVERED: Tone.GOOD,
    Message.Status.FAILED: Tone.BAD,
    Message.Status.UNKNOWN: Tone.CARE,
}


def conversation(contract: Contract) -> Table:
    """The last messages in both directions, newest first."""
    told = Message.objects.filter(contract=contract).select_related("party").order_by("-pk")[:LONGEST]
    heard = InboundMessage.objects.filter(contract=contract).select_related("party").order_by("-pk")[:LONGEST]
    return Table(
        title="Messages",
        about="What we told the parties and what they wrote to us, newest first.",
        more=list_address("notifications.Message", contract__id__exact=contract.pk),
        headers=HEADERS,
        rows=_newest(map(_told, told), map(_heard, heard)),
    )


def with_phone(phone: str) -> Table:
    """The last messages in both directions with one phone, whichever deal they were about, newest first."""
    told = Message.objects.filter(phone=phone).select_related("party").order_by("-pk")[:LONGEST]
    heard = InboundMessage.objects.filter(phone=phone).select_related("party").order_by("-pk")[:LONGEST]
    return Table(
        title="Conversation",
        about="What this phone wrote to us and what we told it, newest first.",
        headers=HEADERS,
        rows=_newest(map(_told, told), map(_heard, heard)),
    )


def deals_of(phone: str) -> Table:
    """The newest deals in which this phone is somebody's."""
    parties = Party.objects.filter(phone=phone).select_related("contract").order_by("-pk")[:LONGEST_DEALS]
    return Table(
        title="Deals of this phone",
        about="Words count only in these. A number that is in no deal is a stranger's.",
        headers=("Contract", "Is the", "Status", "Amount", "Since"),
        rows=tuple(
            (
                link(party.contract, party.contract_id),
                party.get_role_display().lower(),
                contract_status(party.contract),
                one_line(party.contract.money),
                party.contract.created_at,
            )
            for party in parties
        ),
    )


def _newest(*rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(chain(*rows), key=lambda row: row[0], reverse=True)[:LONGEST])


def _told(message: Message) -> Row:
    state = label(message.get_status_display(), TONES.get(Message.Status(message.status), Tone.PLAIN))
    whom = f"To {_person(message.party, message.phone)}"
    return message.created_at, link(message, whom), veiled(message.text), state


def _heard(message: InboundMessage) -> Row:
    state = label("Waits for staff", Tone.CARE) if message.needs_staff else _outcome(message)
    whom = f"From {_person(message.party, message.phone)}"
    return message.received_at, link(message, whom), veiled(message.text), state


def _outcome(message: InboundMessage) -> str:
    if message.answered_at:
        return "answered by staff" if message.answer_id else "closed by staff"
    return message.result


def _person(party: Party | None, phone: str) -> str:
    return party.get_role_display().lower() if party else mask(phone)
