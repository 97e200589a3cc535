"""Whether a call that failed can have reached the other side; and where a request to us came from."""

from ipaddress import ip_address

import requests
from django.conf import settings
from django.http import HttpRequest
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError


def never_connected(error: requests.RequestException) -> bool:
    """True if no byte of the request left us, so that it may be sent again; when in doubt, False."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def client_address(request: HttpRequest) -> str | None:
    """The address of whoever sent this request, as far as it can be trusted; None where it has none.

    In production exactly one proxy stands before us (as for `X-Forwarded-Proto`): what it appended itself to
    `X-Forwarded-For`, the last entry, is true. All before that is what the client says of itself.
    """
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() if settings.PRODUCTION else ""
    for candidate in (told, request.META.get("REMOTE_ADDR") or ""):
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return None
