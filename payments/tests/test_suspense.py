"""Money in suspense leaves by two people's word: matched to a payment, or back to whoever paid it."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Contract, Event
from payments import deposits, endings, ledger, suspense
from payments.errors import NotInSuspense, OtherRail, PayerUnknown
from payments.gateways.base import Outcome, Source, Verdict
from payments.locks import lock_transfer
from payments.models import Deposit, Payment, PayoutStop, Posting, Transfer
from payments.settlement import Result, mark, settle
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.hand import (
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
from payments.tests.rail import PAY, REVERSE, Rail, hangs_up
from payments.tests.words import arrives, reversal_done
from tests.factories import (
    SMALL,
    answered,
    checked_out,
    completed,
    confirmed,
    locked,
    new_phone,
    open_transfer,
    refused,
)
from tests.together import at_once
from voicepact.kernel.errors import Refusal

INTO, OUT, BACK = ("outside", "suspense", SMALL), ("suspense", "in_transit", SMALL), ("in_transit", "suspense", SMALL)


@pytest.fixture
def lying(rail: Rail, later: Later) -> Deposit:
    """Money that nobody expected, from a known phone."""
    deposit = confirm(tell(confirmed(amount=SMALL), reference="NOBODYS"), new_phone())
    assert in_suspense(deposit)
    return deposit


def refuse_for_good(transfer: Transfer) -> Result:
    return settle(transfer.pk, answered(transfer, Verdict.FAILED, "R000002"))


# --- matched ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_matched_it_is_the_open_prompt_that_it_fits(lying: Deposit) -> None:
    payment = checked_out(amount=SMALL)
    prompt = open_transfer(payment)

    deposits.match(lying, payment)

    settled = fresh_transfer(prompt)
    assert (settled.status, settled.receipt_number, settled.phone) == ("succeeded", lying.receipt_number, lying.phone)
    assert settled.rail_confirmed_at
    assert fresh(lying).status == "kept"
    assert posted(lying) == [INTO, ("suspense", "held", SMALL)]
    assert Payment.objects.get(pk=payment.pk).status == "locked"
    assert ledger.balance(ledger.SUSPENSE) == 0
    matched = Event.objects.get(kind="suspense.matched")
    assert (matched.contract, matched.payload["payment"]) == (payment.contract, payment.transaction_id)
    assert differences() == []


@pytest.mark.django_db
def test_matched_it_is_the_next_part_of_a_payment_that_waits(lying: Deposit) -> None:
    payment = checked_out(amount=Decimal(251_000))
    first = open_transfer(payment)
    settle(first.pk, answered(first))
    second = open_transfer(payment)
    settle(second.pk, refused(second, "1032"))

    collected = deposits.match(lying, payment)

    assert (collected.part, fresh_transfer(collected).return_reason) == (2, "")
    assert Payment.objects.get(pk=payment.pk).status == "locked"
    assert differences() == []


@pytest.mark.django_db
@pytest.mark.parametrize("state", [locked, completed])
def test_matched_to_a_payment_that_needs_none_it_goes_back_from_there(lying: Deposit, state: object) -> None:
    payment = locked(amount=SMALL) if state is locked else completed(amount=SMALL)

    surplus = deposits.match(lying, payment)

    assert fresh_transfer(surplus).return_reason == "not_wanted"
    back = Transfer.objects.get(original=surplus)
    assert (back.phone, back.amount) == (lying.phone, SMALL)
    assert (fresh(lying).status, posted(lying)) == ("kept", [INTO, ("suspense", "held", SMALL)])
    assert Payment.objects.get(pk=payment.pk).status == "locked"
    assert differences() == []


@pytest.mark.django_db
def test_it_is_matched_once(lying: Deposit) -> None:
    payment = locked(amount=SMALL)
    deposits.match(lying, payment)
    before = Posting.objects.count(), Transfer.objects.count(), Event.objects.count()

    for verb in (lambda: deposits.match(lying, payment), lambda: deposits.give_back(lying)):
        with pytest.raises(NotInSuspense):
            verb()

    assert (Posting.objects.count(), Transfer.objects.count(), Event.objects.count()) == before


@pytest.mark.django_db
def test_only_money_in_suspense_is_matched_or_returned(rail: Rail, later: Later) -> None:
    deal = confirmed(amount=SMALL)
    told = tell(deal)
    kept = paid_by_hand(deal)
    payment, before = the_payment(deal), Posting.objects.count()

    for deposit in (told, kept):
        with pytest.raises(NotInSuspense):
            deposits.match(deposit, payment)
        with pytest.raises(NotInSuspense):
            deposits.give_back(deposit)

    assert Posting.objects.count() == before
    assert happened(told, "suspense.matched") == happened(told, "suspense.returned") == 0


@pytest.mark.django_db
def test_it_is_not_matched_to_a_payment_on_another_rail(lying: Deposit) -> None:
    payment = locked(amount=SMALL)
    Payment.objects.filter(pk=payment.pk).update(gateway="africastalking")

    with pytest.raises(OtherRail):
        deposits.match(lying, payment)

    assert in_suspense(fresh(lying))


# --- returned ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_returned_it_is_reversed_by_its_own_receipt_number(rail: Rail, lying: Deposit) -> None:
    back = deposits.give_back(lying)

    assert (back.kind, back.payment, back.status, back.phone) == ("reversal", None, "requested", lying.phone)
    assert posted(lying) == [INTO, OUT]
    assert happened(lying, "suspense.returned") == 1
    assert differences() == []
    assert submit(back.pk)
    (asked,) = rail.to(REVERSE)
    assert (asked.body["TransactionID"], asked.body["Amount"]) == (lying.receipt_number, "1000")
    assert fresh_transfer(back).status == "submitted"
    assert fresh(lying).status == "suspense"


@pytest.mark.django_db
def test_it_is_returned_when_the_rail_says_so_and_once(rail: Rail, lying: Deposit) -> None:
    back = deposits.give_back(lying)
    submit(back.pk)
    body = reversal_done(fresh_transfer(back))

    assert arrives(back, "reversal", body) == Result.SETTLED
    assert arrives(back, "reversal", body) == Result.REPEATED

    assert (fresh_transfer(back).status, fresh(lying).status) == ("succeeded", "returned")
    assert posted(lying) == [INTO, OUT, ("in_transit", "outside", SMALL)]
    assert happened(lying, "deposit.returned") == 1
    assert ledger.balance(ledger.SUSPENSE) == ledger.balance(ledger.in_transit(back)) == 0
    assert differences() == []
    with pytest.raises(NotInSuspense):
        deposits.give_back(lying)


@pytest.mark.django_db
def test_while_it_is_on_its_way_nothing_else_happens_to_it(lying: Deposit) -> None:
    payment = locked(amount=SMALL)
    deposits.give_back(lying)

    for verb in (lambda: deposits.match(lying, payment), lambda: deposits.give_back(lying)):
        with pytest.raises(NotInSuspense):
            verb()

    assert posted(lying) == [INTO, OUT]
    assert lying.transfers.count() == 1


@pytest.mark.django_db
def test_a_refusal_for_good_puts_it_back_and_the_next_return_goes_by_payout(
    rail: Rail, later: Later, lying: Deposit
) -> None:
    reversal = deposits.give_back(lying)
    submit(reversal.pk)

    assert settle(reversal.pk, refused(fresh_transfer(reversal), "R000002")) == Result.ASKING
    assert posted(lying) == [INTO, OUT]
    assert refuse_for_good(fresh_transfer(reversal)) == Result.SETTLED

    assert (fresh(lying).status, posted(lying)) == ("suspense", [INTO, OUT, BACK])
    owed = Event.objects.get(kind="suspense.owed", payload__deposit=lying.pk)
    assert (owed.contract, owed.payload["code"], owed.payload["amount"]) == (None, "not_reversible", 1_000)
    assert differences() == []
    refund = deposits.give_back(lying)
    assert (refund.kind, refund.part) == ("refund", 2)
    later(minutes=2)
    submit(refund.pk)
    (paid,) = rail.to(PAY)
    assert (paid.body["PartyB"], paid.body["Amount"]) == (lying.phone.removeprefix("+"), "1000")
    assert paid.body["Occassion"] == lying.receipt_number
    assert posted(lying) == [INTO, OUT, BACK, OUT]


@pytest.mark.django_db
def test_a_payout_that_the_rail_finally_refuses_is_back_in_suspense(rail: Rail, lying: Deposit) -> None:
    refuse_for_good(deposits.give_back(lying))
    refund = deposits.give_back(lying)
    submit(refund.pk)

    settle(refund.pk, answered(fresh_transfer(refund), Verdict.FAILED, "2040"))

    assert (fresh(lying).status, posted(lying)[-1]) == ("suspense", BACK)
    assert Event.objects.filter(kind="suspense.owed", payload__deposit=lying.pk).count() == 2
    assert differences() == []


@pytest.mark.django_db
def test_without_a_known_payer_it_goes_back_by_reversal_only(rail: Rail, later: Later) -> None:
    masked = confirm(tell(confirmed(amount=SMALL)), "2547*****126")
    refuse_for_good(deposits.give_back(masked))
    before = posted(masked)

    with pytest.raises(PayerUnknown):
        deposits.give_back(masked)

    assert (posted(masked), masked.transfers.count()) == (before, 1)


@pytest.mark.django_db
def test_a_return_whose_answer_was_lost_is_unknown_and_stays_in_transit(rail: Rail, lying: Deposit) -> None:
    back = deposits.give_back(lying)
    rail.will(REVERSE, hangs_up)

    submit(back.pk)

    assert (fresh_transfer(back).status, posted(lying)) == ("unknown", [INTO, OUT])
    assert len(rail.to(REVERSE)) == 1


@pytest.mark.django_db
def test_a_return_that_does_not_match_is_quarantined(rail: Rail, lying: Deposit) -> None:
    back = deposits.give_back(lying)
    submit(back.pk)
    lie = Outcome(Verdict.SUCCEEDED, Source.CALLBACK, amount=Decimal(5), receipt_number="UKNLIE0001")

    assert settle(back.pk, lie) == Result.QUARANTINED
    assert settle(back.pk, answered(fresh_transfer(back))) == Result.HELD_BACK

    assert (fresh(lying).status, posted(lying)) == ("suspense", [INTO, OUT])


@pytest.mark.django_db
def test_the_database_keeps_one_live_transfer_per_deposit(lying: Deposit) -> None:
    deposits.give_back(lying)

    with pytest.raises(IntegrityError, match="one_live_transfer_per_deposit"), transaction.atomic():
        Transfer.objects.create(deposit=lying, kind="refund", part=9, gateway="daraja", phone="x", amount=SMALL)


@pytest.mark.django_db
def test_suspense_is_not_touched_by_a_deal_that_ends(lying: Deposit) -> None:
    payment = locked(amount=SMALL)

    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    assert in_suspense(fresh(lying))
    assert differences() == []


def test_matched_and_returned_at_the_same_time_only_one_happens(committed_db: None, rail: Rail, later: Later) -> None:
    payment = locked(amount=SMALL)
    lying = confirm(tell(confirmed(amount=SMALL), reference="NOBODYS"), new_phone())

    def is_done(decide: Callable[[], object]) -> bool:
        try:
            decide()
        except Refusal:
            return False
        return True

    matched = partial(is_done, lambda: deposits.match(lying, payment))
    returned = partial(is_done, lambda: deposits.give_back(lying))

    assert sorted(at_once(matched, returned)) == [False, True]
    assert Transfer.objects.filter(deposit=lying).count() == 1
    assert len(posted(lying)) == 2
    assert ledger.balance(ledger.SUSPENSE) == 0
    assert differences() == []


@pytest.mark.django_db
def test_money_in_suspense_for_a_deal_is_on_the_deals_own_time_line(rail: Rail, later: Later) -> None:
    prompt = open_transfer(checked_out(amount=SMALL))
    deal: Contract = contract_of(prompt)

    deposit = paid_by_hand(deal, Decimal(5))

    assert Event.objects.get(kind="suspense.used", contract=deal).payload == {"deposit": deposit.pk, "amount": 5}


# --- when the rail contradicts itself, or our own account is at fault -------------------------------------------------


@pytest.mark.django_db
def test_a_return_that_arrived_after_its_refusal_waits_for_people_and_is_then_over(lying: Deposit) -> None:
    back = deposits.give_back(lying)
    submit(back.pk)
    refuse_for_good(fresh_transfer(back))

    assert settle(back.pk, answered(fresh_transfer(back))) == Result.QUARANTINED

    assert posted(lying) == [INTO, OUT, BACK]
    assert Event.objects.filter(kind="transfer.contradicted", payload__transfer=str(back.pk)).count() == 1
    assert not PayoutStop.objects.exists()
    assert suspense.lying(back) == SMALL
    with transaction.atomic():
        mark(lock_transfer(back.pk), succeeded=True)
    assert (fresh(lying).status, posted(lying)[-1]) == ("returned", ("suspense", "outside", SMALL))
    assert settle(back.pk, answered(fresh_transfer(back))) == Result.REPEATED
    assert ledger.balance(ledger.SUSPENSE) == 0
    assert differences() == []


@pytest.mark.django_db
def test_people_may_say_what_became_of_a_return_that_is_unknown(rail: Rail, lying: Deposit) -> None:
    back = deposits.give_back(lying)
    rail.will(REVERSE, hangs_up)
    submit(back.pk)

    with transaction.atomic():
        mark(lock_transfer(back.pk), succeeded=True, receipt_number="UKNMARKED1")

    assert (fresh(lying).status, fresh_transfer(back).receipt_number) == ("returned", "UKNMARKED1")
    assert differences() == []


@pytest.mark.django_db
def test_a_return_refused_by_our_own_fault_stops_what_else_would_leave_on_that_rail(rail: Rail, lying: Deposit) -> None:
    back = deposits.give_back(lying)
    submit(back.pk)

    settle(back.pk, answered(fresh_transfer(back), Verdict.FAILED, "1"))

    assert (fresh(lying).status, posted(lying)[-1]) == ("suspense", BACK)
    assert PayoutStop.objects.get(lifted_at=None).gateway == "daraja"
    held_back = deposits.give_back(lying)
    assert not submit(held_back.pk)
    assert rail.to(PAY) == []


@pytest.mark.django_db
def test_a_refused_return_is_nothing_that_a_payment_owes(lying: Deposit) -> None:
    refuse_for_good(deposits.give_back(lying))

    assert not Transfer.objects.owed().exists()
