"""What a rail sent us, as it came."""

from django.db import models
from django.db.models import Q

from payments.models.deposit import Deposit
from payments.models.transfer import Transfer


class Callback(models.Model):
    """What a rail sent us, as it came; worked afterwards, and kept."""

    gateway = models.CharField(max_length=30)
    kind = models.CharField(max_length=30)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, null=True, related_name="callbacks")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, related_name="callbacks")
    body = models.TextField()
    address = models.GenericIPAddressField(null=True)
    received_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    worked_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("replay", "Can work a kept callback again"),
            ("see_raw", "Can read what a rail sent us just as it came"),
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(worked_at=None), name="callbacks_to_work"),
            models.Index(fields=["-received_at", "-id"], name="callbacks_newest_first"),
            models.Index(fields=["gateway", "-id"], name="callbacks_of_gateway"),
            models.Index(fields=["id"], condition=Q(result__startswith="quarantined"), name="callbacks_in_quarantine"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.kind} {self.received_at:%Y-%m-%d %H:%M:%S}"
