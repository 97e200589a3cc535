"""One request to a rail, and what it means that no answer came."""

from typing import Any

import requests
from django.conf import settings

from payments.gateways.base import GatewayUnavailable, OutcomeUnknown
from voicepact.kernel.http import never_connected


def send(method: str, url: str, **content: Any) -> requests.Response:
    """The rail's answer as it came; a redirect is one too, and is not followed.

    Raises GatewayUnavailable when certainly nothing was sent, OutcomeUnknown when perhaps it was.
    """
    try:
        return requests.request(method, url, timeout=settings.RAIL_TIMEOUT_S, allow_redirects=False, **content)
    except requests.RequestException as error:
        if never_connected(error):
            raise GatewayUnavailable("The rail cannot be reached") from error
        raise OutcomeUnknown(f"The rail did not answer ({type(error).__name__})") from error
