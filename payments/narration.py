"""Where a payment is, in one sentence for the people behind a REST client."""

from decimal import Decimal

from contracts.models import Contract
from payments.ledger import Standing
from payments.models import Payment, Transfer
from payments.proof import Place, place_of
from voicepact.kernel.money import Money, grouped

ENDED = {Payment.Status.RELEASED: "Payment released", Payment.Status.REFUNDED: "Payment refunded"}
CHECKING = {
    Payment.Status.PENDING: "Payment being checked with the network, do not pay again",
    Payment.Status.LOCKED: "Payment received, being checked with the network",
}


def describe(payment: Payment, where: Standing) -> str:
    """The payment's description; `transfers` of the payment are prefetched or read in one query."""
    if payment.status == Payment.Status.FAILED:
        return payment.failure_reason
    if payment.status in ENDED:
        return ENDED[Payment.Status(payment.status)]
    if place_of(payment, where) == Place.CHECKING:
        return CHECKING[Payment.Status(payment.status)]
    return _under_way(payment, where)


def _under_way(payment: Payment, where: Standing) -> str:
    transfers = list(payment.transfers.all())
    if _goes_back(payment, transfers):
        return "Payment on its way back to buyer"
    if where.released:
        return f"{Money(where.released, payment.currency)} of {grouped(_sellers(payment, transfers))} sent to seller"
    if any(transfer.kind == Transfer.Kind.PAYOUT for transfer in transfers):
        return "Payment on its way to seller"
    if payment.status == Payment.Status.LOCKED:
        return "Payment held in escrow"
    if any(transfer.is_collection and transfer.is_open for transfer in transfers):
        return "Waiting for user to confirm payment"
    return f"{Money(where.held, payment.currency)} of {grouped(payment.to_collect.amount)} received"


def _sellers(payment: Payment, transfers: list[Transfer]) -> Decimal:
    """What the seller gets: without our fee, and without the parts that people decided to give back."""
    replaced = {transfer.replaces_id for transfer in transfers}
    parts = [t for t in transfers if t.kind == Transfer.Kind.REFUND and t.original_id is None and t.pk not in replaced]
    return payment.to_pay_out.amount - sum((part.amount for part in parts), start=Decimal(0))


def _goes_back(payment: Payment, transfers: list[Transfer]) -> bool:
    """Whether money came in and none of it is wanted; money too much that goes back alone does not count."""
    came_in = [t for t in transfers if t.is_collection and t.status == Transfer.Status.SUCCEEDED]
    off = payment.contract.status in (Contract.Status.CANCELLED, Contract.Status.EXPIRED)
    return bool(came_in) and (off or all(t.return_reason for t in came_in))
