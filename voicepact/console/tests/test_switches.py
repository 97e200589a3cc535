"""What one person may do alone, because it protects: payouts are paused, a deal is frozen, a phone is kept."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from contracts.audit import CLOCK
from contracts.models import Deadline, Dispute, Event, Party
from payments import callbacks, stops, timers
from payments.models import Callback, PayoutStop, Proposal
from payments.outcomes import FLOAT_SHORT
from tests import factories
from tests.factories import SMALL
from voicepact.console.tests.desk import approve, list_of, page_of, propose, seen
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db
PAUSE, REPLAY = reverse("desk:pause"), reverse("desk:bulk", args=["replay"])


@pytest.fixture
def callback() -> Callback:
    """Worked, and unreadable."""
    transfer = factories.open_transfer(factories.prompted(amount=SMALL))
    callbacks.keep(gateway="daraja", kind="stk", token=transfer.token, body="{", address=None)
    callbacks.work_due()
    return Callback.objects.get(transfer=transfer)


@pytest.mark.parametrize("gateway", ["", "daraja"])
def test_one_person_stops_all_money_out_or_that_of_one_rail(operator: Client, gateway: str) -> None:
    assert PAUSE in operator.get(list_of(PayoutStop)).content.decode()
    operator.post(PAUSE, {"gateway": gateway, "reason": "something is odd"})
    stop = PayoutStop.objects.get()
    assert (stop.gateway, stop.code, stop.reason, stop.lifted_at) == (gateway, "paused", "something is odd", None)
    assert stop.stopped_by == f"staff:{User.objects.get(username='operator').pk}"
    assert Event.objects.filter(kind="payouts.stopped", actor=stop.stopped_by).exists()


@pytest.mark.parametrize("fields", [{"reason": " "}, {"gateway": "pigeon", "reason": "odd"}, {"reason": "x" * 201}])
def test_a_pause_that_is_not_explained_or_nowhere_is_none(operator: Client, fields: dict[str, str]) -> None:
    assert operator.post(PAUSE, fields).status_code == 200
    assert not PayoutStop.objects.exists()


def test_a_stop_that_stands_already_is_left_as_it_is(operator: Client) -> None:
    stop = paused_by(operator, "something is odd")
    operator.post(PAUSE, {"gateway": "daraja", "reason": "something is odd"})
    assert PayoutStop.objects.values_list("pk", "reason").get() == (stop.pk, "something is odd")
    assert Event.objects.filter(kind__startswith="payouts.").count() == 1


def paused_by(client: Client, reason: str) -> PayoutStop:
    client.post(PAUSE, {"gateway": "daraja", "reason": reason})
    return PayoutStop.objects.get()


def test_a_second_reason_to_pause_is_written_beside_the_first(operator: Client) -> None:
    paused_by(operator, "something is odd")
    operator.post(PAUSE, {"gateway": "daraja", "reason": "two payouts\nto one number"})
    second = PayoutStop.objects.get()
    who = f"staff:{User.objects.get(username='operator').pk}"
    assert second.reason == f"something is odd\n{who}: two payouts to one number"
    assert Event.objects.get(kind="payouts.paused_as_well").actor == who
    text = operator.get(page_of(second)).content.decode()
    assert "something is odd" in text
    assert "two payouts to one number" in text


def test_what_a_refusal_has_stopped_and_people_pause_is_lifted_by_people_only(operator: Client) -> None:
    with transaction.atomic():
        stops.stop(code=FLOAT_SHORT, actor=CLOCK, gateway="daraja")
    paused_by(operator, "something is odd")

    stops.lift_for_float("daraja", Decimal(1_000_000))

    assert PayoutStop.objects.values_list("code", "lifted_at").get() == ("paused", None)
    assert Event.objects.get(kind="payouts.paused_as_well").payload["was"] == FLOAT_SHORT


def test_who_approves_that_payouts_leave_reads_every_reason_and_a_new_one_is_read_first(
    operator: Client, approver: Client
) -> None:
    stop = paused_by(operator, "something is odd")
    propose(operator, Proposal.Kind.RESUME_PAYOUTS, stop)
    address = reverse("desk:approve", args=[Proposal.objects.get().pk])
    page = approver.get(address)
    assert "something is odd" in page.content.decode()
    paused_by(operator, "and now this")

    answer = approver.post(address, {"seen": seen(page)})

    assert "Something has changed" in answer.content.decode()
    assert "and now this" in answer.content.decode()
    assert PayoutStop.objects.get().lifted_at is None


def test_who_may_only_look_turns_no_switch(viewer: Client, callback: Callback) -> None:
    assert PAUSE not in viewer.get(list_of(PayoutStop)).content.decode()
    _cannot(viewer, PAUSE, callback)


def test_who_approves_may_pause_payouts_and_works_no_callback_again(approver: Client, callback: Callback) -> None:
    assert PAUSE in approver.get(list_of(PayoutStop)).content.decode()
    _cannot(approver, f"{REPLAY}?row={callback.pk}", callback)


def _cannot(client: Client, switch: str, callback: Callback) -> None:
    assert REPLAY not in client.get(page_of(callback)).content.decode()
    assert client.get(switch).status_code == 403
    assert client.post(switch, {"reason": "odd", "row": callback.pk}).status_code == 403
    assert not PayoutStop.objects.exists()
    assert Callback.objects.get().worked_at == callback.worked_at


def test_one_person_freezes_a_deal_and_both_sides_are_told(operator: Client) -> None:
    contract = factories.locked(amount=SMALL).contract
    address = reverse("desk:dispute", args=[contract.pk])
    assert address in operator.get(page_of(contract)).content.decode()
    assert "stays locked" in operator.get(address).content.decode()

    operator.post(address, {"reason": "the same photograph in two deals"})

    dispute = Dispute.objects.get(contract=contract)
    assert (dispute.opener, dispute.reason) == ("staff", "the same photograph in two deals")
    assert Event.objects.get(contract=contract, kind="dispute.opened").actor.startswith("staff:")


def test_a_deal_without_money_in_it_is_not_frozen(operator: Client) -> None:
    contract = factories.confirmed(amount=SMALL)
    address = reverse("desk:dispute", args=[contract.pk])
    assert address not in operator.get(page_of(contract)).content.decode()

    assert "no money is held" in operator.post(address, {"reason": "odd"}).content.decode()

    assert not Dispute.objects.exists()


def test_who_may_only_look_freezes_nothing(viewer: Client) -> None:
    contract = factories.locked(amount=SMALL).contract

    assert viewer.post(reverse("desk:dispute", args=[contract.pk]), {"reason": "odd"}).status_code == 403

    assert not Dispute.objects.exists()


# --- a phone that is to change ----------------------------------------------------------------------------------------


@pytest.fixture
def cooling(operator: Client, approver: Client) -> Proposal:
    """Two have agreed to the seller's new number, which does not count yet."""
    seller = factories.locked(amount=SMALL).contract.seller
    propose(operator, Proposal.Kind.PHONE_CHANGE, seller, phone="0712345678")
    proposal = Proposal.objects.get()
    approve(approver, proposal)
    return proposal


def test_one_person_calls_off_a_new_number_while_it_does_not_count(operator: Client, cooling: Proposal) -> None:
    address = reverse("desk:call_off", args=[cooling.pk])
    assert cooling.party is not None
    for row in (cooling, cooling.party):
        assert address in operator.get(page_of(row)).content.decode()
    old = cooling.party.phone
    assert "will not count" in operator.get(address).content.decode()

    assert "Called off" in operator.post(address, follow=True).content.decode()

    assert not Deadline.objects.filter(kind="phone_change", closed_at=None).exists()
    assert Party.objects.get(pk=cooling.party.pk).phone == old
    told = Event.objects.get(kind="phone.change_called_off")
    assert told.actor == f"staff:{User.objects.get(username='operator').pk}"
    assert old not in str(told.payload)


def test_a_second_click_calls_nothing_off(operator: Client, cooling: Proposal) -> None:
    address = reverse("desk:call_off", args=[cooling.pk])
    operator.post(address)
    assert "it was called off" in operator.post(address, follow=True).content.decode()
    assert Event.objects.filter(kind="phone.change_called_off").count() == 1
    assert address not in operator.get(page_of(cooling)).content.decode()


def test_a_number_that_counts_already_is_not_called_off(operator: Client, cooling: Proposal) -> None:
    Deadline.objects.filter(kind="phone_change").update(due_at=now())
    timers.work_deadlines()
    address = reverse("desk:call_off", args=[cooling.pk])
    assert "the number counts already" in operator.post(address, follow=True).content.decode()
    assert Party.objects.filter(phone="+254712345678").exists()


def test_who_may_only_look_calls_nothing_off(viewer: Client, cooling: Proposal) -> None:
    address = reverse("desk:call_off", args=[cooling.pk])
    assert address not in viewer.get(page_of(cooling)).content.decode()
    assert (viewer.get(address).status_code, viewer.post(address).status_code) == (403, 403)
    assert Deadline.objects.filter(kind="phone_change", closed_at=None).exists()


def test_a_stop_is_lifted_however_much_comes_to_wait_while_the_page_is_read(operator: Client, approver: Client) -> None:
    factories.completed(amount=SMALL)
    propose(operator, Proposal.Kind.RESUME_PAYOUTS, paused_by(operator, "something is odd"))
    address = reverse("desk:approve", args=[Proposal.objects.get().pk])
    page = approver.get(address)
    assert "KES 1,000 that waits now leaves at once" in page.content.decode()
    factories.completed(amount=SMALL)
    approver.post(address, {"seen": seen(page)})
    assert PayoutStop.objects.get().lifted_at
