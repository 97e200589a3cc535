"""Staff have the rail asked at once: once a minute, beside the schedule, and never where it could harm."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from contracts.audit import Actor
from contracts.models import Event
from payments import asking, endings, reconciliation, schedule
from payments.errors import NotToBeAsked
from payments.locks import lock_transfer
from payments.models import Deposit, Payment, Transfer
from payments.settlement import lose, settle
from payments.tests import hand
from payments.tests.conftest import Later
from payments.tests.desk import books_hold
from payments.tests.rail import Rail
from tests.factories import (
    acknowledge,
    answered,
    checked_out,
    completed,
    confirmed,
    fund,
    locked,
    open_transfer,
    prompted,
    succeeded,
)
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)
SUPPORT = Actor("staff:7", "desk")


def of(payment: Payment) -> Transfer:
    return payment.transfers.latest("created_at")


def prompt_sent() -> Transfer:
    return open_transfer(prompted(amount=SMALL))


def payout_sent() -> Transfer:
    return acknowledge(open_transfer(completed(amount=SMALL)))


def payout_lost() -> Transfer:
    payout = open_transfer(completed(amount=SMALL))
    return _lost(payout)


def prompt_lost() -> Transfer:
    return _lost(open_transfer(checked_out(amount=SMALL)))


def reversal_lost() -> Transfer:
    payment = locked(amount=SMALL)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return _lost(open_transfer(payment))


def _lost(transfer: Transfer) -> Transfer:
    """Perhaps sent: the answer was lost."""
    transfer.claimed_at = now()
    transfer.save()
    with transaction.atomic():
        lose(lock_transfer(transfer.pk), why="no answer")
    return Transfer.objects.get(pk=transfer.pk)


def claimed_only() -> Transfer:
    """In a worker's hands."""
    payout = open_transfer(completed(amount=SMALL))
    payout.claimed_at = now()
    payout.save()
    return payout


def unconfirmed() -> Transfer:
    return of(fund(checked_out(amount=SMALL), confirm=False))


def quarantined() -> Transfer:
    prompt = prompt_sent()
    settle(prompt.pk, succeeded(prompt, amount=SMALL + 1))
    return Transfer.objects.get(pk=prompt.pk)


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


@pytest.mark.parametrize("state", [prompt_sent, payout_sent, payout_lost, unconfirmed])
def test_what_is_open_or_unconfirmed_is_asked_about_at_once(state: Callable[[], Transfer]) -> None:
    transfer = state()

    asking.ask(transfer.pk, actor=SUPPORT)

    assert Transfer.objects.to_ask_about(now()).filter(pk=transfer.pk).exists()
    told = Event.objects.get(kind="transfer.asked_by_staff")
    assert (told.actor, told.payload) == ("staff:7", {"transfer": str(transfer.pk)})


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (lambda: open_transfer(completed(amount=SMALL)), "has not been sent yet"),
        (claimed_only, "being sent just now"),
        (prompt_lost, "with it the id to ask by"),
        (reversal_lost, "it is sent again by itself"),
        (quarantined, "In quarantine|in quarantine"),
        (lambda: of(locked(amount=SMALL)), "has told what became of it"),
    ],
)
def test_what_must_not_be_asked_is_not(state: Callable[[], Transfer], why: str) -> None:
    transfer = state()

    with pytest.raises(NotToBeAsked, match=why):
        asking.ask(transfer.pk, actor=SUPPORT)

    found = fresh(transfer)
    assert (found.next_ask_at, found.times_asked) == (transfer.next_ask_at, transfer.times_asked)
    assert not Event.objects.filter(kind="transfer.asked_by_staff").exists()


def test_it_is_asked_once_a_minute_at_most(later: Later) -> None:
    payout = payout_sent()
    asking.ask(payout.pk, actor=SUPPORT)
    with pytest.raises(NotToBeAsked, match="less than a minute ago"):
        asking.ask(payout.pk, actor=Actor("staff:8", "desk"))
    assert Event.objects.filter(kind="transfer.asked_by_staff").count() == 1

    later(seconds=61)
    asking.ask(payout.pk, actor=SUPPORT)

    assert Event.objects.filter(kind="transfer.asked_by_staff").count() == 2


def test_however_often_staff_ask_the_schedule_keeps_its_own_questions(later: Later) -> None:
    payout = payout_sent()
    for _ in range(3 * len(schedule.OPEN)):
        asking.ask(payout.pk, actor=SUPPORT)
        with transaction.atomic():
            last = schedule.ask_again(lock_transfer(payout.pk).transfer)
        assert not last
        later(seconds=61)
    assert fresh(payout).times_asked == 1
    assert fresh(payout).status == Transfer.Status.SUBMITTED


def test_once_the_schedule_has_ended_a_question_of_staff_alerts_nobody_again() -> None:
    payout = payout_lost()
    Transfer.objects.filter(pk=payout.pk).update(times_asked=len(schedule.OPEN), next_ask_at=None)

    asking.ask(payout.pk, actor=SUPPORT)

    with transaction.atomic():
        assert not schedule.ask_again(lock_transfer(payout.pk).transfer)
    assert fresh(payout).next_ask_at is None


def test_the_answer_settles_it_once(rail: Rail) -> None:
    collected = unconfirmed()
    payment = collected.payment
    assert payment is not None
    asking.ask(collected.pk, actor=SUPPORT)

    settle(collected.pk, answered(collected))
    settle(collected.pk, answered(collected))

    assert fresh(collected).rail_confirmed_at
    assert payment.postings.count() == 1
    assert books_hold(payment.contract)


# --- paid by hand -----------------------------------------------------------------------------------------------------


def told() -> Deposit:
    return hand.tell(confirmed(amount=SMALL), SMALL)


def test_a_deposit_that_is_told_is_asked_about_at_once_and_is_not_refuted_by_it() -> None:
    deposit = told()
    Deposit.objects.filter(pk=deposit.pk).update(
        times_asked=len(schedule.CONFIRMATION), next_ask_at=now() + timedelta(minutes=9)
    )

    asking.ask_about_deposit(deposit.pk, actor=SUPPORT)

    with transaction.atomic():
        claimed = reconciliation._claim_deposit(deposit.pk)
    assert claimed is not None, "a question more is put before anybody calls it refuted"
    assert Deposit.objects.get(pk=deposit.pk).status == "told"
    event = Event.objects.get(kind="deposit.asked_by_staff")
    assert (event.actor, event.payload) == ("staff:7", {"deposit": deposit.pk})


def test_a_deposit_is_asked_about_once_a_minute_and_not_once_it_is_confirmed(rail: Rail) -> None:
    deposit = told()
    asking.ask_about_deposit(deposit.pk, actor=SUPPORT)
    with pytest.raises(NotToBeAsked, match="less than a minute ago"):
        asking.ask_about_deposit(deposit.pk, actor=SUPPORT)

    hand.confirm(deposit, locked(amount=SMALL).payer_phone)

    with pytest.raises(NotToBeAsked, match="has confirmed it"):
        asking.ask_about_deposit(deposit.pk, actor=SUPPORT)
    assert Event.objects.filter(kind="deposit.asked_by_staff").count() == 1
