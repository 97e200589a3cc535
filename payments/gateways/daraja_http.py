"""Daraja's envelope: the shared token, one POST, and each error as what to do next.

Source of codes: Safaricom's Daraja portal, error codes of each API; where its answers were observed to differ, the
observation.
"""

import base64
import re
from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from payments.gateways.base import GatewayRejected, GatewayUnavailable, NotTold, OutcomeUnknown
from payments.gateways.repetition import repeated
from payments.gateways.sending import send
from voicepact.kernel import redis

TOKEN_KEY = "daraja:token"  # noqa: S105 - the name of a cache entry
TOKEN_CODES = frozenset({"404.001.03", "400.003.01", "401.002.01"})
NO_INFORMATION = "500.001.1001"
LOCKED_SUBSCRIBER = "unable to lock subscriber"
LOCK_SECONDS = 60
NOT_OURS = ("merchant does not exist", "wrong credentials")  # the final noes among the meanings of NO_INFORMATION
NO_PRODUCT = "no apiproduct match"
DUPLICATE = "duplicate originatorconversationid"  # the request was accepted before, whatever the code beside it
ALREADY_REGISTERED = "already registered"
REFUSALS = frozenset(
    {
        *("400.002.02", "400.002.05", "400.003.02", "400.008.01", "400.008.02"),
        *("404.001.01", "404.002.01", "404.003.01", "404.001.04", "405.001"),
    }
)
"""The codes that are a final no; any other may come after the work has begun."""
BUSY_CODES = {"500.003.02": 30, "500.003.03": 120, "00.002.1001": 120}
"""Refused before any work began, with the seconds to leave the rail alone: busy, quota, maintenance."""
SUCCESS = frozenset({"0"})
RENEWAL_S = 40  # the longest that one worker may take to renew the token, and another waits for it
LONG_NUMBER = re.compile(r"\d{9,}")


class StaleToken(Exception):
    """The rail no longer knows the token that we sent."""


def ask(path: str, body: dict[str, Any], success: frozenset[str] = SUCCESS) -> dict[str, Any]:
    """The rail's answer to a question: it moves nothing, so that one without an answer is put again."""
    return repeated(post, path, body, success)


def post(path: str, body: dict[str, Any], success: frozenset[str] = SUCCESS) -> dict[str, Any]:
    """The rail's answer to one request, sent with the shared token, which is renewed once if the rail calls it stale.

    `success` holds the codes of a request that was taken. Raises GatewayRejected, GatewayUnavailable, OutcomeUnknown.
    """
    token = _token()
    try:
        return _post(path, body, token, success)
    except StaleToken:
        pass
    try:
        return _post(path, body, _token(stale=token), success)
    except StaleToken as error:
        raise GatewayUnavailable("The rail refuses every token") from error


def _post(path: str, body: dict[str, Any], token: str, success: frozenset[str]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    return _read(send("POST", settings.DARAJA_BASE_URL + path, json=body, headers=headers), success)


def _read(response: requests.Response, success: frozenset[str]) -> dict[str, Any]:
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    if response.status_code == requests.codes.ok and str(answer.get("ResponseCode")) in success:
        return answer
    if NO_PRODUCT in response.text.lower():
        raise GatewayRejected("no_api_product", "Our application may not use this product of the rail")
    code = str(answer.get("errorCode") or answer.get("ResponseCode") or "")[:50]
    words = str(answer.get("errorMessage") or answer.get("ResponseDescription") or "")[:200]
    raise _refusal(response.status_code, code, LONG_NUMBER.sub("…", words))


def _refusal(status: int, code: str, words: str) -> Exception:
    """What an error means. One that is not known to be a no, nor to come before any work, leaves the outcome open."""
    if code in TOKEN_CODES:
        return StaleToken(code)
    if DUPLICATE in words.lower():
        return OutcomeUnknown(f"HTTP {status} {code}: the rail has had this request before")
    if code == NO_INFORMATION:
        return _no_information(status, words)
    if code in BUSY_CODES or status == requests.codes.too_many_requests:
        return GatewayUnavailable(words or "The rail is busy", retry_after=BUSY_CODES.get(code, 30))
    if code in REFUSALS or ALREADY_REGISTERED in words.lower():
        return GatewayRejected(code, words)
    return OutcomeUnknown(f"HTTP {status} {code}".strip())


def _no_information(status: int, words: str) -> Exception:
    """One code for everything: the message tells a final no and a busy phone from "no answer obtained"."""
    if LOCKED_SUBSCRIBER in words.lower():
        return GatewayUnavailable(words, retry_after=LOCK_SECONDS, rails_fault=False)
    if any(final in words.lower() for final in NOT_OURS):
        return GatewayRejected(NO_INFORMATION, words)
    return NotTold(f"HTTP {status} {NO_INFORMATION}")


def _token(stale: str = "") -> str:
    """The token that all workers share. A new one kills the old, so that only one worker at a time renews it.

    Raises GatewayUnavailable, also when Redis fails: without a token nothing is sent.
    """
    try:
        if token := _shared(stale):
            return token
        with redis.client().lock(f"{TOKEN_KEY}:renewing", timeout=RENEWAL_S, blocking_timeout=RENEWAL_S):
            return _shared(stale) or _renew()
    except RedisError as error:
        why = f"The shared token is out of reach ({type(error).__name__})"
        raise GatewayUnavailable(why, rails_fault=False) from error


def _shared(stale: str) -> str:
    token = str(cache.get(TOKEN_KEY) or "")
    return "" if token == stale else token


def _renew() -> str:
    token, life = repeated(_new_token)
    cache.set(TOKEN_KEY, token, timeout=max(life - 60, 1))
    return token


def _new_token() -> tuple[str, int]:
    """A token and its life in seconds. Raises GatewayUnavailable, at some length where our key is refused."""
    pair = f"{settings.DARAJA_CONSUMER_KEY}:{settings.DARAJA_CONSUMER_SECRET}"
    headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    url = f"{settings.DARAJA_BASE_URL}/oauth/v1/generate"
    try:
        response = requests.get(
            url, params={"grant_type": "client_credentials"}, headers=headers, timeout=settings.RAIL_TIMEOUT_S
        )
        if requests.codes.bad_request <= response.status_code < requests.codes.server_error:
            raise GatewayUnavailable(f"No token from the rail (HTTP {response.status_code})", retry_after=30)
        response.raise_for_status()
        answer = response.json()
        return str(answer["access_token"]), int(answer["expires_in"])
    except (requests.RequestException, KeyError, TypeError, ValueError) as error:
        raise GatewayUnavailable(f"No token from the rail ({type(error).__name__})") from error
