import json
from typing import Any

import pytest
from django.test import Client

from voicepact.simulator.tests.stage import BUYER, SELLER, Stage

CHECKOUT = "/mobile/checkout/request"
B2C = "/mobile/b2c/request"
FIND = "/query/transaction/find"
BALANCE = "/query/wallet/balance"

ORDER: dict[str, object] = {
    "username": "sandbox",
    "productName": "escrow",
    "phoneNumber": f"+{BUYER}",
    "currencyCode": "KES",
    "amount": 1000,
    "metadata": {"contract_id": "AG-2026-000123"},
}
RECIPIENT: dict[str, object] = {
    "name": "Otieno",
    "phoneNumber": f"+{SELLER}",
    "currencyCode": "KES",
    "amount": 400,
    "reason": "BusinessPayment",
    "metadata": {"transfer_token": "t"},
}


def post(http: Client, path: str, body: object, key: str = "at key") -> Any:
    return http.post(path, json.dumps(body), content_type="application/json", headers={"apiKey": key})


def pay(http: Client, *recipients: object) -> Any:
    return post(http, B2C, {"username": "sandbox", "productName": "escrow", "recipients": list(recipients)})


def ask(http: Client, path: str, **about: str) -> Any:
    return http.get(path, {"username": "sandbox", **about}, headers={"apiKey": "at key"})


def nothing_happened(stage: Stage) -> bool:
    stage.later(hours=1)
    return (stage.moved(), stage.posts, stage.world.phones.read(BUYER).prompts) == ([], [], [])


def test_a_checkout_is_answered_as_recorded(http: Client, stage: Stage) -> None:
    answer = post(http, CHECKOUT, ORDER)

    assert (answer.status_code, answer["Content-Type"]) == (201, "application/json")
    id = answer.json()["transactionId"]
    assert answer.json() == {
        "transactionId": id,
        "status": "PendingConfirmation",
        "description": "Waiting for user input",
        "providerChannel": "525900",
    }
    assert id.startswith("ATPid_")
    assert len(id) == len("ATPid_") + 32
    assert [prompt.checkout_id for prompt in stage.world.phones.read(BUYER).prompts] == [id]


def test_a_transaction_is_found_as_it_stands(http: Client, stage: Stage) -> None:
    id = post(http, CHECKOUT, ORDER | {"phoneNumber": "+254711000000"}).json()["transactionId"]
    assert ask(http, FIND, transactionId=id).json()["data"]["status"] == "PendingConfirmation"
    stage.later(seconds=1)

    found = ask(http, FIND, transactionId=id).json()

    assert found["status"] == "Success"
    data = found["data"]
    assert (data["transactionId"], data["category"], data["status"]) == (id, "MobileCheckout", "Success")
    assert (data["value"], data["providerRefId"]) == ("KES 1000.0000", stage.receipt())
    assert (data["sourceType"], data["source"]) == ("PhoneNumber", "+254711000000")
    assert data["requestMetadata"] == {"contract_id": "AG-2026-000123"}


def test_an_unknown_transaction_is_not_found(http: Client) -> None:
    assert ask(http, FIND, transactionId="ATPid_0").json()["status"] == "Failure"
    assert ask(http, FIND).json()["status"] == "Failure"


def test_the_wallet_has_a_balance_of_its_own(http: Client, stage: Stage) -> None:
    stage.collect(5000)
    assert ask(http, BALANCE).json() == {"status": "Success", "balance": "KES 0.0000"}
    stage.checkout("254711000000", 90)
    stage.later(seconds=1)

    assert ask(http, BALANCE).json() == {"status": "Success", "balance": "KES 90.0000"}


def test_a_payout_is_answered_as_recorded(http: Client, stage: Stage) -> None:
    stage.checkout("254711000000", 1000)
    stage.later(seconds=1)
    answer = pay(http, RECIPIENT, RECIPIENT | {"phoneNumber": "+2547"})
    stage.later(seconds=1)

    assert answer.status_code == 201
    body = answer.json()
    assert (body["numQueued"], body["totalValue"]) == (1, "KES 400.0000")
    queued, refused = body["entries"]
    assert (queued["status"], queued["value"], queued["errorMessage"]) == ("Queued", "KES 400.0000", None)
    assert (refused["phoneNumber"], refused["status"]) == ("+2547", "InvalidRequest")
    assert ask(http, FIND, transactionId=queued["transactionId"]).json()["data"]["status"] == "Success"
    assert stage.moved() == [("collection", 1000), ("payout", 400)]


@pytest.mark.parametrize(
    "change",
    [
        {"productName": "other"},
        {"phoneNumber": BUYER},
        {"phoneNumber": "+2547"},
        {"currencyCode": "USD"},
        {"amount": 0},
        {"amount": 10.5},
        {"amount": 500_001},
        {"amount": "1000"},
        {"amount": True},
        {"metadata": ["x"]},
        {"metadata": {"n": 7}},
    ],
)
def test_a_wrong_value_is_an_invalid_request(http: Client, stage: Stage, change: dict[str, object]) -> None:
    answer = post(http, CHECKOUT, ORDER | change)

    assert (answer.status_code, answer.json()["status"]) == (201, "InvalidRequest")
    assert answer.json()["description"]
    assert nothing_happened(stage)


@pytest.mark.parametrize("name", ["productName", "phoneNumber", "currencyCode", "amount"])
def test_a_missing_member_is_named_in_plain_text(http: Client, stage: Stage, name: str) -> None:
    answer = post(http, CHECKOUT, {key: value for key, value in ORDER.items() if key != name})

    assert answer.status_code == 400
    assert f"'{name}'" in answer.content.decode()
    assert nothing_happened(stage)


@pytest.mark.parametrize("recipients", [[], "x", None, [7], [RECIPIENT] * 11, [{}]])
def test_absurd_recipients_are_refused(http: Client, stage: Stage, recipients: object) -> None:
    answer = post(http, B2C, {"username": "sandbox", "productName": "escrow", "recipients": recipients})

    assert answer.status_code == 400
    assert nothing_happened(stage)


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"amount": NaN}', "[" * 100_000])
@pytest.mark.parametrize("path", [CHECKOUT, B2C])
def test_absurd_bodies_are_refused(http: Client, stage: Stage, path: str, body: str) -> None:
    answer = http.post(path, body, content_type="application/json", headers={"apiKey": "at key"})

    assert answer.status_code == 400
    assert nothing_happened(stage)


def test_an_absurd_amount_is_an_invalid_request(http: Client, stage: Stage) -> None:
    body = json.dumps(ORDER).replace("1000", "1e999")
    answer = http.post(CHECKOUT, body, content_type="application/json", headers={"apiKey": "at key"})

    assert answer.json()["status"] == "InvalidRequest"
    assert nothing_happened(stage)


@pytest.mark.parametrize("change", [{"username": "other"}, {"username": None}, {}])
def test_another_account_is_refused_in_plain_text(http: Client, stage: Stage, change: dict[str, object]) -> None:
    key = "at key" if change else "wrong"
    answer = post(http, CHECKOUT, ORDER | change, key)

    assert (answer.status_code, answer.content) == (401, b"The supplied authentication is invalid")
    assert http.get(BALANCE, {"username": "sandbox"}).status_code == 401
    assert nothing_happened(stage)


def test_a_phone_with_an_open_prompt_fails_at_once(http: Client, stage: Stage) -> None:
    stage.push()
    answer = post(http, CHECKOUT, ORDER)

    assert (answer.status_code, answer.json()["status"]) == (201, "Failed")
    assert "transactionId" not in answer.json()
    assert len(stage.world.phones.read(BUYER).prompts) == 1


def test_001_hears_of_its_failure_before_its_answer(http: Client, stage: Stage) -> None:
    post(http, CHECKOUT, ORDER | {"phoneNumber": "+254711000001"})

    assert [notice["status"] for notice in stage.notices()] == ["Failed"]


@pytest.mark.parametrize("lost", [{"phoneNumber": "+254711000010"}, {"phoneNumber": "+254711000000"}])
def test_a_lost_answer_was_nonetheless_done(http: Client, stage: Stage, lost: dict[str, object]) -> None:
    stage.world.ground.faults.change({"lose_ack": 1})
    answer = post(http, CHECKOUT, ORDER | lost)
    stage.later(seconds=1)

    assert answer.getvalue() == b""
    assert stage.moved() == [("collection", 1000)]
    assert stage.notices()[0]["requestMetadata"] == {"contract_id": "AG-2026-000123"}


def test_a_500_has_done_nothing(http: Client, stage: Stage) -> None:
    stage.world.ground.faults.change({"http_500": 1})

    assert post(http, CHECKOUT, ORDER).status_code == 500
    stage.world.ground.faults.change({})
    assert nothing_happened(stage)


def test_other_methods_are_refused(http: Client) -> None:
    assert http.get(CHECKOUT).status_code == 405
    assert post(http, FIND, {}).status_code == 405
