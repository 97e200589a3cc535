"""Where the money of a payment is, as a bar that people understand."""

from dataclasses import dataclass
from decimal import Decimal

from payments.ledger import Standing
from payments.models import Payment
from payments.tables import PLACES
from voicepact.kernel.display import address_of
from voicepact.kernel.money import Money

HUNDRED = Decimal(100)
ALWAYS = ("held", "leaving", "sent")
"""What people look for first is there even when it is nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the bar, in per cent of its width; `name` is also the name of its colour."""

    name: str
    label: str
    money: str
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class Bar:
    title: str
    status: str
    address: str
    pieces: tuple[Piece, ...]

    @property
    def words(self) -> str:
        """`Held in escrow KES 350,000 · On its way KES 0 · …`: what the picture shows."""
        return " · ".join(f"{piece.label} {piece.money}" for piece in self.pieces)


def bar(payment: Payment, where: Standing) -> Bar:
    """The whole is what is to be collected, or what came in where that is more."""
    whole = max(payment.to_collect.amount, where.collected)
    amounts = (
        ("coming", "Not in" if payment.status != payment.Status.PENDING else "Still to come", whole - where.collected),
        ("held", PLACES["held"], where.held),
        ("leaving", PLACES["in_transit"], where.in_transit),
        ("sent", PLACES["released"], where.released),
        ("back", PLACES["refunded"], where.refunded),
        ("fee", PLACES["fees"], where.fees),
    )
    pieces, start = [], Decimal(0)
    for name, label, amount in amounts:
        if not amount and name not in ALWAYS:
            continue
        width = max(amount, Decimal(0)) * HUNDRED / whole
        pieces.append(Piece(name, label, str(Money(amount, payment.currency)), f"{start:.3f}%", f"{width:.3f}%"))
        start += width
    return Bar(
        title=f"Payment {payment.transaction_id}",
        status=payment.get_status_display(),
        address=address_of(payment),
        pieces=tuple(pieces),
    )
