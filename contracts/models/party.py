"""The people of a deal, and what each has said."""

import pgtrigger
from django.db import models
from django.db.models import Q

from voicepact.kernel.clock import now


class Party(models.Model):
    """A person in a contract, known by phone.

    `last_wrote_at` is when an SMS last came from the phone while the contract's money was held, `warned_at` when the
    network reported that the phone has the warning that the money will go back.
    """

    class Role(models.TextChoices):
        BUYER = "buyer", "Buyer"
        SELLER = "seller", "Seller"
        PAYER = "payer", "Payer"

    contract = models.ForeignKey("Contract", on_delete=models.PROTECT, related_name="parties")
    role = models.CharField(max_length=10, choices=Role)
    phone = models.CharField(max_length=20, db_index=True)
    name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=2, default="en")
    unreachable_since = models.DateTimeField(null=True, blank=True)
    last_wrote_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "parties"
        ordering = ["contract_id", "id"]
        permissions = [("reveal_phone", "Can see a full phone number, of which each view is written down")]
        indexes = [
            models.Index(
                fields=["-id"],
                include=["contract"],
                condition=Q(unreachable_since__isnull=False),
                name="parties_out_of_reach",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["contract", "role"], name="one_party_per_role"),
            models.UniqueConstraint(fields=["contract", "phone"], name="phones_of_parties_distinct"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.contract_id}"


class Confirmation(models.Model):
    """What a party has said, from which channel; said once, kept for good."""

    class Kind(models.TextChoices):
        AGREED = "agreed", "Agreed"
        DECLINED = "declined", "Declined"
        DELIVERED = "delivered", "Delivered"
        ACCEPTED = "accepted", "Accepted"
        CANCELLED = "cancelled", "Cancelled"

    contract = models.ForeignKey("Contract", on_delete=models.PROTECT, related_name="confirmations")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="confirmations")
    kind = models.CharField(max_length=10, choices=Kind)
    channel = models.CharField(max_length=10)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["contract_id", "at"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        indexes = [
            models.Index(
                fields=["kind", "-id"], condition=Q(kind__in=["declined", "cancelled"]), name="confirmations_against"
            ),
            models.Index(
                fields=["channel", "-id"],
                condition=Q(channel__in=["api", "rail", "clock", "staff"]),
                name="confirmations_not_by_phone",
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["party", "kind"], name="said_once")]

    def __str__(self) -> str:
        return f"{self.party} {self.kind}"
