"""Each answer of Daraja, and each way to get none, as what to do next."""

import socket
from collections.abc import Callable, Generator
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from payments.gateways import daraja_http
from payments.gateways.base import (
    GatewayRejected,
    GatewayUnavailable,
    Instruction,
    Outcome,
    OutcomeUnknown,
    Source,
    Verdict,
)
from payments.gateways.daraja import Daraja
from payments.gateways.repetition import ATTEMPTS
from payments.tests.orders import ORDER, PAYOUT, SENT
from payments.tests.rail import BALANCE, PAY, PUSH, QUERY, STATUS, TOKEN, Rail, Reply, finds, hangs_up, refuses, says

daraja = Daraja()

# --- orders -----------------------------------------------------------------------------------------------------------

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
    with socket.socket() as taken:  # and never listening: neither another process nor this one can answer there
        taken.bind(("127.0.0.1", 0))
        settings.DARAJA_BASE_URL = f"http://127.0.0.1:{taken.getsockname()[1]}"

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


def test_a_connection_that_times_out_sent_nothing(rail: Rail, settings: Settings, deaf_address: str) -> None:
    cache.set(daraja_http.TOKEN_KEY, "token")
    settings.DARAJA_BASE_URL, settings.RAIL_TIMEOUT_S = deaf_address, (0.3, 5)

    with pytest.raises(GatewayUnavailable):
        daraja.pay(ORDER)


def test_what_the_rail_says_in_an_error_never_carries_a_phone_number(rail: Rail) -> None:
    rail.will(PUSH, refuses(400, "400.002.02", "Bad Request - Invalid PhoneNumber 254711000000"))

    with pytest.raises(GatewayRejected) as no:
        daraja.collect(ORDER)

    assert "711000000" not in str(no.value)


# --- questions --------------------------------------------------------------------------------------------------------


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
