"""What one member of staff proposes and another approves."""

from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from contracts.models import Contract, Dispute, Party, evidence_storage
from payments.models.deposit import Deposit
from payments.models.payment import Payment
from payments.models.transfer import Transfer
from voicepact.kernel.api.decimals import DecimalJSONDecoder, DecimalJSONEncoder
from voicepact.kernel.clock import now
from voicepact.kernel.models import User
from voicepact.kernel.statemachine import GuardedQuerySet, StateMachine, guard


class ProposalQuerySet(GuardedQuerySet["Proposal"]):
    def open(self) -> "ProposalQuerySet":
        """Those that somebody can still approve or reject."""
        return self.filter(status=Proposal.Status.PROPOSED, expires_at__gt=now())


class Proposal(StateMachine, models.Model):
    """What one member of staff proposes and another approves, because no rule moves that money by itself.

    `subject` names what it is about in one word (`dispute:5`); the foreign key of that kind is set beside it. `details`
    holds what the kind needs: `seller_amount` and `buyer_amount` of a decision, the `phone` of a change, the `outcome`
    of an unknown transfer. Events name the proposal and never its details.
    """

    class Kind(models.TextChoices):
        DECISION = "decision", "Decide a dispute"
        RELEASE = "release", "Release a payment"
        REFUND = "refund", "Refund a payment"
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

    objects = ProposalQuerySet.as_manager()

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
        if self.kind == self.Kind.DECISION:
            return f"Decide the dispute about {self.contract_id}"
        return f"{self.get_kind_display()} ({self.contract_id or self.subject})"

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


guard(Proposal)
