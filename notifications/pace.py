"""How much one phone is sent: so many SMS in an hour and in a day, beside those about its money."""

from datetime import datetime, timedelta

from django.conf import settings

from notifications.models import Message
from notifications.sorts import MONEY
from voicepact.kernel.clock import now

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


def full_until(phone: str) -> datetime | None:
    """When the phone may be sent the next one; None where it may be now."""
    limits = ((HOUR, settings.SMS_PER_HOUR), (DAY, settings.SMS_PER_DAY))
    lately = Message.objects.filter(phone=phone, claimed_at__gt=now() - DAY).exclude(kind__in=MONEY)
    newest = lately.order_by("-claimed_at").values_list("claimed_at", flat=True)[: max(most for _, most in limits)]
    times = [at for at in newest if at]
    free = max((times[most - 1] + window for window, most in limits if len(times) >= most), default=now())
    return free if free > now() else None
