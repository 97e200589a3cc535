"""The rails' door: plain views that keep what came and answer at once."""

import hmac
import re
from contextlib import suppress

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from payments import byhand, callbacks, deposits, gateways, webhook
from payments.gateways.base import Unreadable
from voicepact.kernel.api.problems import CONTENT_TYPE, problem_body
from voicepact.kernel.crypto import get_crypto_service

TOKEN = re.compile(r"[0-9a-f]{32}")
ABOUT_TRANSFERS = frozenset({"stk", "b2c", "b2c-timeout", "reversal", "reversal-timeout", "status", "status-timeout"})
ABOUT_ACCOUNTS = frozenset({"balance", "balance-timeout", deposits.CONFIRMATION})
VALIDATION = "c2b-validation"
LARGEST_BODY = 64 * 1024
REFUSED_COUNTER = "webhook:refused"
ACCEPTED = {"ResultCode": 0, "ResultDesc": "Accepted"}
TAKEN = {"ResultCode": 0, "ResultDesc": "Success"}


@csrf_exempt
@require_POST
def callback(request: HttpRequest, gateway: str, kind: str, token: str) -> HttpResponse:
    """A rail's callback: kept if its token is known, else 404 and nothing kept."""
    if gateway not in gateways.GATEWAYS or not TOKEN.fullmatch(token):
        raise Http404
    if len(request.body) > LARGEST_BODY:
        return _problem(400, "body_too_large", "The body is larger than 64 KB.")
    body = _as_it_came(request.body)
    address = request.META.get("REMOTE_ADDR") or None
    is_own = hmac.compare_digest(token, gateways.own_token(gateway))
    if kind == VALIDATION and is_own:
        return _validate(gateway, body)
    if kind in ABOUT_ACCOUNTS and is_own:
        callbacks.keep_for_account(gateway=gateway, kind=kind, body=body, address=address)
    elif kind not in ABOUT_TRANSFERS or not callbacks.keep(
        gateway=gateway, kind=kind, token=token, body=body, address=address
    ):
        raise Http404
    return JsonResponse(TAKEN if kind == deposits.CONFIRMATION else ACCEPTED)


def _validate(gateway: str, body: str) -> JsonResponse:
    """Whether the rail is to take what somebody pays by hand: it waits for the answer, and nothing is kept."""
    try:
        answer = byhand.judge(gateways.by_name(gateway).read_hand_payment(body), gateway=gateway)
    except Unreadable:
        answer = byhand.Answer.OTHER
    words = "Accepted" if answer == byhand.Answer.ACCEPTED else "Rejected"
    return JsonResponse({"ResultCode": answer.value, "ResultDesc": words})


@csrf_exempt
@require_POST
def notification(request: HttpRequest) -> HttpResponse:
    """The webhook of the Africa's Talking rail, signed: kept, and worked as a claim, of other rails as a hint.

    Unsigned: 401 and only a counter.
    """
    raw = request.body
    signature = request.headers.get("X-VoicePact-Signature", "")
    if not get_crypto_service().verify_webhook_signature(raw, signature):
        with suppress(RedisError):
            cache.add(REFUSED_COUNTER, 0, timeout=None)
            cache.incr(REFUSED_COUNTER)
        return _problem(401, "invalid_signature", "X-VoicePact-Signature is missing or is not this body's.")
    if len(raw) > LARGEST_BODY:
        return _problem(400, "body_too_large", "The body is larger than 64 KB.")
    body = _as_it_came(raw)
    try:
        webhook.read(body)
    except webhook.Malformed as error:
        return _problem(400, "malformed_webhook", str(error))
    callbacks.keep_for_account(
        gateway=webhook.GATEWAY, kind=webhook.KIND, body=body, address=request.META.get("REMOTE_ADDR") or None
    )
    return JsonResponse({"status": "received"})


def _as_it_came(raw: bytes) -> str:
    """The body as text that a database can hold: bytes that are no text stay visible as `\\x00`."""
    return raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _problem(status: int, code: str, detail: str) -> JsonResponse:
    return JsonResponse(problem_body(status, code, detail), status=status, content_type=CONTENT_TYPE)
