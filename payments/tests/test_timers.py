"""What each clock does when its time has come, and not before: it speaks, it calls staff, or it sends money back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from contracts import contact, deadlines
from contracts.audit import CLOCK
from contracts.disputes import open_dispute
from contracts.models import Contract, Deadline, Party
from payments import breaker, endings, escrow, ledger, timers
from payments.ledger import Standing
from payments.tests.conftest import Later
from payments.timers import work_deadlines
from tests.factories import checked_out, completed, confirmed, drafted, fund, locked, pay_out
from tests.holdings import holdings
from voicepact.kernel.api.decimals import instant_text
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db

WHOLE = Decimal(1_000)
DAY = timedelta(hours=24)


@pytest.fixture(autouse=True)
def _still(later: Later) -> None:
    """Time stands still before the deal is made."""


def deal(**terms) -> Contract:
    return locked(amount=WHOLE, **terms).contract


def delivered() -> Contract:
    contract = deal()
    return escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")


def accepted() -> Contract:
    contract = deal()
    return escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")


def status(contract: Contract) -> str:
    return str(Contract.objects.get(pk=contract.pk).status)


def standing(contract: Contract) -> Standing:
    return ledger.standing(contract.payments.get())


def running(contract: Contract) -> dict[str, timedelta]:
    """How long from now each timer still runs, by kind and subject."""
    rows = contract.deadlines.filter(closed_at=None)
    return {f"{row.kind} {row.subject}".strip(): row.due_at - now() for row in rows}


def told(contract: Contract, kind: str) -> list[dict[str, object]]:
    return list(contract.events.filter(kind=kind).values_list("payload", flat=True))


def reach(contract: Contract) -> None:
    """The seller's phone has the warning."""
    contact.was_warned(contract.seller)


def cut_off(contract: Contract, role: str) -> None:
    Party.objects.filter(contract=contract, role=role).update(unreachable_since=now())


def is_disputed_by_the_clock(contract: Contract) -> bool:
    opened = contract.disputes.filter(closed_at=None, opener="clock", opened_by=None)
    return status(contract) == "disputed" and standing(contract) == Standing(held=WHOLE) and opened.exists()


# --- the silent buyer -------------------------------------------------------------------------------------------------


def test_a_silent_buyer_is_reminded_twice_and_then_staff_decide(later):
    contract = delivered()
    assert running(contract) == {
        "buyer_reminder 1": timedelta(hours=24),
        "buyer_reminder 2": timedelta(hours=42),
        "acceptance": timedelta(hours=48),
    }

    later(hours=24)
    work_deadlines()
    assert told(contract, "party.reminded") == [{"party": "buyer", "what": "accept", "number": 1}]
    later(hours=18)
    work_deadlines()
    assert told(contract, "party.reminded")[1:] == [{"party": "buyer", "what": "accept", "number": 2}]
    later(hours=5, minutes=59)
    work_deadlines()
    assert status(contract) == "delivered"
    later(minutes=1)
    work_deadlines()

    assert is_disputed_by_the_clock(contract)
    assert told(contract, "dispute.opened") == [{"dispute": contract.disputes.get().pk, "by": "clock"}]
    assert not contract.payments.get().transfers.exclude(kind="collection").exists()


@pytest.mark.parametrize("late", [{"hours": 49}, {"hours": 41, "minutes": 59}, {"hours": 30}, {"days": 30}])
def test_after_a_time_without_clocks_one_reminder_is_enough_and_the_clock_goes_on(later, late):
    contract = delivered()

    later(**late)
    work_deadlines()
    later(hours=12)
    work_deadlines()
    later(hours=12)
    work_deadlines()

    assert [one["number"] for one in told(contract, "party.reminded")] == [2]
    assert is_disputed_by_the_clock(contract)


def test_a_late_reminder_that_is_well_before_the_next_is_not_left_out(later):
    contract = delivered()

    later(hours=29, minutes=59)
    work_deadlines()

    assert [one["number"] for one in told(contract, "party.reminded")] == [1]


def test_a_reminder_that_was_put_off_behind_the_next_is_left_out(later):
    contract = delivered()
    cut_off(contract, "buyer")
    later(hours=24)
    work_deadlines()
    Party.objects.filter(contract=contract).update(unreachable_since=None)

    later(hours=18)
    work_deadlines()
    later(hours=6)
    work_deadlines()

    assert [one["number"] for one in told(contract, "party.reminded")] == [2]


def test_acceptance_stops_the_buyers_clock(later):
    contract = delivered()
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    assert running(contract) == {}

    later(hours=48)
    work_deadlines()

    assert status(contract) == "completed"
    assert told(contract, "party.reminded") == []


def test_saying_delivered_again_does_not_start_the_clock_anew(later):
    contract = delivered()
    before = running(contract)

    later(hours=10)
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")

    assert {name: left + timedelta(hours=10) for name, left in running(contract).items()} == before


def test_acceptance_after_the_clocks_dispute_pays_the_seller(later):
    contract = delivered()
    later(hours=48)
    work_deadlines()

    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert pay_out(contract.payments.get()).status == "released"
    assert running(contract) == {}


# --- accepted before delivered ----------------------------------------------------------------------------------------


def test_a_seller_who_does_not_confirm_what_was_accepted_is_reminded_twice_and_then_staff_decide(later):
    contract = accepted()
    assert running(contract) == {
        "seller_reminder 1": timedelta(hours=24),
        "seller_reminder 2": timedelta(hours=42),
        "delivery_word": timedelta(hours=48),
    }

    later(hours=24)
    work_deadlines()
    later(hours=23, minutes=59)
    work_deadlines()
    assert [one["number"] for one in told(contract, "party.reminded")] == [1, 2]
    assert {(one["party"], one["what"]) for one in told(contract, "party.reminded")} == {("seller", "confirm")}
    assert status(contract) == "payment_locked"
    later(minutes=1)
    work_deadlines()

    assert is_disputed_by_the_clock(contract)


def test_an_accepted_deal_is_never_refunded_for_silence(later):
    contract = accepted()

    later(days=30)
    work_deadlines()

    assert is_disputed_by_the_clock(contract)
    assert told(contract, "seller.warned") == []


def test_the_sellers_word_stops_the_clock_and_pays(later):
    contract = accepted()
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")

    assert (status(contract), running(contract)) == ("completed", {})


# --- the silent seller ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deadline", "days"),
    [(None, 7), (timedelta(days=10), 11), (timedelta(days=1), 2), (timedelta(hours=1), 2)],
    ids=["no day", "far", "soon", "today"],
)
def test_the_money_goes_back_a_day_after_the_day_of_delivery_and_never_within_two_days(deadline, days):
    contract = deal(delivery_deadline=deadline and now() + deadline)

    assert running(contract) == {"delivery": timedelta(days=days), "seller_warning": timedelta(days=days - 1)}


def test_the_sellers_clock_runs_from_the_rails_confirmation():
    payment = fund(checked_out(amount=WHOLE), confirm=False)

    assert running(payment.contract) == {}


def test_a_seller_who_was_warned_and_kept_silent_loses_the_deal_and_everything_goes_back(later):
    contract = deal()
    later(days=6)
    work_deadlines()
    assert told(contract, "seller.warned") == [{"refund_at": instant_text(now() + DAY)}]
    reach(contract)

    later(hours=23, minutes=59)
    work_deadlines()
    assert status(contract) == "payment_locked"
    later(minutes=1)
    work_deadlines()

    assert (status(contract), standing(contract)) == ("cancelled", Standing(in_transit=WHOLE))
    assert contract.events.get(kind="contract.cancelled").actor == CLOCK.id
    assert running(contract) == {}
    assert pay_out(contract.payments.get()).status == "refunded"


def test_a_warning_that_was_not_reported_delivered_leaves_it_to_staff(later):
    contract = deal()
    later(days=6)
    work_deadlines()
    later(days=1)
    work_deadlines()

    assert is_disputed_by_the_clock(contract)


def test_a_seller_who_wrote_anything_since_the_locking_is_not_silent(later):
    contract = deal()
    later(days=1)
    contact.wrote(contract.seller.phone)
    later(days=5)
    work_deadlines()
    reach(contract)
    later(days=1)
    work_deadlines()

    assert is_disputed_by_the_clock(contract)


def test_what_was_written_before_the_locking_does_not_count(later):
    payment = fund(checked_out(amount=WHOLE), confirm=False)
    Party.objects.filter(contract=payment.contract).update(last_wrote_at=now() - timedelta(minutes=1))
    fund(payment)
    contract = deal()
    contact.wrote(contract.buyer.phone)
    later(days=6)
    work_deadlines()
    reach(contract)
    later(days=1)
    work_deadlines()

    assert status(contract) == "cancelled"


def test_the_seller_has_a_whole_day_from_the_warnings_arrival(later):
    contract = deal()
    later(days=6)
    work_deadlines()
    later(hours=5)
    reach(contract)
    later(hours=19)
    work_deadlines()
    assert running(contract) == {"delivery": timedelta(hours=5)}

    later(hours=5)
    work_deadlines()

    assert status(contract) == "cancelled"


def test_a_warning_that_goes_out_late_puts_the_refund_off(later):
    """Our own workers were down for a month: that is not the seller's silence."""
    contract = deal()

    later(days=30)
    work_deadlines()

    assert status(contract) == "payment_locked"
    assert told(contract, "seller.warned") == [{"refund_at": instant_text(now() + DAY)}]
    assert running(contract) == {"delivery": DAY}


def test_the_sellers_word_stops_the_sellers_clock_and_starts_the_buyers(later):
    contract = deal()
    later(days=6, hours=1)
    work_deadlines()

    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")

    assert set(running(contract)) == {"buyer_reminder 1", "buyer_reminder 2", "acceptance"}


# --- disputes ---------------------------------------------------------------------------------------------------------


def test_a_dispute_that_is_not_answered_in_three_days_nor_decided_in_seven_is_told_and_stays(later, settings):
    settings.ON_CALL = "amina"
    contract = deal()
    opened = open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="sms")
    named = {"dispute": opened.pk}

    later(hours=71, minutes=59)
    work_deadlines()
    assert told(contract, "dispute.unanswered") == []
    later(minutes=1)
    work_deadlines()
    assert told(contract, "dispute.unanswered") == [named]
    later(days=4)
    work_deadlines()

    assert told(contract, "dispute.undecided") == [{**named, "person": "amina"}]
    assert (status(contract), standing(contract)) == ("disputed", Standing(held=WHOLE))
    later(days=365)
    work_deadlines()
    assert status(contract) == "disputed"


def test_a_frozen_deal_times_nobodys_silence(later):
    contract = delivered()
    open_dispute(contract.pk, phone=contract.seller.phone, reason="unpaid transport", channel="sms")

    later(days=3)
    work_deadlines()

    assert told(contract, "party.reminded") == []
    assert contract.disputes.count() == 1


def test_after_a_dispute_the_silence_is_timed_anew(later):
    contract = delivered()
    open_dispute(contract.pk, phone=contract.seller.phone, reason="unpaid transport", channel="sms")
    later(days=3)

    endings.withdraw(contract.pk, phone=contract.seller.phone, channel="sms")

    assert running(contract)["acceptance"] == timedelta(hours=48)


# --- put off ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def rail_down(monkeypatch):
    monkeypatch.setattr(breaker, "is_down", lambda gateway: gateway == "daraja")


def test_a_timer_whose_rail_is_down_is_put_off_three_times_by_a_day_and_then_works(later, rail_down):
    contract = confirmed()
    timer = contract.deadlines.get(kind="funding")

    later(hours=72)
    for times in (1, 2, 3):
        work_deadlines()
        assert told(contract, "deadline.moved")[-1] == {
            "deadline": timer.pk,
            "kind": "funding",
            "due_at": instant_text(now() + DAY),
            "why": "rail_down",
            "times": times,
        }
        work_deadlines()
        assert (status(contract), running(contract)) == ("confirmed", {"funding": DAY})
        later(hours=24)
    work_deadlines()

    assert status(contract) == "expired"
    assert len(told(contract, "deadline.moved")) == 3


@pytest.mark.parametrize(
    ("state", "kind", "concerned", "other"),
    [
        (drafted, "agreement", "seller", None),
        (confirmed, "funding", "buyer", "seller"),
        (deal, "seller_warning", "seller", "buyer"),
        (delivered, "buyer_reminder", "buyer", "seller"),
        (accepted, "seller_reminder", "seller", "buyer"),
    ],
)
def test_a_timer_is_put_off_for_the_party_that_it_concerns(later, state, kind, concerned, other):
    contract, untouched = state(), state()
    cut_off(contract, concerned)
    if other:
        cut_off(untouched, other)
    due = contract.deadlines.filter(kind=kind, closed_at=None).earliest("due_at").due_at

    later(seconds=(due - now()).total_seconds())
    work_deadlines()

    assert [(one["kind"], one["why"]) for one in told(contract, "deadline.moved")] == [(kind, "unreachable")]
    assert told(untouched, "deadline.moved") == []


def test_a_seller_who_cannot_be_reached_is_left_to_staff_in_the_end_and_not_to_the_clock(later):
    contract = deal()
    cut_off(contract, "seller")

    for _ in range(20):
        later(days=1)
        work_deadlines()
        if status(contract) == "disputed":
            break

    assert is_disputed_by_the_clock(contract)
    assert {one["times"] for one in told(contract, "deadline.moved") if one["kind"] == "delivery"} == {1, 2, 3}


@pytest.mark.parametrize(("role", "moved"), [("seller", True), ("buyer", False)])
def test_an_answer_waits_for_the_side_that_is_to_give_it(later, role, moved):
    contract = deal()
    open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="sms")
    cut_off(contract, role)

    later(hours=72)
    work_deadlines()

    assert bool(told(contract, "deadline.moved")) == moved
    assert bool(told(contract, "dispute.unanswered")) != moved


def test_what_staff_owe_is_never_put_off(later, rail_down):
    contract = deal()
    open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="sms")
    for role in ("buyer", "seller"):
        cut_off(contract, role)

    later(days=7)
    work_deadlines()

    assert "dispute_decision" not in {one["kind"] for one in told(contract, "deadline.moved")}
    assert len(told(contract, "dispute.undecided")) == 1


# --- over -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [
        lambda: completed(amount=WHOLE).contract,
        lambda: endings_of(deal(), "seller"),
        lambda: endings_of(confirmed(), "buyer"),
    ],
    ids=["completed", "cancelled", "never paid"],
)
def test_a_deal_that_is_over_waits_for_nobody(later, state):
    contract = state()
    before = holdings(contract.owner)

    later(days=60)
    work_deadlines()

    assert running(contract) == {}
    assert holdings(contract.owner) == before


def endings_of(contract: Contract, role: str) -> Contract:
    endings.cancel(contract.pk, phone=contract.party(role).phone, channel="sms")
    return contract


def test_a_phone_that_is_to_change_changes_also_when_the_deal_is_over():
    contract = deal()
    deadlines.start(contract, Deadline.Kind.PHONE_CHANGE, after=DAY, subject="7")

    endings_of(contract, "seller")

    assert set(running(contract)) == {"phone_change 7"}


def test_a_timer_is_worked_once(later):
    contract = delivered()
    timer = contract.deadlines.get(kind="buyer_reminder", subject="1")
    later(hours=24)

    for _ in range(3):
        timers.work(timer)

    assert len(told(contract, "party.reminded")) == 1


def test_a_timer_is_not_worked_early_nor_put_off(later, rail_down):
    contract = delivered()
    before = holdings(contract.owner)

    timers.work(contract.deadlines.get(kind="acceptance"))

    assert holdings(contract.owner) == before
