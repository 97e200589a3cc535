"""Payouts are paused by one person; a kept callback is worked again."""

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Dispute, Event
from payments import callbacks
from payments.models import Callback, PayoutStop
from tests import factories
from voicepact.console.tests.cases import SMALL, moved, stopped
from voicepact.console.tests.desk import list_of, page_of
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db
PAUSE = reverse("desk:pause")


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
    stop = stopped()
    operator.post(PAUSE, {"gateway": "daraja", "reason": "something is odd"})
    assert PayoutStop.objects.values_list("pk", "code").get() == (stop.pk, "2001")


def test_a_callback_is_worked_again(operator: Client, callback: Callback) -> None:
    address = reverse("desk:replay", args=[callback.pk])
    assert address in operator.get(page_of(callback)).content.decode()
    assert operator.get(address).status_code == 200
    before = moved()

    answer = operator.post(address, {"yes": "yes"}, follow=True)

    assert "Worked again: unreadable" in answer.content.decode()
    assert Callback.objects.get().worked_at != callback.worked_at
    assert moved() == before
    told = Event.objects.get(kind="callback.replayed")
    assert (told.actor, told.payload["callback"]) == (f"staff:{User.objects.get(username='operator').pk}", callback.pk)


def test_who_may_only_look_turns_no_switch(viewer: Client, callback: Callback) -> None:
    assert PAUSE not in viewer.get(list_of(PayoutStop)).content.decode()
    _cannot(viewer, PAUSE, callback)


def test_who_approves_may_pause_payouts_and_works_no_callback_again(approver: Client, callback: Callback) -> None:
    assert PAUSE in approver.get(list_of(PayoutStop)).content.decode()
    _cannot(approver, reverse("desk:replay", args=[callback.pk]), callback)


def _cannot(client: Client, switch: str, callback: Callback) -> None:
    assert reverse("desk:replay", args=[callback.pk]) not in client.get(page_of(callback)).content.decode()
    assert client.get(switch).status_code == 403
    assert client.post(switch, {"reason": "odd"}).status_code == 403
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
