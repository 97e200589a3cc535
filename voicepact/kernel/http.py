"""Whether a call that failed can have reached the other side."""

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError


def never_connected(error: requests.RequestException) -> bool:
    """True if no byte of the request left us, so that it may be sent again; when in doubt, False."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
