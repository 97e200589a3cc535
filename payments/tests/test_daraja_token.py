"""Daraja's token: one for every worker, asked for as rarely as can be, and renewed once where it is stale."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache

from payments.gateways import daraja_http
from payments.gateways.base import GatewayUnavailable, Instruction
from payments.gateways.daraja import Daraja
from payments.gateways.repetition import ATTEMPTS
from payments.tests.orders import ORDER, SENT
from payments.tests.rail import PAY, PUSH, STATUS, TOKEN, Rail, hangs_up, refuses, says

daraja = Daraja()


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


def test_a_numeric_lifetime_is_read_too(rail: Rail) -> None:
    rail.will(TOKEN, says({"access_token": "brief", "expires_in": 3599}))
    rail.will(PUSH, says({"CheckoutRequestID": "ws_CO_2", "ResponseCode": 0}))

    assert daraja.collect(ORDER).external_id == "ws_CO_2"
    assert cache.get(daraja_http.TOKEN_KEY) == "brief"
