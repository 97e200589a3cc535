"""Africa's Talking's envelope: one request with the account's key, and each error as what to do next.

Source: Africa's Talking's documentation of its payments API (discontinued), and answers of it that were recorded.
Success is HTTP 200 or 201; an error is a status with a sentence, seldom with a code.
"""

import re
from typing import Any

import requests
from django.conf import settings

from payments.gateways.base import GatewayRejected, GatewayUnavailable, OutcomeUnknown
from payments.gateways.repetition import repeated
from payments.gateways.sending import send

REFUSALS = frozenset({400, 401, 403, 404, 405, 415, 422})
"""HTTP statuses that are a final no; any other error may come after the work has begun."""
BUSY_S = 30
DUPLICATE = "duplicate"  # a request with this key was taken before, whatever the status beside it
LONG_NUMBER = re.compile(r"\d{9,}")


def ask(path: str, **params: str) -> dict[str, Any]:
    """The rail's answer to a question: it moves nothing, so that one without an answer is put again."""
    return repeated(_request, "GET", path, {"params": {"username": settings.AT_USERNAME, **params}}, {})


def post(path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The rail's answer to one request. Raises GatewayRejected, GatewayUnavailable, OutcomeUnknown."""
    return _request("POST", path, {"json": {"username": settings.AT_USERNAME, **body}}, headers)


def _request(method: str, path: str, content: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    known = {"apiKey": settings.AT_API_KEY, "Accept": "application/json"}
    response = send(method, settings.AT_PAYMENTS_BASE_URL + path, headers={**known, **headers}, **content)
    if response.status_code not in (requests.codes.ok, requests.codes.created):
        raise _refusal(response)
    return _read(response)


def _read(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise OutcomeUnknown(f"HTTP {response.status_code}, and nothing that can be read")
    return answer


def _refusal(response: requests.Response) -> Exception:
    """What an error means. One that is not known to be a no leaves the outcome open."""
    status = response.status_code
    if DUPLICATE in response.text.lower():
        return OutcomeUnknown(f"HTTP {status}: the rail has had this request before")
    if status == requests.codes.too_many_requests:
        return GatewayUnavailable("The rail is busy", retry_after=BUSY_S)
    if status in REFUSALS:
        return GatewayRejected(f"http_{status}", harmless(response.text))
    return OutcomeUnknown(f"HTTP {status}")


def harmless(words: str) -> str:
    """At most 200 characters of the rail's words, without any phone number."""
    return LONG_NUMBER.sub("…", words[:200])
