"""One attempt to move one amount on one rail."""

import uuid
from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django_fsm import FSMField, transition

from payments.models.payment import Payment
from payments.models.tokens import new_token
from payments.outcomes import NOTHING_OWED
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money
from voicepact.kernel.statemachine import GuardedQuerySet, StateMachine, guard


def _is_collection(transfer: models.Model) -> bool:
    return isinstance(transfer, Transfer) and transfer.is_collection


class TransferQuerySet(GuardedQuerySet["Transfer"]):
    def open(self) -> "TransferQuerySet":
        """Transfers whose end is not known yet."""
        return self.filter(status__in=Transfer.OPEN)

    def collections(self) -> "TransferQuerySet":
        return self.filter(kind=Transfer.Kind.COLLECTION)

    def doubted(self) -> "TransferQuerySet":
        """Transfers whose end is not known, since what is said of them does not fit: people look into it."""
        return self.open().filter(quarantined_at__isnull=False)

    def succeeded(self) -> "TransferQuerySet":
        return self.filter(status=Transfer.Status.SUCCEEDED)

    def to_submit(self, at: datetime) -> "TransferQuerySet":
        """Requested, due and in nobody's hands, oldest first; what is in quarantine waits for people.

        Parts leave in order: none before those that were requested with it and come first.
        """
        waiting = Transfer.objects.filter(status=Transfer.Status.REQUESTED, quarantined_at=None)
        ahead = waiting.filter(
            payment=OuterRef("payment"),
            kind=OuterRef("kind"),
            part__lt=OuterRef("part"),
            created_at__lte=OuterRef("created_at"),
        )
        free = self.filter(status=Transfer.Status.REQUESTED, claimed_at=None, quarantined_at=None)
        due = free.filter(~Exists(ahead), not_before__lte=at)
        return due.order_by("not_before", "created_at")

    def owed(self) -> "TransferQuerySet":
        """Money of payments that the rail finally refused to move out, and that no other transfer moves instead."""
        refused = self.filter(status=Transfer.Status.FAILED, replaced_by=None, quarantined_at=None)
        refused = refused.exclude(failure_code__in=NOTHING_OWED)
        return refused.exclude(kind=Transfer.Kind.COLLECTION).exclude(payment=None).order_by("created_at")

    def to_ask_about(self, at: datetime) -> "TransferQuerySet":
        """Those about which the rail is to be asked by now, oldest first."""
        return self.filter(next_ask_at__lte=at).order_by("next_ask_at")


class Transfer(StateMachine, models.Model):
    """One attempt to move one amount on one rail, under one id of ours.

    `phone` is the other side: who pays a collection, who gets a payout. `original` is the collection that a refund or
    reversal gives back whole. `replaces` is the refused transfer whose money this one moves instead; that happens once.
    `deposit` is what was paid by hand: the collection that it became, or the transfer without payment that returns it.
    """

    class Kind(models.TextChoices):
        COLLECTION = "collection", "Collection"
        PAYOUT = "payout", "Payout"
        REFUND = "refund", "Refund"
        REVERSAL = "reversal", "Reversal"

    class Status(models.TextChoices):
        REQUESTED = "requested", "Requested"
        SUBMITTED = "submitted", "Submitted"
        UNKNOWN = "unknown", "Unknown"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"

    OPEN = (Status.REQUESTED, Status.SUBMITTED, Status.UNKNOWN)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="transfers")
    kind = models.CharField(max_length=10, choices=Kind)
    part = models.PositiveSmallIntegerField()
    original = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="returns")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    deposit = models.ForeignKey("Deposit", on_delete=models.PROTECT, null=True, blank=True, related_name="transfers")
    gateway = models.CharField(max_length=30)
    phone = models.CharField(max_length=20)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3, default="KES")
    status = FSMField(max_length=10, choices=Status, default=Status.REQUESTED, protected=True)
    originator_conversation_id = models.CharField(max_length=64, unique=True)
    token = models.CharField(max_length=32, unique=True, default=new_token)
    external_id = models.CharField(max_length=100, blank=True)
    receipt_number = models.CharField(max_length=30, blank=True)
    failure_code = models.CharField(max_length=50, blank=True)
    failure_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now)
    not_before = models.DateTimeField(default=now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    repeated_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    next_ask_at = models.DateTimeField(null=True, blank=True)
    times_asked = models.PositiveSmallIntegerField(default=0)
    inquiry_id = models.CharField(max_length=100, blank=True)
    denied_at = models.DateTimeField(null=True, blank=True)
    rail_confirmed_at = models.DateTimeField(null=True, blank=True)
    return_reason = models.CharField(max_length=50, blank=True)
    quarantined_at = models.DateTimeField(null=True, blank=True)
    quarantine_reason = models.CharField(max_length=200, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "part"]
        permissions = [("ask", "Can have the rail asked at once what became of money")]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(status="requested"), name="transfers_to_submit"),
            models.Index(fields=["next_ask_at"], condition=Q(next_ask_at__isnull=False), name="transfers_to_ask"),
            models.Index(fields=["-created_at", "-id"], name="transfers_newest_first"),
            models.Index(fields=["status", "-created_at", "-id"], name="transfers_by_status"),
            models.Index(fields=["kind", "-created_at", "-id"], name="transfers_by_kind"),
            models.Index(fields=["amount"], name="transfers_by_amount"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(kind="collection", status="succeeded", rail_confirmed_at=None),
                name="transfers_unconfirmed",
            ),
            models.Index(fields=["phone", "-claimed_at"], name="transfers_of_phone"),
            models.Index(fields=["receipt_number"], condition=~Q(receipt_number=""), name="transfers_by_receipt"),
            models.Index(fields=["external_id"], condition=~Q(external_id=""), name="transfers_by_external_id"),
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["requested", "submitted", "unknown"]),
                name="transfers_open",
            ),
            models.Index(
                fields=["created_at"], condition=Q(quarantined_at__isnull=False), name="transfers_in_quarantine"
            ),
            models.Index(
                fields=["created_at"], condition=Q(status="failed") & ~Q(kind="collection"), name="transfers_refused"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "kind", "part"],
                condition=Q(status__in=["requested", "submitted", "unknown"])
                | (Q(status="succeeded") & ~Q(kind="collection")),
                name="one_live_transfer_per_part",
            ),
            models.UniqueConstraint(
                fields=["original"],
                condition=Q(original__isnull=False) & ~Q(status="failed"),
                name="one_live_refund_per_collection",
            ),
            models.UniqueConstraint(
                fields=["gateway", "receipt_number"],
                condition=Q(status="succeeded") & ~Q(receipt_number=""),
                name="receipt_number_once",
            ),
            models.UniqueConstraint(
                fields=["gateway", "external_id"], condition=~Q(external_id=""), name="external_id_once"
            ),
            models.UniqueConstraint(
                fields=["deposit"],
                condition=Q(deposit__isnull=False) & ~Q(status="failed"),
                name="one_live_transfer_per_deposit",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="only_collections_succeed_late",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="failed", new__status="succeeded")
                & ~pgtrigger.Q(old__kind="collection"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.part} of {self.payment}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def reference(self) -> str:
        """What the other side knows it by: the payment's reference, or the receipt of what was paid by hand."""
        if self.payment:
            return self.payment.reference
        assert self.deposit is not None, "a transfer without payment returns a deposit"
        return self.deposit.receipt_number

    @property
    def is_collection(self) -> bool:
        return self.kind == self.Kind.COLLECTION

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @transition(status, source=Status.REQUESTED, target=Status.SUBMITTED)
    def submit(self) -> None:
        """The rail has taken the request."""
        self.submitted_at = now()

    @transition(status, source=[Status.REQUESTED, Status.SUBMITTED], target=Status.UNKNOWN)
    def lose(self) -> None:
        """Perhaps sent, perhaps done: only the rail or two people can tell."""

    @transition(status, source=[Status.SUBMITTED, Status.UNKNOWN], target=Status.SUCCEEDED)
    def succeed(self) -> None:
        """The money has moved."""
        self.finished_at = now()

    @transition(status, source=Status.FAILED, target=Status.SUCCEEDED, conditions=[_is_collection])
    def succeed_late(self) -> None:
        """The payer's money moved after the rail had told us that it would not."""
        self.finished_at = now()

    @transition(status, source=[Status.REQUESTED, Status.SUBMITTED, Status.UNKNOWN], target=Status.FAILED)
    def fail(self, code: str, reason: str) -> None:
        """The money has not moved, and by this transfer it will not."""
        self.finished_at = now()
        self.failure_code, self.failure_reason = code, reason[:200]


guard(Transfer)
