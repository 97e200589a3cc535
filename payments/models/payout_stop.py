"""What keeps money from leaving."""

from django.db import models
from django.db.models import Q

from contracts.models import Contract
from voicepact.kernel.clock import now


class PayoutStop(models.Model):
    """No money leaves while this stands: on one rail (`gateway`), of one deal (`contract`), or at all (neither).

    `reason` has one line for each who has stopped it.
    """

    gateway = models.CharField(max_length=30, blank=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="payout_stops")
    code = models.CharField(max_length=50)
    reason = models.TextField(blank=True)
    stopped_by = models.CharField(max_length=60)
    stopped_at = models.DateTimeField(default=now)
    lifted_by = models.CharField(max_length=60, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-stopped_at"]
        permissions = [("pause", "Can stop all payouts")]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "contract"],
                condition=Q(lifted_at=None),
                nulls_distinct=False,
                name="one_standing_stop",
            )
        ]

    def __str__(self) -> str:
        return f"No payouts: {self.gateway or self.contract_id or 'everywhere'}"
