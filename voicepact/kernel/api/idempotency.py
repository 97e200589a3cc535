"""`Idempotency-Key`: a POST that is sent twice happens once, and is answered twice with the same answer.

The key is claimed by a row of its own, committed before the view works and held by no transaction while it does. The
answer is written into that row. A claim whose process died is free again after CLAIM_TIME.
"""

import functools
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from voicepact.kernel import clock
from voicepact.kernel.api.decimals import DecimalJSONRenderer
from voicepact.kernel.api.problems import Problem
from voicepact.kernel.models import IdempotencyRecord, User

CLAIM_TIME = timedelta(seconds=60)
LONGEST_KEY = 255
FORGOTTEN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
KEPT_HEADERS = ("Content-Type", "Location", "Retry-After")

Handler = Callable[..., HttpResponseBase]


def idempotent(handler: Handler) -> Handler:
    """Decorates the `post` of an APIView. Without the header nothing changes."""

    @functools.wraps(handler)
    def once(view: APIView, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        text = request.headers.get("Idempotency-Key")
        if text is None:
            return handler(view, request, *args, **kwargs)
        record = claim(_owner(request), key=_checked(text), call=_call(request), body=_said(request))
        if record.status is not None:
            return _replayed(record)
        try:
            response = _answer(handler, view, request, *args, **kwargs)
            _finish(record, response)
        except BaseException:
            _release(record)
            raise
        return response

    once.idempotent = True  # type: ignore[attr-defined]
    return once


def claim(owner: User, *, key: str, call: tuple[str, str], body: bytes) -> IdempotencyRecord:
    """The row of this key: claimed by this request (no status yet), or holding the answer of an earlier one.

    `call` is method and path. Raises Problem 422 when the key stood for something else, 409 while the first is at work.
    """
    method, path = call
    mine = IdempotencyRecord(
        user=owner,
        key=key,
        method=method,
        path=path,
        body_digest=hashlib.sha256(body).hexdigest(),
        claim=uuid4(),
        claimed_until=_real_now() + CLAIM_TIME,
        created_at=clock.now(),
    )
    IdempotencyRecord.objects.bulk_create([mine], ignore_conflicts=True)
    held = IdempotencyRecord.objects.filter(user=owner, key=key).first()
    if held is None:
        raise _in_progress()
    if held.claim == mine.claim:
        return held
    if (held.method, held.path, held.body_digest) != (mine.method, mine.path, mine.body_digest):
        raise Problem(422, "idempotency_key_reused", "This Idempotency-Key was used for another request.")
    if held.status is None:
        return _take_over(held, mine)
    return held


def _take_over(held: IdempotencyRecord, mine: IdempotencyRecord) -> IdempotencyRecord:
    """A claim that ran out belongs to this request now. Raises Problem 409 if it has not, or if another was quicker."""
    taken = IdempotencyRecord.objects.filter(
        pk=held.pk, claim=held.claim, status=None, claimed_until__lt=_real_now()
    ).update(claim=mine.claim, claimed_until=mine.claimed_until)
    if not taken:
        raise _in_progress()
    return IdempotencyRecord.objects.get(pk=held.pk)


def _answer(handler: Handler, view: APIView, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """The view's answer; a refusal is an answer too. Anything unexpected is raised again."""
    try:
        return handler(view, request, *args, **kwargs)
    except Exception as exc:
        return view.handle_exception(exc)


def _finish(record: IdempotencyRecord, response: HttpResponseBase) -> None:
    """The answer is remembered, unless it says nothing about the request itself: then the key is free again."""
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status_code in FORGOTTEN:
        _release(record)
        return
    IdempotencyRecord.objects.filter(pk=record.pk, claim=record.claim).update(
        status=response.status_code,
        body=_body(response),
        headers={name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        | {"Content-Type": _content_type(response)},
    )


def _release(record: IdempotencyRecord) -> None:
    IdempotencyRecord.objects.filter(pk=record.pk, claim=record.claim, status=None).delete()


def _replayed(record: IdempotencyRecord) -> HttpResponse:
    headers = {**record.headers, "Idempotent-Replayed": "true"}
    return HttpResponse(record.body.encode(), status=record.status, headers=headers)


def _body(response: HttpResponseBase) -> str:
    if isinstance(response, Response):
        return DecimalJSONRenderer().render(response.data).decode()
    return response.content.decode() if isinstance(response, HttpResponse) else ""


def _content_type(response: HttpResponseBase) -> str:
    named = response.content_type if isinstance(response, Response) else response.headers.get("Content-Type")
    return named or DecimalJSONRenderer.media_type


def _checked(text: str) -> str:
    if not (text.strip() and len(text) <= LONGEST_KEY and text.isascii() and text.isprintable()):
        raise Problem(
            400, "invalid_idempotency_key", f"Idempotency-Key: 1 to {LONGEST_KEY} printable ASCII characters."
        )
    return text


def _call(request: Request) -> tuple[str, str]:
    return str(request.method), request.get_full_path()


def _said(request: Request) -> bytes:
    """What the request says: its body or, of a form with files, whose boundary is another each time, what is in it."""
    if not (request.content_type or "").startswith("multipart/"):
        return request.body
    digest = hashlib.sha256()
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode())
    for name, file in sorted(request.FILES.items()):
        content = hashlib.sha256()
        for chunk in file.chunks():
            content.update(chunk)
        file.seek(0)
        digest.update(repr((name, file.name, content.hexdigest())).encode())
    return digest.digest()


def _owner(request: Request) -> User:
    """The client the key belongs to; the permission has made sure that there is one."""
    if not isinstance(request.user, User):
        raise TypeError("An idempotent view takes authenticated requests only")
    return request.user


def _in_progress() -> Problem:
    return Problem(409, "request_in_progress", "The first request with this Idempotency-Key is at work.", retry_after=1)


def _real_now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
