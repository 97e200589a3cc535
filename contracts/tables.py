"""What staff see of a deal besides its own row: its people, what they said, its timers, and all that happened."""

import re
from decimal import Decimal, InvalidOperation

from django.utils.safestring import SafeString

from contracts.models import Confirmation, Contract, Deadline, Dispute, Event, Party
from voicepact.kernel.clock import now
from voicepact.kernel.display import NOTHING, Tone, in_words, label, link, veiled
from voicepact.kernel.money import grouped
from voicepact.kernel.phones import mask
from voicepact.kernel.staff import Table

UNREADABLE = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
AMOUNTS = {"amount", "so_far", "total", "released", "refunded", "seller_amount", "buyer_amount"}

Status = Contract.Status
STATUS_TONES = {
    Status.PENDING: Tone.WAITING,
    Status.CONFIRMED: Tone.WAITING,
    Status.PAYMENT_LOCKED: Tone.HELD,
    Status.DELIVERED: Tone.HELD,
    Status.COMPLETED: Tone.GOOD,
    Status.DISPUTED: Tone.BAD,
}
CONFIRMATION_TONES = {
    Confirmation.Kind.AGREED: Tone.GOOD,
    Confirmation.Kind.DELIVERED: Tone.GOOD,
    Confirmation.Kind.ACCEPTED: Tone.GOOD,
    Confirmation.Kind.DECLINED: Tone.BAD,
    Confirmation.Kind.CANCELLED: Tone.BAD,
}

CHANNELS = {
    "sms": "SMS",
    "ussd": "USSD",
    "api": "API",
    "rail": "Rail",
    "clock": "Clock",
    "desk": "Desk",
    "command": "Command",
}
OPENERS = {Dispute.Opener.PARTY: "a party", Dispute.Opener.CLOCK: "the clock", Dispute.Opener.STAFF: "our staff"}


# --- single values ----------------------------------------------------------------------------------------------------


def contract_status(contract: Contract) -> SafeString:
    return label(contract.get_status_display(), STATUS_TONES.get(Status(contract.status), Tone.PLAIN))


def said(confirmation: Confirmation) -> SafeString:
    kind = Confirmation.Kind(confirmation.kind)
    return label(confirmation.get_kind_display(), CONFIRMATION_TONES[kind])


def person(party: Party) -> str:
    """`Wanjiku +2547*****678`: how a list names somebody."""
    return f"{veiled(party.name) or 'No name'} {mask(party.phone)}"


def channel(name: str) -> str:
    """By what it was said or done: `SMS`, `Desk`."""
    return CHANNELS.get(name, name)


def opened_by(dispute: Dispute) -> str:
    """Who opened it, as within a sentence: `the buyer`, `the clock`, `our staff`."""
    party = dispute.opened_by
    return f"the {party.get_role_display().lower()}" if party else OPENERS[Dispute.Opener(dispute.opener)]


def dispute_state(dispute: Dispute) -> SafeString:
    return label("Closed") if dispute.closed_at else label("Open", Tone.BAD)


def deadline_state(deadline: Deadline) -> SafeString:
    if deadline.closed_at:
        return label("Closed")
    return label("Overdue", Tone.CARE) if deadline.due_at <= now() else label("Running", Tone.WAITING)


def what(event: Event) -> str:
    """`collection.received` as `Collection received`."""
    return in_words(event.kind)


def details(event: Event) -> str:
    """What the event's payload says, in one line; ids and digests that people cannot read are on its own page."""
    words = (
        f"{name.replace('_', ' ')} {_amount(value) if name in AMOUNTS else value}"
        for name, value in event.payload.items()
        if value != "" and not UNREADABLE.fullmatch(str(value))
    )
    return veiled(" · ".join(words)) or NOTHING


def _amount(value: object) -> str:
    try:
        return grouped(Decimal(str(value)))
    except InvalidOperation:
        return str(value)


# --- tables -----------------------------------------------------------------------------------------------------------


def confirmations(contract: Contract) -> Table:
    return Table(
        title="What the parties have said",
        about="Each word counts from the party's own phone only. Money is paid out after delivered and accepted.",
        headers=("Party", "Said", "By", "At"),
        rows=tuple(
            (link(row, row.party.get_role_display()), said(row), channel(row.channel), row.at)
            for row in contract.confirmations.select_related("party")
        ),
    )


def disputes(contract: Contract) -> Table:
    return Table(
        title="Disputes",
        about="While a dispute is open, nothing is paid.",
        headers=("Opened", "State", "Reason", "Closed"),
        rows=tuple(
            (
                link(row, f"By {opened_by(row)}"),
                dispute_state(row),
                veiled(row.reason) or NOTHING,
                row.closed_at or NOTHING,
            )
            for row in contract.disputes.select_related("opened_by")
        ),
    )
