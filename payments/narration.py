"""Where a payment is, in one sentence for the people behind a REST client."""

from payments.ledger import Standing
from payments.models import Payment, Transfer
from voicepact.kernel.money import Money, grouped

ENDED = {Payment.Status.RELEASED: "Payment released", Payment.Status.REFUNDED: "Payment refunded"}


def describe(payment: Payment, where: Standing) -> str:
    """The payment's description; `transfers` of the payment are prefetched or read in one query."""
    if payment.status == Payment.Status.FAILED:
        return payment.failure_reason
    if payment.status in ENDED:
        return ENDED[Payment.Status(payment.status)]
    kinds = {transfer.kind for transfer in payment.transfers.all()}
    if Transfer.Kind.REFUND in kinds:
        return "Payment on its way back to buyer"
    if where.released:
        return f"{Money(where.released, payment.currency)} of {grouped(payment.amount)} sent to seller"
    if Transfer.Kind.PAYOUT in kinds:
        return "Payment on its way to seller"
    if payment.status == Payment.Status.LOCKED:
        return "Payment held in escrow"
    if any(transfer.is_open for transfer in payment.transfers.all()):
        return "Waiting for user to confirm payment"
    return f"{Money(where.held, payment.currency)} of {grouped(payment.amount)} received"
