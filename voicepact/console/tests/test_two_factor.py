"""The second factor: who needs one meets nothing else before, and no code counts twice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from contracts.models import Event
from voicepact.console.tests.desk import member
from voicepact.console.tests.signin import (
    LOGIN,
    NAME,
    PASSWORD,
    app_code,
    give_password,
    is_in,
    set_up,
    staff,
    wrong_code,
)
from voicepact.console.urls import urlpatterns as desk
from voicepact.kernel import twofactor
from voicepact.kernel.models import User
from voicepact.kernel.site import site
from voicepact.stack.programs import PROJECT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

OPEN = {"login", "code", "set_up"}
"""What somebody may see who is not signed in."""


@pytest.fixture
def required(settings: Any) -> None:
    settings.STAFF_TWO_FACTOR = True


@pytest.fixture
def achieng() -> User:
    return staff()


@pytest.fixture
def with_app(achieng: User) -> tuple[User, list[str]]:
    """She has set up her app some minutes ago; with her recovery codes."""
    client = Client()
    with time_machine.travel(_minutes(-10), tick=True):
        give_password(client)
        return achieng, set_up(client, achieng)


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def _addresses() -> Iterator[str]:
    """Every address of the admin and the desk, with some value for each argument."""
    for prefix, patterns in (("desk", desk), ("admin", site.urls[0])):
        for pattern in _flat(patterns):
            if pattern.name in OPEN or not pattern.name:
                continue
            arguments = ["1" for _ in pattern.pattern.converters]
            try:
                yield reverse(f"{prefix}:{pattern.name}", args=arguments)
            except NoReverseMatch:
                yield reverse(f"{prefix}:{pattern.name}", kwargs={"app_label": "payments"})


def _flat(patterns: Any) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _flat(pattern.url_patterns)
        else:
            yield pattern


def _to_sign_in(answer: Any) -> bool:
    """An answer that shows nothing: the way to sign-in; the sign-out leads to the front page, and so there too."""
    return answer.status_code == 302 and (LOGIN in answer["Location"] or answer["Location"] == reverse("admin:index"))


# --- required ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("required")
def test_after_the_password_a_device_is_set_up_and_nothing_else_opens(achieng: User) -> None:
    client = Client()
    answer = give_password(client)
    assert answer["Location"] == reverse("desk:set_up")

    addresses = list(_addresses())
    assert len(addresses) > 100
    assert [address for address in addresses if not _to_sign_in(client.get(address))] == []
    assert [address for address in addresses if not _to_sign_in(client.post(address))] == []


@pytest.mark.usefixtures("required")
def test_a_session_that_gave_a_password_only_opens_nothing(achieng: User) -> None:
    client = Client()
    client.force_login(achieng)
    assert [address for address in _addresses() if not _to_sign_in(client.get(address))] == []


@pytest.mark.usefixtures("required")
def test_who_confirms_a_code_is_in_and_sees_ten_recovery_codes_once(achieng: User) -> None:
    client = Client()
    give_password(client)
    page = client.get(reverse("desk:set_up"))
    assert "<svg" in page.content.decode()
    assert client.get(reverse("desk:set_up")).content.decode().count(page.context["secret"]) == 1

    codes = set_up(client, achieng)

    assert len(set(codes)) == 10
    assert is_in(client)
    again = client.get(reverse("desk:set_up"), follow=True).content.decode()
    assert not [code for code in codes if code in again]


@pytest.mark.usefixtures("required")
def test_whoever_has_only_the_password_never_sees_the_secret_that_the_owner_sets_up(achieng: User) -> None:
    thief, owner = Client(), Client()
    give_password(thief)
    stolen = thief.get(reverse("desk:set_up")).context["secret"]
    give_password(owner)
    assert owner.get(reverse("desk:set_up")).context["secret"] != stolen

    device = TOTPDevice.objects.filter(user=achieng).latest("pk")
    owner.post(reverse("desk:set_up"), {"code": f"{totp(device.bin_key):06d}"})

    assert is_in(owner)
    assert TOTPDevice.objects.get(user=achieng) == device
    assert thief.get(reverse("desk:set_up"))["Location"] == reverse("desk:code")


def test_a_device_that_was_begun_beside_another_does_not_take_its_place(achieng: User) -> None:
    first, second = twofactor.begin(achieng), twofactor.begin(achieng)
    assert first.pk != second.pk
    twofactor.confirm(first, f"{totp(first.bin_key):06d}")
    with pytest.raises(twofactor.CodeRefused):
        twofactor.confirm(second, f"{totp(second.bin_key):06d}")
    assert TOTPDevice.objects.get(user=achieng, confirmed=True).pk == first.pk


@pytest.mark.usefixtures("required")
def test_a_wrong_code_confirms_nothing(achieng: User) -> None:
    client = Client()
    give_password(client)
    client.get(reverse("desk:set_up"))
    page = client.post(reverse("desk:set_up"), {"code": wrong_code(achieng)})
    assert "This code is wrong" in page.content.decode()
    assert not TOTPDevice.objects.filter(confirmed=True).exists()
    assert not StaticToken.objects.exists()
    assert not is_in(client)


@pytest.mark.usefixtures("required")
def test_the_way_leads_back_to_the_page_that_was_asked_for(achieng: User, with_app: Any) -> None:
    client = Client()
    asked = client.get("/admin/contracts/contract/?q=7")
    answer = client.post(asked["Location"], {"username": NAME, "password": PASSWORD})
    answer = client.post(answer["Location"], {"code": app_code(achieng)})
    assert answer["Location"] == "/admin/contracts/contract/?q=7"


@pytest.mark.parametrize("after", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(with_app: tuple[User, list[str]], after: str) -> None:
    client = Client()
    answer = give_password(client, after=after)
    assert "evil" not in answer["Location"]
    answer = client.post(f"{reverse('desk:code')}?next={after}", {"code": app_code(with_app[0])})
    assert answer["Location"] == reverse("admin:index")


@pytest.mark.usefixtures("required")
def test_what_follows_the_password_is_closed_to_who_gave_none(with_app: Any) -> None:
    for name in ("desk:code", "desk:set_up"):
        assert _to_sign_in(Client().get(reverse(name)))
        assert _to_sign_in(Client().post(reverse(name), {"code": app_code(with_app[0])}))


@pytest.mark.usefixtures("required")
def test_a_password_counts_for_ten_minutes(with_app: tuple[User, list[str]]) -> None:
    client = Client()
    give_password(client)
    with time_machine.travel(_minutes(11), tick=True):
        assert _to_sign_in(client.post(reverse("desk:code"), {"code": app_code(with_app[0])}))
        assert not is_in(client)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"password": "another"}])
def test_who_is_shut_out_between_password_and_code_stays_out(with_app: Any, change: dict[str, Any]) -> None:
    client = Client()
    give_password(client)
    User.objects.filter(pk=with_app[0].pk).update(**change)
    assert _to_sign_in(client.post(reverse("desk:code"), {"code": app_code(with_app[0])}))


# --- whoever has a device ---------------------------------------------------------------------------------------------


def test_where_none_is_required_a_password_is_enough(achieng: User) -> None:
    client = Client()
    give_password(client)
    assert is_in(client)


def test_who_has_a_device_gives_a_code_also_where_none_is_required(with_app: tuple[User, list[str]]) -> None:
    client = Client()
    answer = give_password(client)
    assert answer["Location"] == reverse("desk:code")
    assert not is_in(client)

    client.post(reverse("desk:code"), {"code": app_code(with_app[0])})
    assert is_in(client)


def test_a_wrong_code_lets_nobody_in_and_the_next_try_has_to_wait(with_app: tuple[User, list[str]]) -> None:
    user, client = with_app[0], Client()
    with time_machine.travel(timedelta(0), tick=False) as time:
        give_password(client)
        assert "This code is wrong" in client.post(reverse("desk:code"), {"code": wrong_code(user)}).content.decode()
        page = client.post(reverse("desk:code"), {"code": app_code(user)})
        assert "Too many wrong codes" in page.content.decode()
        assert not is_in(client)

        time.shift(timedelta(seconds=2))
        client.post(reverse("desk:code"), {"code": app_code(user)})
        assert is_in(client)


def test_a_code_that_was_used_is_worth_nothing(with_app: tuple[User, list[str]]) -> None:
    user, first, second = with_app[0], Client(), Client()
    code = app_code(user)
    for client in (first, second):
        give_password(client)
        client.post(reverse("desk:code"), {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_a_recovery_code_counts_once(with_app: tuple[User, list[str]]) -> None:
    code = with_app[1][0]
    first, second = Client(), Client()
    for client in (first, second):
        give_password(client)
        client.post(reverse("desk:code"), {"code": f" {code[:4].upper()}-{code[4:]} "})
    assert (is_in(first), is_in(second)) == (True, False)
    assert StaticToken.objects.count() == 9


def test_nobody_signs_in_with_the_code_of_somebody_else(with_app: tuple[User, list[str]]) -> None:
    staff("juma")
    juma = Client()
    give_password(juma, "juma")
    set_up(juma, User.objects.get(username="juma"))
    client = Client()
    give_password(client, "juma")
    client.post(reverse("desk:code"), {"code": with_app[1][0]})
    assert not is_in(client)


@pytest.mark.parametrize("code", ["", "x" * 500, "٣٣٣٣٣٣", "\0", "-1", "1e5"])
def test_a_nonsensical_code_is_refused(with_app: Any, code: str) -> None:
    client = Client()
    give_password(client)
    assert client.post(reverse("desk:code"), {"code": code}).status_code == 200
    assert not is_in(client)


def test_a_session_from_before_the_device_has_to_give_a_code_too(achieng: User, with_app: Any) -> None:
    client = Client()
    client.force_login(achieng)
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0] == f"{reverse('desk:code')}?next=%2Fadmin%2F"
    client.post(reverse("desk:code"), {"code": app_code(achieng)})
    assert is_in(client)


def test_signing_in_changes_the_session_key(with_app: tuple[User, list[str]]) -> None:
    client = Client()
    give_password(client)
    before = client.session.session_key
    client.post(reverse("desk:code"), {"code": app_code(with_app[0])})
    assert is_in(client)
    assert client.session.session_key != before


def test_new_recovery_codes_need_a_code_and_void_the_old_ones(with_app: tuple[User, list[str]]) -> None:
    user, old = with_app
    client = Client()
    give_password(client)
    client.post(reverse("desk:code"), {"code": old[0]})
    assert "9 recovery codes left" in client.get(reverse("desk:two_factor")).content.decode()

    client.post(reverse("desk:two_factor"), {"code": "zzzzzzzz"})
    assert StaticToken.objects.filter(token__in=old).count() == 9
    client.post(reverse("desk:two_factor"), {"code": app_code(user)})
    assert StaticToken.objects.filter(token__in=old).count() == 0
    assert StaticToken.objects.count() == 10


# --- reset ------------------------------------------------------------------------------------------------------------


def test_an_admin_resets_somebodys_device_which_is_written_down(with_app: tuple[User, list[str]]) -> None:
    user = with_app[0]
    User.objects.filter(pk=user.pk).update(is_superuser=False)
    admin = member("admin")
    page = admin.get(reverse("admin:kernel_user_change", args=[user.pk])).content.decode()
    assert reverse("desk:reset_device", args=[user.pk]) in page

    for _ in range(2):  # a double click
        admin.post(reverse("desk:reset_device", args=[user.pk]))

    event = Event.objects.get(kind="staff.device_reset")
    assert event.payload == {"user": user.pk}
    assert event.actor == f"staff:{User.objects.get(username='admin').pk}"
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "support", "operator", "approver", "auditor"])
def test_nobody_else_resets_a_device(with_app: tuple[User, list[str]], role: str) -> None:
    assert member(role).post(reverse("desk:reset_device", args=[with_app[0].pk])).status_code == 403
    assert TOTPDevice.objects.exists()
    assert not Event.objects.filter(kind="staff.device_reset").exists()


def test_nobody_resets_their_own_device(with_app: tuple[User, list[str]]) -> None:
    client = Client()
    give_password(client)
    client.post(reverse("desk:code"), {"code": app_code(with_app[0])})
    assert client.post(reverse("desk:reset_device", args=[with_app[0].pk])).status_code == 403
    assert TOTPDevice.objects.exists()


def test_a_session_of_before_the_reset_opens_nothing_where_a_device_is_required(
    with_app: tuple[User, list[str]], required: None
) -> None:
    client = Client()
    give_password(client)
    client.post(reverse("desk:code"), {"code": app_code(with_app[0])})
    assert is_in(client)
    TOTPDevice.objects.all().delete()
    assert not is_in(client)


# --- the switch -------------------------------------------------------------------------------------------------------


def test_production_does_not_start_without_two_factor() -> None:
    values = {**os.environ, "PRODUCTION": "1", "CLOCK_MOVABLE": "0", "STAFF_TWO_FACTOR": "0"}
    command = [sys.executable, "-c", "import voicepact.settings"]
    started = subprocess.run(command, cwd=PROJECT, env=values, capture_output=True, text=True)
    assert "STAFF_TWO_FACTOR=0 is for demos and tests" in started.stderr
    assert started.returncode
