"""Rows that wait for staff, each reached through the real verbs."""

from django.db import transaction

from contracts import disputes
from contracts.audit import CLOCK
from contracts.models import Contract, Dispute, Party
from notifications.models import DeliveryReport, InboundMessage, Message
from payments import stops
from payments.gateways.base import Source
from payments.locks import lock_transfer
from payments.models import Deposit, Payment, PayoutStop, Transfer
from payments.settlement import lose, settle
from tests import factories
from tests.factories import SMALL
from voicepact.console.tests.desk import disputed_deal


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


def stopped() -> PayoutStop:
    """No money leaves on Daraja."""
    with transaction.atomic():
        return stops.stop(code="2001", actor=CLOCK, gateway="daraja")


def moved() -> tuple[int, int]:
    """So many postings and transfers there are: to see that nothing moved."""
    return sum(payment.postings.count() for payment in Payment.objects.all()), Transfer.objects.count()


def talkative() -> Payment:
    """A deal with numbers in every place where people may write one."""
    payment = disputed_deal()
    contract = payment.contract
    words = f"call {contract.seller.phone}"
    Contract.objects.filter(pk=contract.pk).update(
        transcript=words, delivery_location=words, cancellation_reason=words, terms={"product": words}
    )
    Party.objects.filter(pk=contract.buyer.pk).update(name=words)
    Dispute.objects.filter(contract=contract).update(reason=words)
    Transfer.objects.filter(payment=payment).update(failure_reason=words, failure_code="2040")
    Payment.objects.filter(pk=payment.pk).update(failure_reason=words, failure_code="2040")
    Deposit.objects.update(reference=contract.seller.phone)
    _told(contract)
    _heard(contract)
    DeliveryReport.objects.create(provider_id="AT-7", status="Failed", failure_reason=words, raw={"phoneNumber": words})
    return Payment.objects.get(pk=payment.pk)


def _told(contract: Contract) -> None:
    phone, text = contract.buyer.phone, f"To: {contract.seller.phone}"
    Message.objects.create(contract=contract, kind="reply_help", phone=phone, text=text, provider_id="AT-7")


def _heard(contract: Contract) -> None:
    given = {"contract": contract, "party": contract.buyer, "phone": contract.buyer.phone, "message_id": contract.pk}
    InboundMessage.objects.create(**given, text=f"Call {contract.seller.phone}", raw={"to": "20880", "t": "ab" * 16})


def numbers() -> set[str]:
    """All that must be readable nowhere."""
    return {*Party.objects.values_list("phone", flat=True), *Deposit.objects.values_list("phone", flat=True)}
