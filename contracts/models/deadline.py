"""Timers on the one clock."""

from django.db import models
from django.db.models import Q

from contracts.models.contract import Contract


class Deadline(models.Model):
    """A timer on the one clock.

    `subject` is what it is about where the contract alone does not say: a transfer's, dispute's or proposal's id, or
    which reminder of several. `times_moved` counts how often it was put off, because its rail was down or the party
    concerned could not be reached.
    """

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", "Everybody has agreed"
        FUNDING = "funding", "The whole amount is in"
        PROMPT = "prompt", "The payment prompt is answered"
        SELLER_WARNING = "seller_warning", "The seller is warned that the money will go back"
        DELIVERY = "delivery", "The seller delivers"
        BUYER_REMINDER = "buyer_reminder", "The buyer is reminded to accept"
        ACCEPTANCE = "acceptance", "The buyer accepts"
        SELLER_REMINDER = "seller_reminder", "The seller is reminded to confirm"
        DELIVERY_WORD = "delivery_word", "The seller confirms what the buyer accepted"
        DISPUTE_ANSWER = "dispute_answer", "The other side answers the dispute"
        DISPUTE_DECISION = "dispute_decision", "Staff decide the dispute"
        PHONE_CHANGE = "phone_change", "A party's new phone counts"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="deadlines")
    kind = models.CharField(max_length=20, choices=Kind)
    subject = models.CharField(max_length=50, blank=True)
    due_at = models.DateTimeField()
    times_moved = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_at"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(closed_at=None), name="deadlines_running"),
            models.Index(fields=["-due_at", "-id"], name="deadlines_last_first"),
            models.Index(fields=["kind", "-due_at", "-id"], name="deadlines_by_kind"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "subject"], condition=Q(closed_at=None), name="one_running_deadline"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.due_at:%Y-%m-%d %H:%M}"
