"""A quarrel freezes the deal: opened by a party, the clock or staff, while money is held, one at a time."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from contracts.audit import Actor
from contracts.disputes import open_by_clock, open_by_staff, open_dispute
from contracts.errors import DisputeOpen, NotAParty, WrongState
from contracts.models import Contract, Dispute
from payments import escrow
from tests.factories import completed, confirmed, drafted, locked, new_phone
from tests.holdings import holdings

pytestmark = pytest.mark.django_db

REASON = "Forty bags are wet"


def dispute(contract: Contract, role: str = "buyer") -> Dispute:
    return open_dispute(contract.pk, phone=contract.party(role).phone, reason=REASON, channel="sms")


def delivered() -> Contract:
    contract = locked().contract
    return escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")


@pytest.mark.parametrize("state", [lambda: locked().contract, delivered], ids=["payment_locked", "delivered"])
@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_either_party_freezes_a_deal_whose_money_is_held(state, role):
    contract = state()

    opened = dispute(contract, role)

    assert Contract.objects.get(pk=contract.pk).status == "disputed"
    assert (opened.opened_by.role, opened.reason, opened.closed_at) == (role, REASON, None)
    event = contract.events.order_by("-serial").first()
    assert (event.kind, event.payload) == ("dispute.opened", {"dispute": opened.pk, "by": role})


def test_the_clock_and_staff_open_disputes_in_nobodys_name():
    silent, watched = locked().contract, locked().contract

    by_clock = open_by_clock(silent, reason="silence")
    by_staff = open_by_staff(watched.pk, reason="two complaints", actor=Actor("staff:7", "staff"))

    assert [(one.by, one.opened_by, one.channel) for one in (by_clock, by_staff)] == [
        ("clock", None, "clock"),
        ("staff", None, "staff"),
    ]
    assert Contract.objects.get(pk=silent.pk).status == Contract.Status.DISPUTED
    assert watched.events.order_by("-serial").first().payload == {"dispute": by_staff.pk, "by": "staff"}


@pytest.mark.parametrize("state", [lambda: locked().contract, delivered], ids=["payment_locked", "delivered"])
def test_a_dispute_times_its_answer_and_its_decision_and_nobodys_silence(state):
    contract = state()

    opened = dispute(contract)

    running = contract.deadlines.filter(closed_at=None).values_list("kind", "subject", "due_at")
    assert {(kind, subject): due_at - opened.opened_at for kind, subject, due_at in running} == {
        ("dispute_answer", str(opened.pk)): pytest.approx(timedelta(hours=72), abs=timedelta(seconds=1)),
        ("dispute_decision", str(opened.pk)): pytest.approx(timedelta(days=7), abs=timedelta(seconds=1)),
    }


def test_one_dispute_at_a_time():
    contract = locked().contract
    dispute(contract)
    before = holdings(contract.owner)

    with pytest.raises(DisputeOpen):
        dispute(contract, "seller")
    with pytest.raises(IntegrityError, match="one_open_dispute"), transaction.atomic():
        Dispute.objects.create(contract=contract, opened_by=contract.seller, channel="sms")

    assert holdings(contract.owner) == before


@pytest.mark.parametrize("state", [drafted, confirmed, lambda: completed().contract], ids=["new", "agreed", "done"])
def test_without_held_money_there_is_nothing_to_quarrel_about(state):
    contract = state()
    before = holdings(contract.owner)

    with pytest.raises(WrongState):
        dispute(contract)

    assert holdings(contract.owner) == before


def test_a_stranger_opens_nothing():
    contract = locked().contract
    before = holdings(contract.owner)

    with pytest.raises(NotAParty):
        open_dispute(contract.pk, phone=new_phone(), reason=REASON, channel="sms")

    assert holdings(contract.owner) == before


def test_a_frozen_deal_keeps_what_is_said_and_stays_frozen():
    contract = locked().contract
    dispute(contract, "seller")

    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert Contract.objects.get(pk=contract.pk).status == "disputed"
    assert set(contract.confirmations.values_list("kind", flat=True)) >= {"delivered", "accepted"}
    assert not contract.payments.get().transfers.filter(kind="payout").exists()
