from urllib.parse import parse_qsl

import pytest

from voicepact.simulator.refusals import PlainRefused
from voicepact.simulator.tests.stage import BUYER, SELLER, Stage

FORM = {"username": "sandbox", "to": f"+{BUYER}", "message": "Habari", "bulkSMSMode": "1"}


def test_a_text_reaches_the_phone_and_is_reported_delivered(stage: Stage) -> None:
    sent = stage.world.sms.send(FORM | {"from": "VoicePact"}, api_key="at key")

    [message] = stage.world.phones.read(BUYER).messages
    assert (message.text, message.sender, message.id) == ("Habari", "VoicePact", sent.recipients[0].message_id)
    assert sent.message == "Sent to 1/1 Total Cost: KES 0.8000 Message parts: 1"
    assert stage.posts == []
    stage.later(seconds=1)
    assert stage.posts[0].url == "http://127.0.0.1:8000/api/v1/sms/delivery/first"
    assert stage.last_form() == {
        "id": message.id,
        "status": "Success",
        "phoneNumber": f"+{BUYER}",
        "networkCode": "63902",
        "retryCount": "0",
    }


def test_each_recipient_has_an_answer_of_its_own(stage: Stage) -> None:
    sent = stage.world.sms.send(FORM | {"to": f"+{BUYER},+25471,+{SELLER}"}, api_key="at key")

    assert [recipient.status_code for recipient in sent.recipients] == [101, 403, 101]
    assert sent.message.startswith("Sent to 2/3 Total Cost: KES 1.6000")


def test_a_number_that_does_not_exist_is_reported_failed(stage: Stage) -> None:
    stage.world.phones.change(BUYER, {"standing": "unknown"})
    stage.world.sms.send(FORM, api_key="at key")
    stage.later(seconds=1)

    assert stage.last_form()["status"] == "Failed"
    assert stage.last_form()["failureReason"] == "UserDoesNotExist"
    assert stage.world.phones.read(BUYER).messages == []


@pytest.mark.parametrize(
    ("serial", "code", "status"),
    [
        (101, 401, "RiskHold"),
        (103, 403, "InvalidPhoneNumber"),
        (104, 404, "UnsupportedNumberType"),
        (105, 405, "InsufficientBalance"),
        (106, 406, "UserInBlacklist"),
        (107, 407, "CouldNotRoute"),
        (109, 409, "DoNotDisturbRejection"),
    ],
)
def test_keyed_numbers_refuse_a_text_by_its_code(stage: Stage, serial: int, code: int, status: str) -> None:
    number = f"254711{serial:06d}"
    sent = stage.world.sms.send(FORM | {"to": f"+{number},+{BUYER}"}, api_key="at key")
    stage.later(seconds=1)

    refused, accepted = sent.recipients
    assert (refused.status_code, refused.status, refused.message_id) == (code, status, "None")
    assert accepted.status_code == 101
    assert sent.message.startswith("Sent to 1/2 Total Cost: KES 0.8000")
    assert stage.world.phones.read(number).messages == []
    assert [post.body.count(number) for post in stage.posts] == [0]


@pytest.mark.parametrize(
    ("serial", "reports", "arrived"),
    [(120, ["Success"], 1), (121, ["Failed"], 0), (122, ["Success"] * 2, 1), (123, [], 1)],
)
def test_keyed_numbers_are_reported_in_their_own_way(
    stage: Stage, serial: int, reports: list[str], arrived: int
) -> None:
    number = f"254711{serial:06d}"
    sent = stage.world.sms.send(FORM | {"to": f"+{number}"}, api_key="at key")
    stage.later(hours=1)

    assert sent.is_late == (serial == 120)
    assert [dict(parse_qsl(post.body))["status"] for post in stage.posts] == reports
    assert len(stage.world.phones.read(number).messages) == arrived


@pytest.mark.parametrize(
    ("form", "api_key", "http"),
    [
        (FORM, "wrong", 401),
        (FORM | {"username": "other"}, "at key", 401),
        (FORM | {"to": ""}, "at key", 400),
        ({"username": "sandbox", "to": f"+{BUYER}"}, "at key", 400),
    ],
)
def test_a_refused_text_reaches_nobody(stage: Stage, form: dict[str, str], api_key: str, http: int) -> None:
    with pytest.raises(PlainRefused) as refused:
        stage.world.sms.send(form, api_key=api_key)

    assert refused.value.http == http
    assert stage.world.phones.read(BUYER).messages == []


def test_a_sender_id_that_is_not_ours_reaches_nobody(stage: Stage) -> None:
    sent = stage.world.sms.send(FORM | {"from": "SomebodyElse"}, api_key="at key")

    assert (sent.message, sent.recipients) == ("InvalidSenderId", ())
    assert stage.world.phones.read(BUYER).messages == []


def test_our_second_sender_id_is_ours_too(stage: Stage) -> None:
    stage.world.sms.send(FORM | {"from": "VOICE2"}, api_key="at key")

    assert [message.sender for message in stage.world.phones.read(BUYER).messages] == ["VOICE2"]


def test_a_phones_text_reaches_the_application_as_a_form(stage: Stage) -> None:
    id = stage.world.phones.text(BUYER, text="YES-AG-2026-000123")
    stage.later(seconds=0)

    assert stage.posts[0].url == "http://127.0.0.1:8000/api/v1/sms/inbound/first"
    form = stage.last_form()
    assert (form["id"], form["from"], form["text"]) == (id, f"+{BUYER}", "YES-AG-2026-000123")
    assert (form["to"], form["networkCode"], form["date"]) == ("VoicePact", "63902", "2026-11-23 09:00:00")
    assert form["linkId"]


def test_a_text_is_posted_under_the_same_id_until_it_is_heard(stage: Stage) -> None:
    stage.status = 503
    stage.world.phones.text(BUYER, text="ACCEPT")
    stage.later(seconds=0)
    stage.later(seconds=2)
    stage.later(seconds=2)
    assert len(stage.posts) == 2  # the pauses grow
    stage.later(seconds=2)
    assert len(stage.posts) == 3

    stage.status = 200
    stage.later(seconds=8)
    stage.later(hours=2)

    assert len(stage.posts) == 4
    assert len({post.body for post in stage.posts}) == 1


def test_a_text_that_nobody_hears_is_given_up_after_twelve_hours(stage: Stage) -> None:
    stage.status = 500
    stage.world.phones.text(BUYER, text="ACCEPT")
    for _ in range(60):
        stage.later(minutes=15)
    posted = len(stage.posts)

    stage.later(days=1)

    assert len(stage.posts) == posted
    with stage.books.transaction() as db:
        assert db.execute("SELECT COUNT(*) FROM job").fetchone()[0] == 0
