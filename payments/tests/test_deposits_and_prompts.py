"""One payment by two roads, its prompt and by hand, is the same money; what is more than that goes back."""

import pytest

from contracts.models import Event
from payments import callbacks, endings, ledger, reconciliation
from payments.models import Deposit, Payment, Posting, Transfer
from payments.settlement import settle
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.hand import (
    answer,
    confirm,
    contract_of,
    differences,
    fresh,
    fresh_transfer,
    paid_by_hand,
    posted,
    tell,
    the_payment,
)
from payments.tests.rail import Rail
from payments.tests.words import arrives, deposit_found, deposit_not_found, prompt_paid, prompt_refused
from tests.factories import SMALL, acknowledge, answered, checked_out, new_phone, new_receipt, open_transfer
from tests.together import at_once


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["requested", "submitted", "unknown"])
def test_an_open_prompt_is_settled_and_gets_the_receipt_number(rail: Rail, later: Later, state: str) -> None:
    transfer = open_transfer(checked_out(amount=SMALL))
    if state != "requested":
        acknowledge(transfer)
    if state == "unknown":
        transfer.lose()
        transfer.save()
    deal = contract_of(transfer)

    deposit = paid_by_hand(deal)

    settled = fresh_transfer(transfer)
    assert (settled.status, settled.receipt_number, settled.deposit) == ("succeeded", deposit.receipt_number, deposit)
    assert (deposit.status, the_payment(deal).status) == ("kept", "locked")
    assert posted(deposit) == [("outside", "held", SMALL)]
    assert not submit(transfer.pk)
    assert differences() == []


@pytest.mark.django_db
def test_the_prompts_later_callback_with_the_same_number_or_a_refusal_changes_nothing(
    rail: Rail, prompt: Transfer
) -> None:
    deal = contract_of(prompt)
    deposit = paid_by_hand(deal)
    before = Event.objects.filter(contract=deal).count()

    arrives(prompt, "stk", prompt_paid(prompt, MpesaReceiptNumber=deposit.receipt_number))
    arrives(prompt, "stk", prompt_refused(prompt, 1032))

    settled = fresh_transfer(prompt)
    assert (settled.status, settled.quarantined_at) == ("succeeded", None)
    assert posted(deposit) == [("outside", "held", SMALL)]
    assert Event.objects.filter(contract=deal).count() == before


@pytest.mark.django_db
def test_the_prompts_callback_first_and_the_confirmation_after_it_is_the_same_money(
    rail: Rail, prompt: Transfer
) -> None:
    receipt = new_receipt()
    arrives(prompt, "stk", prompt_paid(prompt, MpesaReceiptNumber=receipt))
    deal = contract_of(prompt)

    deposit = paid_by_hand(deal, receipt=receipt)

    settled = fresh_transfer(prompt)
    assert (deposit.status, settled.deposit, settled.quarantined_at) == ("kept", deposit, None)
    assert settled.rail_confirmed_at
    assert posted(deposit) == [("outside", "held", SMALL)]
    assert the_payment(deal).transfers.count() == 1
    assert differences() == []


@pytest.mark.django_db
def test_a_callback_that_the_rail_contradicts_by_the_receipt_number_is_quarantined(
    rail: Rail, prompt: Transfer
) -> None:
    receipt = new_receipt()
    arrives(prompt, "stk", prompt_paid(prompt, MpesaReceiptNumber=receipt))
    deal = contract_of(prompt)

    confirm(tell(deal, receipt=receipt), deal.buyer.phone, Amount="5.00")

    assert fresh_transfer(prompt).quarantine_reason == "another amount"
    assert ledger.standing(the_payment(deal)).held == SMALL


@pytest.mark.django_db
def test_a_collection_that_a_query_had_settled_gets_its_number_and_no_more_money(rail: Rail, prompt: Transfer) -> None:
    settle(prompt.pk, answered(prompt))
    deal = contract_of(prompt)

    deposit = paid_by_hand(deal)

    settled = fresh_transfer(prompt)
    assert (deposit.status, settled.receipt_number) == ("kept", deposit.receipt_number)
    assert posted(deposit) == [("outside", "held", SMALL)]
    assert differences() == []


@pytest.mark.django_db
def test_a_prompt_that_had_failed_and_was_paid_after_all_counts_once_by_hand_first(
    rail: Rail, prompt: Transfer
) -> None:
    arrives(prompt, "stk", prompt_refused(prompt, 1037))
    deal = contract_of(prompt)
    deposit = paid_by_hand(deal)
    payment = Payment.objects.get(contract=deal, status="locked")

    said = arrives(prompt, "stk", prompt_paid(prompt, MpesaReceiptNumber=deposit.receipt_number))

    assert said == "repeated: nothing changed"
    assert (fresh_transfer(prompt).status, fresh_transfer(prompt).quarantined_at) == ("failed", None)
    assert ledger.standing(payment).held == SMALL
    assert posted(deposit) == [("outside", "held", SMALL)]


@pytest.mark.django_db
def test_money_for_a_deal_that_is_off_counts_once_by_hand_first_and_goes_back(rail: Rail, prompt: Transfer) -> None:
    deal = contract_of(prompt)
    arrives(prompt, "stk", prompt_refused(prompt, 1037))
    endings.cancel(deal.pk, phone=deal.buyer.phone, channel="sms")
    deposit = paid_by_hand(deal)
    assert deposit.status == "suspense"

    arrives(prompt, "stk", prompt_paid(prompt, MpesaReceiptNumber=deposit.receipt_number))

    assert fresh(deposit).status == "kept"
    late = fresh_transfer(prompt)
    assert (late.status, late.return_reason) == ("succeeded", "not_wanted")
    assert posted(deposit) == [("outside", "suspense", SMALL), ("suspense", "held", SMALL)]
    assert differences() == []


@pytest.mark.django_db
def test_a_prompt_cannot_claim_the_money_that_somebody_else_has_in_suspense(rail: Rail, prompt: Transfer) -> None:
    stranger = confirm(tell(contract_of(prompt), reference="NOBODYS"), new_phone())
    assert stranger.status == "suspense"

    arrives(prompt, "stk", prompt_paid(prompt, MpesaReceiptNumber=stranger.receipt_number))

    assert fresh_transfer(prompt).quarantine_reason == "the receipt number of other money"
    assert (fresh(stranger).status, posted(stranger)) == ("suspense", [("outside", "suspense", SMALL)])
    assert not Posting.objects.filter(transfer=prompt).exists()


@pytest.mark.parametrize("first", ["stk", "c2b"])
def test_both_roads_at_the_same_time_count_once(committed_db: None, rail: Rail, later: Later, first: str) -> None:
    transfer = open_transfer(checked_out(amount=SMALL))
    submit(transfer.pk)
    prompt, deal = fresh_transfer(transfer), contract_of(transfer)
    deposit = tell(deal)
    reconciliation.ask_about_deposits()
    bodies = {
        "stk": ("stk", prompt.token, prompt_paid(prompt, MpesaReceiptNumber=deposit.receipt_number)),
        "c2b": ("status", deposit.token, deposit_found(deposit, deal.buyer.phone)),
    }
    for road in sorted(bodies, key=lambda road: road != first):
        kind, token, body = bodies[road]
        assert callbacks.keep(gateway="daraja", kind=kind, token=token, body=body, address=None)

    at_once(callbacks.work_due, callbacks.work_due)
    later(seconds=10)
    callbacks.work_due()

    settled = fresh_transfer(prompt)
    assert (settled.status, settled.receipt_number) == ("succeeded", deposit.receipt_number)
    assert (fresh(deposit).status, settled.deposit) == ("kept", deposit)
    assert ledger.standing(the_payment(deal)).held == SMALL
    assert the_payment(deal).transfers.count() == 1
    assert differences() == []


# --- further money ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_prompt_that_is_paid_after_its_part_was_paid_by_hand_is_further_money_and_goes_back(
    rail: Rail, prompt: Transfer
) -> None:
    deal = contract_of(prompt)
    paid_by_hand(deal)
    body = prompt_paid(prompt)

    assert arrives(prompt, "stk", body) == "another receipt number: further money"
    arrives(prompt, "stk", body)

    further = Deposit.objects.filter(callbacks__transfer=prompt).distinct().get()
    assert posted(further) == []
    further = confirm(further, deal.buyer.phone)
    assert further.status == "kept"
    surplus = Transfer.objects.get(deposit=further)
    assert (surplus.status, surplus.return_reason, surplus.part) == ("succeeded", "not_wanted", 2)
    back = Transfer.objects.get(original=surplus)
    assert (back.amount, back.phone) == (SMALL, deal.buyer.phone)
    assert the_payment(deal).status == "locked"
    assert ledger.standing(the_payment(deal)).held == SMALL
    assert Deposit.objects.filter(receipt_number=further.receipt_number).count() == 1
    assert differences() == []


@pytest.mark.django_db
def test_further_money_that_the_rail_told_of_first_leaves_suspense_and_goes_back(rail: Rail, prompt: Transfer) -> None:
    deal = contract_of(prompt)
    paid_by_hand(deal)
    further = paid_by_hand(deal)
    assert further.status == "suspense"

    arrives(prompt, "stk", prompt_paid(prompt, MpesaReceiptNumber=further.receipt_number))

    surplus = Transfer.objects.get(deposit=further)
    assert (fresh(further).status, surplus.return_reason) == ("kept", "not_wanted")
    assert posted(further) == [("outside", "suspense", SMALL), ("suspense", "held", SMALL)]
    assert Transfer.objects.filter(original=surplus).count() == 1
    assert differences() == []


@pytest.mark.django_db
def test_forged_further_money_is_never_posted(rail: Rail, later: Later, prompt: Transfer) -> None:
    deal = contract_of(prompt)
    paid_by_hand(deal)
    arrives(prompt, "stk", prompt_paid(prompt))
    forged = Deposit.objects.get(callbacks__transfer=prompt)

    reconciliation.ask_about_deposits()
    answer(forged, deposit_not_found(forged))

    assert (fresh(forged).status, posted(forged)) == ("told", [])
    assert not Transfer.objects.filter(deposit=forged).exists()
