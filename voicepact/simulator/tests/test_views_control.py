from typing import Any

import pytest
from django.test import Client

from voicepact.simulator.refusals import ControlRefused
from voicepact.simulator.tests.stage import BUYER, SELLER, Stage


def send(http: Client, path: str, body: str, method: str = "POST") -> Any:
    return http.generic(method, path, body, content_type="application/json")


def test_a_phone_shows_its_purse_prompts_and_messages(http: Client, stage: Stage) -> None:
    stage.push(amount=250_000)
    stage.world.sms.send({"username": "sandbox", "to": f"+{BUYER}", "message": "Habari"}, api_key="at key")

    phone = http.get(f"/phones/{BUYER}").json()

    assert (phone["msisdn"], phone["balance"]) == (BUYER, 0)
    [prompt] = phone["prompts"]
    assert (prompt["amount"], prompt["account_reference"], prompt["status"]) == (250_000, "A7F5C3D8E9B2", "open")
    [message] = phone["messages"]
    assert (message["text"], message["at"]) == ("Habari", "2026-11-23T09:00:00.000000Z")


def test_a_prompt_tells_until_when_it_waits_as_long_as_it_does(http: Client, stage: Stage) -> None:
    prompt = stage.push().prompt

    def until() -> object:
        [shown] = http.get(f"/phones/{BUYER}").json()["prompts"]
        return shown["expires_at"]

    assert until() == "2026-11-23T09:01:00.000000Z"
    stage.later(seconds=59)
    assert stage.codes() == []
    send(http, f"/phones/{BUYER}/prompts/{prompt.checkout_id}", '{"action": "ignore"}')
    assert until() is None


def test_a_purse_can_be_filled(http: Client) -> None:
    assert send(http, f"/phones/{BUYER}", '{"balance": 5000}', "PUT").json()["balance"] == 5000
    assert http.get(f"/phones/{BUYER}").json()["balance"] == 5000


def test_a_prompt_is_answered_once(http: Client, stage: Stage) -> None:
    path = f"/phones/{BUYER}/prompts/{stage.push().prompt.checkout_id}"

    assert send(http, path, '{"action": "cancel"}').json()["status"] == "cancelled"
    assert send(http, path, '{"action": "approve"}').status_code == 409
    stage.later(seconds=1)
    assert stage.codes() == [1032]


def test_a_prompt_of_another_phone_is_not_found(http: Client, stage: Stage) -> None:
    path = f"/phones/254799999999/prompts/{stage.push().prompt.checkout_id}"

    assert send(http, path, '{"action": "approve"}').status_code == 404
    assert stage.world.phones.read(BUYER).prompts[0].status == "open"


def test_a_phone_sends_a_text(http: Client, stage: Stage) -> None:
    answer = send(http, f"/phones/{BUYER}/sms", '{"text": "YES-AG-2026-000123"}')
    stage.later(seconds=0)

    assert answer.status_code == 202
    assert stage.last_form()["id"] == answer.json()["id"]


def test_what_a_phone_sent_is_kept_apart_from_what_reached_it(http: Client, stage: Stage) -> None:
    stage.world.sms.send({"username": "sandbox", "to": f"+{BUYER}", "message": "Habari"}, api_key="at key")
    stage.later(seconds=5)
    id = send(http, f"/phones/{BUYER}/sms", '{"text": "YES-AG-2026-000123"}').json()["id"]

    phone = http.get(f"/phones/{BUYER}").json()

    assert phone["sent"] == [
        {"id": id, "to": "VoicePact", "text": "YES-AG-2026-000123", "at": "2026-11-23T09:00:05.000000Z"}
    ]
    assert [message["text"] for message in phone["messages"]] == ["Habari"]
    assert http.get(f"/phones/{SELLER}").json()["sent"] == []


def test_a_refused_text_is_not_shown_as_sent(http: Client) -> None:
    assert send(http, f"/phones/{BUYER}/sms", '{"text": " "}').status_code == 400
    assert http.get(f"/phones/{BUYER}").json()["sent"] == []


def test_a_phone_shows_money_in_and_out_oldest_first(http: Client, stage: Stage) -> None:
    stage.approve(stage.push(amount=1000))
    stage.later(seconds=1)
    stage.pay_out("payout-1", msisdn=BUYER, amount=400)
    stage.pay_out("payout-2", msisdn=SELLER, amount=500)
    stage.later(seconds=1)

    phone = http.get(f"/phones/{BUYER}").json()

    assert [(one["from"], one["to"], one["amount"]) for one in phone["movements"]] == [
        (BUYER, "174379", 1000),
        ("174379", BUYER, 400),
    ]
    assert phone["bottomless"] is True


def test_the_statement_is_a_list_oldest_first(http: Client, stage: Stage) -> None:
    stage.collect(1000)
    stage.pay_out("payout-1", amount=400)
    stage.later(seconds=1)

    first, second = http.get("/statement").json()
    assert (first["kind"], first["from"], first["to"]) == ("collection", "254711000000", "174379")
    assert (second["kind"], second["from"], second["amount"]) == ("payout", "174379", 400)
    assert second["reference"] == "payout-1"
    assert set(second) == {"receipt", "kind", "from", "to", "amount", "reference", "at"}


def test_the_clock_moves_forwards_only(http: Client, stage: Stage) -> None:
    assert send(http, "/clock", '{"advance_s": 60}').json() == {"now": "2026-11-23T09:01:00.000000Z"}
    for body in ('{"advance_s": -1}', '{"advance_s": "60"}', '{"advance_s": 1e999}', "{}", "x"):
        assert send(http, "/clock", body).status_code == 400
    assert http.get("/clock").json() == {"now": "2026-11-23T09:01:00.000000Z"}


def test_faults_are_set_and_shown(http: Client) -> None:
    assert send(http, "/faults", '{"drop_callback": 0.25}').json()["drop_callback"] == 0.25
    assert http.get("/faults").json()["drop_callback"] == 0.25


def test_a_reset_clears_the_books_only_while_the_ledger_is_empty(
    http: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise ControlRefused("The application's ledger has postings.", http=409)

    stage.collect(1000)
    monkeypatch.setattr(stage.world.application, "check_no_postings", refuse)
    assert send(http, "/reset", "").status_code == 409
    assert len(stage.moved()) == 1

    assert send(http, "/reset", '{"force": true}').status_code == 200
    assert stage.moved() == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/phones/0712345678", ""),
        ("GET", "/phones/x", ""),
        ("PUT", f"/phones/{BUYER}", '{"balance": -1}'),
        ("PUT", f"/phones/{BUYER}", '{"balance": 1.5}'),
        ("PUT", f"/phones/{BUYER}", '{"balance": 5, "standing": ["x"]}'),
        ("PUT", f"/phones/{BUYER}", "{}"),
        ("PUT", f"/phones/{BUYER}", "[]"),
        ("POST", f"/phones/{BUYER}/prompts/x", '{"action": "steal"}'),
        ("POST", f"/phones/{BUYER}/prompts/x", '{"action": ["approve"]}'),
        ("POST", f"/phones/{BUYER}/prompts/x", '{"action": "expire"}'),
        ("POST", f"/phones/{BUYER}/sms", '{"text": " "}'),
        ("POST", f"/phones/{BUYER}/sms", '{"text": "\\ud800"}'),
        ("POST", f"/phones/{BUYER}/sms", '{"text": 7}'),
        ("POST", "/faults", '{"rain": 1}'),
        ("POST", "/reset", '{"force": "yes"}'),
    ],
)
def test_absurd_control_calls_are_refused_and_change_nothing(
    http: Client, stage: Stage, method: str, path: str, body: str
) -> None:
    answer = send(http, path, body, method)

    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert stage.world.phones.read(BUYER).purse.bottomless
    with stage.books.transaction() as db:
        assert db.execute("SELECT COUNT(*) FROM job").fetchone()[0] == 0


def test_a_wrong_method_names_the_right_ones(http: Client) -> None:
    answer = http.delete("/statement")

    assert (answer.status_code, answer["Allow"]) == (405, "GET")


def test_it_says_that_it_is_up(http: Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
