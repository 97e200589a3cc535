"""What may be paid to us by hand just now: the next part of a confirmed deal, by its reference."""

from decimal import Decimal
from enum import StrEnum

from django.conf import settings

from contracts.models import Contract
from payments import checkout
from payments.gateways.base import HandPayment
from payments.models import Payment
from voicepact.kernel.clock import now
from voicepact.kernel.rails import RAILS, split


class Answer(StrEnum):
    """What M-Pesa is told before it takes the money. Source: Safaricom's Daraja portal, Customer to Business."""

    ACCEPTED = "0"
    WRONG_ACCOUNT = "C2B00012"
    WRONG_AMOUNT = "C2B00013"
    WRONG_SHORTCODE = "C2B00015"
    OTHER = "C2B00016"


def judge(payment: HandPayment, *, gateway: str) -> Answer:
    """Whether the rail should take this money. Nothing is changed: the payer may still not pay."""
    if payment.shortcode != settings.DARAJA_SHORTCODE:
        return Answer.WRONG_SHORTCODE
    contract = contract_of(payment.reference)
    if contract is None:
        return Answer.WRONG_ACCOUNT
    if not is_payable(contract, gateway=gateway):
        return Answer.OTHER
    return Answer.ACCEPTED if payment.amount == next_amount(contract) else Answer.WRONG_AMOUNT


def contract_of(reference: str) -> Contract | None:
    """The contract that people name when they pay, however they write it."""
    written = "".join(reference.split()).upper()
    return Contract.objects.filter(payment_reference=written).first() if written else None


def is_payable(contract: Contract, *, gateway: str) -> bool:
    """Whether the contract may be paid now, by hand, on this rail."""
    late = contract.delivery_deadline and contract.delivery_deadline <= now()
    confirmed = contract.status == Contract.Status.CONFIRMED and not late
    return confirmed and contract.gateway == gateway and RAILS[gateway].by_hand


def next_amount(contract: Contract) -> Decimal | None:
    """The amount of the part that is to be paid next; None when all are in."""
    payment = Payment.objects.live().filter(contract=contract).first()
    if payment is None:
        return split(contract.buyer_pays.amount, RAILS[contract.gateway])[0]
    part = checkout.next_part(payment)
    return part[1] if part else None
