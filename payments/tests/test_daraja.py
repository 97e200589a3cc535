"""The gateway over real HTTP: the wire format of each request, and each answer as what to do next."""

import base64
import json
import socket
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import redis
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.core.cache import cache
from django.core.management import CommandError, call_command
from pytest_django import Settings
from time_machine import TimeMachineFixture

from payments import gateways
from payments.gateways import daraja_http
from payments.gateways.base import (
    GatewayRejected,
    GatewayUnavailable,
    HandPayment,
    Instruction,
    Outcome,
    OutcomeUnknown,
    Source,
    Unreadable,
    Verdict,
    WalletReport,
)
from payments.gateways.daraja import Daraja
from payments.gateways.repetition import ATTEMPTS
from payments.tests.rail import (
    BALANCE,
    PAY,
    PULL,
    PUSH,
    QUERY,
    REGISTER,
    STATUS,
    TOKEN,
    Rail,
    Reply,
    finds,
    hangs_up,
    refuses,
    says,
)
from voicepact.kernel.money import Money

ORDER = Instruction(
    kind="collection",
    own_id="VP-1",
    token="0123456789abcdef0123456789abcdef",
    money=Money(Decimal("125000.00")),
    phone="+254711000000",
    reference="A7F5C3D8E9B2",
)
SENT = replace(ORDER, external_id="ws_CO_1")
PAYOUT = replace(ORDER, kind="payout")
CALLBACKS = "https://escrow.example/api/v1/payments/callbacks/daraja"
PASSWORD = "MTc0Mzc5c2ltcGFzc2tleTAwMDEyMDI2MTEyMzIzMTUwMA=="

daraja = Daraja()


@pytest.fixture
def half_past_eleven(settings: Settings, time_machine: TimeMachineFixture) -> None:
    """23:15 in Nairobi on 23 November 2026."""
    settings.CLOCK_MOVABLE = False
    time_machine.move_to(datetime(2026, 11, 23, 20, 15, tzinfo=UTC), tick=False)


def reveal(credential: str, key: rsa.RSAPrivateKey) -> str:
    return key.decrypt(base64.b64decode(credential), padding.PKCS1v15()).decode()


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_the_token_is_asked_for_with_key_and_secret(rail: Rail) -> None:
    daraja.collect(ORDER)

    (asked,) = rail.to(TOKEN)
    assert (asked.method, asked.query) == ("GET", "grant_type=client_credentials")
    assert asked.headers["Authorization"] == f"Basic {base64.b64encode(b'key:secret').decode()}"


def test_a_push_has_the_rails_form(rail: Rail, half_past_eleven: None) -> None:
    acknowledgement = daraja.collect(ORDER)

    (asked,) = rail.to(PUSH)
    assert asked.body == {
        "BusinessShortCode": "174379",
        "Password": PASSWORD,
        "Timestamp": "20261123231500",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": "125000",
        "PartyA": "254711000000",
        "PartyB": "174379",
        "PhoneNumber": "254711000000",
        "CallBackURL": f"{CALLBACKS}/stk/{ORDER.token}",
        "AccountReference": "A7F5C3D8E9B2",
        "TransactionDesc": "Escrow",
    }
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["Authorization"].startswith("Bearer token-")
    assert acknowledgement.external_id.startswith("C-")


def test_a_query_has_a_password_of_its_own_and_the_rails_id(rail: Rail, half_past_eleven: None) -> None:
    daraja.ask(SENT)

    (asked,) = rail.to(QUERY)
    assert asked.body == {
        "BusinessShortCode": "174379",
        "Password": PASSWORD,
        "Timestamp": "20261123231500",
        "CheckoutRequestID": "ws_CO_1",
    }


def test_a_payout_carries_our_own_id_and_a_credential_that_only_the_rail_reads(
    rail: Rail, mpesa_key: rsa.RSAPrivateKey
) -> None:
    daraja.pay(ORDER)

    (asked,) = rail.to(PAY)
    body = asked.body
    assert reveal(body.pop("SecurityCredential"), mpesa_key) == "initiator password"
    assert body == {
        "OriginatorConversationID": "VP-1",
        "InitiatorName": "testapi",
        "CommandID": "BusinessPayment",
        "Amount": "125000",
        "PartyA": "174379",
        "PartyB": "254711000000",
        "Remarks": "Escrow A7F5C3D8E9B2",
        "QueueTimeOutURL": f"{CALLBACKS}/b2c-timeout/{ORDER.token}",
        "ResultURL": f"{CALLBACKS}/b2c/{ORDER.token}",
        "Occassion": "A7F5C3D8E9B2",
    }


@pytest.mark.parametrize(("order", "name"), [(PAYOUT, "VP-1"), (replace(PAYOUT, external_id="AG_1"), "AG_1")])
def test_a_payout_is_asked_about_by_the_rails_id_else_by_ours(
    rail: Rail, mpesa_key: rsa.RSAPrivateKey, order: Instruction, name: str
) -> None:
    daraja.ask(order)

    (asked,) = rail.to(STATUS)
    body = asked.body
    assert reveal(body.pop("SecurityCredential"), mpesa_key) == "initiator password"
    assert body == {
        "Initiator": "testapi",
        "CommandID": "TransactionStatusQuery",
        "OriginalConversationID": name,
        "PartyA": "174379",
        "IdentifierType": "4",
        "ResultURL": f"{CALLBACKS}/status/{ORDER.token}",
        "QueueTimeOutURL": f"{CALLBACKS}/status-timeout/{ORDER.token}",
        "Remarks": "Escrow",
        "Occasion": "A7F5C3D8E9B2",
    }


def test_the_balance_is_asked_for_our_own_short_code(rail: Rail, mpesa_key: rsa.RSAPrivateKey) -> None:
    daraja.ask_balance("f" * 32)

    (asked,) = rail.to(BALANCE)
    body = asked.body
    assert reveal(body.pop("SecurityCredential"), mpesa_key) == "initiator password"
    assert body == {
        "Initiator": "testapi",
        "CommandID": "AccountBalance",
        "PartyA": "174379",
        "IdentifierType": "4",
        "ResultURL": f"{CALLBACKS}/balance/{'f' * 32}",
        "QueueTimeOutURL": f"{CALLBACKS}/balance-timeout/{'f' * 32}",
        "Remarks": "Escrow",
    }


@pytest.mark.parametrize("money", [Money(Decimal("99.50")), Money(Decimal(100), "UGX")])
@pytest.mark.parametrize("call", [daraja.collect, daraja.pay])
def test_cents_and_other_currencies_never_reach_the_rail(
    rail: Rail, call: Callable[[Instruction], object], money: Money
) -> None:
    order = Instruction(kind="payout", own_id="VP-2", token=ORDER.token, money=money, phone=ORDER.phone, reference="X")

    with pytest.raises(GatewayRejected, match="whole shillings"):
        call(order)

    assert rail.to(PUSH) + rail.to(PAY) == []


def test_without_a_readable_certificate_nothing_is_sent(rail: Rail, settings: Settings, tmp_path) -> None:
    settings.DARAJA_CERTIFICATE = str(tmp_path / "missing.pem")

    with pytest.raises(GatewayUnavailable):
        daraja.pay(ORDER)

    assert rail.asked == []


# --- the shared token -------------------------------------------------------------------------------------------------


def test_one_token_serves_every_call(rail: Rail) -> None:
    daraja.collect(ORDER)
    daraja.pay(ORDER)
    daraja.ask(SENT)

    assert len(rail.to(TOKEN)) == 1


@pytest.mark.parametrize(
    ("path", "call"),
    [(PUSH, daraja.collect), (PAY, daraja.pay), (STATUS, lambda order: daraja.ask(replace(order, kind="payout")))],
    ids=["404.001.03", "401.002.01", "400.003.01"],
)
def test_a_stale_token_is_renewed_once_and_the_request_repeated_once(
    rail: Rail, path: str, call: Callable[[Instruction], object]
) -> None:
    cache.set(daraja_http.TOKEN_KEY, "stale")

    call(ORDER)

    assert len(rail.to(TOKEN)) == 1
    first, second = rail.to(path)
    assert first.headers["Authorization"] == "Bearer stale"
    assert second.headers["Authorization"] != "Bearer stale"


@pytest.mark.parametrize("code", sorted(daraja_http.TOKEN_CODES))
def test_a_second_stale_token_is_not_renewed_again(rail: Rail, code: str) -> None:
    rail.will(PUSH, refuses(404, code), refuses(404, code))

    with pytest.raises(GatewayUnavailable):
        daraja.collect(ORDER)

    assert (len(rail.to(PUSH)), len(rail.to(TOKEN))) == (2, 2)


@pytest.mark.parametrize("known", [None, "stale"])
def test_only_one_worker_renews_the_token_for_all(rail: Rail, known: str | None) -> None:
    cache.set(daraja_http.TOKEN_KEY, known)

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(daraja.collect, [ORDER] * 8))

    assert len(rail.to(TOKEN)) == 1


@pytest.mark.parametrize(
    "act",
    [
        says(b"", 400),
        says(b"<html>"),
        says({"expires_in": 3599}),
        says({"access_token": "a", "expires_in": "soon"}),
        refuses(400, "400.008.01", "Invalid Authentication passed"),
        hangs_up,
    ],
)
def test_without_a_token_nothing_was_sent(rail: Rail, act: Any) -> None:
    rail.will(TOKEN, *[act] * ATTEMPTS)

    with pytest.raises(GatewayUnavailable):
        daraja.collect(ORDER)

    assert rail.to(PUSH) == []


def test_the_token_is_asked_for_three_times_and_not_again_where_our_key_is_refused(rail: Rail) -> None:
    rail.will(TOKEN, hangs_up, says(b"", 503))
    daraja.collect(ORDER)
    assert len(rail.to(TOKEN)) == ATTEMPTS

    cache.delete(daraja_http.TOKEN_KEY)
    rail.will(TOKEN, says(b"", 400))
    with pytest.raises(GatewayUnavailable):
        daraja.collect(ORDER)
    assert len(rail.to(TOKEN)) == ATTEMPTS + 1


@pytest.mark.parametrize("path", [QUERY, STATUS, BALANCE])
def test_a_question_without_an_answer_is_put_three_times(rail: Rail, path: str) -> None:
    rail.will(path, *[hangs_up] * ATTEMPTS)

    with pytest.raises(OutcomeUnknown):
        {QUERY: lambda: daraja.ask(SENT), STATUS: lambda: daraja.ask(PAYOUT)}.get(
            path, lambda: daraja.ask_balance("token")
        )()

    assert len(rail.to(path)) == ATTEMPTS


def test_a_busy_rail_is_not_asked_again_at_once(rail: Rail) -> None:
    rail.will(QUERY, refuses(500, "500.003.02", "System is busy. Please try again in few minutes."))

    with pytest.raises(GatewayUnavailable):
        daraja.ask(SENT)

    assert len(rail.to(QUERY)) == 1


def test_without_redis_nothing_is_sent(rail: Rail, half_past_eleven: None, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis(port=1, socket_connect_timeout=1)
    monkeypatch.setattr("voicepact.kernel.redis.client", lambda: nowhere)

    with pytest.raises(GatewayUnavailable):
        daraja.collect(ORDER)

    assert rail.asked == []


def test_a_numeric_lifetime_is_read_too(rail: Rail) -> None:
    rail.will(TOKEN, says({"access_token": "brief", "expires_in": 3599}))
    rail.will(PUSH, says({"CheckoutRequestID": "ws_CO_2", "ResponseCode": 0}))

    assert daraja.collect(ORDER).external_id == "ws_CO_2"
    assert cache.get(daraja_http.TOKEN_KEY) == "brief"


# --- each answer as what to do next -----------------------------------------------------------------------------------

REJECTED = [
    (400, "400.002.02", "Bad Request - Invalid Amount"),
    (400, "400.002.05", "Invalid Request Payload"),
    (400, "400.003.02", "Bad Request"),
    (404, "404.001.04", "Invalid Authentication Header"),
    (404, "404.001.01", "Resource not found"),
    (404, "404.002.01", "Resource not found"),
    (404, "404.003.01", "Resource not found"),
    (405, "405.001", "<GET> Method Not Allowed"),
    (500, "500.001.1001", "Merchant does not exist"),
    (500, "500.001.1001", "[MerchantValidate] - Wrong credentials"),
]
UNAVAILABLE = [
    (
        *(500, "500.001.1001"),
        *("Unable to lock subscriber, a transaction is already in process for the current subscriber", 60),
    ),
    (500, "500.003.02", "System is busy. Please try again in few minutes.", 30),
    (500, "500.003.02", "Error Occurred: Spike Arrest Violation", 30),
    (500, "500.003.03", "Error Occurred: Quota Violation", 120),
    (500, "00.002.1001", "Service is currently under maintenance. Please try again later", 120),
    (429, "", "", 30),
]
UNKNOWN = [
    (500, "500.002.1001", "Duplicate OriginatorConversationID."),
    (400, "500.002.1001", "Duplicate OriginatorConversationID."),
    (409, "409.001", "Duplicate OriginatorConversationID"),
    (400, "400.777.9", "A code that is not listed"),
    (408, "408.001", "Request Timeout"),
    (500, "500.002.1001", "System internal error."),
    (503, "", ""),
    (500, "500.003.1001", "Internal Server Error"),
    (500, "500.001.1001", "The transaction is being processed"),
    (500, "500.001.1001", ""),
    (500, "500.777.9", "Something new"),
    (200, "500.003.1001", "Internal Server Error"),
    (502, "", ""),
]


@pytest.mark.parametrize("call", [daraja.collect, daraja.pay])
@pytest.mark.parametrize(("status", "code", "words"), REJECTED)
def test_a_final_no(rail: Rail, call: Callable[[Instruction], object], status: int, code: str, words: str) -> None:
    rail.will(PUSH, refuses(status, code, words))
    rail.will(PAY, refuses(status, code, words))

    with pytest.raises(GatewayRejected) as no:
        call(ORDER)

    assert (no.value.code, no.value.description) == (code, words)


def test_a_product_that_our_application_lacks_is_a_final_no(rail: Rail) -> None:
    rail.will(PUSH, says({"fault": {"faultstring": "Invalid API call as no apiproduct match found"}}, 401))

    with pytest.raises(GatewayRejected):
        daraja.collect(ORDER)


@pytest.mark.parametrize(("status", "code", "words", "seconds"), UNAVAILABLE)
def test_certainly_not_sent(rail: Rail, status: int, code: str, words: str, seconds: int) -> None:
    rail.will(PUSH, refuses(status, code, words))

    with pytest.raises(GatewayUnavailable) as unavailable:
        daraja.collect(ORDER)

    assert unavailable.value.retry_after == seconds
    assert unavailable.value.rails_fault == (seconds != daraja_http.LOCK_SECONDS)
    assert len(rail.to(PUSH)) == 1


@pytest.mark.parametrize(("status", "code", "words"), UNKNOWN)
def test_perhaps_sent(rail: Rail, status: int, code: str, words: str) -> None:
    rail.will(PAY, refuses(status, code, words))

    with pytest.raises(OutcomeUnknown):
        daraja.pay(ORDER)

    assert len(rail.to(PAY)) == 1


@pytest.mark.parametrize(
    "act",
    [
        says(b"<html>Bad Gateway</html>", 502),
        says(b"<html>Welcome</html>"),
        says(b"[1, 2]"),
        says(b""),
        says({"ResponseCode": "0"}),
        says({"ResponseCode": "0", "CheckoutRequestID": 7}),
        says({"ResponseCode": "0", "CheckoutRequestID": "x" * 101}),
        says({"ResponseCode": "1", "ResponseDescription": "Odd"}),
        says({"Envelope": {"Body": {"Fault": {"faultstring": "?"}}}}, 500),
        hangs_up,
    ],
)
def test_an_answer_that_cannot_be_read_leaves_the_outcome_open(rail: Rail, act: Any) -> None:
    rail.will(PUSH, act)

    with pytest.raises(OutcomeUnknown):
        daraja.collect(ORDER)

    assert len(rail.to(PUSH)) == 1


@pytest.mark.parametrize("call", [daraja.collect, daraja.pay])
def test_a_time_out_leaves_the_outcome_open(rail: Rail, impatient: None, call: Callable[[Instruction], object]) -> None:
    rail.will(PUSH, rail.stays_silent)
    rail.will(PAY, rail.stays_silent)

    with pytest.raises(OutcomeUnknown):
        call(ORDER)

    assert len(rail.to(PUSH) + rail.to(PAY)) == 1


def test_a_redirect_is_not_followed(rail: Rail) -> None:
    rail.will(PUSH, lambda _: Reply({}, 307, {"Location": rail.url + PUSH}))

    with pytest.raises(OutcomeUnknown):
        daraja.collect(ORDER)

    assert [asked.path for asked in rail.asked] == [TOKEN, PUSH]


def test_a_refused_connection_sent_nothing(rail: Rail, settings: Settings) -> None:
    cache.set(daraja_http.TOKEN_KEY, "token")
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.DARAJA_BASE_URL = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(GatewayUnavailable):
        daraja.pay(ORDER)


def test_an_unknown_host_was_sent_nothing(rail: Rail, settings: Settings) -> None:
    cache.set(daraja_http.TOKEN_KEY, "token")
    settings.DARAJA_BASE_URL = "http://rail.invalid"

    with pytest.raises(GatewayUnavailable):
        daraja.pay(ORDER)


@pytest.fixture
def deaf_address() -> Generator[str]:
    """Where a connection is neither accepted nor refused: a listener whose queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for caller in waiting:
            caller.setblocking(False)
            caller.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"
        for caller in waiting:
            caller.close()


def test_a_connection_that_times_out_sent_nothing(
    rail: Rail, impatient: None, settings: Settings, deaf_address: str
) -> None:
    cache.set(daraja_http.TOKEN_KEY, "token")
    settings.DARAJA_BASE_URL = deaf_address

    with pytest.raises(GatewayUnavailable):
        daraja.pay(ORDER)


def test_what_the_rail_says_in_an_error_never_carries_a_phone_number(rail: Rail) -> None:
    rail.will(PUSH, refuses(400, "400.002.02", "Bad Request - Invalid PhoneNumber 254711000000"))

    with pytest.raises(GatewayRejected) as no:
        daraja.collect(ORDER)

    assert "711000000" not in str(no.value)


# --- the answer to a query --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("0", Verdict.SUCCEEDED),
        (0, Verdict.SUCCEEDED),
        ("1032", Verdict.FAILED),
        (1037, Verdict.FAILED),
        ("SFC_IC0003", Verdict.FAILED),
        ("4999", Verdict.UNDERWAY),
        ("500.001.1001", Verdict.UNDERWAY),
        ("4242", Verdict.UNCLEAR),
    ],
)
def test_a_querys_answer(rail: Rail, code: str | int, verdict: Verdict) -> None:
    rail.will(QUERY, finds(code, "words"))

    said = daraja.ask(SENT)

    assert said == Outcome(verdict, Source.ANSWER, code=str(code), description="words", external_id="ws_CO_1")


@pytest.mark.parametrize("words", ["", "The transaction is being processed", "The transaction does not Exist"])
@pytest.mark.parametrize("status", [200, 500])
def test_noise_on_a_query_is_no_answer(rail: Rail, status: int, words: str) -> None:
    rail.will(QUERY, refuses(status, "500.001.1001", words))

    with pytest.raises(OutcomeUnknown):
        daraja.ask(SENT)

    assert len(rail.to(QUERY)) == 1


# --- callbacks --------------------------------------------------------------------------------------------------------

PAID_ITEMS = [
    {"Name": "PhoneNumber", "Value": 254711000000},
    {"Name": "Balance"},
    {"Name": "MpesaReceiptNumber", "Value": "UKN7A1B2C3"},
    {"Name": "Amount", "Value": 125000.00},
]


def stk(code: Any, items: Any = None, **more: Any) -> str:
    said = {"CheckoutRequestID": "ws_CO_1", "ResultCode": code, "ResultDesc": "words", **more}
    if items is not None:
        said["CallbackMetadata"] = {"Item": items}
    return json.dumps({"Body": {"stkCallback": said}})


def result(code: Any, pairs: Any = None, **more: Any) -> str:
    said = {"ResultType": 0, "ResultCode": code, "ResultDesc": "words", "ConversationID": "AG_1", **more}
    if pairs is not None:
        said["ResultParameters"] = {"ResultParameter": pairs}
    return json.dumps({"Result": said})


def test_a_paid_prompt_is_read_by_name_not_by_position() -> None:
    assert daraja.read("stk", stk(0, PAID_ITEMS)) == Outcome(
        Verdict.SUCCEEDED,
        Source.CALLBACK,
        code="0",
        description="words",
        amount=Decimal(125_000),
        phone="+254711000000",
        receipt_number="UKN7A1B2C3",
        external_id="ws_CO_1",
    )


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (1, Verdict.FAILED),
        ("1", Verdict.FAILED),
        (1032, Verdict.FAILED),
        ("1037", Verdict.FAILED),
        ("SFC_IC0003", Verdict.FAILED),
        (4999, Verdict.UNCLEAR),
        (9999, Verdict.UNCLEAR),
        ("E3008", Verdict.UNCLEAR),
        (None, Verdict.UNCLEAR),
        ({}, Verdict.UNCLEAR),
    ],
)
def test_a_prompts_refusal(code: Any, verdict: Verdict) -> None:
    said = daraja.read("stk", stk(code))

    assert (said.verdict, said.amount, said.receipt_number) == (verdict, None, "")


@pytest.mark.parametrize(
    ("items", "amount", "receipt_number", "phone"),
    [
        ({"Name": "Amount", "Value": "10.00"}, Decimal(10), "", ""),
        ([{"Name": "Amount"}, {"Name": "MpesaReceiptNumber"}], None, "", ""),
        ([{"Name": "Amount", "Value": "NaN"}, {"Name": "Amount", "Value": True}], None, "", ""),
        ([{"Value": 1}, 7, None, {"Name": 3, "Value": 4}], None, "", ""),
        ([{"Name": "MpesaReceiptNumber", "Value": "x" * 31}], None, "", ""),
        ([{"Name": "MpesaReceiptNumber", "Value": "A\0B"}], None, "AB", ""),
        ([{"Name": "PhoneNumber", "Value": "2547 ***** 126"}], None, "", ""),
        ([{"Name": "PhoneNumber", "Value": "254711000000"}], None, "", "+254711000000"),
        ("nonsense", None, "", ""),
    ],
)
def test_what_a_prompts_callback_does_not_say_is_empty(
    items: Any, amount: Decimal | None, receipt_number: str, phone: str
) -> None:
    said = daraja.read("stk", stk(0, items))

    assert (said.amount, said.receipt_number, said.phone) == (amount, receipt_number, phone)


def test_text_from_the_rail_is_such_as_a_database_holds() -> None:
    said = daraja.read("stk", '{"Body":{"stkCallback":{"CheckoutRequestID":"ws\\u0000_1","ResultDesc":"\\ud800"}}}')

    assert (said.external_id, said.description) == ("ws_1", "?")


def test_an_amount_is_never_a_float() -> None:
    said = daraja.read("stk", stk(0, PAID_ITEMS).replace("125000.0", "0.1000000000000000000001"))

    assert said.amount == Decimal("0.1000000000000000000001")


PAID_PAIRS = [
    {"Key": "TransactionAmount", "Value": 124000},
    {"Key": "TransactionReceipt", "Value": "UKN9Z8Y7X6"},
    {"Key": "ReceiverPartyPublicName", "Value": "254722000111 - WANJIKU TEST"},
    {"Key": "TransactionCompletedDateTime", "Value": "23.11.2026 23:20:41"},
    {"Key": "B2CWorkingAccountAvailableFunds"},
]


def test_a_payouts_result() -> None:
    assert daraja.read("b2c", result(0, PAID_PAIRS)) == Outcome(
        Verdict.SUCCEEDED,
        Source.CALLBACK,
        code="0",
        description="words",
        amount=Decimal(124_000),
        phone="+254722000111",
        receipt_number="UKN9Z8Y7X6",
        external_id="AG_1",
    )


def test_a_payouts_lone_parameter_is_an_object() -> None:
    said = daraja.read("b2c", result("0", {"Key": "TransactionAmount", "Value": "124000.00"}))

    assert (said.verdict, said.amount, said.receipt_number) == (Verdict.SUCCEEDED, Decimal(124_000), "")


@pytest.mark.parametrize(
    ("code", "verdict"), [(2040, Verdict.FAILED), ("SFC_IC0003", Verdict.FAILED), (1037, Verdict.UNCLEAR)]
)
def test_a_payouts_codes_are_not_a_collections(code: Any, verdict: Verdict) -> None:
    assert daraja.read("b2c", result(code)).verdict == verdict


def test_a_queue_that_timed_out_is_no_refusal() -> None:
    assert daraja.read("b2c-timeout", "{}").verdict == Verdict.UNCLEAR
    assert daraja.read("status-timeout", "{}").verdict == Verdict.UNDERWAY


def status(code: Any, word: str, **pairs: Any) -> str:
    known = {"TransactionStatus": word, "Amount": "124000.00", "ReceiptNo": "UKN9Z8Y7X6", **pairs}
    listed = [{"Key": key, "Value": value} for key, value in known.items()]
    names = [{"Key": "DebitPartyName", "Value": "174379 - US"}, {"Key": "DebitPartyName", "Value": "254722000111 - X"}]
    return result(code, [*names, {"Key": "CreditPartyName", "Value": "254722000111 - X"}, *listed])


@pytest.mark.parametrize(
    ("code", "word", "verdict", "receipt_number"),
    [
        (0, "Completed", Verdict.SUCCEEDED, "UKN9Z8Y7X6"),
        ("0", "Completed", Verdict.SUCCEEDED, "UKN9Z8Y7X6"),
        (0, "Declined", Verdict.FAILED, ""),
        (0, "Cancelled", Verdict.FAILED, ""),
        (0, "Expired", Verdict.FAILED, ""),
        (0, "Initiated", Verdict.UNDERWAY, ""),
        (0, "Pending Authorized", Verdict.UNDERWAY, ""),
        (2001, "Completed", Verdict.UNDERWAY, ""),
        ("R000002", "Declined", Verdict.DENIED, ""),
    ],
)
def test_a_transactions_status(code: Any, word: str, verdict: Verdict, receipt_number: str) -> None:
    said = daraja.read("status", status(code, word))

    assert (said.verdict, said.source, said.receipt_number) == (verdict, Source.ANSWER, receipt_number)
    assert (said.inquiry_id, said.amount, said.phone) == ("AG_1", Decimal(124_000), "+254722000111")


US, OTHER = "174379 - VOICEPACT", "254722000111 - WANJIKU TEST"
DEBIT, CREDIT = "DebitPartyName", "CreditPartyName"


@pytest.mark.parametrize(
    ("parties", "phone", "money_out"),
    [
        ([(DEBIT, OTHER), (CREDIT, US)], "+254722000111", False),
        ([(DEBIT, OTHER), (DEBIT, US), (CREDIT, US)], "+254722000111", False),
        ([(DEBIT, OTHER), (DEBIT, US)], "+254722000111", False),
        ([(DEBIT, US), (CREDIT, OTHER)], "+254722000111", True),
        ([(DEBIT, US), (DEBIT, OTHER), (CREDIT, OTHER)], "+254722000111", True),
        ([(DEBIT, US), (DEBIT, OTHER)], "+254722000111", True),
        ([(DEBIT, US), (CREDIT, "2547 ***** 111 - WANJIKU")], "", True),
        ([(DEBIT, US), (CREDIT, US)], "", None),
        ([(CREDIT, OTHER)], "+254722000111", None),
        ([], "", None),
    ],
)
def test_a_status_names_the_other_side_and_the_direction(
    rail: Rail, parties: list[tuple[str, str]], phone: str, money_out: bool | None
) -> None:
    said = daraja.read("status", result(0, [{"Key": key, "Value": value} for key, value in parties]))

    assert (said.phone, said.money_out) == (phone, money_out)


def test_a_balance() -> None:
    accounts = (
        "Working Account|KES|1.00|1.00|0.00|0.00&Float Account|KES|0.00|0.00|0.00|0.00"
        "&Utility Account|KES|228037.00|228036.50|0.50|0.00"
        "&Charges Paid Account|KES|-1540.00|-1540.00|0.00|0.00&Broken"
    )
    body = result("0", {"Key": "AccountBalance", "Value": accounts})

    assert daraja.read_balance(body) == WalletReport(available=Decimal("228036.50"), charges_paid=Decimal("-1540.00"))


@pytest.mark.parametrize(
    "accounts", ["", "nonsense", "Utility Account|KES|x|x", "Utility Account|KES|1|1e13|0|0", None]
)
def test_a_balance_without_a_usable_account_is_unreadable(accounts: str | None) -> None:
    with pytest.raises(Unreadable):
        daraja.read_balance(result("0", [{"Key": "AccountBalance", "Value": accounts}]))


MALFORMED = ["", "nonsense", "[]", "null", "7", '"text"', "{" * 5, "[" * 100_000, "1e99999999999999999999", "9" * 5000]


@pytest.mark.parametrize("kind", ["stk", "b2c", "b2c-timeout", "status", "status-timeout"])
@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_callback_is_unreadable(kind: str, body: str) -> None:
    with pytest.raises(Unreadable):
        daraja.read(kind, body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("stk", "{}"),
        ("stk", '{"Body": []}'),
        ("stk", '{"Body": {"stkCallback": 1}}'),
        ("stk", '{"Body": {"stkCallback": {"ResultCode": 0}}}'),
        ("b2c", '{"Result": null}'),
        ("status", '{"Result": []}'),
        ("reversal", "{}"),
        ("balance", "{}"),
    ],
)
def test_a_callback_of_another_shape_is_unreadable(kind: str, body: str) -> None:
    with pytest.raises(Unreadable):
        daraja.read(kind, body)


# --- what is paid by hand ---------------------------------------------------------------------------------------------

REGISTERED = {"OriginatorCoversationID": "6e86-1", "ResponseCode": "0", "ResponseDescription": "Success"}
ENTRY = {
    "transactionId": "UKN1A2B3C4",
    "trxDate": "2026-11-23T10:13:00Z",
    "msisdn": 722000111,
    "sender": "UAT2",
    "transactiontype": "c2b-pay-bill-debit",
    "billreference": " A7F5C3D8E9B2",
    "amount": "168.00",
    "organizationname": "VoicePact",
}
PULLED = HandPayment(
    receipt_number="UKN1A2B3C4",
    amount=Decimal(168),
    reference="A7F5C3D8E9B2",
    shortcode="174379",
    phone="+254722000111",
    paid_at=datetime(2026, 11, 23, 10, 13, tzinfo=UTC),
)


def lists(*entries: dict[str, Any], code: str = "1000") -> Any:
    return says({"ResponseRefID": "1", "ResponseCode": code, "ResponseMessage": "Success", "Response": [list(entries)]})


def test_our_addresses_are_registered_for_what_is_paid_by_hand(rail: Rail) -> None:
    rail.will(REGISTER, says(REGISTERED))

    call_command("register_paybill", stdout=StringIO())

    token = gateways.own_token("daraja")
    (asked,) = rail.to(REGISTER)
    assert asked.body == {
        "ShortCode": "174379",
        "ResponseType": "Completed",
        "ConfirmationURL": f"{CALLBACKS}/c2b-confirmation/{token}",
        "ValidationURL": f"{CALLBACKS}/c2b-validation/{token}",
    }


@pytest.mark.parametrize(
    ("act", "returncode"),
    [
        (refuses(500, "500.003.1001", "Urls are already registered."), 1),
        (refuses(400, "400.002.02", "Bad Request - Invalid ShortCode"), 1),
        (refuses(500, "500.003.02", "System is busy. Please try again in few minutes."), 2),
    ],
)
def test_an_address_that_the_rail_does_not_take(rail: Rail, act: Any, returncode: int) -> None:
    rail.will(REGISTER, act)

    with pytest.raises(CommandError) as no:
        call_command("register_paybill")

    assert no.value.returncode == returncode


def test_what_was_paid_is_pulled_page_by_page(rail: Rail) -> None:
    second = {**ENTRY, "transactionId": "UKN1A2B3C5", "msisdn": "254722000111"}
    rail.will(PULL, lists(ENTRY), lists(second), lists(code="1001"))

    start = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    found = daraja.pull(start, start + timedelta(hours=48))

    assert found == [PULLED, replace(PULLED, receipt_number="UKN1A2B3C5")]
    assert [asked.body["OffSetValue"] for asked in rail.to(PULL)] == ["0", "1", "2"]
    assert rail.to(PULL)[0].body == {
        "ShortCode": "174379",
        "StartDate": "2026-11-23 10:00:00",
        "EndDate": "2026-11-25 10:00:00",
        "OffSetValue": "0",
    }


def test_a_rail_that_repeats_its_page_is_read_once(rail: Rail) -> None:
    rail.will(PULL, lists(ENTRY), lists(ENTRY))

    assert daraja.pull(datetime.now(UTC), datetime.now(UTC)) == [PULLED]


@pytest.mark.parametrize(
    "changes",
    [
        *({"amount": "-1"}, {"amount": "x"}, {"amount": "1e13"}, {"amount": None}),
        *({"transactionId": ""}, {"transactionId": "a b"}, {"transactiontype": "b2c"}, {"transactiontype": None}),
    ],
)
def test_an_entry_that_is_no_payment_to_us_is_passed_over(rail: Rail, changes: dict[str, Any]) -> None:
    rail.will(PULL, lists({**ENTRY, **changes}, ENTRY), lists(code="1001"))

    assert daraja.pull(datetime.now(UTC), datetime.now(UTC)) == [PULLED]


@pytest.mark.parametrize("body", [{}, {"Response": [7, {}]}, {"Response": [[7]]}, {"Response": [[]]}])
def test_a_list_without_entries_is_empty(rail: Rail, body: dict[str, Any]) -> None:
    rail.will(PULL, says({"ResponseCode": "1000", **body}))

    assert daraja.pull(datetime.now(UTC), datetime.now(UTC)) == []


@pytest.mark.parametrize(
    "act", [says({"ResponseCode": "1000", "Response": "?"}), refuses(500, "500.003.1001"), hangs_up]
)
def test_without_a_list_nothing_is_known(rail: Rail, act: Any) -> None:
    rail.will(PULL, *[act] * ATTEMPTS)

    with pytest.raises(OutcomeUnknown):
        daraja.pull(datetime.now(UTC), datetime.now(UTC))
