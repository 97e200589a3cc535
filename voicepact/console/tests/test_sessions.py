"""How long a sign-in lasts, in real time, and what its cookies allow."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from voicepact.console.tests.desk import sign_in
from voicepact.console.tests.signin import LOGIN, NAME, PASSWORD, give_password, is_in, staff
from voicepact.kernel import clock
from voicepact.kernel.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords", "usual_times")]

PAGE = "/admin/contracts/contract/?q=7"


@pytest.fixture
def usual_times(settings: Any) -> None:
    settings.SESSION_TIME, settings.SESSION_IDLE_TIME = timedelta(hours=8), timedelta(minutes=30)


def test_who_does_nothing_for_half_an_hour_is_signed_out_and_led_back(db: None) -> None:
    user, client = staff(), Client()
    give_password(client)
    assert is_in(client)
    with time_machine.travel(timedelta(minutes=31), tick=True):
        answer = client.get(PAGE)
        assert answer["Location"] == f"{LOGIN}?next=/admin/contracts/contract/%3Fq%3D7"
        assert "nothing happened here for a while" in client.get(answer["Location"]).content.decode()
        answer = client.post(answer["Location"], {"username": user.username, "password": PASSWORD})
        assert answer["Location"] == PAGE
        assert is_in(client)


def test_who_works_stays_signed_in_for_eight_hours_and_no_longer(db: None) -> None:
    client = sign_in()
    assert is_in(client)
    for minutes in range(20, 8 * 60, 20):
        with time_machine.travel(timedelta(minutes=minutes), tick=True):
            assert is_in(client), minutes
    with time_machine.travel(timedelta(hours=8, minutes=1), tick=True):
        assert not is_in(client)


def test_business_time_signs_nobody_out(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in()
    assert is_in(client)
    real = clock.now()
    monkeypatch.setattr(clock, "now", lambda: real + timedelta(hours=48))
    assert clock.now() - real == timedelta(hours=48)
    assert is_in(client)


def test_the_session_is_gone_after_a_time_out_and_after_signing_out(db: None) -> None:
    idle, leaving = sign_in(), Client()
    leaving.force_login(User.objects.get(is_staff=True))
    is_in(idle)
    assert leaving.post(reverse("admin:logout")).status_code == 200
    with time_machine.travel(timedelta(minutes=31), tick=True):
        is_in(idle)
    assert not [row for row in Session.objects.all() if "_auth_user_id" in row.get_decoded()]


def test_signing_out_takes_a_post(db: None) -> None:
    client = sign_in()
    assert client.get(reverse("admin:logout")).status_code == 405
    assert is_in(client)
    page = client.post(reverse("admin:logout"))
    assert "Sign in again" in page.content.decode()
    assert not is_in(client)


def test_a_forged_post_changes_nothing(db: None) -> None:
    user, client = staff(), Client(enforce_csrf_checks=True)
    assert give_password(client).status_code == 403
    client.force_login(user)
    page = client.post(reverse("admin:logout"))
    assert page.status_code == 403
    assert "This page was too old" in page.content.decode()
    assert is_in(client)


def test_cookies_are_closed_to_scripts_and_other_sites(db: None) -> None:
    staff(NAME)
    client = Client()
    client.get(LOGIN)
    give_password(client)
    for name in ("sessionid", "csrftoken"):
        assert client.cookies[name]["httponly"], name
        assert client.cookies[name]["samesite"] == "Lax", name


def test_staff_change_their_password_by_the_rules(db: None) -> None:
    staff()
    client = Client()
    give_password(client)
    address = reverse("admin:password_change")
    assert client.get(address).status_code == 200
    for bad in ("short", "123456789012345", "password1234"):
        page = client.post(address, {"old_password": PASSWORD, "new_password1": bad, "new_password2": bad})
        assert page.status_code == 200, bad
    good = "seven herons on the shore"
    page = client.post(address, {"old_password": PASSWORD, "new_password1": good, "new_password2": good}, follow=True)
    assert page.status_code == 200
    assert User.objects.get(username=NAME).check_password(good)
    assert is_in(client)
