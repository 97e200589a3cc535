"""What two people say became of a transfer counts once, and moves what the rail's statement shows and no more."""

from decimal import Decimal

import pytest
from django.db import transaction

from payments import endings, escrow, ledger, reconciliation
from payments.errors import NotDecidable, StatementMissing
from payments.gateways.base import Source, Verdict
from payments.ledger import Standing
from payments.locks import lock_transfer
from payments.models import Deposit, Payment, PayoutStop, Proposal, Transfer
from payments.outcomes import NO_ANSWER
from payments.settlement import Result, lose, settle
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.desk import agreed, books_hold, fresh, moved, proposed, statement
from payments.tests.rail import QUERY, Rail, finds
from payments.timers import work_deadlines
from tests.factories import (
    CLIENT,
    acknowledge,
    answered,
    checked_out,
    completed,
    fund,
    locked,
    new_phone,
    new_receipt,
    open_transfer,
    pay_out,
    prompted,
    refused,
    succeeded,
)
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)
Kind = Proposal.Kind


def unknown(payment: Payment) -> Transfer:
    transfer = acknowledge(open_transfer(payment))
    held = lock_transfer(transfer.pk)
    lose(held, why="test")
    return held.transfer


def test_an_unknown_payout_is_marked_paid_by_two_people_with_the_rails_statement() -> None:
    payment = completed(amount=SMALL)
    payout = unknown(payment)

    details = {"outcome": "succeeded", "receipt_number": "UKN7A1B2C3"}
    proposal = agreed(Kind.MARK_TRANSFER, payout, details=details, attachment=statement())

    assert len(proposal.attachment_sha256) == 64
    end = fresh(payment)
    assert (end.status, ledger.standing(end)) == ("released", Standing(released=SMALL))
    assert end.transfers.get(kind="payout").receipt_number == "UKN7A1B2C3"
    assert books_hold(end.contract)


def test_an_unknown_payout_is_marked_failed_and_is_owed_but_not_paid_again_by_itself() -> None:
    payment = completed(amount=SMALL)
    payout = unknown(payment)

    agreed(Kind.MARK_TRANSFER, payout, details={"outcome": "failed"}, attachment=statement())

    assert ledger.standing(payment) == Standing(held=SMALL)
    assert list(payment.transfers.owed()) == [payout]
    assert not payment.transfers.open().exists()


def test_without_the_statement_nothing_is_marked() -> None:
    payout = unknown(completed(amount=SMALL))

    with pytest.raises(StatementMissing):
        proposed(Kind.MARK_TRANSFER, payout, details={"outcome": "succeeded"})

    assert Transfer.objects.get(pk=payout.pk).status == "unknown"


@pytest.mark.parametrize("writing", ["{}", " {} "])
def test_a_receipt_number_that_another_transfer_has_is_refused(writing: str) -> None:
    taken = locked(amount=SMALL).transfers.get().receipt_number.lower()
    payout = unknown(completed(amount=SMALL))
    details = {"outcome": "succeeded", "receipt_number": writing.format(taken)}

    with pytest.raises(NotDecidable, match="another transfer's"):
        proposed(Kind.MARK_TRANSFER, payout, details=details, attachment=statement())

    assert Transfer.objects.get(pk=payout.pk).status == "unknown"


@pytest.mark.parametrize("outcome", ["returned", "lost", ""])
def test_an_outcome_that_does_not_fit_is_refused(outcome: str) -> None:
    payout = unknown(completed(amount=SMALL))

    with pytest.raises(NotDecidable):
        proposed(Kind.MARK_TRANSFER, payout, details={"outcome": outcome}, attachment=statement())


def test_a_transfer_that_the_rail_can_still_tell_about_is_not_marked() -> None:
    payout = acknowledge(open_transfer(completed(amount=SMALL)))

    with pytest.raises(NotDecidable):
        proposed(Kind.MARK_TRANSFER, payout, details={"outcome": "succeeded"}, attachment=statement())


def quarantined(payment: Payment) -> Transfer:
    prompt = open_transfer(payment)
    settle(prompt.pk, succeeded(prompt, amount=SMALL + 1))
    return Transfer.objects.get(pk=prompt.pk)


@pytest.mark.parametrize(
    ("outcome", "status", "standing"),
    [
        ("succeeded", "locked", Standing(held=SMALL)),
        ("returned", "pending", Standing(in_transit=SMALL)),
        ("failed", "failed", Standing()),
    ],
)
def test_quarantined_money_is_matched_returned_or_found_never_to_have_come(
    outcome: str, status: str, standing: Standing
) -> None:
    payment = prompted(amount=SMALL)
    prompt = quarantined(payment)

    agreed(Kind.MARK_TRANSFER, prompt, details={"outcome": outcome}, attachment=statement())

    assert (fresh(payment).status, ledger.standing(payment)) == (status, standing)
    assert Transfer.objects.get(pk=prompt.pk).quarantined_at is None
    assert books_hold(payment.contract)


def doubted(payment: Payment) -> Transfer:
    """A collection in the books, confirmed by the rail, about which a later callback says something else."""
    collected = payment.transfers.collections().get()
    settle(collected.pk, succeeded(collected, amount=SMALL + 1))
    return Transfer.objects.get(pk=collected.pk)


def test_a_payout_that_waited_for_people_to_settle_a_doubt_leaves_when_they_have() -> None:
    payment = locked(amount=SMALL)
    collected, contract = doubted(payment), payment.contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    assert not payment.transfers.open().exists()

    agreed(Kind.MARK_TRANSFER, collected, details={"outcome": "succeeded"}, attachment=statement())

    assert open_transfer(payment).kind == "payout"
    assert contract.events.filter(kind="payment.secured").count() == 1
    assert pay_out(fresh(payment)).status == "released"
    assert books_hold(contract)


def test_money_is_written_off_once_and_never_the_money_of_another_part() -> None:
    payment = fund(prompted(), confirm=False)
    gone, came = payment.transfers.collections().order_by("part")
    settle(gone.pk, answered(gone, Verdict.FAILED, "1032"))
    agreed(Kind.MARK_TRANSFER, gone, details={"outcome": "failed"}, attachment=statement())
    before = moved(payment)

    for outcome in ("failed", "succeeded"):
        with pytest.raises(NotDecidable):
            proposed(Kind.MARK_TRANSFER, gone, details={"outcome": outcome}, attachment=statement())

    assert moved(payment) == before
    assert ledger.standing(payment).held == came.amount


def test_money_that_the_rail_has_confirmed_is_not_written_off() -> None:
    payment = locked(amount=SMALL)
    collected, before = doubted(payment), moved(payment)

    with pytest.raises(NotDecidable, match="has confirmed"):
        proposed(Kind.MARK_TRANSFER, collected, details={"outcome": "failed"}, attachment=statement())

    assert moved(payment) == before


def test_a_return_that_waited_for_people_to_settle_a_doubt_leaves_when_they_have() -> None:
    payment = locked(amount=SMALL)
    collected, contract = doubted(payment), payment.contract
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    assert not payment.transfers.open().exists()

    agreed(Kind.MARK_TRANSFER, collected, details={"outcome": "succeeded"}, attachment=statement())

    assert open_transfer(payment).original == collected
    assert pay_out(fresh(payment)).status == "refunded"
    assert books_hold(contract)


def test_money_that_the_rail_paid_after_refusing_it_is_made_up_from_what_is_held() -> None:
    payment = completed(amount=SMALL)
    payout = acknowledge(open_transfer(payment))
    settle(payout.pk, refused(payout, "4", Source.ANSWER))
    settle(payout.pk, answered(payout))
    assert ledger.balance(ledger.SUSPENSE) == -SMALL

    agreed(Kind.MARK_TRANSFER, payout, details={"outcome": "succeeded"}, attachment=statement())

    end = fresh(payment)
    assert (ledger.balance(ledger.SUSPENSE), ledger.standing(end)) == (0, Standing(released=SMALL))
    assert end.status == "released"
    assert not payment.transfers.owed().exists()
    assert books_hold(end.contract)


def test_what_was_refused_twice_and_paid_the_first_time_is_made_up_from_the_last_that_was_to_move_it() -> None:
    payment = completed(amount=SMALL)
    first = acknowledge(open_transfer(payment))
    settle(first.pk, refused(first, "4", Source.ANSWER))
    second = acknowledge(open_transfer(payment))
    settle(second.pk, refused(second, "4", Source.ANSWER))
    settle(first.pk, answered(first))
    stop = PayoutStop.objects.get(contract=payment.contract)
    with pytest.raises(NotDecidable, match="contradicts itself"):
        proposed(Kind.RESUME_PAYOUTS, stop)

    agreed(Kind.MARK_TRANSFER, first, details={"outcome": "succeeded"}, attachment=statement())

    assert not payment.transfers.open().exists()
    assert not payment.transfers.owed().exists()
    assert (fresh(payment).status, ledger.standing(payment)) == ("released", Standing(released=SMALL))
    agreed(Kind.RESUME_PAYOUTS, stop)
    assert books_hold(payment.contract)


# --- a collection that the rail does not stand by ---------------------------------------------------------------------


def unproved(rail: Rail, later: Later) -> Payment:
    """A payment locked on its callback's word, about which the rail has told nothing more in a day."""
    payment = prompted(amount=SMALL)
    prompt = open_transfer(payment)
    settle(prompt.pk, succeeded(prompt))
    rail.will(QUERY, *[finds("4999")] * 40)
    for _ in range(14):
        later(hours=24)
        reconciliation.ask_due()
    return fresh(payment)


def test_money_that_the_rail_does_not_confirm_is_confirmed_by_two_people(rail: Rail, later: Later) -> None:
    payment = unproved(rail, later)
    [collected] = payment.transfers.all()

    agreed(Kind.MARK_TRANSFER, collected, details={"outcome": "succeeded"}, attachment=statement())

    assert payment.transfers.get().rail_confirmed_at
    assert payment.contract.events.filter(kind="payment.secured").exists()


def test_money_that_never_came_is_written_off_and_the_deal_is_off(rail: Rail, later: Later) -> None:
    payment = unproved(rail, later)
    [collected] = payment.transfers.all()

    agreed(Kind.MARK_TRANSFER, collected, details={"outcome": "failed"}, attachment=statement())

    end = fresh(payment)
    assert (end.status, end.contract.status, ledger.standing(end)) == ("failed", "cancelled", Standing())
    assert ledger.balance(ledger.SUSPENSE) == 0
    assert not end.transfers.exclude(kind="collection").exists()
    assert books_hold(end.contract)


def test_what_the_rail_denies_in_part_goes_back_in_the_part_that_came(rail: Rail, later: Later) -> None:
    payment = prompted()
    first = open_transfer(payment)
    settle(first.pk, succeeded(first))
    settle(first.pk, answered(first))
    second = acknowledge(open_transfer(payment))
    settle(second.pk, succeeded(second))
    settle(second.pk, refused(second, "1032", Source.ANSWER))
    assert Transfer.objects.get(pk=second.pk).quarantined_at

    agreed(Kind.MARK_TRANSFER, second, details={"outcome": "failed"}, attachment=statement())

    assert fresh(payment).contract.status == "cancelled"
    assert ledger.standing(payment) == Standing(in_transit=first.amount)
    end = pay_out(payment)
    assert (end.status, ledger.standing(end)) == ("refunded", Standing(refunded=first.amount))
    assert books_hold(end.contract)


def test_a_payout_that_the_rail_took_and_never_tells_about_waits_for_people(rail: Rail, later: Later) -> None:
    payment = completed(amount=SMALL)
    payout = open_transfer(payment)
    submit(payout.pk)
    for _ in range(9):
        later(hours=24)
        reconciliation.ask_due()
    assert Transfer.objects.get(pk=payout.pk).status == "unknown"

    agreed(Kind.MARK_TRANSFER, payout, details={"outcome": "succeeded"}, attachment=statement())

    assert fresh(payment).status == "released"


def test_money_that_was_made_up_for_is_neither_owed_nor_counted_again(later: Later) -> None:
    payment = completed()
    paid, still_owed = payment.transfers.open().order_by("part")
    for payout in (paid, still_owed):
        settle(acknowledge(payout).pk, refused(payout, "2040", Source.ANSWER))
    settle(paid.pk, answered(paid))
    agreed(Kind.MARK_TRANSFER, paid, details={"outcome": "succeeded"}, attachment=statement())
    postings = list(payment.postings.values_list("pk"))

    assert settle(paid.pk, answered(paid)) == Result.REPEATED
    assert settle(paid.pk, succeeded(paid)) == Result.REPEATED

    assert list(payment.postings.values_list("pk")) == postings
    assert list(payment.transfers.owed()) == [still_owed]
    agreed(Kind.PHONE_CHANGE, payment.contract.seller, details={"phone": new_phone()})
    later(hours=24)
    work_deadlines()
    assert open_transfer(payment).replaces == still_owed
    assert books_hold(payment.contract)


def test_a_doubt_about_a_payout_that_has_arrived_is_settled_by_two_people() -> None:
    payment = completed(amount=SMALL)
    payout = acknowledge(open_transfer(payment))
    settle(payout.pk, succeeded(payout))
    settle(payout.pk, succeeded(payout, amount=SMALL + 1))
    before = moved(payment)

    with pytest.raises(NotDecidable, match="can only confirm"):
        proposed(Kind.MARK_TRANSFER, payout, details={"outcome": "failed"}, attachment=statement())
    agreed(Kind.MARK_TRANSFER, payout, details={"outcome": "succeeded"}, attachment=statement())

    assert Transfer.objects.get(pk=payout.pk).quarantined_at is None
    assert moved(payment) == before


def test_a_doubt_about_a_payout_that_was_refused_keeps_it_from_nobody_once_it_is_settled() -> None:
    payment = completed(amount=SMALL)
    payout = acknowledge(open_transfer(payment))
    settle(payout.pk, refused(payout, "2040", Source.ANSWER))
    settle(payout.pk, succeeded(payout, amount=SMALL + 1))
    assert not payment.transfers.owed().exists()

    agreed(Kind.MARK_TRANSFER, payout, details={"outcome": "failed"}, attachment=statement())

    assert list(payment.transfers.owed()) == [payout]
    assert ledger.standing(payment) == Standing(held=SMALL)
    assert books_hold(payment.contract)


# --- given up without an answer ---------------------------------------------------------------------------------------


def given_up(later: Later, **terms: object) -> Transfer:
    """A prompt whose answer was lost, and of which no callback told in time."""
    prompt = open_transfer(checked_out(amount=SMALL, **terms))
    prompt.claimed_at = now()
    prompt.save()
    with transaction.atomic():
        lose(lock_transfer(prompt.pk), why="no answer")
    Transfer.objects.filter(pk=prompt.pk).update(next_ask_at=now())
    later(minutes=11)
    reconciliation.ask_due()
    found = Transfer.objects.get(pk=prompt.pk)
    assert (found.status, found.failure_code) == ("failed", NO_ANSWER)
    return found


@pytest.mark.parametrize("gateway", ["daraja", "africastalking"])
@pytest.mark.parametrize(
    ("outcome", "where"), [("succeeded", Standing(held=SMALL)), ("returned", Standing(in_transit=SMALL))]
)
def test_a_prompt_that_was_given_up_and_paid_all_the_same_is_found_by_two_people(
    later: Later, gateway: str, outcome: str, where: Standing
) -> None:
    prompt = given_up(later, gateway=gateway)
    payment = prompt.payment
    assert payment is not None
    details = {"outcome": outcome, "receipt_number": new_receipt()}

    agreed(Kind.MARK_TRANSFER, prompt, details=details, attachment=statement())

    assert ledger.standing(payment) == where
    assert payment.postings.filter(source=ledger.OUTSIDE).count() == 1
    assert fresh(payment).status == ("locked" if outcome == "succeeded" else "pending")
    assert books_hold(fresh(payment).contract)


def test_what_was_found_counts_once_and_is_not_found_again(later: Later) -> None:
    prompt = given_up(later)
    details = {"outcome": "succeeded", "receipt_number": new_receipt()}
    agreed(Kind.MARK_TRANSFER, prompt, details=details, attachment=statement())
    assert prompt.payment is not None
    before = moved(prompt.payment)

    with pytest.raises(NotDecidable):
        proposed(Kind.MARK_TRANSFER, Transfer.objects.get(pk=prompt.pk), details=details, attachment=statement())
    said = succeeded(prompt, receipt_number=details["receipt_number"], external_id="ws_CO_late")
    assert settle(prompt.pk, said) == Result.REPEATED

    assert moved(prompt.payment) == before


def test_a_receipt_number_that_people_mistyped_makes_no_further_money_that_goes_back(later: Later) -> None:
    prompt = given_up(later)
    details = {"outcome": "succeeded", "receipt_number": new_receipt()}
    agreed(Kind.MARK_TRANSFER, prompt, details=details, attachment=statement())
    assert prompt.payment is not None
    before = moved(prompt.payment)

    assert settle(prompt.pk, succeeded(prompt, receipt_number=new_receipt())) == Result.QUARANTINED

    assert Transfer.objects.get(pk=prompt.pk).quarantine_reason == "another receipt number"
    assert not Deposit.objects.exists()
    assert moved(prompt.payment) == before


def test_what_was_found_after_another_prompt_was_paid_goes_back(later: Later) -> None:
    prompt = given_up(later)
    assert prompt.payment is not None
    contract = prompt.payment.contract
    payment = escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)
    fund(payment)

    details = {"outcome": "succeeded", "receipt_number": new_receipt()}
    agreed(Kind.MARK_TRANSFER, prompt, details=details, attachment=statement())

    assert ledger.standing(payment) == Standing(held=SMALL, in_transit=SMALL)
    assert open_transfer(payment).kind == "reversal"
    assert books_hold(fresh(payment).contract)


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"outcome": "succeeded"}, "Name its receipt number"),
        ({"outcome": "returned"}, "Name its receipt number"),
        ({"outcome": "failed"}, "It counts as never come already"),
    ],
)
def test_of_what_was_given_up_nothing_is_said_without_its_receipt_number(
    later: Later, details: dict[str, str], why: str
) -> None:
    prompt = given_up(later)
    with pytest.raises(NotDecidable, match=why):
        proposed(Kind.MARK_TRANSFER, prompt, details=details, attachment=statement())
    assert prompt.payment is not None
    assert not prompt.payment.postings.exists()


def test_a_prompt_that_the_buyer_refused_is_not_said_to_be_paid() -> None:
    prompt = open_transfer(prompted(amount=SMALL))
    settle(prompt.pk, refused(prompt, "1032"))
    details = {"outcome": "succeeded", "receipt_number": new_receipt()}
    with pytest.raises(NotDecidable, match="the rail itself tells"):
        proposed(Kind.MARK_TRANSFER, prompt, details=details, attachment=statement())
