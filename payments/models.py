"""Where the money is: payments, the transfers that move them, the ledger, and the rail's words as they came."""

import secrets
import uuid
from datetime import datetime
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django_fsm import FSMField, transition

from contracts.models import APPEND_ONLY, Contract, Dispute, Party, evidence_storage
from payments.outcomes import NOTHING_OWED
from voicepact.kernel.api.decimals import DecimalJSONDecoder, DecimalJSONEncoder
from voicepact.kernel.clock import now
from voicepact.kernel.models import User
from voicepact.kernel.money import Money
from voicepact.kernel.statemachine import GuardedQuerySet, StateMachine, guard


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


def new_token() -> str:
    """32 lower-case hex characters: Daraja refuses some words in an address, and hex spells none of them."""
    return secrets.token_hex(16)


def _is_collection(transfer: models.Model) -> bool:
    return isinstance(transfer, Transfer) and transfer.is_collection


class TransferQuerySet(GuardedQuerySet["Transfer"]):
    def open(self) -> "TransferQuerySet":
        """Transfers whose end is not known yet."""
        return self.filter(status__in=Transfer.OPEN)

    def collections(self) -> "TransferQuerySet":
        return self.filter(kind=Transfer.Kind.COLLECTION)

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
        indexes = [
            models.Index(fields=["not_before"], condition=Q(status="requested"), name="transfers_to_submit"),
            models.Index(fields=["next_ask_at"], condition=Q(next_ask_at__isnull=False), name="transfers_to_ask"),
            models.Index(fields=["-created_at", "-id"], name="transfers_newest_first"),
            models.Index(fields=["receipt_number"], condition=~Q(receipt_number=""), name="transfers_by_receipt"),
            models.Index(fields=["external_id"], condition=~Q(external_id=""), name="transfers_by_external_id"),
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


class Posting(models.Model):
    """One amount moved from one account to another: balanced by construction, never changed.

    Accounts: `outside`, `held:<payment>`, `in_transit:<transfer>`, `suspense`, `fees`, `charges:<gateway>`. What
    came into suspense has its `deposit` and no transfer.
    """

    append_only = True

    source = models.CharField(max_length=120, db_index=True)
    destination = models.CharField(max_length=120, db_index=True)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3, default="KES")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="postings")
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, null=True, related_name="postings")
    deposit = models.ForeignKey("Deposit", on_delete=models.PROTECT, null=True, related_name="postings")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        triggers = [
            *APPEND_ONLY,
            pgtrigger.Trigger(
                name="move_balances",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.source ~ '^(held|in_transit):' THEN
                        UPDATE payments_balance SET amount = amount - NEW.amount WHERE account = NEW.source;
                        IF NOT FOUND THEN
                            RAISE EXCEPTION 'account % is empty', NEW.source USING ERRCODE = 'check_violation';
                        END IF;
                    END IF;
                    IF NEW.destination ~ '^(held|in_transit):' THEN
                        INSERT INTO payments_balance AS b (account, amount, currency)
                        VALUES (NEW.destination, NEW.amount, NEW.currency)
                        ON CONFLICT (account) DO UPDATE SET amount = b.amount + NEW.amount;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="posting_amount_positive"),
            models.CheckConstraint(condition=~Q(source=F("destination")), name="posting_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.destination} {Money(self.amount, self.currency)}"


class Balance(models.Model):
    """What lies on one account of one payment or transfer; moved by the postings' trigger, never below zero."""

    account = models.CharField(primary_key=True, max_length=120)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3, default="KES")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="balance_never_negative")]

    def __str__(self) -> str:
        return f"{self.account} {Money(self.amount, self.currency)}"


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
        permissions = [("replay", "Can work a kept callback again")]
        indexes = [models.Index(fields=["not_before"], condition=Q(worked_at=None), name="callbacks_to_work")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.kind} {self.received_at:%Y-%m-%d %H:%M:%S}"


class Wallet(models.Model):
    """A rail's last word on our own money there.

    `charges_paid` is the rail's running total of what it has charged us, below zero; `charges_opening` is what it was
    at the first report, before which nothing was ours to post. `charges_expected` is what the tariffs expect of the
    payouts since then that had ended by `charges_expected_at`. `charges_gap` is by how much the rail was last found to
    charge more (or, below zero, less) than that. `short_since` is set while it does not cover what is to leave.
    """

    gateway = models.CharField(primary_key=True, max_length=30)
    currency = models.CharField(max_length=3, default="KES")
    available = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    charges_paid = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    charges_opening = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    charges_expected = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal(0))
    charges_expected_at = models.DateTimeField(null=True)
    charges_gap = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal(0))
    short_since = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Wallet at {self.gateway}"


class Proposal(StateMachine, models.Model):
    """What one member of staff proposes and another approves, because no rule moves that money by itself.

    `subject` names what it is about in one word (`dispute:5`); the foreign key of that kind is set beside it. `details`
    holds what the kind needs: `seller_amount` and `buyer_amount` of a decision, the `phone` of a change, the `outcome`
    of an unknown transfer. Events name the proposal and never its details.
    """

    class Kind(models.TextChoices):
        DECISION = "decision", "Decide a dispute"
        PARTIAL_REFUND = "partial_refund", "Give back a part"
        PAY_AGAIN = "pay_again", "Try an owed payout again"
        MARK_TRANSFER = "mark_transfer", "Say what became of a transfer"
        MATCH_DEPOSIT = "match_deposit", "Match money in suspense"
        RETURN_DEPOSIT = "return_deposit", "Return money in suspense"
        PHONE_CHANGE = "phone_change", "Change a party's phone"
        RESUME_PAYOUTS = "resume_payouts", "Let payouts leave again"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        EXPIRED = "expired", "Expired"

    kind = models.CharField(max_length=20, choices=Kind)
    subject = models.CharField(max_length=60)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    stop = models.ForeignKey("PayoutStop", on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    details = models.JSONField(default=dict, blank=True, encoder=DecimalJSONEncoder, decoder=DecimalJSONDecoder)
    reason = models.TextField()
    attachment = models.FileField(storage=evidence_storage, upload_to="proposals/%Y/%m", max_length=200, blank=True)
    attachment_sha256 = models.CharField(max_length=64, blank=True)
    status = FSMField(max_length=10, choices=Status, default=Status.PROPOSED, protected=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="proposals")
    proposed_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    objects = GuardedQuerySet["Proposal"].as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        permissions = [
            ("propose", "Can propose what another member of staff then approves"),
            ("approve", "Can approve or reject what another member of staff has proposed"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status="proposed"), name="proposals_open"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(status="proposed"), name="one_open_proposal_per_subject"
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="approver_is_not_proposer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.subject})"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.PROPOSED and self.expires_at > now()

    @transition(status, source=Status.PROPOSED, target=Status.APPROVED)
    def approve(self, by: User) -> None:
        self.decided_by, self.decided_at = by, now()

    @transition(status, source=Status.PROPOSED, target=Status.REJECTED)
    def reject(self, by: User, note: str) -> None:
        self.decided_by, self.decided_at, self.note = by, now(), note

    @transition(status, source=Status.PROPOSED, target=Status.EXPIRED)
    def expire(self) -> None:
        self.decided_at = now()


class PayoutStop(models.Model):
    """No money leaves while this stands: on one rail (`gateway`), of one deal (`contract`), or at all (neither)."""

    gateway = models.CharField(max_length=30, blank=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="payout_stops")
    code = models.CharField(max_length=50)
    reason = models.CharField(max_length=200, blank=True)
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


guard(Payment)
guard(Transfer)
guard(Deposit)
guard(Proposal)
