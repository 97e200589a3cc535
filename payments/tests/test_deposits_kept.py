"""Money paid by hand that the rail has confirmed is kept for the deal that it names, and counts once."""

from decimal import Decimal

import pytest

from contracts.agreements import PartyDraft
from contracts.models import Contract
from payments import escrow, ledger, reconciliation
from payments.models import Transfer
from payments.settlement import settle
from payments.tests.conftest import Later
from payments.tests.hand import answer, confirm, differences, fresh_transfer, paid_by_hand, posted, tell, the_payment
from payments.tests.rail import Rail
from payments.tests.words import deposit_found
from tests.factories import CLIENT, SMALL, acknowledge, confirmed, new_phone, open_transfer, prompted, refused
from voicepact.kernel.clock import now


@pytest.mark.django_db
def test_it_opens_the_payment_where_there_is_none_and_counts_once(rail: Rail, deal: Contract) -> None:
    deposit = tell(deal)
    reconciliation.ask_about_deposits()
    truth = deposit_found(deposit, deal.buyer.phone)

    assert answer(deposit, truth) == "kept"
    assert answer(deposit, truth) == "repeated: nothing changed"

    payment, transfer = the_payment(deal), Transfer.objects.get(deposit=deposit)
    assert (payment.status, payment.payer_phone) == ("locked", deal.buyer.phone)
    assert (transfer.status, transfer.receipt_number, transfer.phone) == (
        "succeeded",
        deposit.receipt_number,
        deal.buyer.phone,
    )
    assert transfer.rail_confirmed_at == now()
    assert posted(deposit) == [("outside", "held", SMALL)]
    assert Contract.objects.get(pk=deal.pk).status == "payment_locked"
    assert differences() == []


@pytest.mark.django_db
@pytest.mark.parametrize("written", [" {} ", "{} ", "low", "spaced"])
def test_the_reference_counts_however_people_write_it(rail: Rail, deal: Contract, written: str) -> None:
    reference = deal.payment_reference
    forms = {"low": reference.lower(), "spaced": f"{reference[:4]} {reference[4:8]} {reference[8:]}"}

    assert paid_by_hand(deal, reference=forms.get(written, written.format(reference))).status == "kept"


@pytest.mark.django_db
def test_the_first_part_by_hand_is_followed_by_a_prompt_for_the_next(rail: Rail, later: Later) -> None:
    deal = confirmed(amount=Decimal(350_000))

    deposit = paid_by_hand(deal, Decimal(250_000))

    payment = the_payment(deal)
    assert (deposit.status, payment.status) == ("kept", "pending")
    following = open_transfer(payment)
    assert (following.part, following.amount, following.phone) == (2, 100_000, deal.buyer.phone)

    second = paid_by_hand(deal, Decimal(100_000))

    assert (second.status, the_payment(deal).status) == ("kept", "locked")
    assert fresh_transfer(following).deposit == second
    assert ledger.standing(payment).held == 350_000
    assert differences() == []


@pytest.mark.django_db
def test_a_payment_that_waits_with_no_prompt_open_is_continued(rail: Rail, later: Later) -> None:
    payment = prompted(amount=Decimal(350_000))
    first = open_transfer(payment)
    settle(first.pk, refused(first, "1032"))
    deal = confirmed(amount=Decimal(350_000))
    paid_by_hand(deal, Decimal(250_000))
    second = open_transfer(the_payment(deal))
    acknowledge(second)
    settle(second.pk, refused(second, "1032"))

    deposit = paid_by_hand(deal, Decimal(100_000))

    assert (deposit.status, the_payment(deal).status) == ("kept", "locked")
    assert Transfer.objects.get(deposit=deposit).pk != second.pk
    assert differences() == []


@pytest.mark.django_db
def test_the_agreed_payer_may_pay_by_hand_too(rail: Rail, later: Later) -> None:
    payer = new_phone()
    parties = (
        PartyDraft(role="buyer", phone=new_phone(), name="Wanjiku"),
        PartyDraft(role="seller", phone=new_phone(), name="Otieno"),
        PartyDraft(role="payer", phone=payer, name="Sacco"),
    )
    deal = confirmed(amount=SMALL, parties=parties)
    prompt = open_transfer(escrow.open_checkout(deal.pk, phone=deal.buyer.phone, money=deal.money, actor=CLIENT))

    deposit = confirm(tell(deal), payer)

    settled = fresh_transfer(prompt)
    assert (deposit.status, settled.status, settled.phone) == ("kept", "succeeded", payer)
