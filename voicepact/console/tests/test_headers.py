"""What browsers are told of our pages, and the pages that say no."""

import logging
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Dispute, Evidence
from contracts.tests.files import PNG
from voicepact.console.tests.desk import disputed_deal, list_of, member, page_of, sign_in
from voicepact.console.tests.signin import LOGIN
from voicepact.console.tests.test_files import brought, content_of, file_of, look_of
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db

STRICT = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
STAFF = {**STRICT, "script-src": "'self' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'"}


def _policy(answer: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts if name}


def test_scripts_of_other_sites_run_nowhere() -> None:
    client = sign_in()
    for address in ("/api/docs", "/api/docs?script=", "/api/schema", "/api/v1/contracts", "/healthz", "/nowhere"):
        assert _policy(client.get(address)) == STRICT, address
    for address in (reverse("admin:index"), reverse("desk:pause"), "/admin/nowhere/", reverse("admin:jsi18n")):
        assert _policy(client.get(address)) == STAFF, address
    assert _policy(Client().get(LOGIN)) == STAFF


def test_what_else_browsers_are_told() -> None:
    for address in (LOGIN, "/api/docs", "/api/v1/contracts"):
        headers = Client().get(address).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]


def test_a_file_of_a_stranger_keeps_its_own_stricter_policy() -> None:
    disputed_deal()
    piece, client = brought(Dispute.objects.get(), PNG), sign_in()
    for address in (file_of(piece), look_of(piece)):
        answer = client.get(address)
        assert (answer.status_code, content_of(answer)) == (200, PNG)
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_no_page_holds_a_script_or_a_handler_of_its_own() -> None:
    disputed_deal()
    client, user = sign_in(), User.objects.get(username="wambui")
    pages = [
        reverse("admin:index"),
        list_of(Evidence),
        page_of(Evidence.objects.get()),
        page_of(user),
        reverse("admin:kernel_user_add"),
        reverse("admin:auth_group_add"),
        reverse("admin:password_change"),
        reverse("desk:pause"),
        reverse("desk:two_factor"),
        reverse("desk:set_up"),
        "/api/docs",
    ]
    for address in pages:
        page = client.get(address)
        text = page.content.decode()
        assert page.status_code == 200, address
        assert "<script" in text, address
        assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", text) == [], address
        assert re.findall(r"<[^>]*\son(?:click|load|change|submit|input|error)=", text) == [], address


# --- pages that say no ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [("/admin/nowhere/", 404, "There is no such page"), ("/admin/desk/pause/", 403, "You may not do this")],
)
def test_staff_are_refused_by_a_page(address: str, status: int, words: str) -> None:
    page = member("viewer").get(address)
    assert page.status_code == status
    assert words in page.content.decode()
    assert page.headers["Content-Type"].startswith("text/html")


def test_the_api_goes_on_refusing_with_problems() -> None:
    for address, status in (("/api/v1/nowhere", 404), ("/api/v1/contracts", 401)):
        answer = Client().get(address)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), address


def test_a_fault_of_ours_shows_a_page_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in()
    client.raise_request_exception = False
    monkeypatch.setattr("voicepact.console.views.switches.PauseForm", None)
    page = client.get(reverse("desk:pause"))
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.content.decode()
    assert "Traceback" not in page.content.decode()


def test_a_refusal_is_logged_in_one_line_and_a_fault_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "django.request"):
        member("viewer").get(reverse("desk:pause"))
    assert [record.exc_info for record in caplog.records if record.levelno == logging.WARNING] == [None]


def test_the_icon_of_the_site_is_there() -> None:
    assert Client().get("/favicon.ico")["Location"] == "/static/console/favicon.svg"
    assert "console/favicon.svg" in Client().get(LOGIN).content.decode()
