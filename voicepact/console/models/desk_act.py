"""What staff did at the desk, with the words that the chain of events must not hold."""

from django.conf import settings
from django.db import models

from contracts.models import APPEND_ONLY, Event
from voicepact.kernel.clock import now


class DeskAct(models.Model):
    """One act of one member of staff: about which row, from which address, and why. Rows are never changed.

    `act` is the kind of the event that the act made, `event` that event where the act knows it, and `subject` the row
    as `transfer:3f0c…`: the model's word and the key.
    """

    append_only = True

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    address = models.GenericIPAddressField(null=True)
    act = models.CharField(max_length=50)
    subject = models.CharField(max_length=100, blank=True, db_index=True)
    reason = models.TextField(blank=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "act of staff"
        verbose_name_plural = "acts of staff"
        ordering = ["-id"]
        triggers = APPEND_ONLY
        indexes = [models.Index(fields=["act", "-id"], name="desk_acts_of_kind")]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%Y-%m-%d %H:%M}"
