"""What all views share: JSON in, JSON out, refusals in the right clothes."""

import json
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse

from voicepact.simulator.identities import merchant_id
from voicepact.simulator.refusals import ControlRefused, Refused

JsonObject = dict[str, object]
ControlView = Callable[..., HttpResponseBase]


def envelope(refused: Refused) -> JsonResponse:
    """Daraja's error answer."""
    body = {"requestId": merchant_id(), "errorCode": refused.code, "errorMessage": refused.message}
    return JsonResponse(body, status=refused.http)


def answer_cut_off() -> StreamingHttpResponse:
    """The connection breaks where the answer should be: a body is promised and none comes."""
    return StreamingHttpResponse(iter(()), content_type="application/json", headers={"Content-Length": "200"})


def read_object(request: HttpRequest) -> JsonObject | None:
    """The request's JSON object, or None where the body is not one."""
    try:
        body = json.loads(request.body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def control(*methods: str) -> Callable[[ControlView], ControlView]:
    """A control call of these methods: its refusals become a `detail` in JSON."""

    def wrap(view: ControlView) -> ControlView:
        @wraps(view)
        def answer(request: HttpRequest, **names: str) -> HttpResponseBase:
            if request.method not in methods:
                refusal = JsonResponse({"detail": f"This address takes {' and '.join(methods)}."}, status=405)
                refusal["Allow"] = ", ".join(methods)
                return refusal
            try:
                return view(request, **names)
            except ControlRefused as refused:
                return JsonResponse({"detail": refused.message}, status=refused.http)

        return answer

    return wrap


def control_body(request: HttpRequest) -> JsonObject:
    """Raises ControlRefused where the body is not a JSON object."""
    body = read_object(request)
    if body is None:
        raise ControlRefused("The body is not a JSON object.")
    return body


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return JsonResponse({"detail": "This request cannot be read."}, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return envelope(Refused("404.001.01", "Resource not found", http=404))


def server_error(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"detail": "The simulator itself failed; its log says why."}, status=500)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
