"""What we told the parties of a deal, and what they wrote to us."""

from datetime import datetime

from django.utils.safestring import SafeString

from contracts.models import Contract, Party
from notifications.models import InboundMessage, Message
from voicepact.kernel.display import Tone, label, link, list_address, veiled
from voicepact.kernel.phones import mask
from voicepact.kernel.staff import Table

LONGEST = 40

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
    rows = [*map(_told, told), *map(_heard, heard)]
    return Table(
        title="Messages",
        about="What we told the parties and what they wrote to us, newest first.",
        more=list_address("notifications.Message", contract__id__exact=contract.pk),
        headers=("At", "Message", "Text", "State"),
        rows=tuple(sorted(rows, key=lambda row: row[0], reverse=True)[:LONGEST]),
    )


def _told(message: Message) -> Row:
    state = label(message.get_status_display(), TONES.get(Message.Status(message.status), Tone.PLAIN))
    whom = f"To {_person(message.party, message.phone)}"
    return message.created_at, link(message, whom), veiled(message.text), state


def _heard(message: InboundMessage) -> Row:
    state = label("Waits for staff", Tone.CARE) if message.needs_staff else message.result
    whom = f"From {_person(message.party, message.phone)}"
    return message.received_at, link(message, whom), veiled(message.text), state


def _person(party: Party | None, phone: str) -> str:
    return party.get_role_display().lower() if party else mask(phone)
