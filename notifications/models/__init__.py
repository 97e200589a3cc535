"""What we say to people, what they say to us, and how they prove that it is them."""

from notifications.models.alert import Alert, AlertDelivery
from notifications.models.inbound import InboundMessage
from notifications.models.message import DeliveryReport, Message
from notifications.models.proof import Code, Pin, Standing

__all__ = ["Alert", "AlertDelivery", "Code", "DeliveryReport", "InboundMessage", "Message", "Pin", "Standing"]
