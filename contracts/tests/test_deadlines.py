"""Timers: they run on the one clock, are closed by what they waited for, and are worked once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction

from contracts import agreements, deadlines
from contracts.models import Contract, Deadline
from payments import endings, timers
from payments.settlement import settle
from tests.factories import checked_out, confirmed, drafted, fund, locked, open_transfer, prompted, refused
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 23, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
Kind = Deadline.Kind


def running(contract: Contract) -> set[str]:
    return set(contract.deadlines.filter(closed_at=None).values_list("kind", flat=True))


def due_kinds(contract: Contract) -> list[str]:
    return [deadline.kind for deadline in deadlines.due(now()) if deadline.contract_id == contract.pk]


@pytest.mark.parametrize(
    ("state", "kind", "hours"), [(drafted, "agreement", 24), (confirmed, "funding", 72)], ids=["agreement", "funding"]
)
def test_a_contract_expires_when_its_time_is_up_and_not_before(state, kind, hours):
    with time_machine.travel(NIGHT, tick=False) as clock:
        contract = state()
        clock.shift(hours * HOUR - timedelta(seconds=1))
        assert due_kinds(contract) == []
        clock.shift(timedelta(seconds=1))
        assert due_kinds(contract) == [kind]

        timers.work(contract.deadlines.get(kind=kind))

    assert Contract.objects.get(pk=contract.pk).status == "expired"
    assert running(contract) == set()
    event = contract.events.order_by("-serial").first()
    assert (event.kind, event.actor, event.payload) == ("contract.expired", "clock", {"deadline": kind})


def test_a_deadline_that_was_met_does_nothing():
    with time_machine.travel(NIGHT, tick=False) as clock:
        contract = drafted()
        timer = contract.deadlines.get()
        for party in contract.parties.all():
            agreements.agree(contract.pk, phone=party.phone, channel="sms")
        clock.shift(25 * HOUR)

        timers.work(timer)

    assert Contract.objects.get(pk=contract.pk).status == "confirmed"


def test_a_deadline_is_worked_once_and_not_early():
    with time_machine.travel(NIGHT, tick=False) as clock:
        timer = drafted().deadlines.get()
        assert not deadlines.take(timer)
        clock.shift(24 * HOUR)

        assert [deadlines.take(timer) for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    ("state", "timers"),
    [
        (drafted, {"agreement"}),
        (confirmed, {"funding"}),
        (lambda: checked_out().contract, {"funding"}),
        (lambda: locked().contract, {"seller_warning", "delivery"}),
    ],
    ids=["drafted", "confirmed", "checked out", "locked"],
)
def test_a_deal_runs_only_the_timers_of_its_state(state, timers):
    assert running(state()) == timers


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_calling_the_deal_off_stops_its_timers(role):
    contract = confirmed()

    endings.cancel(contract.pk, phone=contract.party(role).phone, channel="sms")

    assert running(contract) == set()


def test_money_that_came_in_late_finds_the_deal_expired_and_goes_back():
    with time_machine.travel(NIGHT, tick=False) as clock:
        payment = prompted(amount=Decimal(1_000))
        clock.shift(72 * HOUR)
        timers.work(payment.contract.deadlines.get(kind="funding"))
        payment = fund(payment)

    assert payment.status == "refunded"
    assert payment.transfers.get(kind="reversal").amount == 1_000


def test_an_unanswered_prompt_ends_with_the_rails_word_and_the_deal_lives_on():
    payment = prompted()
    contract = payment.contract

    settle(open_transfer(payment).pk, refused(open_transfer(payment), "1037"))

    assert running(contract) == {"funding"}
    assert contract.payments.get().failure_code == "no_response"


def test_timers_of_one_kind_differ_by_what_they_are_about():
    contract = drafted()
    deadlines.start(contract, Kind.PROMPT, after=HOUR, subject="one")
    deadlines.start(contract, Kind.PROMPT, after=HOUR, subject="two")

    with pytest.raises(IntegrityError, match="one_running_deadline"), transaction.atomic():
        deadlines.start(contract, Kind.PROMPT, after=HOUR, subject="two")
    deadlines.close(contract, Kind.PROMPT, subject="one")
    deadlines.start(contract, Kind.PROMPT, after=HOUR, subject="one")

    subjects = contract.deadlines.filter(kind=Kind.PROMPT, closed_at=None).values_list("subject", flat=True)
    assert sorted(subjects) == ["one", "two"]
