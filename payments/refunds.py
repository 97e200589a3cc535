"""What goes back, by which road: each collection that is not wanted returns to whoever paid it."""

from contracts.audit import CLOCK
from payments import fees, requests
from payments.models import Payment, Transfer
from payments.tranches import plan
from voicepact.kernel.clock import now
from voicepact.kernel.rails import RAILS


def want_back(payment: Payment, reason: str) -> None:
    """Everything that came in is to go back, our fee included, for `reason` (a code).

    Precondition: caller holds the payment's row, and nothing of it has reached the seller.
    """
    fees.give_back(payment)
    came_in = payment.transfers.collections().succeeded().filter(return_reason="")
    came_in.update(return_reason=reason)
    send_due(payment)


def send_due(payment: Payment) -> None:
    """A refund is requested for every unwanted collection that the rail has confirmed and that has none yet.

    A callback's claim alone sends nothing back. Precondition: caller holds the payment's row.
    """
    unwanted = (
        payment.transfers.collections()
        .succeeded()
        .filter(rail_confirmed_at__isnull=False, quarantined_at=None)
        .exclude(return_reason="")
        .exclude(returns__isnull=False)
    )
    collected = list(unwanted.order_by("part", "created_at"))
    parts = plan([transfer.amount for transfer in collected], RAILS[payment.gateway], start=now())
    for transfer, part in zip(collected, parts, strict=True):
        requests.refund(transfer, not_before=part.not_before, actor=CLOCK)


def under_way(payment: Payment) -> bool:
    """Whether money of this payment is wanted back or on its way back."""
    return payment.transfers.collections().exclude(return_reason="").exists() or (
        payment.transfers.filter(kind=Transfer.Kind.REFUND).exists()
    )
