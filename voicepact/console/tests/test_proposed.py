"""What was proposed is told in sentences, and whoever releases in a buyer's place sees how long that one is silent."""

from decimal import Decimal

import pytest
from django.urls import reverse

from contracts.models import Contract, Party
from notifications.models import Message
from payments import escrow
from payments.models import Payment, Proposal
from payments.proposed import asked_for
from tests import factories
from voicepact.console.proposal.plans import plan
from voicepact.console.tests.cases import quarrel
from voicepact.console.tests.desk import approve, member, page_of, propose
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind
SMALL = Decimal(1_000)


def delivered() -> Payment:
    payment = factories.locked(amount=SMALL)
    escrow.deliver(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return Payment.objects.get(pk=payment.pk)


def silence_of(payment: Payment) -> tuple[str, ...]:
    fresh = Payment.objects.get(pk=payment.pk)
    return plan(Proposal(kind=Kind.RELEASE, payment=fresh, contract=fresh.contract)).passing


def reminder(buyer: Party, status: str, original: Message | None = None, retry: int = 0) -> Message:
    told = {"kind": "reminded_accept", "text": "x", "party": buyer, "contract": buyer.contract, "phone": buyer.phone}
    return Message.objects.create(status=status, original=original, retry=retry, **told)


# --- what was proposed ------------------------------------------------------------------------------------------------


def test_a_decided_proposal_tells_what_was_decided_and_shows_no_json() -> None:
    dispute = quarrel(amount=SMALL)
    shares = {"outcome": "split", "seller_amount": 400, "buyer_amount": 600}
    propose(member("operator"), Kind.DECISION, dispute, **shares)
    proposal = Proposal.objects.get()
    approver = member("approver")
    approve(approver, proposal)

    text = approver.get(page_of(proposal)).content.decode()
    assert "KES 400 for the seller.<br>KES 600 back to whoever paid." in text
    assert "seller_amount" not in text


@pytest.mark.parametrize(
    ("details", "sentences"),
    [
        ({}, ["All of what it is about."]),
        ({"amount": 250}, ["KES 250 goes back to whoever paid."]),
        ({"phone": "+254712345678"}, ["The new number is +2547*****678."]),
        (
            {"outcome": "succeeded", "receipt_number": "UKN7A1B2C3"},
            ["The money has moved.", "The receipt number is UKN7A1B2C3."],
        ),
        ({"transaction_id": "TXN-AG-2026-000001-001"}, ["The money is for TXN-AG-2026-000001-001."]),
        ({"amount": "many"}, ["many goes back to whoever paid."]),
        ({"said": "call 0712345678"}, ["Said: call +2547*****678."]),
    ],
)
def test_each_detail_is_a_sentence_in_which_no_number_can_be_read(
    details: dict[str, object], sentences: list[str]
) -> None:
    assert asked_for(Proposal(details=details)) == sentences


# --- a silent buyer ---------------------------------------------------------------------------------------------------


def test_whoever_releases_sees_since_when_the_buyer_is_silent_and_what_became_of_each_reminder() -> None:
    payment = delivered()
    buyer = payment.contract.buyer
    assert silence_of(payment)[1:] == ("No reminder has gone to the buyer yet.",)
    assert silence_of(payment)[0].endswith("The buyer has not written since.")

    first = reminder(buyer, Message.Status.FAILED)
    reminder(buyer, Message.Status.DELIVERED, original=first, retry=1)
    reminder(buyer, Message.Status.WITHHELD)
    Party.objects.filter(pk=buyer.pk).update(unreachable_since=now())
    said, reminded, out_of_reach = silence_of(payment)
    assert said.startswith("The seller said delivered on ")
    assert reminded == "Reminders to the buyer: 1 delivered, 1 withheld."
    assert out_of_reach.startswith("The buyer's phone cannot be reached since ")

    page = member("operator").get(reverse("desk:propose", args=[Kind.RELEASE.value, payment.pk]))
    assert reminded in page.content.decode()


def test_a_buyer_who_wrote_since_is_not_called_silent_and_the_plan_stays_the_same() -> None:
    payment = delivered()
    proposal = Proposal(kind=Kind.RELEASE, payment=payment, contract=payment.contract)
    before = plan(proposal).fingerprint
    Party.objects.filter(pk=payment.contract.buyer.pk).update(last_wrote_at=now())
    assert "read that first" in silence_of(payment)[0]
    fresh = Payment.objects.get(pk=payment.pk)
    assert plan(Proposal(kind=Kind.RELEASE, payment=fresh, contract=Contract.objects.get())).fingerprint == before
