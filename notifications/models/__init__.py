"""What we say to people, and what they say to us."""

from notifications.models.alert import Alert, AlertDelivery
from notifications.models.inbound import InboundMessage
from notifications.models.message import DeliveryReport, Message
from notifications.models.optout import OptOut

__all__ = ["Alert", "AlertDelivery", "DeliveryReport", "InboundMessage", "Message", "OptOut"]
