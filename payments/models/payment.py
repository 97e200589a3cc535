"""The buyer's money for one contract."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from contracts.models import Contract
from voicepact.kernel.api.decimals import DecimalJSONDecoder, DecimalJSONEncoder
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money
from voicepact.kernel.statemachine import GuardedQuerySet, StateMachine, guard

if TYPE_CHECKING:
    from payments.models.transfer import Transfer


class PaymentQuerySet(GuardedQuerySet["Payment"]):
    def live(self) -> "PaymentQuerySet":
        """Payments that are not over; a contract has at most one."""
        return self.filter(status__in=[Payment.Status.PENDING, Payment.Status.LOCKED])


class Payment(StateMachine, models.Model):
    """The buyer's money for one contract: asked for, held, and paid out or given back.

    `amount` is the contract's price, and the fees are the contract's, as they were when the payment began.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        LOCKED = "locked", "Locked"
        RELEASED = "released", "Released"
        REFUNDED = "refunded", "Refunded"
        FAILED = "failed", "Failed"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="payments")
    serial = models.PositiveSmallIntegerField()
    transaction_id = models.CharField(max_length=100, unique=True)
    external_transaction_id = models.CharField(max_length=100, blank=True, db_index=True)
    reference = models.CharField(max_length=12, db_index=True)
    payer_phone = models.CharField(max_length=20)
    recipient_phone = models.CharField(max_length=20)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    buyer_fee = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal(0))
    seller_fee = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal(0))
    currency = models.CharField(max_length=3, default="KES")
    payment_type = models.CharField(max_length=20, default="escrow")
    status = FSMField(max_length=10, choices=Status, default=Status.PENDING, protected=True)
    payment_method = models.CharField(max_length=50)
    gateway = models.CharField(max_length=30)
    created_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    refunded_at = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=50, blank=True)
    failure_reason = models.CharField(max_length=200, blank=True)
    retry_count = models.PositiveIntegerField(default=0)
    payment_metadata = models.JSONField(
        default=dict, blank=True, encoder=DecimalJSONEncoder, decoder=DecimalJSONDecoder
    )

    objects = PaymentQuerySet.as_manager()

    class Meta:
        db_table = "payments"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="payments_newest_first"),
            models.Index(fields=["status", "-created_at", "-id"], name="payments_by_status"),
            models.Index(fields=["amount"], name="payments_by_amount"),
            models.Index(fields=["released_at"], condition=Q(released_at__isnull=False), name="payments_by_release"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["contract", "serial"], name="payment_serial_once"),
            models.UniqueConstraint(
                fields=["contract"], condition=Q(status__in=["pending", "locked"]), name="one_live_payment_per_contract"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(condition=Q(buyer_fee__gte=0, seller_fee__gte=0), name="payment_fees_not_negative"),
        ]

    def __str__(self) -> str:
        return self.transaction_id

    @property
    def money(self) -> Money:
        """The price."""
        return Money(self.amount, self.currency)

    @property
    def to_collect(self) -> Money:
        """The price with the buyer's share of the fees."""
        return Money(self.amount + self.buyer_fee, self.currency)

    @property
    def to_pay_out(self) -> Money:
        """The price without the seller's share of the fees: what reaches the seller when all goes well."""
        return Money(self.amount - self.seller_fee, self.currency)

    @property
    def fee(self) -> Money:
        """What is ours of it once the seller is paid."""
        return self.to_collect - self.to_pay_out

    def learn_external_id(self, transfer: "Transfer") -> None:
        """The rail's id of the first collection that it acknowledged is the payment's, for good."""
        if transfer.is_collection and not self.external_transaction_id:
            self.external_transaction_id = transfer.external_id
            self.save(update_fields=["external_transaction_id"])

    @transition(status, source=Status.PENDING, target=Status.LOCKED)
    def lock(self) -> None:
        """The whole amount is in escrow."""
        self.confirmed_at = now()

    @transition(status, source=[Status.PENDING, Status.LOCKED], target=Status.FAILED)
    def fail(self, code: str, reason: str) -> None:
        """Nothing came in and nothing will, whatever callbacks have said."""
        self.failure_code, self.failure_reason = code, reason[:200]

    @transition(status, source=Status.LOCKED, target=Status.RELEASED)
    def release(self) -> None:
        """All that was to reach the seller has."""
        self.released_at = now()

    @transition(status, source=[Status.PENDING, Status.LOCKED], target=Status.REFUNDED)
    def refund(self) -> None:
        """All that came in went back."""
        self.refunded_at = now()


guard(Payment)
