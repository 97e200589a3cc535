"""A quarrel about a deal, and what was brought forward in it."""

import pgtrigger
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import Q

from contracts.models.contract import Contract
from contracts.models.party import Party
from voicepact.kernel.clock import now


def evidence_storage() -> FileSystemStorage:
    """Where the files of disputes lie: outside everything that the web server serves by itself."""
    return FileSystemStorage(location=settings.EVIDENCE_DIR, file_permissions_mode=0o600)


class Dispute(models.Model):
    """A quarrel about a contract whose money is held; while it is open nothing is paid.

    `opened_by` is empty when the clock or staff opened it. `seller_amount` and `buyer_amount` are what a decision gave
    to each, in whole units of the contract's currency.
    """

    class Opener(models.TextChoices):
        PARTY = "party", "A party"
        CLOCK = "clock", "The clock"
        STAFF = "staff", "Staff"

    class Outcome(models.TextChoices):
        RELEASED = "released", "Decided for the seller"
        REFUNDED = "refunded", "Decided for the buyer"
        SPLIT = "split", "Split"
        WITHDRAWN = "withdrawn", "Withdrawn"
        ACCEPTED = "accepted", "The buyer accepted"
        CANCELLED = "cancelled", "The seller gave in"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="disputes")
    opener = models.CharField(max_length=10, choices=Opener, default=Opener.PARTY)
    opened_by = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, blank=True, related_name="disputes")
    channel = models.CharField(max_length=10)
    reason = models.TextField(blank=True)
    opened_at = models.DateTimeField(default=now)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    seller_amount = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    buyer_amount = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        permissions = [("freeze", "Can open a dispute in our own name, so that the money of a deal stays")]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="disputes_newest_first"),
            models.Index(fields=["opened_at"], condition=Q(closed_at=None), name="disputes_open"),
            models.Index(
                fields=["-closed_at", "-id"], condition=Q(closed_at__isnull=False), name="disputes_closed_last_first"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"], condition=Q(closed_at=None), name="one_open_dispute_per_contract"
            )
        ]

    def __str__(self) -> str:
        return f"Dispute about {self.contract_id}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def by(self) -> str:
        """Who opened it: `buyer`, `seller`, `clock` or `staff`."""
        return self.opened_by.role if self.opened_by else self.opener


class Evidence(models.Model):
    """What somebody brought forward in a dispute: a text, a file, or both. Never changed afterwards.

    `party` is empty when staff or the REST client brought it in their own name; the file lies outside the web root.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="evidence")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence")
    actor = models.CharField(max_length=60)
    channel = models.CharField(max_length=10)
    text = models.TextField(blank=True)
    file = models.FileField(storage=evidence_storage, upload_to="%Y/%m", max_length=200, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    added_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "evidence"
        ordering = ["id"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [models.CheckConstraint(condition=~Q(text="", file=""), name="evidence_is_something")]

    def __str__(self) -> str:
        return f"Evidence {self.pk} about {self.dispute_id}"
