"""What we say to people, and what the network says became of it."""

from django.db import models
from django.db.models import Q

from contracts.models import Contract, Event, Party
from voicepact.kernel.clock import now


class Message(models.Model):
    """One SMS to one phone; sent by a worker, followed by the network's delivery report.

    `original` is the first one, where its text is sent once more: by staff, or by itself as its `retry` number so and
    so. `sender` is the name or code that it comes from, empty for the provider's own.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"
        WITHHELD = "withheld", "Withheld"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="messages")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="messages")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="messages")
    original = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="again")
    retry = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=50)
    phone = models.CharField(max_length=20, db_index=True)
    language = models.CharField(max_length=2, default="en")
    text = models.TextField()
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    sender = models.CharField(max_length=20, blank=True)
    provider_id = models.CharField(max_length=100, blank=True, db_index=True)
    cost = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    failure_reason = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    not_before = models.DateTimeField(default=now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("resend", "Can send an SMS once more")]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=Q(status="queued"), name="messages_to_send"),
            models.Index(fields=["phone", "id"], condition=Q(status="queued"), name="queued_for_phone"),
            models.Index(fields=["-created_at", "-id"], name="messages_newest_first"),
            models.Index(
                fields=["status", "-created_at", "-id"],
                condition=Q(status__in=["failed", "unknown"]),
                name="messages_not_delivered",
            ),
            models.Index(fields=["contract"], condition=Q(status="failed"), name="messages_failed"),
            models.Index(fields=["phone", "claimed_at"], name="messages_pace"),
            models.Index(fields=["-created_at", "-id"], condition=Q(status="withheld"), name="messages_withheld"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "party", "kind"], condition=Q(event__isnull=False), name="told_once_per_event"
            ),
            models.UniqueConstraint(fields=["original", "retry"], condition=Q(retry__gt=0), name="each_retry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def first_id(self) -> int:
        """The key of the message whose text this is, sent for the first time."""
        return self.original_id or self.pk


class DeliveryReport(models.Model):
    """What the network says became of a message, as it came."""

    provider_id = models.CharField(max_length=100, db_index=True)
    status = models.CharField(max_length=30)
    failure_reason = models.CharField(max_length=100, blank=True)
    raw = models.JSONField(default=dict)
    received_at = models.DateTimeField(default=now)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=now)
    worked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=Q(worked_at=None), name="reports_to_work"),
            models.Index(fields=["-received_at", "-id"], name="reports_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.received_at:%Y-%m-%d %H:%M}"
