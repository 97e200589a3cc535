"""Rows that wait for staff, each reached through the real verbs."""

from decimal import Decimal

from django.db import transaction

from contracts import disputes
from contracts.audit import CLOCK
from contracts.models import Dispute
from payments import deposits, stops
from payments.gateways.base import HandPayment, Outcome, Source, Verdict
from payments.locks import lock_transfer
from payments.models import Deposit, Payment, PayoutStop, Transfer
from payments.settlement import lose, settle
from tests import factories

SMALL = Decimal(1000)


def quarrel(**terms: object) -> Dispute:
    """An open dispute about a deal of 350,000 whose money is held."""
    payment = factories.locked(**terms)
    return disputes.open_dispute(
        payment.contract_id, phone=payment.payer_phone, reason="Only 80 bags came", channel="sms"
    )


def owed() -> Transfer:
    """A payout that the rail has finally refused to its recipient."""
    payout = factories.acknowledge(factories.open_transfer(factories.completed(amount=SMALL)))
    settle(payout.pk, factories.refused(payout, "2040", Source.ANSWER))
    return Transfer.objects.get(pk=payout.pk)


def unknown() -> Transfer:
    """A payout that perhaps arrived."""
    payout = factories.acknowledge(factories.open_transfer(factories.completed(amount=SMALL)))
    with transaction.atomic():
        lose(lock_transfer(payout.pk), why="no answer")
    return Transfer.objects.get(pk=payout.pk)


def quarantined() -> Transfer:
    """A collection of which its callback said another amount."""
    prompt = factories.open_transfer(factories.prompted(amount=SMALL))
    settle(prompt.pk, factories.succeeded(prompt, amount=SMALL + 1))
    return Transfer.objects.get(pk=prompt.pk)


def suspended() -> Deposit:
    """Money that somebody paid by hand, and that fits no deal."""
    said = HandPayment(factories.new_receipt(), SMALL, "NOBODYKNOWS1", shortcode="174379")
    deposit = deposits.tell(said, gateway="daraja")
    confirmed = Outcome(
        Verdict.SUCCEEDED,
        Source.ANSWER,
        amount=SMALL,
        phone=factories.new_phone(),
        receipt_number=said.receipt_number,
        money_out=False,
    )
    deposits.answered(deposit.pk, confirmed)
    return Deposit.objects.get(pk=deposit.pk)


def stopped() -> PayoutStop:
    """No money leaves on Daraja."""
    with transaction.atomic():
        return stops.stop(code="2001", actor=CLOCK, gateway="daraja")


def moved() -> tuple[int, int]:
    """So many postings and transfers there are: to see that nothing moved."""
    return sum(payment.postings.count() for payment in Payment.objects.all()), Transfer.objects.count()
