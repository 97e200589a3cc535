"""What people say to us by SMS."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from contracts.models import Contract, Party
from notifications.models.message import Message
from voicepact.kernel.clock import now

DATE = "%Y-%m-%d %H:%M:%S"
"""How the network writes dates; those of a call are UTC by its documentation, which says nothing of an SMS's."""


class InboundMessage(models.Model):
    """One SMS from a phone, as the network handed it over; kept once, read by a worker.

    Where staff have dealt with it themselves, `answer` is what they wrote back, or `closed_because` why nothing.
    """

    DONE = "done"
    """The `result` of a command that was obeyed."""

    message_id = models.CharField(max_length=100, unique=True)
    phone = models.CharField(max_length=20, db_index=True)
    text = models.TextField()
    raw = models.JSONField(default=dict)
    received_at = models.DateTimeField(default=now)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="inbound_messages")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="inbound_messages")
    command = models.CharField(max_length=20, blank=True)
    result = models.CharField(max_length=100, blank=True)
    needs_staff = models.BooleanField(default=False)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, related_name="answers")
    closed_because = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=now)
    worked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("answer", "Can answer an SMS that waits for staff")]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=Q(worked_at=None), name="inbound_to_read"),
            models.Index(fields=["phone", "id"], condition=Q(worked_at=None), name="unread_from_phone"),
            models.Index(fields=["-received_at", "-id"], name="inbound_newest_first"),
            models.Index(fields=["id"], condition=Q(needs_staff=True), name="inbound_for_staff"),
        ]

    def __str__(self) -> str:
        return f"{self.command or 'SMS'} {self.received_at:%Y-%m-%d %H:%M}"

    @property
    def written_at(self) -> datetime | None:
        """When the network had it from its sender, by its own date read as UTC; None where that cannot be read."""
        try:
            return datetime.strptime(str(self.raw.get("date", "")), DATE).replace(tzinfo=UTC)
        except ValueError:
            return None
