"""What the rail refuses to pay: held again, owed, and moved by a new transfer when its code allows."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from contracts.audit import CLOCK
from payments import bookcheck, endings, ledger, owed, reconciliation, requests, schedule, stops
from payments.gateways.base import Outcome, Source, Verdict
from payments.ledger import Standing
from payments.models import Payment, PayoutStop, Transfer
from payments.settlement import settle
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.rail import PAY, REVERSE, STATUS, Rail, hangs_up, refuses
from payments.tests.words import arrives, reversal_done
from tests.factories import acknowledge, checked_out, completed, locked, new_phone, open_transfer, refused, succeeded
from voicepact.kernel.clock import NAIROBI, now

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def refuse(payment: Payment, code: str) -> Transfer:
    """The rail's own word is that the payment's open transfer out was refused."""
    transfer = acknowledge(open_transfer(payment))
    settle(transfer.pk, refused(transfer, code, Source.ANSWER))
    return fresh(transfer)


def books_hold() -> bool:
    return not [*bookcheck.balances(), *bookcheck.totals(), *bookcheck.transfers(), *bookcheck.payments()]


def test_a_recipient_at_the_daily_limit_is_paid_by_a_new_transfer_the_next_morning(rail: Rail, later: Later) -> None:
    payment = completed(amount=SMALL)

    first = refuse(payment, "4")

    second = open_transfer(payment)
    assert (first.status, second.replaces, second.part) == ("failed", first, first.part)
    assert second.not_before.astimezone(NAIROBI).hour == 8
    assert timedelta(0) < second.not_before - now() <= timedelta(hours=32)
    assert not submit(second.pk)
    assert rail.about(second, PAY) == []
    later(seconds=(second.not_before - now()).total_seconds())
    assert submit(second.pk)
    assert len(rail.about(second, PAY)) == 1
    assert books_hold()


@pytest.mark.parametrize("code", ["1", "11", "21", "2001", "2006", "2028", "8006"])
def test_our_own_fault_stops_all_money_out_on_that_rail_until_it_is_lifted(rail: Rail, later: Later, code: str) -> None:
    payment, other = completed(amount=SMALL), completed(amount=SMALL)

    refuse(payment, code)

    stop = PayoutStop.objects.get(lifted_at=None)
    assert (stop.gateway, stop.contract) == ("daraja", None)
    again, unrelated = open_transfer(payment), open_transfer(other)
    later(minutes=2)
    for transfer in (again, unrelated):
        assert not submit(transfer.pk)
        assert fresh(transfer).status == "requested"
    assert rail.to(PAY) == []
    assert ledger.standing(payment) == Standing(in_transit=SMALL)
    assert other.contract.events.filter(kind="payout.delayed").count() == 1

    stops.lift(stop.pk, actor=CLOCK)
    later(minutes=1)
    assert submit(again.pk)
    assert len(rail.to(PAY)) == 1
    assert books_hold()


def test_a_stop_holds_no_money_that_comes_in(rail: Rail, later: Later) -> None:
    stops.stop(code=stops.PAUSED, actor=CLOCK)
    prompt = open_transfer(checked_out(amount=SMALL))

    assert submit(prompt.pk)


@pytest.mark.parametrize("code", ["2040", "SFC_IC0003"])
def test_a_wrong_recipient_is_owed_until_people_change_the_number(code: str) -> None:
    payment = completed(amount=SMALL)

    first = refuse(payment, code)

    assert not payment.transfers.open().exists()
    assert list(payment.transfers.owed()) == [first]
    assert ledger.standing(payment) == Standing(held=SMALL)
    new = new_phone()
    payment.recipient_phone = new
    owed.redirect(payment, old=first.phone, new=new, actor=CLOCK)
    second = open_transfer(payment)
    assert (second.phone, second.replaces) == (new, first)
    assert not payment.transfers.owed().exists()
    assert books_hold()


def test_what_was_not_sent_yet_goes_to_the_new_number_and_what_was_sent_does_not(rail: Rail, later: Later) -> None:
    payment = completed()
    first, second = payment.transfers.open().order_by("part")
    submit(first.pk)
    old, new = first.phone, new_phone()

    owed.redirect(payment, old=old, new=new, actor=CLOCK)

    assert (fresh(first).phone, fresh(second).phone) == (old, new)


def test_a_refused_payout_is_replaced_once() -> None:
    payment = completed(amount=SMALL)
    first = refuse(payment, "2040")
    owed.pay_again(payment, first, not_before=now(), actor=CLOCK)
    second = open_transfer(payment)
    acknowledge(second)
    settle(second.pk, refused(second, "2040", Source.ANSWER))

    assert list(payment.transfers.owed()) == [second]
    with pytest.raises(IntegrityError), transaction.atomic():
        requests.again(first, phone=first.phone, not_before=now(), actor=CLOCK)
    assert ledger.standing(payment) == Standing(held=SMALL)


def test_a_payment_with_something_owed_is_not_over() -> None:
    payment = completed()
    first, second = payment.transfers.open().order_by("part")
    for transfer in (first, second):
        acknowledge(transfer)
    settle(first.pk, succeeded(first))
    settle(second.pk, refused(second, "2040", Source.ANSWER))

    where = ledger.standing(payment)
    assert (where.released, where.held) == (first.amount, second.amount)
    assert Payment.objects.get(pk=payment.pk).status == "locked"


# --- reversals --------------------------------------------------------------------------------------------------------


def cancelled(**terms: object) -> Payment:
    """A locked payment whose seller gives the money back."""
    payment = locked(**terms)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return payment


def test_a_reversal_that_the_rail_finally_refuses_becomes_a_payout_to_whoever_paid() -> None:
    payment = cancelled(amount=SMALL)

    first = refuse(payment, "R000002")

    second = open_transfer(payment)
    assert (first.kind, second.kind, second.replaces, second.original) == ("reversal", "refund", first, first.original)
    assert second.phone == payment.payer_phone
    assert ledger.standing(payment) == Standing(in_transit=SMALL)
    assert books_hold()


def test_a_reversal_refused_by_our_own_fault_stays_a_reversal() -> None:
    payment = cancelled(amount=SMALL)

    refuse(payment, "2001")

    assert open_transfer(payment).kind == "reversal"
    assert PayoutStop.objects.filter(lifted_at=None).exists()


def test_a_collection_without_receipt_number_goes_back_by_payout() -> None:
    payment = locked(amount=SMALL)
    payment.transfers.update(receipt_number="")

    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    assert open_transfer(payment).kind == "refund"


def test_a_collection_goes_back_by_one_road_only() -> None:
    payment = cancelled(amount=SMALL)
    reversal = open_transfer(payment)
    assert reversal.original is not None

    with pytest.raises(IntegrityError), transaction.atomic():
        requests.refund(reversal.original, not_before=now(), actor=CLOCK)

    assert ledger.standing(payment) == Standing(in_transit=SMALL)


def test_a_reversal_that_its_callback_calls_refused_is_only_asked_about(later: Later) -> None:
    payment = cancelled(amount=SMALL)
    reversal = acknowledge(open_transfer(payment))

    settle(reversal.pk, refused(reversal, "R000002"))

    assert (fresh(reversal).status, fresh(reversal).next_ask_at) == ("submitted", now())
    assert list(payment.transfers.open()) == [reversal]


def test_the_next_day_is_tomorrow_morning_in_nairobi(later: Later) -> None:
    moment = schedule.next_day().astimezone(NAIROBI)

    assert (moment.hour, moment.minute) == (8, 0)
    assert moment.date() == now().astimezone(NAIROBI).date() + timedelta(days=1)


# --- what the rail has never heard of ---------------------------------------------------------------------------------


def lost(rail: Rail) -> Transfer:
    """A payout whose request ended in nothing that says whether the rail took it."""
    payout = open_transfer(completed(amount=SMALL))
    rail.will(PAY, hangs_up)
    submit(payout.pk)
    return fresh(payout)


def denied(transfer: Transfer) -> Outcome:
    return Outcome(verdict=Verdict.DENIED, source=Source.ANSWER, code="R000002")


def test_what_the_rail_denies_twice_and_well_apart_has_failed_and_is_paid_by_a_new_transfer(
    rail: Rail, later: Later
) -> None:
    payout = lost(rail)
    payment = payout.payment
    assert payment is not None
    settle(payout.pk, denied(payout))
    later(minutes=15)
    settle(payout.pk, denied(payout))
    later(minutes=29)
    settle(payout.pk, denied(payout))
    assert (fresh(payout).status, payment.transfers.filter(kind="payout").count()) == ("unknown", 1)

    later(minutes=1)
    settle(payout.pk, denied(payout))

    assert (fresh(payout).status, fresh(payout).failure_code) == ("failed", "never_arrived")
    successor = open_transfer(payment)
    assert successor.replaces == payout
    assert successor.originator_conversation_id != payout.originator_conversation_id
    assert books_hold()


def test_what_the_rail_has_taken_is_never_failed_by_its_denial(rail: Rail, later: Later) -> None:
    payout = open_transfer(completed(amount=SMALL))
    submit(payout.pk)

    for _ in range(5):
        later(hours=1)
        settle(payout.pk, denied(payout))

    assert fresh(payout).status == "submitted"
    assert not Transfer.objects.filter(replaces=payout).exists()


def test_a_claim_that_the_rail_knows_nothing_is_not_its_word(rail: Rail, later: Later) -> None:
    payout = lost(rail)

    for _ in range(5):
        later(hours=1)
        settle(payout.pk, replace(denied(payout), source=Source.CALLBACK))

    assert fresh(payout).status == "unknown"


def test_a_rail_that_answers_nothing_is_asked_every_quarter_of_an_hour(rail: Rail, later: Later) -> None:
    payout = lost(rail)
    rail.will(STATUS, *[refuses(500, "500.003.1001")] * 40)
    for _ in range(120):
        later(minutes=1)
        reconciliation.ask_due()

    questions = 3 + 8  # after 1, 2 and 5 minutes, then each quarter of an hour
    assert len(rail.about(payout, STATUS)) == 3 * questions, "each is put three times before it is left"
    assert len(rail.about(payout, PAY)) == 1


def test_after_a_day_without_an_answer_a_person_is_named(rail: Rail, later: Later) -> None:
    payout = lost(rail)
    rail.will(STATUS, *[refuses(500, "500.003.1001")] * 40)
    later(hours=24)
    for _ in range(9):
        later(hours=24)
        reconciliation.ask_due()

    assert payout.payment is not None
    assert payout.payment.contract.events.filter(kind="transfer.needs_person").count() == 1
    assert fresh(payout).status == "unknown"


# --- a reversal that was sent twice -----------------------------------------------------------------------------------


def lost_reversal(rail: Rail, later: Later) -> tuple[Payment, Transfer]:
    """A reversal whose answer was lost, and that has been sent again."""
    payment = cancelled(amount=SMALL)
    reversal = open_transfer(payment)
    rail.will(REVERSE, hangs_up)
    submit(reversal.pk)
    assert fresh(reversal).status == "unknown"
    later(minutes=10)
    reconciliation.ask_due()
    assert len(rail.about(reversal, REVERSE)) == 2
    return payment, fresh(reversal)


def test_a_repetition_that_finds_it_reversed_already_has_succeeded(rail: Rail, later: Later) -> None:
    payment, reversal = lost_reversal(rail, later)

    arrives(reversal, "reversal", reversal_done(reversal, "R000001"))

    assert fresh(reversal).status == "succeeded"
    assert ledger.standing(payment) == Standing(refunded=SMALL)
    assert books_hold()


def test_no_repetition_leaves_while_a_stop_stands(rail: Rail, later: Later) -> None:
    payment = cancelled(amount=SMALL)
    reversal = open_transfer(payment)
    rail.will(REVERSE, hangs_up)
    submit(reversal.pk)
    with transaction.atomic():
        standing = stops.stop(code=stops.PAUSED, actor=CLOCK)

    for _ in range(10):  # more often than a transfer is ever asked about
        later(hours=5)
        reconciliation.ask_due()

    assert len(rail.about(reversal, REVERSE)) == 1
    with transaction.atomic():
        stops.lift(standing.pk, actor=CLOCK)
    later(minutes=10)
    reconciliation.ask_due()
    assert len(rail.about(reversal, REVERSE)) == 2
    assert fresh(reversal).status == "unknown"


def test_a_refused_repetition_proves_nothing_and_is_never_paid_out_besides(rail: Rail, later: Later) -> None:
    payment, reversal = lost_reversal(rail, later)

    settle(reversal.pk, refused(reversal, "", Source.ANSWER))

    assert (fresh(reversal).status, fresh(reversal).external_id) == ("unknown", "")
    assert list(payment.transfers.open()) == [reversal]
    later(minutes=10)
    reconciliation.ask_due()
    assert len(rail.about(reversal, REVERSE)) == 3
    assert ledger.standing(payment) == Standing(in_transit=SMALL)


def test_the_first_results_id_is_known_after_the_repetition_too(rail: Rail, later: Later) -> None:
    payment, reversal = lost_reversal(rail, later)
    first = replace(succeeded(reversal), external_id="AG_of_the_first_request")

    settle(reversal.pk, first)

    assert fresh(reversal).status == "succeeded"
    assert ledger.standing(payment) == Standing(refunded=SMALL)


def test_a_reversal_refused_without_a_reason_is_asked_for_once_more_and_then_waits_for_people(later: Later) -> None:
    payment = cancelled(amount=SMALL)

    first = acknowledge(open_transfer(payment))
    settle(first.pk, refused(first, "", Source.ANSWER))
    second = open_transfer(payment)
    assert (second.kind, second.replaces) == ("reversal", first)
    acknowledge(second)
    settle(second.pk, refused(second, "", Source.ANSWER))

    assert not payment.transfers.open().exists()
    assert list(payment.transfers.owed()) == [second]
    assert ledger.standing(payment) == Standing(held=SMALL)
