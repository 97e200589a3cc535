"""What we say to people, and what they say to us."""

from notifications.models.alert import Alert, AlertDelivery
from notifications.models.inbound import InboundMessage
from notifications.models.message import DeliveryReport, Message

__all__ = ["Alert", "AlertDelivery", "DeliveryReport", "InboundMessage", "Message"]
