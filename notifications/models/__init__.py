"""What we say to people, what they say to us by SMS and USSD, and how they prove that it is them."""

from notifications.models.alert import Alert, AlertDelivery
from notifications.models.inbound import InboundMessage
from notifications.models.message import DeliveryReport, Message
from notifications.models.optout import OptOut
from notifications.models.proof import Code, Pin, Standing
from notifications.models.ussd import UssdSession, UssdTurn

__all__ = [
    "Alert",
    "AlertDelivery",
    "Code",
    "DeliveryReport",
    "InboundMessage",
    "Message",
    "OptOut",
    "Pin",
    "Standing",
    "UssdSession",
    "UssdTurn",
]
