"""Many rows at once: each by the verb that works one, in a transaction of its own, with its own result."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Event
from payments import callbacks, schedule
from payments.models import Callback, Deposit, Transfer
from payments.tests import hand
from tests import factories
from tests.factories import SMALL
from voicepact.console.bulk import BULK, MOST
from voicepact.console.tests.cases import moved, quarantined, unknown
from voicepact.console.tests.desk import bulk, list_of, page_of
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db
ASK, REPLAY = (reverse("desk:bulk", args=[name]) for name in ("ask-transfers", "replay"))


@pytest.fixture
def callback() -> Callback:
    """Worked, and unreadable."""
    transfer = factories.open_transfer(factories.prompted(amount=SMALL))
    callbacks.keep(gateway="daraja", kind="stk", token=transfer.token, body="{", address=None)
    callbacks.work_due()
    return Callback.objects.get(transfer=transfer)


def results(answer: Any) -> list[str]:
    """Of each row the word for what came of it."""
    return re.findall(r">\s*(Done|Refused|Failed)\s*<", answer.content.decode())


def asked() -> int:
    return Event.objects.filter(kind="transfer.asked_by_staff").count()


def tick(client: Client, model: Any, act: str, *keys: object) -> Any:
    """The rows are ticked in their list, and the act is chosen."""
    return client.post(list_of(model), {"action": act, "_selected_action": list(map(str, keys)), "index": "0"})


def test_ticked_rows_lead_to_a_page_that_names_them_and_asks_once_more(operator: Client) -> None:
    first, second = unknown(), quarantined()
    answer = tick(operator, Transfer, "ask-transfers", first.pk, second.pk)
    assert answer.status_code == 302
    text = operator.get(answer["Location"]).content.decode()
    assert str(first) in text
    assert "Will be refused: It is in quarantine" in text
    assert asked() == 0


def test_each_row_has_its_own_result_and_one_that_is_refused_stops_no_other(operator: Client) -> None:
    rows = quarantined(), unknown(), factories.open_transfer(factories.completed(amount=SMALL))
    before = moved()

    answer = bulk(operator, "ask-transfers", *rows)

    assert results(answer) == ["Refused", "Done", "Refused"]
    assert "two people say what became of it" in answer.content.decode()
    assert "It has not been sent yet" in answer.content.decode()
    told = Event.objects.get(kind="transfer.asked_by_staff")
    assert told.actor == f"staff:{User.objects.get(username='operator').pk}"
    assert moved() == before


def test_a_row_that_fails_by_our_own_fault_stops_no_other(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = unknown(), unknown()
    whole = schedule.ask_now

    def fails(transfer: Transfer) -> None:
        if transfer.pk == first.pk:
            raise RuntimeError
        whole(transfer)

    monkeypatch.setattr(schedule, "ask_now", fails)

    answer = bulk(operator, "ask-transfers", first, second)

    assert results(answer) == ["Failed", "Done"]
    assert asked() == 1, "what failed has left nothing behind"


def test_a_second_click_asks_nobody_again(operator: Client) -> None:
    payout = unknown()
    assert results(bulk(operator, "ask-transfers", payout)) == ["Done"]
    again = operator.post(ASK, {"row": [payout.pk], "since": "2026-11-24T10:00:00+00:00"})
    assert results(again) == ["Refused"]
    assert "less than a minute ago" in again.content.decode()
    assert asked() == 1


def test_deposits_are_asked_about(operator: Client) -> None:
    deposit = hand.tell(factories.confirmed(amount=SMALL), SMALL)
    address = f"{reverse('desk:bulk', args=['ask-deposits'])}?row={deposit.pk}"
    assert address in operator.get(page_of(deposit)).content.decode()
    assert results(bulk(operator, "ask-deposits", deposit)) == ["Done"]
    assert Deposit.objects.to_ask_about(now()).filter(pk=deposit.pk).exists()


def test_a_callback_is_worked_again(operator: Client, callback: Callback) -> None:
    assert f"{REPLAY}?row={callback.pk}" in operator.get(page_of(callback)).content.decode()
    before = moved()

    answer = bulk(operator, "replay", callback)

    assert results(answer) == ["Done"]
    assert "Worked again: unreadable" in answer.content.decode()
    assert Callback.objects.get().worked_at != callback.worked_at
    assert moved() == before
    told = Event.objects.get(kind="callback.replayed")
    assert (told.actor, told.payload["callback"]) == (f"staff:{User.objects.get(username='operator').pk}", callback.pk)


def test_a_second_click_works_no_callback_again(operator: Client, callback: Callback) -> None:
    page = operator.get(REPLAY, {"row": callback.pk})
    said = {"row": callback.pk, "since": page.context["since"]}
    operator.post(REPLAY, said)

    again = operator.post(REPLAY, said)

    assert results(again) == ["Refused"]
    assert "worked since you looked at it" in again.content.decode()
    assert Event.objects.filter(kind="callback.replayed").count() == 1


@pytest.mark.parametrize("since", ["", "yesterday", "2026-11-24T10:00:00"])
def test_without_the_moment_at_which_it_was_read_the_page_asks_again(
    operator: Client, callback: Callback, since: str
) -> None:
    answer = operator.post(REPLAY, {"row": callback.pk, "since": since})
    assert answer.context["since"]
    assert not Event.objects.filter(kind="callback.replayed").exists()


@pytest.mark.parametrize("many", [0, MOST + 1])
def test_none_and_too_many_are_refused(operator: Client, many: int) -> None:
    answer = operator.get(ASK, {"row": [str(uuid4()) for _ in range(many)]}, follow=True)
    assert f"Tick one row at least, and {MOST} at most." in answer.content.decode()
    assert asked() == 0


@pytest.mark.parametrize("key", ["nothing", "%00", "9" * 40, "83bc246b-2da4-4c82-b9bd-359b7d16de21"])
def test_a_key_of_no_row_is_not_found(operator: Client, key: str) -> None:
    for name in BULK:
        assert operator.get(reverse("desk:bulk", args=[name]), {"row": key}).status_code == 404
    assert tick(operator, Transfer, "ask-transfers", key).status_code == 302
    assert operator.get("/admin/desk/bulk/nothing/", {"row": key}).status_code == 404


def test_a_list_takes_no_other_act(operator: Client, viewer: Client) -> None:
    payout = unknown()
    for client, act in ((operator, "delete_selected"), (operator, "replay"), (operator, ""), (viewer, "ask-transfers")):
        assert tick(client, Transfer, act, payout.pk).status_code == 403
    assert asked() == 0


def test_who_may_only_look_ticks_nothing_and_asks_nobody(viewer: Client) -> None:
    payout = unknown()
    assert 'name="_selected_action"' not in viewer.get(list_of(Transfer)).content.decode()
    for name, bulk_act in BULK.items():
        address = reverse("desk:bulk", args=[name])
        row = str(payout.pk) if bulk_act.model is Transfer else "1"
        assert viewer.get(address, {"row": row}).status_code == 403
        assert viewer.post(address, {"row": row, "since": now().isoformat()}).status_code == 403
    assert asked() == 0
