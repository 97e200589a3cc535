"""Five wrong passwords for a name from one address: nobody goes on guessing there for a quarter of an hour."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from contracts.models import Event
from voicepact.console.tests.desk import list_of, member, page_of
from voicepact.console.tests.signin import NAME, PASSWORD, give_password, is_in, staff
from voicepact.kernel.http import client_address
from voicepact.kernel.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

HERE, THERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def achieng() -> User:
    return staff()


def _fail(times: int, *, name: str = NAME, address: str = HERE) -> Any:
    client = Client(REMOTE_ADDR=address)
    return [give_password(client, name, f"wrong {number}") for number in range(times)][-1]


def test_the_fifth_failure_locks_out_and_says_until_when(achieng: User) -> None:
    assert _fail(4).status_code == 200
    with time_machine.travel("2026-11-24T06:00:00Z", tick=False):
        page = _fail(1)
    assert page.status_code == 429
    assert "09:15" in page.content.decode()  # in Nairobi


def test_who_is_locked_out_is_not_let_in_by_the_right_password(achieng: User) -> None:
    _fail(5)
    client = Client(REMOTE_ADDR=HERE)
    assert give_password(client).status_code == 429
    assert not is_in(client)


def test_the_lock_out_ends_when_it_was_said_also_if_people_go_on_trying(achieng: User) -> None:
    _fail(5)
    with time_machine.travel(timedelta(minutes=10), tick=True):
        assert _fail(3).status_code == 429
    with time_machine.travel(timedelta(minutes=16), tick=True):
        client = Client(REMOTE_ADDR=HERE)
        give_password(client)
        assert is_in(client)


def test_nobody_elsewhere_and_nobody_else_is_locked_out(achieng: User) -> None:
    staff("juma")
    _fail(5)
    elsewhere, other = Client(REMOTE_ADDR=THERE), Client(REMOTE_ADDR=HERE)
    give_password(elsewhere)
    give_password(other, "juma")
    assert (is_in(elsewhere), is_in(other)) == (True, True)


def test_another_browser_at_the_same_address_is_no_way_round(achieng: User) -> None:
    for number in range(5):
        give_password(Client(REMOTE_ADDR=HERE, HTTP_USER_AGENT=f"browser {number}"), password="wrong")
    assert give_password(Client(REMOTE_ADDR=HERE)).status_code == 429


def test_a_sign_in_clears_the_count(achieng: User) -> None:
    _fail(4)
    give_password(Client(REMOTE_ADDR=HERE))
    assert _fail(4).status_code == 200


def test_no_password_is_kept_anywhere(achieng: User) -> None:
    _fail(5)
    give_password(Client(REMOTE_ADDR=THERE))
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        rows = list(model.objects.values())
        assert rows, model
        assert "wrong" not in str(rows), model
        assert PASSWORD not in str(rows), model


def test_the_audit_trail_tells_of_it_once_and_names_nobody(achieng: User) -> None:
    _fail(7)
    _fail(7, name="nobody at all")
    event = Event.objects.get(kind="staff.locked_out")
    assert (event.payload, event.contract) == ({"user": achieng.pk}, None)


# --- what staff see and do of it --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_auditors_and_admins_read_who_tried(achieng: User, role: str) -> None:
    _fail(5)
    client = member(role)
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        row = model.objects.order_by("-pk")[0]
        assert HERE in client.get(list_of(AccessAttempt)).content.decode()
        assert client.get(page_of(row)).status_code == 200
        assert client.post(page_of(row, "delete"), {"post": "yes"}).status_code == 403
        assert client.post(page_of(row), {"username": "x"}).status_code == 403


def test_an_admin_lifts_a_lock_out_which_is_written_down(achieng: User) -> None:
    _fail(5)
    attempt = AccessAttempt.objects.get()
    answers = [member("admin").post(reverse("desk:lift_lockout", args=[attempt.pk])) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 404]

    client = Client(REMOTE_ADDR=HERE)
    give_password(client)
    assert is_in(client)
    assert Event.objects.get(kind="staff.lockout_lifted").payload == {"user": achieng.pk}


@pytest.mark.parametrize("role", ["viewer", "support", "operator", "approver", "auditor"])
def test_nobody_else_lifts_one(achieng: User, role: str) -> None:
    _fail(5)
    answer = member(role).post(reverse("desk:lift_lockout", args=[AccessAttempt.objects.get().pk]))
    assert answer.status_code == 403
    assert give_password(Client(REMOTE_ADDR=HERE)).status_code == 429
    assert not Event.objects.filter(kind="staff.lockout_lifted").exists()


# --- whose address it is ----------------------------------------------------------------------------------------------


def _from(production: bool, settings: Any, **meta: str) -> str | None:
    settings.PRODUCTION = production
    request = HttpRequest()
    request.META = meta
    return client_address(request)


def test_in_production_the_address_is_the_one_that_our_proxy_saw(settings: Any) -> None:
    told = {"REMOTE_ADDR": "10.0.0.2", "HTTP_X_FORWARDED_FOR": f"{THERE}, {HERE}"}
    assert _from(True, settings, **told) == HERE
    assert _from(True, settings, REMOTE_ADDR="10.0.0.2") == "10.0.0.2"
    assert _from(True, settings, REMOTE_ADDR="10.0.0.2", HTTP_X_FORWARDED_FOR="nonsense") == "10.0.0.2"


def test_elsewhere_nobody_chooses_an_address_of_their_own(settings: Any) -> None:
    assert _from(False, settings, REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=THERE) == HERE
    assert _from(False, settings) is None
