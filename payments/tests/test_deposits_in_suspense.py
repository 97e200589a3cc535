"""Money paid by hand that fits no payment lies in suspense, and counts once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.models import Contract, Event
from payments import endings, ledger, reconciliation
from payments.models import Payment, Transfer
from payments.tests.conftest import Later
from payments.tests.hand import (
    answer,
    confirm,
    contract_of,
    differences,
    fresh,
    fresh_transfer,
    happened,
    in_suspense,
    paid_by_hand,
    tell,
)
from payments.tests.rail import Rail
from payments.tests.words import arrives, deposit_found, prompt_paid
from tests.factories import SMALL, confirmed, drafted, locked, new_phone
from voicepact.kernel.clock import now


@pytest.mark.django_db
def test_money_with_a_reference_that_nobody_has_lies_in_suspense(rail: Rail, deal: Contract) -> None:
    deposit = paid_by_hand(deal, reference="NOBODYS REFERENCE")

    assert in_suspense(deposit)
    assert happened(deposit, "suspense.used") == 1
    assert not Payment.objects.filter(contract=deal).exists()
    assert ledger.balance(ledger.SUSPENSE) == SMALL
    assert differences() == []


@pytest.mark.django_db
def test_money_in_suspense_counts_once(rail: Rail, deal: Contract) -> None:
    deposit = tell(deal, reference="")
    reconciliation.ask_about_deposits()
    truth = deposit_found(deposit, deal.buyer.phone)

    assert answer(deposit, truth) == "in suspense"
    assert answer(deposit, truth) == "repeated: nothing changed"
    tell(deal, receipt=deposit.receipt_number)

    assert in_suspense(fresh(deposit))
    assert happened(deposit, "suspense.used") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("amount", [999, 1_001, 500])
def test_money_of_another_amount_lies_in_suspense(rail: Rail, deal: Contract, amount: int) -> None:
    deposit = paid_by_hand(deal, Decimal(amount))

    assert in_suspense(deposit)
    assert Event.objects.get(kind="suspense.used", contract=deal).payload["amount"] == amount
    assert not Payment.objects.filter(contract=deal).exists()


@pytest.mark.django_db
def test_money_of_a_strangers_phone_lies_in_suspense_and_leaves_the_prompt_alone(rail: Rail, prompt: Transfer) -> None:
    deposit = confirm(tell(contract_of(prompt)), new_phone())

    assert in_suspense(deposit)
    assert fresh_transfer(prompt).status == "submitted"


@pytest.mark.django_db
def test_money_whose_payer_the_rail_does_not_name_lies_in_suspense(rail: Rail, deal: Contract) -> None:
    deposit = confirm(tell(deal), "2547*****126")

    assert in_suspense(deposit)
    assert deposit.phone == ""


@pytest.mark.django_db
def test_money_for_a_deal_that_takes_none_lies_in_suspense(rail: Rail, later: Later) -> None:
    pending, cancelled, late = drafted(amount=SMALL), confirmed(amount=SMALL), None
    endings.cancel(cancelled.pk, phone=cancelled.buyer.phone, channel="sms")
    paid = locked(amount=SMALL).contract
    from_then = now()
    late = confirmed(amount=SMALL, delivery_deadline=from_then + timedelta(days=365))
    Contract.objects.filter(pk=late.pk).update(delivery_deadline=from_then)

    for contract in (pending, cancelled, paid, late):
        assert in_suspense(paid_by_hand(contract)), contract.status

    assert ledger.balance(ledger.SUSPENSE) == 4 * SMALL
    assert differences() == []


@pytest.mark.django_db
def test_a_quarantined_prompt_is_not_settled_by_hand(rail: Rail, prompt: Transfer) -> None:
    arrives(prompt, "stk", prompt_paid(prompt, Amount=1))

    deposit = paid_by_hand(contract_of(prompt))

    assert in_suspense(deposit)
    assert fresh_transfer(prompt).status == "submitted"
    assert differences() == []
