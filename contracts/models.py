"""What two people agreed, what each has confirmed, and the chain of events that tells it."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from voicepact.kernel.api.decimals import DecimalJSONDecoder, DecimalJSONEncoder
from voicepact.kernel.clock import now
from voicepact.kernel.models import User
from voicepact.kernel.money import Money
from voicepact.kernel.statemachine import GuardedQuerySet, StateMachine, guard

APPEND_ONLY = [
    pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
    pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'rows of % are never removed', TG_TABLE_NAME;",
    ),
]


def evidence_storage() -> FileSystemStorage:
    """Where the files of disputes lie: outside everything that the web server serves by itself."""
    return FileSystemStorage(location=settings.EVIDENCE_DIR, file_permissions_mode=0o600)


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


class Party(models.Model):
    """A person in a contract, known by phone.

    `last_wrote_at` is when an SMS last came from the phone while the contract's money was held, `warned_at` when the
    network reported that the phone has the warning that the money will go back.
    """

    class Role(models.TextChoices):
        BUYER = "buyer", "Buyer"
        SELLER = "seller", "Seller"
        PAYER = "payer", "Payer"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="parties")
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

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="confirmations")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="confirmations")
    kind = models.CharField(max_length=10, choices=Kind)
    channel = models.CharField(max_length=10)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["contract_id", "at"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [models.UniqueConstraint(fields=["party", "kind"], name="said_once")]

    def __str__(self) -> str:
        return f"{self.party} {self.kind}"


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
        indexes = [models.Index(fields=["-opened_at", "-id"], name="disputes_newest_first")]
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


class Chain(models.Model):
    """The head of one chain of events: a contract's, or `system`."""

    name = models.CharField(primary_key=True, max_length=50)
    serial = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """Something that became true. Each row is hashed over the one before and signed; rows are never changed.

    Holds ids, amounts, codes and digests only: never a name, a phone number or free text.
    """

    append_only = True

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="events")
    chain = models.CharField(max_length=50)
    serial = models.PositiveIntegerField()
    kind = models.CharField(max_length=50, db_index=True)
    actor = models.CharField(max_length=60)
    channel = models.CharField(max_length=10)
    at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["chain", "serial"]
        triggers = APPEND_ONLY
        constraints = [models.UniqueConstraint(fields=["chain", "serial"], name="one_event_per_serial")]

    def __str__(self) -> str:
        return f"{self.chain} #{self.serial} {self.kind}"


class Outbox(models.Model):
    """An event that one reader has still to read; the reader deletes the row when its own rows are made.

    One that cannot be read waits until `not_before`, each time longer.
    """

    class Reader(models.TextChoices):
        ANNOUNCEMENTS = "announcements", "Announcements"
        ALERTS = "alerts", "Alerts"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="outbox")
    reader = models.CharField(max_length=20, choices=Reader)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "outbox"
        ordering = ["id"]
        indexes = [models.Index(fields=["reader", "id"], name="outbox_of_reader")]

    def __str__(self) -> str:
        return f"{self.event} for {self.reader}"


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
        indexes = [models.Index(fields=["due_at"], condition=Q(closed_at=None), name="deadlines_running")]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "subject"], condition=Q(closed_at=None), name="one_running_deadline"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.due_at:%Y-%m-%d %H:%M}"


guard(Contract)
