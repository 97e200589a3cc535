"""Who may call Africa's Talking: the account's name, and the key that belongs to it."""

import hmac

from voicepact.simulator.config import Config
from voicepact.simulator.refusals import PlainRefused


def check(config: Config, *, username: object, api_key: str) -> None:
    """Raises PlainRefused unless both are ours."""
    if not hmac.compare_digest(api_key.encode(), config.at_api_key.encode()) or username != config.at_username:
        raise PlainRefused("The supplied authentication is invalid", http=401)
