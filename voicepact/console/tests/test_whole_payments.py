"""A payment is released or refunded where the rules allow it; elsewhere the page says why not, and has no button."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from contracts import disputes
from contracts.models import Contract
from payments import escrow, ledger
from payments.ledger import Standing
from payments.models import Payment, Proposal
from tests import factories
from tests.factories import SMALL
from voicepact.console.tests.cases import moved
from voicepact.console.tests.desk import approve, page_of, propose
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind


@pytest.fixture
def payment() -> Payment:
    """Delivered, says the seller; the buyer is silent."""
    payment = factories.locked(amount=SMALL, fees_paid_by="seller")
    escrow.deliver(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return payment


def address(kind: Proposal.Kind, payment: Payment) -> str:
    return reverse("desk:propose", args=[kind.value, payment.pk])


def text_of(client: Client, page: str) -> str:
    return client.get(page).content.decode()


@pytest.mark.parametrize(("kind", "way"), [(Kind.RELEASE, "is paid to"), (Kind.REFUND, "goes back to")])
def test_one_proposes_another_reads_how_much_goes_to_whom_by_which_rule_and_approves(
    operator: Client, approver: Client, payment: Payment, kind: Proposal.Kind, way: str
) -> None:
    less_fee, fee = payment.to_pay_out, payment.fee
    assert fee.amount
    contract = payment.contract
    payee = contract.seller if kind == Kind.RELEASE else contract.buyer
    for page in (page_of(payment), page_of(contract)):
        assert address(kind, payment) in text_of(operator, page)
    before = moved()
    propose(operator, kind, payment)
    assert moved() == before

    read = text_of(approver, reverse("desk:approve", args=[Proposal.objects.get().pk]))

    amount = less_fee if kind == Kind.RELEASE else payment.money
    for words in (str(amount), way, mask(payee.phone), payee.name, "Rule:", "two members of staff decide", "fee"):
        assert words in read
    assert payee.phone not in read
    approve(approver, Proposal.objects.get())
    where = ledger.standing(factories.pay_out(payment))
    released = Standing(released=less_fee.amount, fees=fee.amount)
    assert where == (released if kind == Kind.RELEASE else Standing(refunded=SMALL))


@pytest.mark.parametrize("kind", [Kind.RELEASE, Kind.REFUND])
def test_while_a_dispute_is_open_there_is_no_button_and_the_reason(
    operator: Client, payment: Payment, kind: Proposal.Kind
) -> None:
    disputes.open_dispute(payment.contract_id, phone=payment.payer_phone, reason="wet", channel="sms")
    before = moved()
    for page in (page_of(payment), page_of(Contract.objects.get(pk=payment.contract_id))):
        text = text_of(operator, page)
        assert address(kind, payment) not in text
        assert "Not now. A dispute is open: decide it there." in text
    assert "decide it there" in propose(operator, kind, payment).content.decode()
    assert (moved(), Proposal.objects.count()) == (before, 0)


def test_what_the_seller_has_not_delivered_is_not_released(operator: Client) -> None:
    payment = factories.locked(amount=Decimal(1_000))
    text = text_of(operator, page_of(payment))
    assert address(Kind.RELEASE, payment) not in text
    assert "The seller has not said that it has delivered." in text
    assert address(Kind.REFUND, payment) in text


def test_a_payout_on_the_way_is_neither_released_nor_refunded_again(operator: Client) -> None:
    payment = factories.completed(amount=SMALL)
    before = moved()
    assert text_of(operator, page_of(payment)).count("Its payout is on the way already.") == 2
    for kind in (Kind.RELEASE, Kind.REFUND):
        propose(operator, kind, payment)
    assert (moved(), Proposal.objects.count()) == (before, 0)


def test_who_may_not_propose_is_not_told_what_could_be_proposed(viewer: Client, payment: Payment) -> None:
    text = text_of(viewer, page_of(payment))
    assert "What you can do here" not in text
    assert 'class="acts"' not in text
