"""What was paid to us by hand."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from payments.models.tokens import new_token
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money
from voicepact.kernel.statemachine import GuardedQuerySet, StateMachine, guard


class DepositQuerySet(GuardedQuerySet["Deposit"]):
    def to_ask_about(self, at: datetime) -> "DepositQuerySet":
        """Those about which the rail is to be asked by now, oldest first."""
        return self.filter(next_ask_at__lte=at).order_by("next_ask_at")


class Deposit(StateMachine, models.Model):
    """Money that somebody paid to us by hand, without a prompt of ours, as the rail tells it.

    It is a claim until the rail itself has confirmed id, amount and party. `reference` is what the payer named;
    `phone` (E.164) is empty until the rail has said whose it is. Refuted, it still counts if the rail names it later:
    such money did move.
    """

    class Status(models.TextChoices):
        TOLD = "told", "Told"
        REFUTED = "refuted", "Refuted"
        KEPT = "kept", "Kept"
        SUSPENSE = "suspense", "Suspense"
        RETURNED = "returned", "Returned"

    gateway = models.CharField(max_length=30)
    receipt_number = models.CharField(max_length=30)
    reference = models.CharField(max_length=30, blank=True, db_index=True)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3, default="KES")
    phone = models.CharField(max_length=20, blank=True)
    status = FSMField(max_length=10, choices=Status, default=Status.TOLD, protected=True)
    token = models.CharField(max_length=32, unique=True, default=new_token)
    inquiry_id = models.CharField(max_length=100, blank=True)
    next_ask_at = models.DateTimeField(null=True, blank=True)
    times_asked = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DepositQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["next_ask_at"], condition=Q(next_ask_at__isnull=False), name="deposits_to_ask"),
            models.Index(fields=["status", "-created_at"], name="deposits_by_status"),
            models.Index(fields=["-created_at", "-id"], name="deposits_newest_first"),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="deposits_of_phone"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "receipt_number"], name="deposit_once_per_receipt"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="deposit_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"Deposit {self.receipt_number}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @transition(status, source=Status.TOLD, target=Status.REFUTED)
    def refute(self) -> None:
        """The rail knows no such money."""
        self.finished_at = now()

    @transition(status, source=[Status.TOLD, Status.REFUTED, Status.SUSPENSE], target=Status.KEPT)
    def keep(self) -> None:
        """It belongs to a payment, and counts there."""
        self.finished_at = now()

    @transition(status, source=[Status.TOLD, Status.REFUTED], target=Status.SUSPENSE)
    def suspend(self) -> None:
        """It came in and fits nothing: two people match or return it."""
        self.finished_at = None

    @transition(status, source=Status.SUSPENSE, target=Status.RETURNED)
    def give_back(self) -> None:
        """It went back to whoever paid it."""
        self.finished_at = now()


guard(Deposit)
