import time

import pytest
from django.test import Client

from voicepact.simulator.tests.stage import BUYER

FORM = {"username": "sandbox", "to": f"+{BUYER}", "message": "Habari", "bulkSMSMode": "1"}


def test_a_sent_text_is_answered_in_bare_json(http: Client) -> None:
    answer = http.post("/version1/messaging", FORM, headers={"apiKey": "at key"})

    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/json"
    [recipient] = answer.json()["SMSMessageData"]["Recipients"]
    assert (recipient["statusCode"], recipient["number"], recipient["status"]) == (101, f"+{BUYER}", "Success")
    assert recipient["cost"] == "KES 0.8000"
    assert recipient["messageId"].startswith("ATXid_")


def test_a_wrong_key_is_refused_in_plain_text(http: Client) -> None:
    answer = http.post("/version1/messaging", FORM, headers={"apiKey": "wrong"})

    assert (answer.status_code, answer.content) == (401, b"The supplied authentication is invalid")
    assert answer["Content-Type"].startswith("text/plain")


def test_a_missing_field_is_named(http: Client) -> None:
    answer = http.post("/version1/messaging", FORM | {"message": ""}, headers={"apiKey": "at key"})

    assert (answer.status_code, answer.content) == (400, b"Request is missing required form field 'message'")


def test_an_answer_to_120_comes_later_than_its_reader_waits(http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    http.post("/version1/messaging", FORM, headers={"apiKey": "at key"})
    assert slept == []

    answer = http.post("/version1/messaging", FORM | {"to": "+254711000120"}, headers={"apiKey": "at key"})

    assert slept == [10.0]
    assert answer.status_code == 201
