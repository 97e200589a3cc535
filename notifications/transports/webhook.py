"""A POST to somebody's own system, signed as Standard Webhooks says, so that the receiver knows whose it is.

Source: the Standard Webhooks specification; an answer of 2xx within some seconds means taken, a redirect does not.
"""

import requests
from django.conf import settings
from standardwebhooks import Webhook

from notifications.transports.base import NotTaken
from voicepact.kernel.clock import now


def post(url: str, *, secret: str, message_id: str, body: str) -> None:
    """The receiver has taken the JSON `body`; `message_id` is the same at every attempt. Raises NotTaken."""
    if not url:
        raise NotTaken("there is no address")
    at = now()
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body),
    }
    try:
        with requests.post(
            url,
            data=body.encode(),
            headers=headers,
            timeout=settings.ALERT_TIMEOUT_S,
            allow_redirects=False,
            stream=True,  # the answer's body is nobody's business, however long it is
        ) as answer:
            status = answer.status_code
    except requests.RequestException as error:
        raise NotTaken(type(error).__name__) from error
    if not 200 <= status < 300:
        raise NotTaken(f"HTTP {status}")
