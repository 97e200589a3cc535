import json
from typing import Any

import pytest
from django.test import Client

from voicepact.simulator.tests.stage import BUYER, Stage

PUSH = "/mpesa/stkpush/v1/processrequest"
QUERY = "/mpesa/stkpushquery/v1/query"
PAYOUT = "/mpesa/b2c/v3/paymentrequest"
STATUS = "/mpesa/transactionstatus/v1/query"
BALANCE = "/mpesa/accountbalance/v1/query"
REVERSAL = "/mpesa/reversal/v1/request"

PAYOUT_BODY: dict[str, object] = {
    "OriginatorConversationID": "payout-1",
    "InitiatorName": "testapi",
    "SecurityCredential": "AAAA",
    "CommandID": "BusinessPayment",
    "Amount": "1000",
    "PartyA": "174379",
    "PartyB": BUYER,
    "Remarks": "Escrow release",
    "QueueTimeOutURL": "http://127.0.0.1:8000/cb/b2c-timeout/1",
    "ResultURL": "http://127.0.0.1:8000/cb/b2c/1",
    "Occassion": "",
}


def post(http: Client, path: str, body: object, token: str) -> Any:
    return http.post(path, json.dumps(body), content_type="application/json", headers={"Authorization": token})


def test_a_push_is_acknowledged_and_can_be_asked_about(
    http: Client, token: str, push_body: dict[str, object], stage: Stage
) -> None:
    answer = post(http, PUSH, push_body, token)
    assert answer.status_code == 200
    assert answer.json()["ResponseCode"] == "0"
    checkout_id = answer.json()["CheckoutRequestID"]
    assert checkout_id.startswith("ws_CO_23112026120000")

    asked = post(http, QUERY, push_body | {"CheckoutRequestID": checkout_id}, token).json()
    assert (asked["ResultCode"], asked["ResponseCode"]) == ("4999", "0")

    http.post(f"/phones/{BUYER}/prompts/{checkout_id}", '{"action": "approve"}', content_type="application/json")
    stage.later(seconds=1)
    asked = post(http, QUERY, push_body | {"CheckoutRequestID": checkout_id}, token).json()
    assert asked["ResultCode"] == "0"
    assert "Amount" not in str(asked)


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"Amount": "0"}, "400.002.02", "Bad Request - Invalid Amount"),
        ({"Amount": "250001"}, "400.002.02", "Bad Request - Invalid Amount"),
        ({"Amount": "10.00"}, "400.002.02", "Bad Request - Invalid Amount"),
        ({"Amount": 10.5}, "400.002.02", "Bad Request - Invalid Amount"),
        ({"Amount": True}, "400.002.02", "Bad Request - Invalid Amount"),
        ({"Amount": None}, "400.002.02", "Bad Request - Invalid Amount"),
        ({"Amount": "١٢"}, "400.002.02", "Bad Request - Invalid Amount"),
        ({"PhoneNumber": "+254712345678"}, "400.002.02", "Bad Request - Invalid PhoneNumber"),
        ({"PhoneNumber": "254812345678"}, "400.002.02", "Bad Request - Invalid PhoneNumber"),
        ({"PartyA": "254711111111"}, "400.002.02", "Bad Request - Invalid PartyA"),
        ({"CallBackURL": "https://a.example/mpesa/1"}, "400.002.02", "Bad Request - Invalid CallBackURL"),
        ({"CallBackURL": "https://a.example/QUERY"}, "400.002.02", "Bad Request - Invalid CallBackURL"),
        ({"CallBackURL": "ftp://a.example/1"}, "400.002.02", "Bad Request - Invalid CallBackURL"),
        ({"CallBackURL": "http://[::1"}, "400.002.02", "Bad Request - Invalid CallBackURL"),
        ({"Timestamp": "20261332231500"}, "400.002.02", "Bad Request - Invalid Timestamp"),
        ({"BusinessShortCode": "17"}, "400.002.02", "Bad Request - Invalid BusinessShortCode"),
        ({"AccountReference": "A7F5C3D8E9B2X"}, "400.002.02", "Bad Request - Invalid AccountReference"),
        ({"AccountReference": "\ud800"}, "400.002.02", "Bad Request - Invalid AccountReference"),
        ({"TransactionDesc": ""}, "400.002.02", "Bad Request - Invalid Remarks"),
        ({"BusinessShortCode": "600000"}, "500.001.1001", "Merchant does not exist"),
        ({"Password": "wrong"}, "500.001.1001", "Wrong credentials"),
        ({"Timestamp": "20261123231501"}, "500.001.1001", "Wrong credentials"),
    ],
)
def test_a_wrong_field_is_refused_by_name_and_nothing_rings(
    http: Client,
    token: str,
    push_body: dict[str, object],
    stage: Stage,
    change: dict[str, object],
    code: str,
    message: str,
) -> None:
    answer = post(http, PUSH, push_body | change, token)

    assert (answer.json()["errorCode"], answer.json()["errorMessage"]) == (code, message)
    assert answer.status_code == int(code[:3])
    assert answer.json()["requestId"]
    assert stage.world.phones.read(BUYER).prompts == []


@pytest.mark.parametrize(
    ("path", "http_status"), [(PUSH, 404), (QUERY, 404), (PAYOUT, 401), (BALANCE, 401), (REVERSAL, 401), (STATUS, 400)]
)
def test_a_dead_token_is_refused_per_family(http: Client, path: str, http_status: int) -> None:
    assert post(http, path, {}, "Bearer dead").status_code == http_status


@pytest.mark.parametrize("path", [PUSH, QUERY, PAYOUT, BALANCE, STATUS, REVERSAL])
@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "NaN",
        '{"Amount": NaN}',
        "[" * 100_000,
        "{}",
        '{"Amount": ' + "9" * 5000 + "}",
        "\xff",
    ],
)
def test_absurd_bodies_are_refused(http: Client, token: str, path: str, body: str) -> None:
    answer = http.post(path, body.encode("latin-1"), content_type="application/json", headers={"Authorization": token})

    assert answer.status_code == 400
    assert answer.json()["errorCode"] in ("400.002.02", "400.002.05")


def test_a_form_is_not_json(http: Client, token: str) -> None:
    answer = http.post(PUSH, {"Amount": "1"}, headers={"Authorization": token})

    assert answer.json()["errorMessage"] == "Bad Request - Invalid BusinessShortCode"


def test_other_methods_and_paths_have_their_codes(http: Client, token: str) -> None:
    assert http.get(PUSH).json()["errorCode"] == "404.001.04"
    assert http.put(PUSH).json()["errorCode"] == "405.001"
    assert http.post("/mpesa/stkpush/v2/processrequest").json()["errorCode"] == "404.001.01"


def test_wrong_keys_get_an_empty_400(http: Client) -> None:
    answer = http.get("/oauth/v1/generate?grant_type=client_credentials", headers={"Authorization": "Basic eDp5"})

    assert (answer.status_code, answer.content) == (400, b"")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"Amount": "9"}, "Amount"),
        ({"Amount": "250001"}, "Amount"),
        ({"OriginatorConversationID": ""}, "OriginatorConversationID"),
        ({"Remarks": "x"}, "Remarks"),
        ({"PartyB": "0712345678"}, "PartyB"),
        ({"PartyA": "600000"}, "PartyA"),
        ({"CommandID": "Gift"}, "CommandID"),
        ({"ResultURL": "https://a.example/sql"}, "ResultURL"),
        ({"QueueTimeOutURL": 7}, "QueueTimeOutURL"),
        ({"SecurityCredential": ""}, "SecurityCredential"),
    ],
)
def test_a_wrong_payout_is_refused_by_name(http: Client, token: str, change: dict[str, object], field: str) -> None:
    answer = post(http, PAYOUT, PAYOUT_BODY | change, token)

    assert answer.status_code == 400
    assert answer.json()["errorMessage"] == f"Bad Request - Invalid {field}"


def test_a_payout_is_acknowledged_once(http: Client, token: str, stage: Stage) -> None:
    stage.collect(1000)
    answer = post(http, PAYOUT, PAYOUT_BODY, token)
    again = post(http, PAYOUT, PAYOUT_BODY, token)
    stage.later(seconds=1)

    assert answer.json()["OriginatorConversationID"] == "payout-1"
    assert answer.json()["ConversationID"].startswith("AG_20261123_")
    assert again.status_code == 500
    assert again.json()["errorCode"] == "500.002.1001"
    assert again.json()["errorMessage"] == "Duplicate OriginatorConversationID."
    assert stage.codes()[-1] == 2001  # this credential conceals no password


@pytest.fixture
def reversal_body(credential: str) -> dict[str, object]:
    return {
        "Initiator": "testapi",
        "SecurityCredential": credential,
        "CommandID": "TransactionReversal",
        "TransactionID": "UKN7A1B2C3",
        "Amount": "1000",
        "ReceiverParty": "174379",
        "RecieverIdentifierType": "11",
        "ResultURL": "http://127.0.0.1:8000/cb/reversal/1",
        "QueueTimeOutURL": "http://127.0.0.1:8000/cb/reversal-timeout/1",
        "Remarks": "Escrow",
    }


def test_a_reversal_is_acknowledged_and_done(
    http: Client, token: str, reversal_body: dict[str, object], stage: Stage
) -> None:
    stage.collect(1000)
    answer = post(http, REVERSAL, reversal_body | {"TransactionID": stage.receipt()}, token).json()
    stage.later(seconds=1)

    assert set(answer) == {"ConversationID", "OriginatorConversationID", "ResponseCode", "ResponseDescription"}
    assert stage.last()["ConversationID"] == answer["ConversationID"]
    assert [line["kind"] for line in http.get("/statement").json()] == ["collection", "reversal"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"Initiator": ""}, "Initiator"),
        ({"SecurityCredential": ""}, "SecurityCredential"),
        ({"CommandID": "Reversal"}, "CommandID"),
        ({"TransactionID": ""}, "TransactionID"),
        ({"Amount": "10.00"}, "Amount"),
        ({"ReceiverParty": "600000"}, "ReceiverParty"),
        ({"RecieverIdentifierType": "4"}, "RecieverIdentifierType"),
        ({"RecieverIdentifierType": None, "ReceiverIdentifierType": "11"}, "RecieverIdentifierType"),
        ({"Remarks": "x"}, "Remarks"),
        ({"Remarks": "x" * 101}, "Remarks"),
        ({"ResultURL": "https://a.example/sql"}, "ResultURL"),
        ({"QueueTimeOutURL": ""}, "QueueTimeOutURL"),
    ],
)
def test_a_wrong_reversal_is_refused_by_name(
    http: Client, token: str, reversal_body: dict[str, object], stage: Stage, change: dict[str, object], field: str
) -> None:
    stage.collect(1000)
    answer = post(http, REVERSAL, reversal_body | {"TransactionID": stage.receipt()} | change, token)
    stage.later(seconds=1)

    assert answer.status_code == 400
    assert answer.json()["errorMessage"] == f"Bad Request - Invalid {field}"
    assert stage.moved() == [("collection", 1000)]


def test_a_spike_is_arrested_before_anything_was_done(
    http: Client, token: str, push_body: dict[str, object], stage: Stage
) -> None:
    stage.world.ground.faults.change({"spike_arrest": 1})
    answer = post(http, PUSH, push_body, token)

    assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.003.02")
    assert stage.world.phones.read(BUYER).prompts == []


def test_001_hears_of_its_callback_before_its_answer(
    http: Client, token: str, push_body: dict[str, object], stage: Stage
) -> None:
    number = {"PartyA": "254711000001", "PhoneNumber": "254711000001"}
    answer = post(http, PUSH, push_body | number, token)

    assert answer.status_code == 200
    assert stage.codes() == [1]


def test_010_hears_no_answer_and_gets_its_callback(
    http: Client, token: str, push_body: dict[str, object], stage: Stage
) -> None:
    number = {"PartyA": "254711000010", "PhoneNumber": "254711000010"}
    answer = post(http, PUSH, push_body | number, token)

    assert int(answer["Content-Length"]) > len(answer.getvalue())  # the server breaks the connection here
    stage.later(seconds=1)
    assert stage.codes() == [0]


def test_a_lost_acknowledgement_was_nonetheless_done(
    http: Client, token: str, push_body: dict[str, object], stage: Stage
) -> None:
    stage.world.ground.faults.change({"lose_ack": 1})
    answer = post(http, PUSH, push_body, token)

    assert answer.getvalue() == b""
    assert len(stage.world.phones.read(BUYER).prompts) == 1


def test_a_500_has_done_nothing(http: Client, token: str, push_body: dict[str, object], stage: Stage) -> None:
    stage.world.ground.faults.change({"http_500": 1})
    answer = post(http, PUSH, push_body, token)

    assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.003.1001")
    assert stage.world.phones.read(BUYER).prompts == []
