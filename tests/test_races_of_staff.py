"""Staff who click at once, or while a deal is being settled otherwise: one effect, and a clear word to the rest.

Each test commits a contract of its own; every thread has its own connection.
"""

from collections import Counter
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from contracts import disputes
from contracts.audit import CLOCK
from contracts.models import Contract, Event
from payments import approvals, asking, endings, escrow, stops
from payments.errors import AlreadyProposed, NotDecidable, NotOpen, NotToBeAsked
from payments.models import Payment, PayoutStop, Proposal, Transfer
from payments.tests.desk import staff
from tests.factories import acknowledge, completed, locked, open_transfer
from tests.test_races import ROUNDS, assert_whole, at_once, committed
from voicepact.console.tests.desk import seen
from voicepact.kernel.clock import now
from voicepact.kernel.errors import Refusal

pytestmark = pytest.mark.usefixtures("committed_db")
Kind = Proposal.Kind


def delivered() -> Payment:
    """The seller has said that it is delivered, and the buyer is silent."""
    payment = committed(locked)
    escrow.deliver(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return Payment.objects.select_related("contract").get(pk=payment.pk)


def proposed(kind: Proposal.Kind, payment: Payment) -> Proposal:
    return approvals.propose(kind, payment, by=staff("amina"), reason="as the papers show")


def out(payment: Payment) -> dict[str, int]:
    return dict(Counter(payment.transfers.exclude(kind="collection").values_list("kind", flat=True)))


def events(payment: Payment, kind: str) -> int:
    return Event.objects.filter(contract=payment.contract_id, kind=kind).count()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_approvers_at_once_release_once(_round: int) -> None:
    payment = delivered()
    proposal = proposed(Kind.RELEASE, payment)
    people = staff("brian"), staff("carol")

    answers = at_once(*[lambda who=who: approvals.approve(proposal.pk, by=who) for who in people])

    assert [type(answer) for answer in answers if isinstance(answer, Refusal)] == [NotOpen]
    assert out(payment) == {"payout": 1}
    assert events(payment, "release.decided") == 1
    assert_whole(payment.contract)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_release_and_a_refund_approved_at_once_pay_one_side_only(_round: int) -> None:
    payment = delivered()
    release, refund = proposed(Kind.RELEASE, payment), proposed(Kind.REFUND, payment)
    approver = staff("brian")

    answers = at_once(*[lambda key=each.pk: approvals.approve(key, by=approver) for each in (release, refund)])

    assert [type(answer) for answer in answers if isinstance(answer, Refusal)] == [NotDecidable]
    assert out(payment) in ({"payout": 1}, {"reversal": 1})
    assert_whole(payment.contract)


@pytest.mark.parametrize("_round", range(ROUNDS))
@pytest.mark.parametrize("kind", [Kind.RELEASE, Kind.REFUND])
def test_staff_and_the_parties_at_once_pay_one_side_once(kind: Proposal.Kind, _round: int) -> None:
    payment = delivered()
    contract, proposal, approver = payment.contract, proposed(kind, payment), staff("brian")

    at_once(
        lambda: approvals.approve(proposal.pk, by=approver),
        lambda: escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms"),
        lambda: endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms"),
    )

    assert out(payment) in ({"payout": 1}, {"reversal": 1})
    assert_whole(contract)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_dispute_and_a_release_at_once_end_in_one_of_the_two_worlds(_round: int) -> None:
    payment = delivered()
    contract, proposal, approver = payment.contract, proposed(Kind.RELEASE, payment), staff("brian")

    at_once(
        lambda: approvals.approve(proposal.pk, by=approver),
        lambda: disputes.open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="sms"),
    )

    end = Contract.objects.get(pk=contract.pk).status
    assert (end, out(payment)) in [("completed", {"payout": 1}), ("disputed", {})]
    assert_whole(contract)


def test_the_same_proposed_twice_at_once_is_proposed_once() -> None:
    payment = delivered()
    people = staff("amina"), staff("brian")

    answers = at_once(
        *[lambda who=who: approvals.propose(Kind.RELEASE, payment, by=who, reason="so") for who in people]
    )

    assert [type(answer) for answer in answers if isinstance(answer, Refusal)] == [AlreadyProposed]
    assert payment.proposals.count() == 1


def test_approved_and_rejected_at_once_is_one_of_the_two() -> None:
    payment = delivered()
    proposal, brian, carol = proposed(Kind.RELEASE, payment), staff("brian"), staff("carol")

    answers = at_once(
        lambda: approvals.approve(proposal.pk, by=brian),
        lambda: approvals.reject(proposal.pk, by=carol, note="no"),
    )

    assert [type(answer) for answer in answers if isinstance(answer, Refusal)] == [NotOpen]
    status = Proposal.objects.get(pk=proposal.pk).status
    assert (status, out(payment)) in [("approved", {"payout": 1}), ("rejected", {})]


def test_a_double_click_on_approve_pays_once_and_the_second_is_told_why() -> None:
    payment = delivered()
    proposal = proposed(Kind.RELEASE, payment)
    approver = staff("brian-at-the-desk")
    approver.groups.add(Group.objects.get(name="approver"))
    address = reverse("desk:approve", args=[proposal.pk])
    first, second = Client(), Client()
    for client in (first, second):
        client.force_login(approver)
    said = {"seen": seen(first.get(address))}

    def click(client: Client) -> Any:
        return client.post(address, said, follow=True).content.decode()

    answers: list[Any] = at_once(*[lambda client=client: click(client) for client in (first, second)])

    done = [text for text in answers if "Approved. It is under way." in text]
    told = [text for text in answers if "already" in text and "Approved. It is under way." not in text]
    assert (len(done), len(told)) == (1, 1)
    assert out(payment) == {"payout": 1}
    assert_whole(payment.contract)


def test_the_rail_is_asked_once_however_many_click() -> None:
    payment = committed(completed)
    payout: Transfer = acknowledge(open_transfer(payment))
    actor = approvals.staff_actor(staff("amina"))

    answers = at_once(*[lambda: asking.ask(payout.pk, actor=actor)] * 5)

    assert [type(answer) for answer in answers if isinstance(answer, Refusal)] == [NotToBeAsked] * 4
    assert events(payment, "transfer.asked_by_staff") == 1


def test_a_deal_is_frozen_once_however_many_click() -> None:
    payment = delivered()
    actor = approvals.staff_actor(staff("amina"))

    answers = at_once(*[lambda: disputes.open_by_staff(payment.contract_id, reason="odd", actor=actor)] * 3)

    assert len([answer for answer in answers if isinstance(answer, Refusal)]) == 2
    assert events(payment, "dispute.opened") == 1


def test_a_pause_that_comes_while_another_is_lifted_stands() -> None:
    with transaction.atomic():
        first = stops.stop(code=stops.PAUSED, actor=CLOCK, gateway="daraja", reason="odd")
    proposal = approvals.propose(Kind.RESUME_PAYOUTS, first, by=staff("amina"), reason="all is well")

    def pause() -> None:
        with transaction.atomic():
            stops.stop(code=stops.PAUSED, actor=CLOCK, gateway="daraja", reason="and odder")

    def read(_: Proposal) -> bool:
        started.append(run(pause))
        started[0].join(0.5)
        return True

    started: list[Thread] = []
    try:
        approvals.approve(proposal.pk, by=staff("brian"), as_read=read)
        started[0].join()
        assert [stop.reason for stop in PayoutStop.objects.filter(lifted_at=None)] == ["and odder"]
    finally:
        PayoutStop.objects.filter(lifted_at=None).update(lifted_at=now())


def run(act: Callable[[], None]) -> Thread:
    """It happens in a thread with a connection of its own."""

    def alone() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = Thread(target=alone)
    thread.start()
    return thread
