"""The door for USSD: whom it lets in, and that a person always gets words."""

import logging
import secrets

import pytest
from django.test import Client

from notifications.models import UssdSession, UssdTurn
from notifications.tests.conftest import SECRET
from notifications.tests.dialling import Dialled, post
from notifications.tests.people import standing
from notifications.ussd import turns
from tests.factories import confirmed, locked, new_phone

pytestmark = pytest.mark.django_db

DOORS = ["", "events/"]
HOSTILE = [
    "x" * 10_000,
    "1*" * 5_000,
    "😀",
    "1*😀🙂",
    "a\0b",
    "**",
    "#",
    "*",
    "1**2",
    "-1",
    "٣",
    "1e5",
    "' OR 1=1 --",
    "{{ deal }}",
]


def call(door: str, *, secret: str = SECRET, **changes: str):
    form = {
        "sessionId": f"ATUid_{secrets.token_hex(8)}",
        "phoneNumber": new_phone(),
        "networkCode": "63902",
        "serviceCode": "*384*1234#",
        "text": "",
        "status": "Success",
        **changes,
    }
    return Client(raise_request_exception=False).post(f"/api/v1/ussd/{door}{secret}", form)


def kept() -> tuple[int, int]:
    return UssdSession.objects.count(), UssdTurn.objects.count()


def test_a_turn_is_answered_with_a_screen_as_plain_text():
    answer = call("")

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer.content.startswith(b"CON VoicePact")


@pytest.mark.parametrize("door", DOORS)
def test_either_of_two_live_secrets_opens_and_no_other(settings, door):
    settings.AT_CALLBACK_SECRETS = ["new-secret", "old-secret", ""]
    for secret in ("new-secret", "old-secret"):
        assert call(door, secret=secret).status_code == 200
    before = kept()

    for secret in ("wrong", "new-secre", "\u00e9", "%00", " "):
        assert call(door, secret=secret).status_code == 404

    assert kept() == before


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "changes",
    [
        {"sessionId": ""},
        {"sessionId": "x" * 101},
        {"sessionId": "a\0b"},
        {"phoneNumber": ""},
        {"phoneNumber": "VOICEPACT"},
        {"phoneNumber": "+2547\0"},
        {"text": "1" * 70_000},
    ],
)
def test_what_is_no_turn_at_all_is_a_problem_and_nothing_is_kept(door, changes):
    before = kept()

    refusal = call(door, **changes)

    assert (refusal.status_code, refusal.json()["code"]) == (400, "malformed_ussd")
    assert kept() == before


def test_a_turn_without_text_and_an_end_without_a_known_status_are_refused():
    form = {"sessionId": "one", "phoneNumber": new_phone()}

    assert Client().post(f"/api/v1/ussd/{SECRET}", form).status_code == 400
    assert call("events/", status="Perhaps").status_code == 400


@pytest.mark.parametrize("text", HOSTILE)
def test_what_nobody_can_have_meant_gets_a_polite_answer_and_moves_nothing(text):
    contract = confirmed()
    before = standing(contract)
    for phone in (contract.buyer.phone, new_phone()):
        answer = call("", phoneNumber=phone, text=text)

        words = answer.content.decode()
        assert answer.status_code == 200
        assert words.startswith(("CON ", "END "))
        assert len(words) <= 160
    assert standing(contract) == before


@pytest.mark.parametrize("text", [text for text in HOSTILE if not text.startswith("1*") or len(text) > 1_000])
def test_the_same_in_the_middle_of_a_deal_loses_nothing(text):
    contract = confirmed()
    before = standing(contract)
    dialled = Dialled(contract.buyer.phone)
    dialled.choose(contract.pk)
    shown = dialled.screen.splitlines()[0]

    answer = dialled.key(text)

    assert answer.startswith("END ") or shown.removeprefix("CON ") in answer or "VoicePact" in answer
    assert standing(contract) == before


def test_a_fault_of_ours_is_told_in_the_persons_language_and_nothing_is_kept_of_the_turn(monkeypatch):
    contract = confirmed()
    contract.parties.update(language="sw")
    dialled = Dialled(contract.buyer.phone)
    before, turns_before = standing(contract), UssdTurn.objects.count()
    monkeypatch.setattr(turns.walking, "on", lambda *_: 1 / 0)

    answer = dialled.turn("1")

    assert answer.startswith("END Samahani")
    assert (standing(contract), UssdTurn.objects.count()) == (before, turns_before)


def test_the_end_of_a_call_is_kept_without_what_was_put_in():
    contract = confirmed()
    dialled = Dialled(contract.buyer.phone)
    dialled.choose(contract.pk)

    dialled.hang_up("Failed", cost="KES 0.8000", durationInMillis="12345", hopsCount="2", errorMessage="no answer")

    session = UssdSession.objects.get(session_id=dialled.session_id)
    assert (session.status, session.hops, session.duration_ms, session.error) == ("Failed", 2, 12345, "no answer")
    assert (str(session.cost), session.cost_currency) == ("0.8000", "KES")
    assert session.ended_at is not None
    assert not session.over


@pytest.mark.parametrize(
    "absurd", [{"hopsCount": "-1"}, {"durationInMillis": "9" * 30}, {"cost": "free"}, {"hopsCount": "x"}]
)
def test_an_end_with_absurd_figures_is_kept_without_them(absurd):
    dialled = Dialled(new_phone())

    dialled.hang_up("Success", **absurd)

    session = UssdSession.objects.get(session_id=dialled.session_id)
    assert session.status == "Success"
    assert (session.hops, session.duration_ms, session.cost) == (None, None, None)


def test_an_end_from_another_phone_says_nothing_of_the_session():
    dialled = Dialled(new_phone())

    assert call("events/", sessionId=dialled.session_id, status="Failed").status_code == 200

    assert UssdSession.objects.get(session_id=dialled.session_id).status == ""


def test_the_secret_is_not_written_to_the_log(caplog):
    with caplog.at_level(logging.DEBUG):
        for door in DOORS:
            call(door, sessionId="")
    assert SECRET not in caplog.text


def test_a_call_counts_as_a_word_from_the_phone():
    contract = locked().contract
    post(contract.seller.phone, "", session_id="a-call-of-" + contract.pk)

    assert contract.parties.get(role="seller").last_wrote_at is not None
    assert contract.parties.get(role="buyer").last_wrote_at is None
