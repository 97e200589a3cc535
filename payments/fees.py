"""Our fee on one payment: taken when the seller is to be paid, and given back when everything goes back."""

from payments import ledger
from payments.models import Payment
from voicepact.kernel.money import Money


def take(payment: Payment) -> None:
    """The payment's whole fee is ours, once. Precondition: caller holds the payment's row, and it is all held."""
    missing = payment.fee.amount - ledger.standing(payment).fees
    if missing > 0:
        ledger.post(ledger.held(payment), ledger.FEES, Money(missing, payment.currency), payment=payment)


def give_back(payment: Payment) -> None:
    """What was taken of the payment is held again. Precondition: caller holds the payment's row."""
    taken = ledger.standing(payment).fees
    if taken > 0:
        ledger.post(ledger.FEES, ledger.held(payment), Money(taken, payment.currency), payment=payment)
