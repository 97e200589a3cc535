"""What people do by USSD: sessions, and their turns with the screen that each was answered with.

What somebody has put in is kept nowhere: it may be a PIN. A turn is known by a keyed digest of it.
"""

from django.db import models

from contracts.models import Contract
from voicepact.kernel.clock import now


class UssdSession(models.Model):
    """One call of a phone; `over` once we have ended it ourselves, or it was continued in a later one.

    The network's own account of its end comes by itself and may never come: `status` is empty until then.
    """

    class Status(models.TextChoices):
        SUCCESS = "Success", "Success"
        INCOMPLETE = "Incomplete", "Incomplete"
        FAILED = "Failed", "Failed"

    session_id = models.CharField(max_length=100, unique=True)
    phone = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    service_code = models.CharField(max_length=30, blank=True)
    network_code = models.CharField(max_length=10, blank=True)
    started_at = models.DateTimeField(default=now)
    last_turn_at = models.DateTimeField(null=True, blank=True)
    over = models.BooleanField(default=False)
    continued_in = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="continues")
    status = models.CharField(max_length=10, choices=Status, blank=True)
    hops = models.PositiveIntegerField(null=True, blank=True)
    duration_ms = models.PositiveBigIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    error = models.CharField(max_length=100, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "USSD session"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["phone", "-id"], name="ussd_sessions_of_phone"),
            models.Index(fields=["-started_at", "-id"], name="ussd_sessions_newest_first"),
        ]

    def __str__(self) -> str:
        return f"USSD session {self.pk} {self.started_at:%Y-%m-%d %H:%M}"


class UssdTurn(models.Model):
    """One turn: the screen that answered it, and where the person stood after it (`ussd.states.State` as JSON)."""

    session = models.ForeignKey(UssdSession, on_delete=models.PROTECT, related_name="turns")
    digest = models.CharField(max_length=64)
    number = models.PositiveSmallIntegerField()
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="ussd_turns")
    screen = models.CharField(max_length=200)
    state = models.JSONField(default=dict)
    at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "USSD turn"
        ordering = ["-id"]
        indexes = [models.Index(fields=["at"], name="ussd_turns_by_age")]
        constraints = [models.UniqueConstraint(fields=["session", "digest"], name="ussd_turn_once")]

    def __str__(self) -> str:
        return f"Turn {self.number} of USSD session {self.session_id}"
