"""What staff see of a payment besides its own row: where the money is, how it moved, and what the rail said of it."""

from collections.abc import Iterable

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from contracts.models import Contract
from payments import ledger
from payments.models import Callback, Payment, Posting, Transfer
from voicepact.kernel.display import NOTHING, Tone, label, link, link_to, list_address
from voicepact.kernel.money import Money
from voicepact.kernel.phones import mask
from voicepact.kernel.staff import Table

LONGEST = 100

PAYMENT_TONES = {
    Payment.Status.PENDING: Tone.WAITING,
    Payment.Status.LOCKED: Tone.HELD,
    Payment.Status.RELEASED: Tone.GOOD,
    Payment.Status.REFUNDED: Tone.CARE,
    Payment.Status.FAILED: Tone.BAD,
}
TRANSFER_TONES = {
    Transfer.Status.REQUESTED: Tone.WAITING,
    Transfer.Status.SUBMITTED: Tone.WAITING,
    Transfer.Status.UNKNOWN: Tone.CARE,
    Transfer.Status.SUCCEEDED: Tone.GOOD,
    Transfer.Status.FAILED: Tone.BAD,
}


# --- single values ----------------------------------------------------------------------------------------------------


def payment_status(payment: Payment) -> SafeString:
    return label(payment.get_status_display(), PAYMENT_TONES[Payment.Status(payment.status)])


def transfer_status(transfer: Transfer) -> SafeString:
    """Its status, and whether it waits for a person or for the rail's own word."""
    labels = [label(transfer.get_status_display(), TRANSFER_TONES[Transfer.Status(transfer.status)])]
    if transfer.quarantined_at:
        labels.append(label("Quarantined", Tone.BAD))
    elif transfer.is_collection and transfer.status == Transfer.Status.SUCCEEDED and not transfer.rail_confirmed_at:
        labels.append(label("Unconfirmed", Tone.CARE))
    return format_html_join(" ", "{}", ((each,) for each in labels))


def transfer_name(transfer: Transfer) -> str:
    return f"{transfer.get_kind_display()} {transfer.part}"


def callback_state(callback: Callback) -> SafeString:
    if not callback.worked_at:
        return label("Waiting", Tone.WAITING)
    return label("Quarantined", Tone.BAD) if callback.result.startswith("quarantined") else label("Worked", Tone.GOOD)


def account(name: str) -> SafeString | str:
    """An account of the books, in words and with a link to whose it is."""
    kind, _, key = name.partition(":")
    if kind == "held":
        return link_or_text(list_address("payments.Payment", q=key), "Held")
    if kind == "in_transit":
        return link_to(Transfer, key, "On its way")
    return {"outside": "Outside", "suspense": "Suspense", "fees": "Fees"}.get(kind, f"{kind.capitalize()} {key}".strip())


def money(amount: object, currency: str) -> str:
    return str(Money(amount, currency)) if amount is not None else NOTHING  # type: ignore[arg-type]


# --- tables -----------------------------------------------------------------------------------------------------------
