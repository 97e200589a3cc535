"""What every page of the desk has around it: the banner of a general stop, the menu, and words for empty lists."""

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Contract
from notifications.models import Alert
from payments.models import PayoutStop, Proposal, Transfer
from voicepact.console.front import rollup
from voicepact.console.tests import cases
from voicepact.console.tests.desk import approve, list_of, propose

pytestmark = pytest.mark.django_db
FRONT, PAUSE = reverse("admin:index"), reverse("desk:pause")


def _shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


# --- the banner -------------------------------------------------------------------------------------------------------


def test_a_general_stop_is_told_on_every_page_with_the_way_out(operator: Client, approver: Client) -> None:
    operator.post(PAUSE, {"gateway": "", "reason": "call +254712345678 first"})
    stop = PayoutStop.objects.get()
    lift = reverse("desk:propose", args=["resume_payouts", stop.pk])
    for address in (FRONT, list_of(Contract), PAUSE):
        text = _shown(operator, address)
        assert "All payouts are paused" in text, address
        assert "Stopped by operator" in text
        assert "+254712345678" not in text
        assert lift in text
    assert lift not in _shown(approver, FRONT)

    propose(operator, Proposal.Kind.RESUME_PAYOUTS, stop)
    assert "operator has proposed to let payouts leave again" in _shown(approver, FRONT)
    approve(approver, Proposal.objects.get())
    assert "All payouts are paused" not in _shown(operator, FRONT)


def test_a_stop_of_one_rail_or_deal_is_no_general_one(viewer: Client) -> None:
    cases.stopped()
    rollup.refresh()
    text = _shown(viewer, FRONT)
    assert "All payouts are paused" not in text
    assert "No money leaves by M-Pesa" in text


def test_who_has_not_signed_in_learns_nothing_of_it() -> None:
    PayoutStop.objects.create(code="paused", stopped_by="clock")
    assert "All payouts are paused" not in _shown(Client(), reverse("admin:login"))


# --- the menu and empty lists -----------------------------------------------------------------------------------------


def test_the_menu_begins_with_the_front_page_and_tells_what_waits(viewer: Client) -> None:
    cases.owed()
    cases.unknown()
    rollup.refresh()
    menu = viewer.get(list_of(Transfer)).context["sidebar_navigation"]
    assert menu[0]["items"][0]["link"] == FRONT
    badges = {item["title"]: item["badge"] for group in menu for item in group["items"] if "badge" in item}
    assert badges == {"Transfers": "2"}


def test_an_empty_list_says_so_in_our_own_words(viewer: Client) -> None:
    assert "Nothing here yet" in _shown(viewer, list_of(Alert))
    text = _shown(viewer, f"{list_of(Proposal)}?state=open")
    assert "Nothing here matches" in text
    assert "Create a new item" not in text
