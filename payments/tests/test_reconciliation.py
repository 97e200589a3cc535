"""What the rail is asked, when, and what its answers do; and what time itself does."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from contracts import deadlines
from contracts.models import Contract, Deadline, Event
from payments import ledger, reconciliation, submission, timers
from payments.ledger import Standing
from payments.models import Payment, Posting, Transfer
from payments.reconciliation import ask, ask_due
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.rail import PAY, QUERY, REVERSE, STATUS, Rail, finds, hangs_up, refuses, says
from payments.tests.words import arrives, payout_refused, prompt_paid, reversal_done, status_found
from payments.timers import work_deadlines
from tests.factories import SMALL, checked_out, completed, drafted, open_transfer
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def payment_of(transfer: Transfer) -> Payment:
    return Payment.objects.select_related("contract").get(transfers=transfer)


def standing(transfer: Transfer) -> Standing:
    return ledger.standing(payment_of(transfer))


def times(contract: Contract, kind: str) -> list[datetime]:
    return list(Event.objects.filter(contract=contract, kind=kind).values_list("at", flat=True))


@pytest.fixture
def payout(rail: Rail, later: Later) -> Transfer:
    """A payout that the rail has taken."""
    transfer = open_transfer(completed(amount=SMALL))
    submit(transfer.pk)
    return fresh(transfer)


def until_asked(transfer: Transfer, later: Later) -> Transfer:
    """Time has moved to the next question about the transfer, and it was asked."""
    due = fresh(transfer).next_ask_at
    assert due
    later(seconds=(due - now()).total_seconds())
    ask_due()
    return fresh(transfer)


# --- collections ------------------------------------------------------------------------------------------------------


def test_a_lost_callback_does_not_stop_a_deal(rail: Rail, later: Later, prompt: Transfer) -> None:
    rail.will(QUERY, finds("0"))
    later(seconds=59)
    ask_due()
    assert rail.about(prompt, QUERY) == []

    later(seconds=1)
    ask_due()

    settled = fresh(prompt)
    assert (settled.status, settled.rail_confirmed_at, settled.next_ask_at) == ("succeeded", now(), None)
    assert (payment_of(prompt).status, standing(prompt)) == ("locked", Standing(held=SMALL))


def test_the_rails_own_no_fails_the_payment(rail: Rail, later: Later, prompt: Transfer) -> None:
    rail.will(QUERY, finds("1037", "DS timeout user cannot be reached."))

    until_asked(prompt, later)

    payment = payment_of(prompt)
    assert (payment.status, payment.failure_code) == ("failed", "no_response")


@pytest.mark.parametrize(
    "act",
    [
        refuses(500, "500.001.1001", ""),
        refuses(200, "500.001.1001", "The transaction is being processed"),
        refuses(500, "500.001.1001", "The transaction does not Exist"),
        refuses(500, "500.003.02", "System is busy. Please try again in few minutes."),
        refuses(400, "400.002.02", "Bad Request - Invalid CheckoutRequestID"),
        finds("4999", "The transaction is still under processing"),
        says(b"<html>"),
        hangs_up,
    ],
)
def test_noise_changes_nothing_and_the_rail_is_asked_again(
    rail: Rail, later: Later, prompt: Transfer, act: Any
) -> None:
    rail.will(QUERY, act)

    noisy = until_asked(prompt, later)
    assert (noisy.status, noisy.times_asked) == ("submitted", 1)
    assert payment_of(prompt).status == "pending"
    assert not Posting.objects.filter(transfer=prompt).exists()

    rail.will(QUERY, finds("0"))
    assert until_asked(prompt, later).status == "succeeded"


def test_a_rail_that_cannot_be_reached_is_asked_again(
    rail: Rail, later: Later, prompt: Transfer, settings: Settings
) -> None:
    url, settings.DARAJA_BASE_URL = settings.DARAJA_BASE_URL, "http://127.0.0.1:1"
    assert until_asked(prompt, later).status == "submitted"

    settings.DARAJA_BASE_URL = url
    rail.will(QUERY, finds("0"))
    assert until_asked(prompt, later).status == "succeeded"


def test_a_code_that_nobody_explained_is_unknown_and_asked_about_again(
    rail: Rail, later: Later, prompt: Transfer
) -> None:
    rail.will(QUERY, finds("4242"))

    unclear = until_asked(prompt, later)

    assert unclear.status == "unknown"
    assert unclear.next_ask_at
    assert standing(prompt) == Standing()


def test_a_callbacks_claim_is_asked_about_at_once_and_through_noise(rail: Rail, later: Later, prompt: Transfer) -> None:
    arrives(prompt, "stk", prompt_paid(prompt))
    begin, asked_at = now(), []
    rail.will(QUERY, *[refuses(500, "500.001.1001", "")] * 4, finds("0"))

    while (claimed := until_asked(prompt, later)).next_ask_at:
        asked_at.append(now() - begin)
        assert claimed.rail_confirmed_at is None
    asked_at.append(now() - begin)

    assert [span.total_seconds() for span in asked_at] == [0, 3, 10, 30, 60]
    assert fresh(prompt).rail_confirmed_at == now()
    assert standing(prompt) == Standing(held=SMALL)


def test_what_is_in_quarantine_is_not_asked_about(rail: Rail, later: Later, prompt: Transfer) -> None:
    arrives(prompt, "stk", prompt_paid(prompt, Amount=1))

    for _ in range(8):
        later(hours=1)
        ask_due()
        work_deadlines()

    assert rail.about(prompt, QUERY) == []
    assert (fresh(prompt).status, standing(prompt)) == ("submitted", Standing())


# --- the schedule -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [QUERY, STATUS])
def test_the_rail_is_asked_seven_times_in_a_day_and_then_a_person_once(
    rail: Rail, later: Later, path: str, request: pytest.FixtureRequest
) -> None:
    transfer = request.getfixturevalue("prompt" if path == QUERY else "payout")
    begin, asked_at = now(), []

    while fresh(transfer).next_ask_at:
        until_asked(transfer, later)
        asked_at.append((now() - begin) / timedelta(minutes=1))

    assert asked_at == [1, 2, 5, 15, 60, 6 * 60, 24 * 60]
    assert len(rail.about(transfer, path)) == 7
    contract = payment_of(transfer).contract
    assert times(contract, "transfer.needs_person") == [now()]
    later(days=30)
    ask_due()
    assert len(rail.about(transfer, path)) == 7
    assert fresh(transfer).is_open


def test_a_person_is_called_once_however_often_the_rail_is_asked_after(
    rail: Rail, later: Later, payout: Transfer
) -> None:
    while fresh(payout).next_ask_at:
        until_asked(payout, later)

    for _ in range(3):
        arrives(payout, "b2c-timeout", "{}")
        until_asked(payout, later)

    assert len(times(payment_of(payout).contract, "transfer.needs_person")) == 1


def test_one_transfer_that_cannot_be_asked_about_does_not_stop_the_others(
    rail: Rail, later: Later, prompt: Transfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = open_transfer(checked_out(amount=SMALL))
    submit(poisoned.pk)
    Transfer.objects.filter(pk=poisoned.pk).update(next_ask_at=now())
    real = submission.instruction

    def instruct(transfer: Transfer) -> Any:
        if transfer.pk == poisoned.pk:
            raise RuntimeError("poison")
        return real(transfer)

    monkeypatch.setattr(reconciliation, "instruction", instruct)
    rail.will(QUERY, finds("0"))
    until_asked(prompt, later)

    assert fresh(prompt).status == "succeeded"
    assert fresh(poisoned).status == "submitted"


def test_asking_before_its_time_asks_nothing(rail: Rail, prompt: Transfer) -> None:
    ask(prompt.pk)

    assert rail.about(prompt, QUERY) == []


# --- payouts ----------------------------------------------------------------------------------------------------------


def test_a_payout_whose_result_was_lost_is_found_by_its_status(rail: Rail, later: Later, payout: Transfer) -> None:
    asked = until_asked(payout, later)
    (question,) = rail.about(payout, STATUS)
    assert question.body["OriginalConversationID"] == payout.external_id
    assert asked.inquiry_id

    arrives(payout, "status", status_found(payout, "Completed", inquiry_id=asked.inquiry_id))

    assert fresh(payout).status == "succeeded"
    assert (payment_of(payout).status, standing(payout)) == ("released", Standing(released=SMALL))


def test_an_answer_to_no_question_of_ours_counts_for_nothing(rail: Rail, later: Later, payout: Transfer) -> None:
    unasked = status_found(payout, "Completed", inquiry_id="AG_of_somebody_else")
    nameless = status_found(payout, "Completed", inquiry_id="")

    assert arrives(payout, "status", nameless) == "it answers no question of ours"
    until_asked(payout, later)
    assert arrives(payout, "status", unasked) == "it answers no question of ours"

    assert (fresh(payout).status, standing(payout)) == ("submitted", Standing(in_transit=SMALL))


@pytest.mark.parametrize("word", ["Initiated", "Authorized", "Pending Authorized", "Odd"])
def test_a_payout_underway_stays_underway(rail: Rail, later: Later, payout: Transfer, word: str) -> None:
    asked = until_asked(payout, later)

    arrives(payout, "status", status_found(payout, word, inquiry_id=asked.inquiry_id))

    assert (fresh(payout).status, standing(payout)) == ("submitted", Standing(in_transit=SMALL))


def test_a_refused_payout_is_asked_about_at_once_and_owed_on_the_rails_own_word(
    rail: Rail, later: Later, payout: Transfer
) -> None:
    arrives(payout, "b2c", payout_refused(payout, 2040))
    assert (fresh(payout).status, fresh(payout).next_ask_at) == ("submitted", now())
    asked = until_asked(payout, later)

    arrives(payout, "status", status_found(payout, "Declined", inquiry_id=asked.inquiry_id))

    failed = fresh(payout)
    assert (failed.status, failed.failure_code) == ("failed", "recipient_not_registered")
    assert (payment_of(payout).status, standing(payout)) == ("locked", Standing(held=SMALL))
    assert not payment_of(payout).transfers.open().exists()


def test_a_queue_that_timed_out_makes_the_payout_unknown_and_asked_about_never_paid_again(
    rail: Rail, later: Later, payout: Transfer
) -> None:
    arrives(payout, "b2c-timeout", "{}")
    assert (fresh(payout).status, fresh(payout).next_ask_at) == ("unknown", now())
    asked = until_asked(payout, later)
    submission.submit_due()

    arrives(payout, "status", status_found(payout, "Completed", inquiry_id=asked.inquiry_id))

    assert len(rail.about(payout, PAY)) == 1
    assert payment_of(payout).status == "released"


def test_a_question_that_was_lost_says_nothing_and_hurries_nothing(rail: Rail, later: Later, payout: Transfer) -> None:
    asked = until_asked(payout, later)

    arrives(payout, "status-timeout", "{}")

    assert (fresh(payout).status, fresh(payout).next_ask_at) == ("submitted", asked.next_ask_at)


# --- deadlines --------------------------------------------------------------------------------------------------------


def test_a_prompt_unanswered_for_five_minutes_makes_us_ask_and_fails_only_on_the_rails_word(
    rail: Rail, later: Later, prompt: Transfer
) -> None:
    Transfer.objects.filter(pk=prompt.pk).update(next_ask_at=now() + timedelta(hours=1))
    later(minutes=4, seconds=59)
    work_deadlines()
    ask_due()
    assert rail.about(prompt, QUERY) == []

    later(seconds=1)
    work_deadlines()
    assert payment_of(prompt).status == "pending"
    rail.will(QUERY, finds("1037"))
    ask_due()

    assert (payment_of(prompt).status, payment_of(prompt).failure_code) == ("failed", "no_response")


def test_an_answered_prompt_has_no_deadline_any_more(rail: Rail, later: Later, prompt: Transfer) -> None:
    arrives(prompt, "stk", prompt_paid(prompt))

    assert Deadline.objects.get(subject=str(prompt.pk)).closed_at == now()


def test_a_contract_that_is_not_agreed_in_a_day_expires(later: Later) -> None:
    contract = drafted()

    later(hours=23, minutes=59)
    work_deadlines()
    assert Contract.objects.get(pk=contract.pk).status == "pending"
    later(minutes=1)
    work_deadlines()
    assert Contract.objects.get(pk=contract.pk).status == "expired"
    assert times(contract, "contract.expired") == [now()]


def test_a_contract_that_is_not_funded_in_three_days_expires_and_what_came_in_goes_back(
    rail: Rail, later: Later
) -> None:
    payment = checked_out()
    first = open_transfer(payment)
    submit(first.pk)
    first = fresh(first)
    arrives(first, "stk", prompt_paid(first))
    rail.will(QUERY, finds("0"))
    ask(first.pk)
    part = Decimal(250_000)
    assert standing(first) == Standing(held=part)

    later(hours=72)
    work_deadlines()

    assert payment_of(first).contract.status == "expired"
    assert standing(first) == Standing(in_transit=part)
    refund = open_transfer(payment)
    submit(refund.pk)
    refund = fresh(refund)
    assert rail.about(refund, REVERSE)[0].body["TransactionID"] == fresh(first).receipt_number
    arrives(refund, "reversal", reversal_done(refund))
    assert (payment_of(first).status, standing(first)) == ("refunded", Standing(refunded=part))


def test_a_prompt_that_is_open_when_the_contract_expires_waits_for_the_rails_word(rail: Rail, later: Later) -> None:
    payment = checked_out(amount=SMALL)
    later(hours=71, minutes=59)
    prompt = open_transfer(payment)
    submit(prompt.pk)
    later(minutes=1)
    work_deadlines()
    assert payment_of(prompt).contract.status == "expired"
    assert payment_of(prompt).status == "pending"

    rail.will(QUERY, finds("0"))
    until_asked(prompt, later)

    refund = open_transfer(payment)
    assert (refund.kind, standing(prompt)) == ("refund", Standing(in_transit=SMALL))


def test_one_deadline_that_cannot_be_worked_does_not_stop_the_others(later: Later) -> None:
    broken, sound = drafted(), drafted()
    poison = deadlines.start(broken, Deadline.Kind.PROMPT, after=timedelta(0), subject="no transfer")

    later(hours=24)
    work_deadlines()

    assert Contract.objects.get(pk=sound.pk).status == "expired"
    assert Contract.objects.get(pk=broken.pk).status == "expired"
    assert Deadline.objects.get(pk=poison.pk).closed_at is None


def test_a_deadline_that_was_met_meanwhile_does_nothing(rail: Rail, later: Later) -> None:
    contract = drafted()
    stale = Deadline.objects.get(contract=contract, kind="agreement")
    deadlines.close(contract, Deadline.Kind.AGREEMENT)
    later(hours=24)

    timers.work(stale)

    assert Contract.objects.get(pk=contract.pk).status == "pending"
