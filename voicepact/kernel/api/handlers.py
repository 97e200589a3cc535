"""The answers to what no view answered: `handler400`, `handler403`, `handler404` and `handler500` of the URLconf.

Below /api/ they are problems, like every other refusal; elsewhere Django's own pages.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from voicepact.kernel.api.decimals import encode
from voicepact.kernel.api.problems import CONTENT_TYPE, problem_body


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _for_machines(request):
        return defaults.bad_request(request, exception)
    return _problem(400, "bad_request", "This request cannot be understood.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _for_machines(request):
        return defaults.permission_denied(request, exception)
    return _problem(403, "permission_denied", "You do not have permission to perform this action.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _for_machines(request):
        return defaults.page_not_found(request, exception)
    return _problem(404, "not_found", "Not found.")


def server_error(request: HttpRequest, *_: Any) -> HttpResponse:
    if not _for_machines(request):
        return defaults.server_error(request)
    return _problem(500, "server_error", "Something went wrong on our side. It was recorded.")


def _for_machines(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    return HttpResponse(encode(problem_body(status, code, detail)), status=status, content_type=CONTENT_TYPE)
