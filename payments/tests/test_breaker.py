"""The circuits: what opens one, what closes it, and what happens to money meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from contracts.models import Event
from payments import breaker, escrow, ledger, pace, submission
from payments.breaker import COLLECT, FAILURES, OPEN_TIME, PAY, REVERSE, CircuitOpen
from payments.errors import PaymentPending, RailUnavailable
from payments.gateways.base import GatewayRejected, GatewayUnavailable, OutcomeUnknown, Source
from payments.ledger import Standing
from payments.models import Payment, Transfer
from payments.settlement import settle
from payments.submission import submit
from payments.tests.circuits import DARAJA, UNKNOWN, call, open_circuit
from payments.tests.conftest import Later, forget_rails
from payments.tests.rail import PAY as PAY_PATH
from payments.tests.rail import PUSH, Rail, hangs_up, refuses
from tests.factories import CLIENT, checked_out, completed, confirmed, open_transfer, refused
from tests.together import PATIENCE_S
from voicepact.kernel import redis
from voicepact.kernel.clock import now
from voicepact.kernel.rails import RAILS

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)
OUT_OF_REACH = GatewayUnavailable("cannot be reached")
PHONE_BUSY = GatewayUnavailable("unable to lock subscriber", rails_fault=False)
REFUSED = GatewayRejected("400.002.02", "Bad Request")


def told(operation: str = COLLECT, *, since: int = 0) -> list[str]:
    """What is on record of this circuit, oldest first, after the first `since` events."""
    events = Event.objects.filter(chain="system", kind__startswith="rail.circuit_", payload__operation=operation)
    return list(events.order_by("serial").values_list("kind", flat=True))[since:]


@pytest.fixture(autouse=True)
def all_closed(rail: Rail, later: Later) -> None:
    """Every circuit is closed, and time stands still."""


# --- what opens one ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [UNKNOWN, OUT_OF_REACH])
def test_five_failures_in_a_row_open_it_and_then_nothing_is_called(failure: Exception) -> None:
    for _ in range(FAILURES):
        assert breaker.retry_after(DARAJA, COLLECT) is None
        assert call(failure) is failure

    assert breaker.retry_after(DARAJA, COLLECT) == 60
    not_called = call("sent")
    assert isinstance(not_called, CircuitOpen)
    assert (not_called.retry_after, not_called.rails_fault) == (60, False)


@pytest.mark.parametrize("answer", [REFUSED, PHONE_BUSY])
def test_an_answer_is_no_failure_however_unwelcome(answer: Exception) -> None:
    for _ in range(2 * FAILURES):
        assert call(answer) is answer

    assert breaker.retry_after(DARAJA, COLLECT) is None
    assert call("sent") == "sent"


def test_failures_count_only_in_a_row() -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            call(UNKNOWN)
        call("sent")

    assert breaker.retry_after(DARAJA, COLLECT) is None


def test_each_operation_of_each_gateway_has_its_own() -> None:
    open_circuit(PAY)

    assert breaker.retry_after(DARAJA, PAY) == 60
    assert breaker.retry_after(DARAJA, COLLECT) is None
    assert breaker.retry_after(DARAJA, REVERSE) is None
    assert breaker.retry_after("africastalking", PAY) is None
    assert (breaker.is_down(DARAJA), breaker.is_down("africastalking")) == (True, False)


# --- what closes it ---------------------------------------------------------------------------------------------------


def test_after_a_minute_of_business_time_one_call_tries_and_closes_it(later: Later) -> None:
    open_circuit()

    later(seconds=59)
    assert (breaker.retry_after(DARAJA, COLLECT), breaker.is_down(DARAJA)) == (1, True)
    later(seconds=1)
    assert (breaker.retry_after(DARAJA, COLLECT), breaker.is_down(DARAJA)) == (None, False)

    assert call("sent") == "sent"
    assert call(UNKNOWN) is UNKNOWN
    assert call("sent") == "sent"


def test_a_moved_clock_closes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    open_circuit()
    moment = now() + OPEN_TIME

    monkeypatch.setattr(breaker, "now", lambda: moment)

    assert timezone.now() < moment
    assert call("sent") == "sent"
    assert breaker.retry_after(DARAJA, COLLECT) is None


def test_a_trial_that_fails_leaves_it_open_for_another_minute(later: Later) -> None:
    open_circuit()
    later(seconds=60)

    assert call(UNKNOWN) is UNKNOWN

    assert breaker.retry_after(DARAJA, COLLECT) == 60
    later(seconds=60)
    assert call("sent") == "sent"


def test_a_refusal_is_enough_of_an_answer_to_close_it(later: Later) -> None:
    open_circuit()
    later(seconds=60)

    assert call(REFUSED) is REFUSED

    assert call("sent") == "sent"


def test_while_one_call_tries_no_other_is_made(later: Later) -> None:
    open_circuit()
    later(seconds=60)
    meanwhile: list[Any] = []

    def try_it() -> str:
        meanwhile.append(breaker.retry_after(DARAJA, COLLECT))
        meanwhile.append(call("sent twice"))
        return "sent"

    assert breaker.call(DARAJA, COLLECT, try_it) == "sent"

    wait, other = meanwhile
    assert wait == breaker.LOOK_AGAIN_S
    assert isinstance(other, CircuitOpen)
    assert call("sent") == "sent"


def test_calls_of_one_circuit_do_not_wait_for_each_other() -> None:
    together = Barrier(4)

    def wait_for_the_others() -> int:
        return together.wait(PATIENCE_S)

    with ThreadPoolExecutor(4) as workers:
        done = [workers.submit(breaker.call, DARAJA, COLLECT, wait_for_the_others) for _ in range(4)]
        assert sorted(call.result() for call in done) == [0, 1, 2, 3]


# --- what is on record ------------------------------------------------------------------------------------------------


def test_opening_and_closing_are_each_on_record_once(later: Later) -> None:
    before = len(told())
    open_circuit()
    assert told(since=before) == ["rail.circuit_opened"]

    later(seconds=60)
    call(UNKNOWN)
    assert told(since=before) == ["rail.circuit_opened"]
    later(seconds=60)
    call("sent")
    call("sent")

    assert told(since=before) == ["rail.circuit_opened", "rail.circuit_closed"]
    event = Event.objects.filter(kind="rail.circuit_closed").latest("serial")
    assert (event.payload, event.actor, event.contract) == (
        {"gateway": DARAJA, "operation": COLLECT},
        "rail:daraja",
        None,
    )


def test_many_workers_open_it_and_it_is_on_record_once(committed_db: None) -> None:
    together = Barrier(8)

    def fail(_: int) -> None:
        def meet() -> None:
            together.wait(PATIENCE_S)
            raise UNKNOWN

        try:
            with pytest.raises(OutcomeUnknown):
                breaker.call(DARAJA, PAY, meet)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(fail, range(8)))

    assert told(PAY) == ["rail.circuit_opened"]


def test_what_the_rail_answered_survives_a_record_that_cannot_be_written(
    later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_circuit()
    later(seconds=60)

    def broken(*_: object) -> None:
        raise RuntimeError("no database")

    monkeypatch.setattr(breaker, "_tell", broken)

    assert call("sent") == "sent"


# --- without Redis ----------------------------------------------------------------------------------------------------


def test_without_redis_there_is_no_circuit_and_no_pace(without_redis: None) -> None:
    for _ in range(2 * FAILURES):
        assert call(UNKNOWN) is UNKNOWN

    assert call("sent") == "sent"
    assert (breaker.retry_after(DARAJA, COLLECT), breaker.is_down(DARAJA)) == (None, False)
    assert pace.take(DARAJA)


def test_a_redis_that_has_forgotten_it_has_it_closed(rail: Rail) -> None:
    open_circuit()
    forget_rails(redis.client())

    assert call("sent") == "sent"


# --- money meanwhile --------------------------------------------------------------------------------------------------


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def prompt_due() -> Transfer:
    return open_transfer(checked_out(amount=SMALL))


def payout_due() -> Transfer:
    return open_transfer(completed(amount=SMALL))


def delays(transfer: Transfer) -> list[Any]:
    assert transfer.payment
    events = Event.objects.filter(contract=transfer.payment.contract, kind="payout.delayed")
    return list(events.values_list("payload", flat=True))


@pytest.mark.parametrize(
    ("make", "path", "operation"), [(prompt_due, PUSH, COLLECT), (payout_due, PAY_PATH, PAY)], ids=["in", "out"]
)
def test_while_it_is_open_a_transfer_waits_unclaimed_until_the_rail_is_tried(
    rail: Rail, later: Later, make: Callable[[], Transfer], path: str, operation: str
) -> None:
    transfer = make()
    open_circuit(operation)

    assert not submit(transfer.pk)

    waiting = fresh(transfer)
    assert (waiting.status, waiting.claimed_at) == ("requested", None)
    assert waiting.not_before == now() + OPEN_TIME
    assert waiting.payment
    assert waiting.payment.retry_count == 0
    assert rail.asked == []

    later(seconds=60)
    assert submit(transfer.pk)
    assert len(rail.about(transfer, path)) == 1
    assert fresh(transfer).status == "submitted"


def test_a_delayed_payout_is_on_record_once(rail: Rail, later: Later) -> None:
    transfer = payout_due()
    assert transfer.payment

    for _ in range(3):
        open_circuit(PAY)
        submission.submit_due()
        later(seconds=60)
        call("sent", PAY)

    assert delays(transfer) == [{"payment": transfer.payment.transaction_id, "why": "circuit"}]
    assert ledger.standing(transfer.payment) == Standing(in_transit=SMALL)


def test_a_delayed_prompt_is_no_delayed_payout(rail: Rail) -> None:
    transfer = prompt_due()
    open_circuit()

    submit(transfer.pk)

    assert delays(transfer) == []


def test_one_that_opens_between_look_and_call_sends_nothing(rail: Rail, monkeypatch: pytest.MonkeyPatch) -> None:
    transfer = payout_due()
    open_circuit(PAY)
    monkeypatch.setattr(breaker, "retry_after", lambda *_: None)

    submit(transfer.pk)

    assert rail.about(transfer) == []
    assert (fresh(transfer).status, fresh(transfer).claimed_at) == ("requested", None)


def test_a_rail_that_does_not_answer_opens_it_and_the_sixth_is_not_sent(rail: Rail) -> None:
    transfers = [prompt_due() for _ in range(FAILURES + 1)]
    rail.will(PUSH, *[hangs_up] * FAILURES)

    for transfer in transfers:
        submit(transfer.pk)

    assert len(rail.to(PUSH)) == FAILURES
    assert [fresh(transfer).status for transfer in transfers] == ["unknown"] * FAILURES + ["requested"]


def test_busy_phones_open_nothing(rail: Rail) -> None:
    words = "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    rail.will(PUSH, *[refuses(500, "500.001.1001", words)] * FAILURES)

    for _ in range(FAILURES):
        submit(prompt_due().pk)

    assert submit(prompt_due().pk)


# --- checkout meanwhile -----------------------------------------------------------------------------------------------


def test_a_checkout_is_refused_and_nothing_has_changed(rail: Rail, later: Later) -> None:
    contract = confirmed(amount=SMALL)
    open_circuit()
    later(seconds=15)
    events = Event.objects.filter(contract=contract).count()

    with pytest.raises(RailUnavailable) as no:
        escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)

    assert (no.value.status, no.value.code, no.value.extra) == (503, "rail_unavailable", {"retry_after": 45})
    assert not Payment.objects.filter(contract=contract).exists()
    assert Event.objects.filter(contract=contract).count() == events
    later(seconds=45)
    assert escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)


def test_a_prompt_that_is_due_already_is_named_all_the_same(rail: Rail) -> None:
    contract = checked_out(amount=SMALL).contract
    open_circuit()

    with pytest.raises(PaymentPending):
        escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)


def test_a_circuit_for_payouts_hinders_no_checkout(rail: Rail) -> None:
    open_circuit(PAY)

    assert checked_out(amount=SMALL).status == "pending"


# --- the backlog ------------------------------------------------------------------------------------------------------


def test_the_backlog_leaves_at_the_rails_pace(rail: Rail, later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RAILS, DARAJA, replace(RAILS[DARAJA], per_second=3))
    for _ in range(8):
        prompt_due()

    sent = []
    for _ in range(4):
        submission.submit_due()
        sent.append(len(rail.to(PUSH)))
        later(seconds=1)

    assert sent == [3, 6, 8, 8]


def test_the_pace_refills_with_time_and_never_beyond_a_second(later: Later) -> None:
    assert [pace.take(DARAJA) for _ in range(21)] == [True] * 20 + [False]

    later(milliseconds=120)
    assert [pace.take(DARAJA) for _ in range(3)] == [True, True, False]
    later(minutes=5)
    assert [pace.take(DARAJA) for _ in range(21)] == [True] * 20 + [False]


def test_a_clock_that_is_behind_gives_nothing(later: Later) -> None:
    assert [pace.take(DARAJA) for _ in range(20)] == [True] * 20

    later(seconds=-1)
    assert not pace.take(DARAJA)
    later(seconds=1)
    assert not pace.take(DARAJA)


def test_all_workers_share_one_pace() -> None:
    with ThreadPoolExecutor(8) as workers:
        taken = list(workers.map(lambda _: pace.take(DARAJA), range(50)))

    assert sum(taken) == 20


def test_part_two_is_not_sent_before_part_one_was_handed_over(rail: Rail, later: Later) -> None:
    first, second = completed().transfers.filter(kind="payout").order_by("part")
    first.not_before = now() + timedelta(seconds=30)
    first.save(update_fields=["not_before"])

    submission.submit_due()
    assert not submit(second.pk)
    assert rail.to(PAY_PATH) == []

    later(seconds=30)
    submission.submit_due()
    assert len(rail.about(fresh(first), PAY_PATH)) == 1
    submission.submit_due()
    assert len(rail.about(fresh(second), PAY_PATH)) == 1


def test_part_two_waits_while_part_one_is_being_sent(rail: Rail) -> None:
    first, second = completed().transfers.filter(kind="payout").order_by("part")

    assert submission._claim(first.pk)

    assert not submit(second.pk)
    assert rail.asked == []


def test_a_part_that_is_tried_again_another_day_holds_back_no_other(rail: Rail, later: Later) -> None:
    payment = completed()
    first, second = payment.transfers.filter(kind="payout").order_by("part")
    submit(first.pk)
    later(seconds=1)
    settle(first.pk, refused(fresh(first), "8", Source.ANSWER))
    assert payment.transfers.filter(replaces=first, not_before__gt=now()).exists()

    submission.submit_due()

    assert len(rail.about(fresh(second), PAY_PATH)) == 1
    assert len(rail.to(PAY_PATH)) == 2
