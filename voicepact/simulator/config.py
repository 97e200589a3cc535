"""What the simulator is told at start: who its client is, and how fast and how kind its world is."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """`opening_float` is in whole shillings: what the shortcode's Utility account holds before the first collection.

    `callback_secret` is the secret in the application's SMS callback URLs, `webhook_secret` signs what tells it of the
    wallet; `delay` is clock time between a decision and the callback that tells of it.
    """

    books: Path
    certificate: Path
    public_url: str
    shortcode: str
    passkey: str
    consumer_key: str
    consumer_secret: str
    initiator_name: str
    initiator_password: str
    at_username: str
    at_api_key: str
    at_sender_id: str
    at_second_sender_id: str
    at_product: str
    callback_secret: str
    webhook_secret: str
    delay: timedelta
    auto_approve: bool
    fees: bool
    opening_float: int

    @property
    def wallet(self) -> str:
        """Our payments wallet at Africa's Talking, as the statement names it; the shortcode's money is not in it."""
        return f"wallet:{self.at_product}"
