"""Money paid by hand is told by anybody, and believed only on the rail's word."""

from decimal import Decimal
from typing import Any

import pytest

from contracts.audit import CLOCK
from contracts.models import Contract
from payments import callbacks, ledger, reconciliation
from payments.models import Callback, Deposit, Payment
from payments.schedule import CONFIRMATION
from payments.tests.conftest import Later
from payments.tests.hand import answer, confirm, fresh, happened, posted, tell, the_payment
from payments.tests.rail import STATUS, Rail, refuses
from payments.tests.words import deposit_found, deposit_not_found
from tests.factories import SMALL
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task


@pytest.mark.django_db
def test_a_confirmation_makes_a_claim_that_moves_nothing_and_the_rail_is_asked_at_once(
    rail: Rail, deal: Contract
) -> None:
    deposit = tell(deal)

    assert (deposit.status, deposit.amount, deposit.phone, deposit.next_ask_at) == ("told", SMALL, "", now())
    assert posted(deposit) == []
    assert happened(deposit, "deposit.told") == 1
    reconciliation.ask_about_deposits()
    (asked,) = rail.to(STATUS)
    assert asked.body["TransactionID"] == deposit.receipt_number
    assert asked.body["ResultURL"].endswith(f"/daraja/status/{deposit.token}")
    assert fresh(deposit).inquiry_id


@pytest.mark.django_db
def test_a_second_confirmation_changes_nothing(rail: Rail, deal: Contract) -> None:
    deposit = tell(deal)
    tell(deal, receipt=deposit.receipt_number, amount=Decimal(2_000))

    assert Deposit.objects.get(receipt_number=deposit.receipt_number).amount == SMALL
    assert happened(deposit, "deposit.told") == 1

    kept = confirm(deposit, deal.buyer.phone)
    assert tell(deal, receipt=deposit.receipt_number) == kept
    reconciliation.ask_about_deposits()
    assert len(rail.to(STATUS)) == 1
    assert ledger.standing(the_payment(deal)).held == SMALL


@pytest.mark.django_db
def test_an_answer_counts_only_if_it_is_to_our_own_last_question(rail: Rail, deal: Contract) -> None:
    deposit = tell(deal)
    reconciliation.ask_about_deposits()
    honest = deposit_found(deposit, deal.buyer.phone)
    Deposit.objects.filter(pk=deposit.pk).update(inquiry_id="AG_the_next_question")

    assert answer(deposit, honest) == "it answers no question of ours"

    assert fresh(deposit).status == "told"
    assert posted(deposit) == []
    assert not Payment.objects.filter(contract=deal).exists()


@pytest.mark.django_db
def test_a_forged_confirmation_is_refuted_once_the_schedule_ends(rail: Rail, later: Later, deal: Contract) -> None:
    deposit = tell(deal)
    for _ in CONFIRMATION:
        reconciliation.ask_about_deposits()
        answer(deposit, deposit_not_found(deposit))
        assert (fresh(deposit).status, happened(deposit, "deposit.refuted")) == ("told", 0)
        later(hours=24)

    reconciliation.ask_about_deposits()
    reconciliation.ask_about_deposits()

    assert (fresh(deposit).status, fresh(deposit).next_ask_at) == ("refuted", None)
    assert len(rail.to(STATUS)) == len(CONFIRMATION)
    assert happened(deposit, "deposit.refuted") == 1
    assert posted(deposit) == []
    assert not Payment.objects.filter(contract=deal).exists()


@pytest.mark.django_db
def test_money_that_a_silent_rail_never_confirmed_is_asked_about_again_when_its_callback_is_worked_again(
    rail: Rail, later: Later, deal: Contract
) -> None:
    deposit = tell(deal)
    for _ in range(len(CONFIRMATION) + 1):
        reconciliation.ask_about_deposits()
        later(hours=24)
    assert (fresh(deposit).status, happened(deposit, "deposit.refuted")) == ("refuted", 1)

    callbacks.replay(Callback.objects.get(kind="c2b-confirmation").pk, actor=CLOCK, since=now())

    assert fresh(deposit).next_ask_at == now()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lies",
    [
        {"ReceiptNo": "SOMEOTHER1"},
        {"Amount": None},
        {"TransactionStatus": "Authorized"},
        {"CreditPartyName": "600000 - SOMEBODY ELSE"},
    ],
)
def test_an_answer_about_something_else_changes_nothing(rail: Rail, deal: Contract, lies: dict[str, Any]) -> None:
    deposit = confirm(tell(deal), deal.buyer.phone, **lies)

    assert (deposit.status, posted(deposit)) == ("told", [])
    assert deposit.next_ask_at


@pytest.mark.django_db
def test_the_receipt_of_money_that_we_paid_out_is_refuted(rail: Rail, deal: Contract) -> None:
    swapped = {"DebitPartyName": "174379 - VoicePact", "CreditPartyName": "254712345678 - OTIENO"}

    deposit = confirm(tell(deal), deal.buyer.phone, **swapped)

    assert (deposit.status, posted(deposit)) == ("refuted", [])


@pytest.mark.django_db
def test_money_that_the_rail_says_never_completed_is_refuted(rail: Rail, deal: Contract) -> None:
    deposit = confirm(tell(deal), deal.buyer.phone, TransactionStatus="Cancelled")

    assert (deposit.status, posted(deposit), deposit.next_ask_at) == ("refuted", [], None)


@pytest.mark.django_db
def test_money_that_was_refuted_counts_when_the_rail_names_it_after_all(rail: Rail, deal: Contract) -> None:
    deposit = confirm(tell(deal), deal.buyer.phone, TransactionStatus="Cancelled")
    assert deposit.status == "refuted"

    tell(deal, receipt=deposit.receipt_number)
    deposit = confirm(deposit, deal.buyer.phone)

    assert (deposit.status, posted(deposit)) == ("kept", [("outside", "held", SMALL)])


@pytest.mark.django_db
def test_noise_from_the_rail_changes_nothing_and_it_is_asked_again(rail: Rail, later: Later, deal: Contract) -> None:
    deposit = tell(deal)
    rail.will(STATUS, refuses(500, "500.003.02", "System is busy"))
    reconciliation.ask_about_deposits()
    assert (fresh(deposit).status, fresh(deposit).times_asked) == ("told", 1)

    later(seconds=3)
    assert confirm(deposit, deal.buyer.phone).status == "kept"


@pytest.mark.django_db
def test_the_rails_figure_counts_and_not_what_was_told(rail: Rail, deal: Contract) -> None:
    deposit = confirm(tell(deal, Decimal(5)), deal.buyer.phone, Amount="1000.00")

    assert (deposit.status, deposit.amount) == ("kept", SMALL)
    assert happened(deposit, "deposit.amount_differs") == 1
    assert ledger.standing(the_payment(deal)).held == SMALL


@pytest.mark.django_db
def test_a_told_deposit_makes_work_for_the_worker_that_asks(
    rail: Rail, deal: Contract, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as nudges:
        tell(deal)

    assert Task.ASK in [nudge.args[0] for nudge in nudges]
