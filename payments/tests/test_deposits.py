"""Money paid by hand: told by anybody, believed only on the rail's word, counted once, and placed where it belongs."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from contracts.agreements import PartyDraft
from contracts.audit import CLOCK
from contracts.models import Contract, Event
from payments import callbacks, endings, escrow, ledger, reconciliation
from payments.models import Callback, Deposit, Payment, Posting, Transfer
from payments.schedule import CONFIRMATION
from payments.settlement import settle
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.hand import (
    SMALL,
    answer,
    confirm,
    contract_of,
    differences,
    fresh,
    fresh_transfer,
    happened,
    in_suspense,
    paid_by_hand,
    posted,
    tell,
    the_payment,
)
from payments.tests.rail import STATUS, Rail, refuses
from payments.tests.words import arrives, deposit_found, deposit_not_found, prompt_paid, prompt_refused
from tests.factories import (
    CLIENT,
    acknowledge,
    answered,
    checked_out,
    confirmed,
    drafted,
    locked,
    new_phone,
    new_receipt,
    open_transfer,
    prompted,
    refused,
)
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task


@pytest.fixture
def deal(rail: Rail, later: Later) -> Contract:
    """A deal that both have agreed to and nobody has paid; time stands still."""
    return confirmed(amount=SMALL)


@pytest.fixture
def prompt(rail: Rail, later: Later) -> Transfer:
    """A prompt on the phone of a buyer who may also pay by hand."""
    transfer = open_transfer(checked_out(amount=SMALL))
    submit(transfer.pk)
    return fresh_transfer(transfer)


# --- told and asked ---------------------------------------------------------------------------------------------------


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


# --- kept -------------------------------------------------------------------------------------------------------------


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


# --- the same payment by two roads ------------------------------------------------------------------------------------


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
    together = Barrier(2)

    def work() -> None:
        try:
            together.wait()
            callbacks.work_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: work(), range(2)))
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


# --- suspense ---------------------------------------------------------------------------------------------------------


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
    late = confirmed(amount=SMALL, delivery_deadline=from_then.replace(year=from_then.year + 1))
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


@pytest.mark.django_db
def test_a_told_deposit_makes_work_for_the_worker_that_asks(
    rail: Rail, deal: Contract, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as nudges:
        tell(deal)

    assert Task.ASK in [nudge.args[0] for nudge in nudges]
