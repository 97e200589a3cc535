import json
from typing import Any

import pytest
from django.test import Client

from voicepact.simulator.application import Reply
from voicepact.simulator.tests.stage import BUYER, Stage

REGISTER = "/mpesa/c2b/v2/registerurl"
SIMULATE = "/mpesa/c2b/v2/simulate"
REGISTER_PULL = "/pulltransactions/v1/register"
PULL = "/pulltransactions/v1/query"

URLS: dict[str, object] = {
    "ShortCode": "174379",
    "ResponseType": "Completed",
    "ConfirmationURL": "http://127.0.0.1:8000/cb/c2b-confirmation/secret",
    "ValidationURL": "http://127.0.0.1:8000/cb/c2b-validation/secret",
}
PAYMENT: dict[str, object] = {
    "ShortCode": 174379,
    "CommandID": "CustomerPayBillOnline",
    "Amount": 1000,
    "Msisdn": int(BUYER),
    "BillRefNumber": "A7F5C3D8E9B2",
}
QUESTION: dict[str, object] = {
    "ShortCode": "174379",
    "StartDate": "2026-11-23 00:00:00",
    "EndDate": "2026-11-23 23:59:59",
    "OffSetValue": "0",
}


def post(http: Client, path: str, body: object, token: str = "") -> Any:
    return http.post(path, json.dumps(body), content_type="application/json", headers={"Authorization": token})


def test_addresses_are_registered_and_the_newest_count(http: Client, token: str, stage: Stage) -> None:
    answer = post(http, REGISTER, URLS, token)
    assert (answer.json()["ResponseCode"], answer.json()["ResponseDescription"]) == ("0", "Success")
    assert answer.json()["OriginatorCoversationID"]

    post(http, REGISTER, URLS | {"ResponseType": "Cancelled", "ValidationURL": ""}, token)

    registered = stage.world.registrations.read()
    assert (registered.response_type, registered.validation_url) == ("Cancelled", "")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ShortCode": "600000"}, "ShortCode"),
        ({"ResponseType": "completed"}, "ResponseType"),
        ({"ConfirmationURL": ""}, "ConfirmationURL"),
        ({"ConfirmationURL": "https://a.example/mpesa/1"}, "ConfirmationURL"),
        ({"ValidationURL": "https://a.example/query"}, "ValidationURL"),
    ],
)
def test_wrong_addresses_are_refused_by_name(
    http: Client, token: str, stage: Stage, change: dict[str, object], field: str
) -> None:
    answer = post(http, REGISTER, URLS | change, token)

    assert answer.json()["errorMessage"] == f"Bad Request - Invalid {field}"
    assert stage.world.registrations.find() is None


def test_a_simulated_payment_is_one_by_hand(http: Client, token: str, stage: Stage) -> None:
    assert post(http, SIMULATE, PAYMENT, token).json()["errorCode"] == "400.003.02"
    assert stage.moved() == []

    stage.register()
    assert post(http, SIMULATE, PAYMENT, token).json()["ResponseCode"] == "0"
    stage.later(seconds=1)

    assert stage.moved() == [("collection", 1000)]
    assert json.loads(stage.posts[-1].body)["TransID"] == stage.receipt()


def test_a_phone_pays_the_pay_bill(http: Client, stage: Stage) -> None:
    stage.register(validated=True)
    stage.reply = Reply(200, '{"ResultCode": "0"}')
    body = {"amount": 1000, "reference": "A7F5C3D8E9B2"}

    answer = post(http, f"/phones/{BUYER}/paybill", body)
    assert answer.json() == {"result": "accepted", "code": "0", "receipt": stage.receipt()}

    stage.reply = Reply(200, '{"ResultCode": "C2B00012"}')
    answer = post(http, f"/phones/{BUYER}/paybill", body)
    assert answer.json() == {"result": "refused", "code": "C2B00012", "receipt": ""}
    assert stage.moved() == [("collection", 1000)]


def test_a_phone_hears_clearly_that_nothing_is_registered(http: Client, stage: Stage) -> None:
    answer = post(http, f"/phones/{BUYER}/paybill", {"amount": 1000, "reference": "A7F5C3D8E9B2"})

    assert answer.status_code == 409
    assert "registerurl" in answer.json()["detail"]
    assert stage.moved() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"amount": 0, "reference": "x"},
        {"amount": 1.5, "reference": "x"},
        {"amount": True, "reference": "x"},
        {"amount": 10**12, "reference": "x"},
        {"amount": 5, "reference": ""},
        {"amount": 5, "reference": "x" * 21},
        {"amount": 5, "reference": "\ud800"},
        {"amount": 5, "reference": 7},
    ],
)
def test_absurd_payments_by_hand_are_refused(http: Client, stage: Stage, body: dict[str, object]) -> None:
    stage.register()

    assert post(http, f"/phones/{BUYER}/paybill", body).status_code == 400
    assert stage.moved() == []


def test_the_shortcode_may_pull_from_its_first_registration_on(http: Client, token: str) -> None:
    body = {
        "ShortCode": "174379",
        "RequestType": "Pull",
        "NominatedNumber": BUYER,
        "CallBackURL": "http://127.0.0.1:8000/cb/pull/secret",
    }
    first, second = (post(http, REGISTER_PULL, body, token).json() for _ in range(2))

    assert (first["ResponseStatus"], second["ResponseStatus"]) == ("1000", "1001")
    assert first["ShortCode"] == "174379"


def test_pulled_rows_come_in_a_list_within_a_list(http: Client, token: str, stage: Stage) -> None:
    nothing = post(http, PULL, QUESTION, token).json()
    assert (nothing["ResponseCode"], nothing["Response"]) == ("1001", [[]])

    stage.collect(168)
    pulled = post(http, PULL, QUESTION, token).json()

    assert (pulled["ResponseCode"], pulled["ResponseMessage"]) == ("1000", "Success")
    assert pulled["Response"] == [
        [
            {
                "transactionId": stage.receipt(),
                "trxDate": "2026-11-23T09:00:01Z",
                "msisdn": 711000000,
                "sender": "MPESA",
                "transactiontype": "c2b-pay-bill-debit",
                "billreference": "A7F5C3D8E9B2",
                "amount": "168.00",
                "organizationname": "SIMULATED PAY BILL",
            }
        ]
    ]


@pytest.mark.parametrize("path", [REGISTER, SIMULATE, REGISTER_PULL, PULL])
def test_a_dead_token_and_an_absurd_body_are_refused(http: Client, token: str, path: str) -> None:
    assert post(http, path, {}, "Bearer dead").json()["errorCode"] == "400.003.01"
    bodies: list[object] = [{}, [], "x"]
    for body in bodies:
        assert post(http, path, body, token).status_code == 400
