"""The roll-up says what the domain's own functions say, of deals in many states, and never breaks a page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from time_machine import TimeMachineFixture

from contracts import agreements
from contracts.models import Contract, Deadline, Outbox, Party
from notifications.models import InboundMessage, Message
from payments import callbacks, endings, escrow, ledger, position
from payments.models import Balance, Payment, Proposal, Transfer
from payments.tests.desk import agreed, books_hold, statement
from payments.tests.hand import suspended
from tests import factories
from tests.factories import SMALL
from voicepact.console.front import rollup, waiting
from voicepact.console.front.figures import Figures, Speed, read, to_json
from voicepact.console.models import Day, Rollup
from voicepact.console.tests import cases
from voicepact.console.tests.desk import approve, propose, wallet
from voicepact.kernel.api.decimals import decode, encode
from voicepact.kernel.clock import now
from voicepact.kernel.display import list_address

pytestmark = pytest.mark.django_db


def figures() -> Figures:
    assert rollup.refresh()
    return rollup.latest().figures


def _many_deals() -> None:
    """A deal in each state that the money can be in."""
    factories.drafted(amount=SMALL)
    factories.confirmed(amount=SMALL)
    factories.prompted(amount=SMALL)
    factories.locked()
    factories.completed(amount=SMALL)
    factories.pay_out(factories.completed())
    gone = factories.locked(amount=SMALL)
    endings.cancel(gone.contract_id, phone=gone.contract.seller.phone, channel="sms")
    factories.pay_out(gone)
    refused = factories.drafted(amount=SMALL)
    agreements.decline(refused.pk, phone=refused.buyer.phone, channel="sms")
    cases.quarrel(amount=SMALL)
    cases.owed()
    cases.unknown()
    cases.quarantined()
    suspended()


def test_each_sum_of_money_is_what_the_ledger_says() -> None:
    _many_deals()
    standings = ledger.standings(Payment.objects.all()).values()

    said = figures()

    owing = [rail.owing for rail in said.rails]
    assert sum(each.held for each in owing) == sum(each.held for each in standings) > 0
    assert sum(each.in_transit for each in owing) == sum(each.in_transit for each in standings) > 0
    assert sum(each.suspense for each in owing) == ledger.balance(ledger.SUSPENSE) == SMALL
    assert sum(each.held + each.in_transit for each in owing) == sum(Balance.objects.values_list("amount", flat=True))
    today = said.days[-1].flow
    assert today.collected == sum(each.collected for each in standings) > 0
    assert today.released == sum(each.released for each in standings) > 0
    assert today.refunded == sum(each.refunded for each in standings) > 0


def test_owed_is_what_is_held_of_deals_that_are_over() -> None:
    _many_deals()
    over = Payment.objects.filter(contract__status__in=["completed", "cancelled", "expired"])
    held = [each.held for each in ledger.standings(over).values() if each.held]

    owed = figures().owed

    assert (owed.count, owed.amount) == (len(held), sum(held)) == (1, SMALL)


def test_what_is_on_its_way_is_told_from_what_the_rail_has_taken() -> None:
    factories.completed(amount=SMALL)
    assert position.owing()["daraja"].sent == 0
    cases.unknown()
    assert position.owing()["daraja"].sent == SMALL


def test_money_in_suspense_leaves_it_by_match_and_return() -> None:
    deposit = suspended()
    assert position.owing()["daraja"].suspense == SMALL
    payment = factories.locked(amount=SMALL)
    transfer = payment.transfers.get()
    with transaction.atomic():
        ledger.post(ledger.SUSPENSE, ledger.held(payment), deposit.money, transfer=transfer)
    assert position.owing()["daraja"].suspense == 0


def test_deals_are_counted_by_state_and_those_that_ended_by_day() -> None:
    _many_deals()

    said = figures()

    for status in Contract.Status:
        rows = Contract.objects.filter(status=status)
        counted = said.under_way.get(status) or said.days[-1].ended[status]
        assert (counted.count, counted.amount) == (rows.count(), sum(rows.values_list("amount", flat=True))), status


def test_the_wait_for_a_payout_is_counted_from_the_last_confirmation(later: Callable[..., None]) -> None:
    for minutes in (1, 2, 60):
        payment = factories.completed(amount=SMALL)
        later(minutes=minutes)
        factories.pay_out(payment)

    said = figures()

    assert said.week == said.month
    assert (said.week.payments, said.week.median_s, said.week.most_s) == (3, 120, 3600)


def test_a_payout_by_decision_has_no_last_confirmation_to_wait_from(operator: Client, approver: Client) -> None:
    dispute = cases.quarrel(amount=SMALL)
    propose(operator, Proposal.Kind.DECISION, dispute, outcome="released")
    approve(approver, Proposal.objects.get())
    payment = factories.pay_out(Payment.objects.get(contract=dispute.contract_id))
    assert payment.status == Payment.Status.RELEASED
    assert figures().week == Speed()


# --- days -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def later(settings: Any, time_machine: TimeMachineFixture) -> Callable[..., None]:
    """Business time moves with the machine's."""
    settings.CLOCK_MOVABLE = False
    time_machine.move_to(datetime(2026, 11, 23, 6, 0, tzinfo=UTC), tick=False)
    return lambda **delta: time_machine.shift(timedelta(**delta))


def test_a_day_begins_at_midnight_in_nairobi(later: Callable[..., None]) -> None:
    later(hours=14, minutes=30)  # 23:30 in Nairobi
    factories.locked(amount=SMALL)
    later(hours=1)
    factories.locked(amount=SMALL + 1)

    yesterday, today = figures().days[-2:]

    assert (yesterday.day.day, yesterday.flow.collected) == (23, SMALL)
    assert (today.day.day, today.flow.collected) == (24, SMALL + 1)


def test_a_day_is_final_an_hour_after_it_is_over(later: Callable[..., None]) -> None:
    figures()
    assert not Day.objects.get(day="2026-11-23").is_final
    later(hours=15, minutes=30)
    figures()
    assert not Day.objects.get(day="2026-11-23").is_final
    later(hours=1)
    figures()
    assert Day.objects.get(day="2026-11-23").is_final
    assert Day.objects.get(day="2026-10-30").is_final


def test_a_final_day_is_not_worked_out_again(later: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    later(hours=18)
    figures()
    asked: list[datetime] = []

    def flow(begin: datetime, end: datetime) -> position.Flow:
        asked.append(begin)
        return position.Flow()

    monkeypatch.setattr(position, "flow", flow)
    figures()
    assert len(asked) == 1


def test_days_on_which_nobody_worked_them_out_are_made_up_for(later: Callable[..., None]) -> None:
    figures()
    factories.locked(amount=SMALL)
    later(days=4)
    assert [day.flow.collected for day in figures().days[-5:]] == [SMALL, 0, 0, 0, 0]


# --- what waits for people --------------------------------------------------------------------------------------------


def _bring_everything() -> None:
    cases.quarrel(amount=SMALL)
    late = cases.quarrel(amount=SMALL)
    late.contract.deadlines.filter(kind="dispute_decision").update(closed_at=now())
    cases.owed()
    cases.unknown()
    transfer = cases.quarantined()
    body = f'{{"Body": {{"PhoneNumber": {transfer.phone[1:]}}}}}'
    callbacks.keep(gateway="daraja", kind="stk", token=transfer.token, body=body, address=None)
    transfer.callbacks.update(worked_at=now(), result="quarantined: it does not match what was asked")
    suspended()
    cases.stopped()
    _bring_words()


def _bring_words() -> None:
    contract = factories.locked(amount=SMALL).contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    contract.deadlines.filter(kind="buyer_reminder", subject="1").update(closed_at=now())
    Party.objects.filter(pk=contract.buyer.pk).update(unreachable_since=now())
    given = {"phone": contract.buyer.phone, "text": "what now?"}
    Message.objects.create(contract=contract, kind="locked", status=Message.Status.FAILED, **given)
    sent_again = Message.objects.create(contract=contract, kind="due", status=Message.Status.FAILED, **given)
    Message.objects.create(contract=contract, kind="due", original=sent_again, **given)
    InboundMessage.objects.create(message_id="m1", needs_staff=True, worked_at=now(), **given)
    over = factories.completed(amount=SMALL).contract
    Message.objects.create(contract=over, kind="locked", status=Message.Status.FAILED, **given)
    Party.objects.filter(pk=over.buyer.pk).update(unreachable_since=now())


def test_each_number_leads_to_the_list_that_it_counts(operator: Client) -> None:
    _bring_everything()
    propose(operator, Proposal.Kind.PAY_AGAIN, Transfer.objects.owed().get())
    said = figures().waiting
    for each in waiting.LISTS:
        shown = operator.get(each.address).context["cl"].result_list
        assert len(shown) == said[each.key] == (2 if each.key == waiting.DISPUTES else 1), each.key


def test_transfers_that_wait_for_a_person_stand_in_one_list_too(viewer: Client) -> None:
    cases.owed()
    cases.unknown()
    cases.quarantined()
    shown = viewer.get(list_address("payments.Transfer", attention="person")).context["cl"].result_list
    said = figures().waiting
    assert len(shown) == said["unknown"] + said["quarantined"] + said["owed"] == 3


def test_the_next_decision_is_the_earliest_of_those_that_are_not_overdue() -> None:
    assert figures().decision_due_at is None
    cases.quarrel(amount=SMALL)
    running = Deadline.objects.get(kind="dispute_decision", closed_at=None)
    assert _same(figures().decision_due_at, running.due_at)


def _same(kept: datetime | None, exact: datetime) -> bool:
    """JSON keeps milliseconds."""
    return kept is not None and timedelta(0) <= exact - kept < timedelta(milliseconds=1)


def test_a_deposit_that_goes_back_waits_for_nobody() -> None:
    deposit = suspended()
    assert figures().waiting["suspense"] == 1
    given = {"kind": Transfer.Kind.REFUND, "part": 1, "phone": deposit.phone, "amount": SMALL, "gateway": "daraja"}
    Transfer.objects.create(deposit=deposit, originator_conversation_id="back", **given)
    assert figures().waiting["suspense"] == 0


# --- queues -----------------------------------------------------------------------------------------------------------


def test_a_queue_is_as_long_as_there_are_rows_due() -> None:
    payment = factories.completed(amount=SMALL)
    queues = {queue.name: queue for queue in figures().queues}
    due = payment.transfers.open().get()
    assert queues["Transfers to send"].due == 1
    assert _same(queues["Transfers to send"].since, due.not_before)
    assert queues["Events to tell"].due == Outbox.objects.count() > 0
    assert queues["Callbacks to work"].due == 0


# --- the row ----------------------------------------------------------------------------------------------------------


def test_figures_are_read_as_they_were_kept() -> None:
    _many_deals()
    wallet("daraja")
    said = figures()
    assert read(Figures, decode(encode(to_json(said)).encode())) == said
    assert isinstance(said.rails[0].available, Decimal)
    assert isinstance(said.days[-1].flow.refunded, Decimal)


def test_before_the_first_minute_there_are_none() -> None:
    assert rollup.latest() == rollup.Latest(Figures(), None)


@pytest.mark.parametrize("kept", [{}, {"rails": 1}, [], {"rails": [{"gateway": "daraja"}]}])
def test_figures_of_another_release_are_none(kept: Any) -> None:
    Rollup.objects.create(pk=Rollup.ONLY, at=now(), figures=kept)
    assert rollup.latest() == rollup.Latest(Figures(), None)
    assert rollup.refresh()
    assert rollup.latest().at is not None


def test_figures_are_old_after_three_minutes(later: Callable[..., None]) -> None:
    figures()
    later(minutes=3)
    assert not rollup.latest().is_old
    later(seconds=1)
    assert rollup.latest().is_old


def test_what_never_came_in_is_owed_to_nobody() -> None:
    payment = factories.fund(factories.checked_out(amount=SMALL), confirm=False)
    payment.transfers.update(next_ask_at=None)
    marked = {"outcome": "failed"}
    agreed(Proposal.Kind.MARK_TRANSFER, payment.transfers.get(), details=marked, attachment=statement())
    assert position.owing()["daraja"] == position.Owing()
    assert ledger.balance(ledger.SUSPENSE) == 0
    assert books_hold(payment.contract)
