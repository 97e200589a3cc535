"""Every refusal of the API, as `application/problem+json` (RFC 9457) with a stable `code`.

Only what is known to be the caller's business becomes a problem here. Anything unexpected is left alone, so that it is
logged as the fault it is and answered by `handlers.server_error`.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import Http404, UnreadablePostError
from django_fsm import ConcurrentTransition
from rest_framework.exceptions import APIException, NotFound, ParseError, PermissionDenied, Throttled, ValidationError
from rest_framework.response import Response

from voicepact.kernel.errors import Refusal

CONTENT_TYPE = "application/problem+json"
WHOLE_REQUEST = "non_field_errors"


class Problem(APIException):
    """A refusal for views: an HTTP status, a stable code, one sentence, and further members of the answer."""

    def __init__(self, status: int, code: str, detail: str, **extra: object) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.extra = extra

    def body(self) -> dict[str, Any]:
        return problem_body(self.status_code, str(self.get_codes()), str(self.detail), **self.extra)


def problem_body(status: int, code: str, detail: str, **extra: object) -> dict[str, Any]:
    """The members of one problem, in the order in which they are read."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **extra}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to a refusal; None for anything unexpected, which is then a 500."""
    problem = as_problem(exc)
    if problem is None:
        return None
    headers = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if retry_after := problem.extra.get("retry_after"):
        headers["Retry-After"] = str(retry_after)
    return Response(problem.body(), status=problem.status_code, headers=headers, content_type=CONTENT_TYPE)


def as_problem(exc: Exception) -> Problem | None:  # noqa: PLR0911 - one line for each kind of exception
    """What an exception means to the caller, or None if it is none of the caller's business."""
    match exc:
        case Problem():
            return exc
        case Refusal():
            return Problem(exc.status, exc.code, exc.detail, **exc.extra)
        case ValidationError():
            return _invalid(exc)
        case ParseError():
            return Problem(400, "malformed_json", str(exc.detail))
        case Http404():
            return Problem(404, "not_found", str(NotFound.default_detail))
        case DjangoPermissionDenied():
            return Problem(403, "permission_denied", str(PermissionDenied.default_detail))
        case Throttled():
            return Problem(429, "throttled", str(exc.detail), retry_after=getattr(exc, "wait", None))
        case APIException():
            return Problem(exc.status_code, _code(exc), str(exc.detail))
        case ConcurrentTransition():
            return Problem(409, "changed_meanwhile", "Somebody else changed this at the same moment. Look again.")
        case RequestDataTooBig():
            return Problem(413, "body_too_large", "The body is too large.")
        case UnreadablePostError():
            return Problem(400, "unreadable_body", "The body ended early.")
        case DataError() if "NUL" in str(exc):
            return Problem(400, "invalid_request", "Text may not contain the character U+0000.")
    return None


def _code(exc: APIException) -> str:
    codes = exc.get_codes()
    return codes if isinstance(codes, str) else exc.default_code


def _invalid(exc: ValidationError) -> Problem:
    """All that is wrong with a request: the first fault as a sentence, each under its field in `errors`."""
    errors: dict[str, list[str]] = {}
    for path, message in _faults(exc.detail, path=""):
        errors.setdefault(path or WHOLE_REQUEST, []).append(message)
    path, messages = next(iter(errors.items()), (WHOLE_REQUEST, ["Invalid request."]))
    detail = messages[0] if path == WHOLE_REQUEST else f"{path}: {messages[0]}"
    return Problem(400, "invalid_request", detail, errors=errors)


def _faults(detail: Any, *, path: str) -> Iterator[tuple[str, str]]:
    """Each message with the dotted path of its field: `parties.0.phone`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            below = path if name == WHOLE_REQUEST else f"{path}.{name}".lstrip(".")
            yield from _faults(inner, path=below)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            below = f"{path}.{index}".lstrip(".") if isinstance(inner, dict | list) else path
            yield from _faults(inner, path=below)
    else:
        yield path, str(detail)
