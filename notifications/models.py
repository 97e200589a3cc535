"""What we say to people, and what they say to us."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from contracts.models import Contract, Event, Party
from voicepact.kernel.clock import now


class Message(models.Model):
    """One SMS to one phone; sent by a worker, followed by the network's delivery report.

    `original` is the first one, where staff have sent its text once more.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="messages")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="messages")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="messages")
    original = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="again")
    kind = models.CharField(max_length=50)
    phone = models.CharField(max_length=20, db_index=True)
    language = models.CharField(max_length=2, default="en")
    text = models.TextField()
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
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
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "party", "kind"], condition=Q(event__isnull=False), name="told_once_per_event"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def first_id(self) -> int:
        """The key of the message whose text this is, sent for the first time."""
        return self.original_id or self.pk


class InboundMessage(models.Model):
    """One SMS from a phone, as the network handed it over; kept once, read by a worker.

    Where staff have dealt with it themselves, `answer` is what they wrote back, or `closed_because` why nothing.
    """

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


class Alert(models.Model):
    """Something that somebody on call must know at once."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="alert")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject


class AlertDelivery(models.Model):
    """An alert on its way by one road, until it is taken; while a worker has it, `not_before` is its lease."""

    class Road(models.TextChoices):
        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="deliveries")
    road = models.CharField(max_length=10, choices=Road)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=now)
    taken_at = models.DateTimeField(null=True, blank=True)
    failure_reason = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name_plural = "alert deliveries"
        ordering = ["id"]
        indexes = [models.Index(fields=["road", "not_before"], condition=Q(taken_at=None), name="alerts_to_send")]
        constraints = [models.UniqueConstraint(fields=["alert", "road"], name="alert_once_by_each_road")]

    def __str__(self) -> str:
        return f"{self.alert} by {self.get_road_display()}"
