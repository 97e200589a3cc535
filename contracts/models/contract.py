"""A deal, and the numbers that deals get."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from contracts.models.party import Party
from voicepact.kernel.api.decimals import DecimalJSONDecoder, DecimalJSONEncoder
from voicepact.kernel.clock import now
from voicepact.kernel.models import User
from voicepact.kernel.money import Money
from voicepact.kernel.statemachine import GuardedQuerySet, StateMachine, guard


class ContractQuerySet(GuardedQuerySet["Contract"]):
    def owned_by(self, user: User) -> "ContractQuerySet":
        """The contracts of one REST client."""
        return self.filter(owner=user)

    def with_details(self) -> "ContractQuerySet":
        """With parties, confirmations and running deadlines, in a fixed number of queries."""
        return self.prefetch_related("parties", "confirmations__party", "deadlines")


class Contract(StateMachine, models.Model):
    """A deal: `amount` in `currency` from buyer to seller, for what `terms` say."""

    class Type(models.TextChoices):
        AGRICULTURAL_SUPPLY = "agricultural_supply", "Agricultural supply"
        SERVICE = "service", "Service"
        GOODS = "goods", "Goods"
        LOGISTICS = "logistics", "Logistics"
        OTHER = "other", "Other"

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        CONFIRMED = "confirmed", "Confirmed"
        PAYMENT_LOCKED = "payment_locked", "Payment locked"
        DELIVERED = "delivered", "Delivered"
        COMPLETED = "completed", "Completed"
        DISPUTED = "disputed", "Disputed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"

    class FeesPaidBy(models.TextChoices):
        PLATFORM = "platform", "Platform"
        BUYER = "buyer", "Buyer"
        SELLER = "seller", "Seller"
        SPLIT = "split", "Split"

    id = models.CharField(primary_key=True, max_length=50, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contracts")
    contract_type = models.CharField(max_length=30, choices=Type)
    status = FSMField(max_length=20, choices=Status, default=Status.PENDING, protected=True)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3, default="KES")
    terms = models.JSONField(default=dict, blank=True, encoder=DecimalJSONEncoder, decoder=DecimalJSONDecoder)
    transcript = models.TextField(blank=True)
    audio_url = models.URLField(max_length=500, blank=True)
    delivery_location = models.CharField(max_length=200, blank=True)
    delivery_deadline = models.DateTimeField(null=True, blank=True)
    fees_paid_by = models.CharField(max_length=10, choices=FeesPaidBy, default=FeesPaidBy.PLATFORM)
    gateway = models.CharField(max_length=30)
    buyer_fee = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal(0))
    seller_fee = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal(0))
    payment_reference = models.CharField(max_length=12, db_index=True)
    contract_hash = models.CharField(max_length=64)
    cancellation_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ContractQuerySet.as_manager()

    class Meta:
        db_table = "contracts"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "id"], name="contracts_of_owner"),
            models.Index(fields=["status", "-created_at"], name="contracts_by_status"),
            models.Index(fields=["-created_at", "-id"], name="contracts_newest_first"),
            models.Index(fields=["amount"], name="contracts_by_amount"),
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="contracts_by_end"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="contract_amount_positive"),
            models.CheckConstraint(condition=Q(buyer_fee__gte=0, seller_fee__gte=0), name="contract_fees_not_negative"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def money(self) -> Money:
        """The price: what buyer and seller agreed on, before anybody's fee."""
        return Money(self.amount, self.currency)

    @property
    def buyer_pays(self) -> Money:
        """The price with the buyer's share of the fees: what is collected."""
        return Money(self.amount + self.buyer_fee, self.currency)

    @property
    def seller_gets(self) -> Money:
        """The price without the seller's share of the fees: what is paid out when all goes well."""
        return Money(self.amount - self.seller_fee, self.currency)

    @property
    def buyer(self) -> "Party":
        return self.party("buyer")

    @property
    def seller(self) -> "Party":
        return self.party("seller")

    def party(self, role: str) -> "Party":
        """The party in `role`. Raises LookupError when the contract has none."""
        for party in self.parties.all():
            if party.role == role:
                return party
        raise LookupError(f"{self.id} has no {role}")

    @property
    def payers_phones(self) -> set[str]:
        """Phones that may pay: the buyer's, and the agreed payer's."""
        return {party.phone for party in self.parties.all() if party.role in (Party.Role.BUYER, Party.Role.PAYER)}

    @transition(status, source=Status.PENDING, target=Status.CONFIRMED)
    def confirm(self) -> None:
        """Every party has agreed; the buyer may pay."""
        self.confirmed_at = now()

    @transition(status, source=Status.CONFIRMED, target=Status.PAYMENT_LOCKED)
    def lock_payment(self) -> None:
        """The whole amount is in escrow."""
        self.locked_at = now()

    @transition(status, source=Status.PAYMENT_LOCKED, target=Status.DELIVERED)
    def deliver(self) -> None:
        """The seller says: delivered."""
        self.delivered_at = now()

    @transition(status, source=[Status.DELIVERED, Status.DISPUTED], target=Status.COMPLETED)
    def complete(self) -> None:
        """Both have confirmed, or a dispute was decided so; the seller is to be paid."""
        self.ended_at = now()

    @transition(status, source=[Status.PAYMENT_LOCKED, Status.DELIVERED], target=Status.DISPUTED)
    def freeze(self) -> None:
        """A dispute is open; no money moves."""

    @transition(status, source=Status.DISPUTED, target=Status.PAYMENT_LOCKED)
    def thaw(self) -> None:
        """The dispute is over, and the seller has not delivered yet."""

    @transition(status, source=Status.DISPUTED, target=Status.DELIVERED)
    def thaw_delivered(self) -> None:
        """The dispute is over, and the seller has delivered."""
        self.delivered_at = self.delivered_at or now()

    @transition(
        status,
        source=[Status.PENDING, Status.CONFIRMED, Status.PAYMENT_LOCKED, Status.DELIVERED, Status.DISPUTED],
        target=Status.CANCELLED,
    )
    def cancel(self) -> None:
        """The deal is off; what came in goes back."""
        self.ended_at = now()

    @transition(status, source=[Status.PENDING, Status.CONFIRMED], target=Status.EXPIRED)
    def expire(self) -> None:
        """Not agreed or not funded in time; what came in goes back."""
        self.ended_at = now()


class ContractSerial(models.Model):
    """The last number given in a series such as `AG-2026`."""

    series = models.CharField(primary_key=True, max_length=10)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.series}-{self.last:06d}"


guard(Contract)
