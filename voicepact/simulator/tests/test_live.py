import json
from typing import Any

import pytest
from django.test import Client

from voicepact.simulator.application import Reply
from voicepact.simulator.tests.stage import BUYER, SELLER, Stage

BOTH = f"/live?phones={BUYER},{SELLER}"


def text_to(stage: Stage, msisdn: str, words: str = "Habari") -> None:
    stage.world.sms.send({"username": "sandbox", "to": f"+{msisdn}", "message": words}, api_key="at key")


def post(http: Client, path: str, body: object) -> Any:
    return http.post(path, json.dumps(body), content_type="application/json")


def test_several_phones_are_read_at_once(http: Client, stage: Stage) -> None:
    stage.push(amount=1000)
    text_to(stage, SELLER)

    buyer, seller = http.get(BOTH).json()["phones"]

    assert (buyer["msisdn"], [prompt["amount"] for prompt in buyer["prompts"]], buyer["messages"]) == (
        BUYER,
        [1000],
        [],
    )
    assert (seller["msisdn"], seller["prompts"], seller["messages"][0]["text"]) == (SELLER, [], "Habari")
    assert buyer == http.get(f"/phones/{BUYER}").json()


def test_more_phones_than_a_page_holds_are_refused(http: Client) -> None:
    many = ",".join(f"2547000000{serial:02d}" for serial in range(13))
    assert http.get(f"/live?phones={many}").status_code == 400
    assert http.get("/live?phones=0712345678").status_code == 400
    assert http.get("/live").json() == {"phones": []}


def test_while_nothing_changes_a_page_is_told_so_without_a_look_at_the_books(
    http: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = http.get(BOTH)["ETag"]

    def refuse() -> None:
        raise AssertionError("the books were opened")

    monkeypatch.setattr(stage.books, "transaction", refuse)
    again = http.get(BOTH, headers={"If-None-Match": edition})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", edition)
    assert again["X-Clock"] == "2026-11-23T09:00:00.000000Z"


@pytest.mark.parametrize("change", ["text", "sms", "balance", "prompt", "ussd", "answer", "money"])
def test_every_change_of_a_phone_is_seen_at_the_next_look(http: Client, stage: Stage, change: str) -> None:
    rung = stage.push(SELLER)
    edition = http.get(BOTH)["ETag"]
    if change == "text":
        text_to(stage, BUYER)
    elif change == "sms":
        post(http, f"/phones/{BUYER}/sms", {"text": "YES"})
    elif change == "balance":
        stage.world.phones.change(BUYER, {"balance": 7})
    elif change == "prompt":
        stage.push(BUYER)
    elif change == "ussd":
        stage.reply = Reply(200, "CON VoicePact")
        post(http, f"/phones/{BUYER}/ussd", {"session": "one", "text": ""})
    elif change == "answer":
        stage.approve(rung)
    else:
        stage.pay_out("payout-1", amount=400)
        stage.later(seconds=1)

    assert http.get(BOTH, headers={"If-None-Match": edition}).status_code == 200


def test_an_edition_of_an_earlier_process_is_not_taken_for_ours(http: Client, stage: Stage) -> None:
    own = http.get(BOTH)["ETag"]
    earlier = '"00000000' + own[9:]
    assert http.get(BOTH, headers={"If-None-Match": earlier}).status_code == 200
