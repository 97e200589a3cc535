import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import Client

from voicepact.simulator.application import Reply
from voicepact.simulator.jobs import Post
from voicepact.simulator.tests.stage import BUYER, SELLER, Stage

MENU = Reply(200, "CON VoicePact\n1. Deals")
BYE = Reply(200, "END Bye")


def dial(http: Client, text: str = "", *, session: str = "one", msisdn: str = BUYER) -> Any:
    body = json.dumps({"session": session, "text": text})
    return http.post(f"/phones/{msisdn}/ussd", body, content_type="application/json")


def turns(stage: Stage) -> list[dict[str, str]]:
    return [dict(parse_qsl(post.body, keep_blank_values=True)) for post in stage.asked]


def events(stage: Stage) -> list[tuple[str, str, str]]:
    forms = [dict(parse_qsl(post.body, keep_blank_values=True)) for post in stage.posts]
    return [(form["status"], form["hopsCount"], form["input"]) for form in forms]


def test_a_turn_is_posted_as_a_form_and_shows_the_applications_screen(http: Client, stage: Stage) -> None:
    stage.reply = MENU

    assert dial(http).json() == {"screen": "CON VoicePact\n1. Deals"}
    [post], [turn] = stage.asked, turns(stage)
    assert post.url == "http://127.0.0.1:8000/api/v1/ussd/first"
    assert post.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert turn.pop("sessionId").startswith("ATUid_")
    assert turn == {
        "phoneNumber": f"+{BUYER}",
        "networkCode": "63902",
        "serviceCode": "*384*1234#",
        "text": "",
    }


def test_a_session_keeps_its_id_and_another_has_its_own(http: Client, stage: Stage) -> None:
    stage.reply = MENU
    for text in ("", "1", "1*2", "1*2"):
        dial(http, text)
    dial(http, session="two")
    dial(http, msisdn=SELLER)

    ids = [turn["sessionId"] for turn in turns(stage)]
    assert [turn["text"] for turn in turns(stage)][:4] == ["", "1", "1*2", "1*2"]
    assert (len(set(ids[:4])), len(set(ids))) == (1, 3)


def test_an_end_is_told_once_and_dialling_anew_is_a_new_session(http: Client, stage: Stage) -> None:
    stage.reply = MENU
    dial(http)
    stage.reply = BYE
    dial(http, "1")
    dial(http, "1")  # the network repeats a turn that it thinks lost
    stage.later(hours=1)
    assert events(stage) == [("Success", "2", "1")]
    assert stage.posts[0].url == "http://127.0.0.1:8000/api/v1/ussd/events/first"
    assert "lastAppResponse=END+Bye" in stage.posts[0].body

    dial(http)

    ids = [turn["sessionId"] for turn in turns(stage)]
    assert ids[0] == ids[1] == ids[2] != ids[3]


def test_a_session_in_which_nothing_happens_is_incomplete(http: Client, stage: Stage) -> None:
    stage.reply = MENU
    dial(http)
    stage.later(seconds=20)
    dial(http, "1")
    stage.later(seconds=20)
    assert stage.posts == []

    stage.later(seconds=20)

    assert events(stage) == [("Incomplete", "2", "1")]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (None, "did not answer"),
        (Reply(404, "CON not here"), "404"),
        (Reply(500, ""), "500"),
        (Reply(200, " CON x"), "CON"),
        (Reply(200, ""), "CON"),
    ],
)
def test_no_screen_is_a_clear_502_and_the_end_of_the_session(
    http: Client, stage: Stage, reply: Reply | None, said: str
) -> None:
    stage.reply = reply
    answer = dial(http)
    stage.later(hours=1)

    assert answer.status_code == 502
    assert said in answer.json()["detail"]
    assert "screen" not in answer.json()
    assert events(stage) == [("Failed", "1", "")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"session": "", "text": ""},
        {"session": 7, "text": ""},
        {"session": "one"},
        {"session": "one", "text": 1},
        {"session": "one", "text": "\ud800"},
        {"session": "one", "text": "1" * 401},
    ],
)
def test_absurd_turns_reach_nobody(http: Client, stage: Stage, body: dict[str, object]) -> None:
    stage.reply = MENU
    answer = http.post(f"/phones/{BUYER}/ussd", json.dumps(body), content_type="application/json")

    assert answer.status_code == 400
    assert stage.asked == []


def latest(http: Client) -> Any:
    return http.get(f"/phones/{BUYER}").json()["ussd"]


def test_a_phone_shows_its_latest_session_and_when_it_falls_silent(http: Client, stage: Stage) -> None:
    assert latest(http) is None
    stage.reply = Reply(200, "CON Deals")
    dial(http)
    stage.later(seconds=10)
    dial(http, "1")

    assert latest(http) == {
        "session": "one",
        "text": "1",
        "screen": "CON Deals",
        "ending": "",
        "silent_at": "2026-11-23T09:00:40.000000Z",
    }
    stage.later(seconds=31)
    assert (latest(http)["ending"], latest(http)["silent_at"], latest(http)["screen"]) == (
        "Incomplete",
        None,
        "CON Deals",
    )


def test_a_session_that_the_phone_leaves_ends_once(http: Client, stage: Stage) -> None:
    stage.reply = Reply(200, "CON Deals")
    dial(http)
    for _ in range(2):
        left = http.delete(f"/phones/{BUYER}/ussd", '{"session": "one"}', content_type="application/json")
        assert left.status_code == 204
    stage.later(hours=1)

    assert latest(http)["ending"] == "Incomplete"
    assert [stage.last_form()["status"], len(stage.posts)] == ["Incomplete", 1]


def test_a_session_that_the_phone_leaves_while_the_application_is_asked_stays_ended(http: Client, stage: Stage) -> None:
    class Leaving(list[Post]):
        def append(self, post: Post) -> None:
            super().append(post)
            stage.world.phones.hang_up(BUYER, session="one")

    stage.reply = Reply(200, "CON Deals")
    dial(http)
    stage.asked = Leaving()
    dial(http, "1")
    stage.later(hours=1)

    assert latest(http)["ending"] == "Incomplete"
    assert events(stage) == [("Incomplete", "1", "")]


def test_to_leave_a_session_that_never_was_changes_nothing(http: Client, stage: Stage) -> None:
    for body, status in (('{"session": "one"}', 204), ('{"session": ""}', 400), ("{}", 400), ("x", 400)):
        left = http.delete(f"/phones/{BUYER}/ussd", body, content_type="application/json")
        assert left.status_code == status
    assert latest(http) is None
    assert stage.posts == []


def test_a_last_screen_stays_after_the_session_has_ended(http: Client, stage: Stage) -> None:
    stage.reply = Reply(200, "END Kwaheri")
    dial(http)

    assert (latest(http)["screen"], latest(http)["ending"]) == ("END Kwaheri", "Success")


def test_an_application_without_a_screen_is_a_failed_session(http: Client, stage: Stage) -> None:
    stage.reply = Reply(404, "")
    assert dial(http).status_code == 502

    assert (latest(http)["screen"], latest(http)["ending"]) == ("", "Failed")
