"""Whom a request names is checked against what the parties themselves have said; it is never evidence of its own."""

from decimal import Decimal

from contracts import confirmations
from contracts.errors import DisputeOpen
from contracts.models import Contract
from payments import ledger
from payments.errors import (
    AmountMismatch,
    ConfirmationsMissing,
    ConfirmedByMismatch,
    PaymentNotHeld,
)
from payments.ledger import Standing
from payments.models import Payment
from voicepact.kernel.money import Money


def check_party(contract: Contract, phone: str | None) -> None:
    """The phone, where one is named, is a party's. Raises NotAParty."""
    if phone:
        confirmations.party_by_phone(contract, phone)


def check_release(payment: Payment, *, confirmed_by: set[str]) -> None:
    """The payment is released, or on its way: both parties have confirmed, and the request names just them.

    Raises DisputeOpen, ConfirmationsMissing, ConfirmedByMismatch, PaymentNotHeld.
    """
    contract = payment.contract
    if contract.status == Contract.Status.DISPUTED:
        raise DisputeOpen(f"A dispute about {contract.pk} is open; nothing is paid until it is settled.")
    if payment.status not in (Payment.Status.LOCKED, Payment.Status.RELEASED):
        raise PaymentNotHeld(f"{payment.transaction_id} is {payment.status}; there is nothing to release.")
    if contract.status in (Contract.Status.CANCELLED, Contract.Status.EXPIRED):
        raise PaymentNotHeld(f"{contract.pk} is {contract.status}; its money does not go to the seller.")
    missing = confirmations.missing(contract)
    if missing and contract.status != Contract.Status.COMPLETED:
        raise ConfirmationsMissing(f"Still to confirm the delivery: {' and '.join(missing)}.", missing=missing)
    if confirmed_by != {contract.buyer.phone, contract.seller.phone}:
        raise ConfirmedByMismatch("`confirmed_by` must name the buyer's and the seller's phone, and no other.")
    if contract.status != Contract.Status.COMPLETED:
        raise PaymentNotHeld(f"{contract.pk} is {contract.status}; its money does not go to the seller.")


def check_refund(payment: Payment, *, initiated_by: str, amount: Decimal | None) -> None:
    """All that came in, or `amount` of it, may go back, or is back already.

    Raises NotAParty, PaymentNotHeld, AmountMismatch.
    """
    check_party(payment.contract, initiated_by)
    if payment.status in (Payment.Status.RELEASED, Payment.Status.FAILED):
        raise PaymentNotHeld(f"{payment.transaction_id} is {payment.status}; there is nothing to give back.")
    whole = refundable(payment, ledger.standing(payment))
    if not whole.amount:
        raise PaymentNotHeld(
            f"Nothing of {payment.transaction_id} has come in. To call the deal off, cancel {payment.contract_id}."
        )
    if amount is not None and amount > whole.amount:
        raise AmountMismatch(f"{whole} of {payment.transaction_id} came in; more cannot go back.", field="amount")


def is_partial(payment: Payment, amount: Decimal | None) -> bool:
    """Whether this is only a part of what could go back: that is for our staff to decide."""
    return amount is not None and amount != refundable(payment, ledger.standing(payment)).amount


def refundable(payment: Payment, where: Standing) -> Money:
    """The whole sum of a refund: all that came in and is neither the seller's nor ours, or went back already.

    Money that came in twice and goes back by itself does not count.
    """
    return Money(min(payment.to_collect.amount, where.collected - where.released - where.fees), payment.currency)
