"""Prompts on one phone: one at a time over all deals, and tomorrow when the day's limit is reached."""

from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.agreements import PartyDraft
from payments import checkout, escrow, schedule
from payments.errors import PaymentPending
from payments.gateways.base import Source
from payments.models import Payment, Transfer
from payments.settlement import settle
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.rail import PUSH, Rail
from tests.factories import CLIENT, checked_out, new_phone, open_transfer, refused, succeeded
from voicepact.kernel.clock import now
from voicepact.kernel.rails import DARAJA

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)


def deal_of(buyer: str) -> Payment:
    """A payment of this buyer with its first prompt requested."""
    people = (PartyDraft(role="buyer", phone=buyer), PartyDraft(role="seller", phone=new_phone()))
    return checked_out(amount=SMALL, parties=people)


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def test_a_phone_shows_one_prompt_at_a_time_over_all_its_deals(rail: Rail, later: Later) -> None:
    buyer = new_phone()
    first, second = open_transfer(deal_of(buyer)), open_transfer(deal_of(buyer))
    assert submit(first.pk)

    assert not submit(second.pk)
    assert len(rail.to(PUSH)) == 1
    assert fresh(second).status == "requested"

    settle(first.pk, succeeded(fresh(first)))
    later(seconds=2)
    assert submit(second.pk)
    assert len(rail.to(PUSH)) == 2


def test_the_parts_of_a_payment_tell_when_a_prompt_that_waits_for_its_phone_may_come(rail: Rail, later: Later) -> None:
    buyer = new_phone()
    submit(open_transfer(deal_of(buyer)).pk)
    waiting = deal_of(buyer)

    [part] = checkout.parts(waiting)

    assert part.not_before == now() + DARAJA.prompt_life


def test_a_prompt_that_nobody_heard_of_again_holds_up_the_phone_no_longer_than_it_can_live(
    rail: Rail, later: Later
) -> None:
    buyer = new_phone()
    submit(open_transfer(deal_of(buyer)).pk)
    second = open_transfer(deal_of(buyer))

    later(seconds=DARAJA.prompt_life.total_seconds())

    assert submit(second.pk)


def test_two_phones_are_prompted_side_by_side(rail: Rail, later: Later) -> None:
    for _ in range(2):
        assert submit(open_transfer(deal_of(new_phone())).pk)


# --- the payer's day --------------------------------------------------------------------------------------------------


def limited(payment: Payment, later: Later) -> Transfer:
    """The payer's daily limit has refused the prompt; returns the one that waits for tomorrow."""
    prompt = open_transfer(payment)
    submit(prompt.pk)
    later(seconds=5)
    settle(prompt.pk, refused(fresh(prompt), "4", Source.ANSWER))
    return open_transfer(payment)


def test_a_payer_at_the_daily_limit_is_prompted_again_the_next_morning(rail: Rail, later: Later) -> None:
    payment = deal_of(new_phone())

    tomorrow = limited(payment, later)

    assert (tomorrow.part, tomorrow.not_before) == (1, schedule.next_day())
    assert Payment.objects.get(pk=payment.pk).status == "pending"
    assert checkout.parts(Payment.objects.get(pk=payment.pk))[0].not_before == schedule.next_day()
    assert not submit(tomorrow.pk)


def test_pay_brings_the_prompt_that_waits_for_tomorrow_now_and_no_second_one(rail: Rail, later: Later) -> None:
    payment = deal_of(new_phone())
    tomorrow = limited(payment, later)
    contract = payment.contract

    same = escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)

    assert same.pk == payment.pk
    assert open_transfer(payment) == tomorrow
    assert submit(tomorrow.pk)
    with pytest.raises(PaymentPending):
        escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)


def test_pay_does_not_bring_forward_a_prompt_that_the_rails_own_rule_puts_off(rail: Rail, later: Later) -> None:
    payment = deal_of(new_phone())
    prompt = open_transfer(payment)
    submit(prompt.pk)
    settle(prompt.pk, refused(fresh(prompt), "17", Source.ANSWER))
    again = open_transfer(payment)
    contract = payment.contract

    with pytest.raises(PaymentPending):
        escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)

    assert fresh(again).not_before == now() + timedelta(minutes=2)
