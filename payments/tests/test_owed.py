"""What the rail refuses to pay: held again, owed, and moved by a new transfer when its code allows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from contracts.audit import CLOCK
from payments import bookcheck, endings, ledger, owed, requests, schedule, stops
from payments.gateways.base import Source
from payments.ledger import Standing
from payments.models import Payment, PayoutStop, Transfer
from payments.settlement import settle
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.rail import PAY, Rail
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
