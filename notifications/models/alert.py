"""What somebody on call must know at once."""

from django.db import models
from django.db.models import Q

from contracts.models import Event
from voicepact.kernel.clock import now


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
