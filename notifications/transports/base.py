"""What every way of sending promises."""

from dataclasses import dataclass
from decimal import Decimal


class NotAccepted(Exception):
    """A final no: this message will not be sent so."""


class WrongSender(NotAccepted):
    """The provider does not let us send by this sender; certainly not sent."""


class TryLater(Exception):
    """Certainly not sent: try again later."""


class PerhapsSent(Exception):
    """Perhaps sent: not sent again, for the provider would not know it for the same message."""


class NotTaken(Exception):
    """An alert that nobody is known to have taken: try again, since twice is better than never."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken the message, for `cost` in whole units of `currency` where it says so."""

    provider_id: str
    cost: Decimal | None = None
    currency: str = ""
