"""What every way of sending an SMS promises."""

from dataclasses import dataclass


class NotAccepted(Exception):
    """A final no: this message will not be sent so."""


class TryLater(Exception):
    """Certainly not sent: try again later."""


class PerhapsSent(Exception):
    """Perhaps sent: not sent again, since a provider has no way to know it for the same message."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken the message; `cost` as it writes it (`KES 0.8000`)."""

    provider_id: str
    cost: str = ""
