"""Disputes on the wire: what a client sends, and what it is answered."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from rest_framework import serializers

from contracts.disputes import LONGEST_TEXT
from contracts.models import Deadline, Dispute, Evidence
from voicepact.kernel.api.fields import AmountField, InstantField, PhoneField

OPEN, CLOSED = "open", "closed"


class DisputeIn(serializers.Serializer[Any]):
    """`opened_by` is the phone of the buyer or seller in whose name the dispute is opened."""

    contract_id = serializers.CharField(max_length=50)
    opened_by = PhoneField()
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class EvidenceIn(serializers.Serializer[Any]):
    """`party_phone` is the phone of the buyer or seller whose evidence it is; without it, it is the client's own."""

    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    party_phone = PhoneField(required=False)
    file = serializers.FileField(required=False, allow_empty_file=True)


class WithdrawIn(serializers.Serializer[Any]):
    """`requested_by` is the phone of whoever opened the dispute."""

    requested_by = PhoneField()


class DisputeFilter(serializers.Serializer[Any]):
    """What a list of disputes may be narrowed by."""

    contract_id = serializers.CharField(max_length=50, required=False)
    status = serializers.ChoiceField(choices=[OPEN, CLOSED], required=False)
    party_phone = PhoneField(required=False)
    created_from = InstantField(required=False)
    created_to = InstantField(required=False)


class EvidenceOut(serializers.ModelSerializer[Evidence]):
    """`file` is the address at which the file is fetched; null where there is none."""

    evidence_id = serializers.IntegerField(source="pk")
    party = serializers.SerializerMethodField()
    added_at = InstantField()
    file = serializers.SerializerMethodField()

    class Meta:
        model = Evidence
        fields = [
            "evidence_id",
            "party",
            "actor",
            "channel",
            "text",
            "file",
            "file_name",
            "content_type",
            "size",
            "sha256",
            "added_at",
        ]

    def get_party(self, piece: Evidence) -> str | None:
        """`buyer` or `seller`; null for what staff or the client brought in their own name."""
        return piece.party.role if piece.party else None

    def get_file(self, piece: Evidence) -> str | None:
        return reverse("dispute-evidence-file", args=[piece.dispute_id, piece.pk]) if piece.file else None


class DisputeOut(serializers.ModelSerializer[Dispute]):
    """A dispute as it stands in a list. `opener` is `buyer`, `seller`, `clock` or `staff`."""

    dispute_id = serializers.IntegerField(source="pk")
    status = serializers.SerializerMethodField()
    opener = serializers.CharField(source="by")
    opened_by = serializers.SerializerMethodField()
    opened_at = InstantField()
    answer_due_at = serializers.SerializerMethodField()
    answered_at = InstantField()
    decision_due_at = serializers.SerializerMethodField()
    closed_at = InstantField()
    outcome = serializers.SerializerMethodField()
    seller_amount = AmountField(min_value=Decimal(0))
    buyer_amount = AmountField(min_value=Decimal(0))

    class Meta:
        model = Dispute
        fields = [
            "dispute_id",
            "contract_id",
            "status",
            "opener",
            "opened_by",
            "channel",
            "reason",
            "opened_at",
            "answer_due_at",
            "answered_at",
            "decision_due_at",
            "closed_at",
            "outcome",
            "seller_amount",
            "buyer_amount",
        ]

    def get_status(self, dispute: Dispute) -> str:
        return OPEN if dispute.is_open else CLOSED

    def get_opened_by(self, dispute: Dispute) -> str | None:
        """The phone of the party that opened it."""
        return dispute.opened_by.phone if dispute.opened_by else None

    def get_answer_due_at(self, dispute: Dispute) -> str | None:
        """Until when the other side is waited for; null once it has answered or is waited for no more."""
        return self._due(dispute, Deadline.Kind.DISPUTE_ANSWER)

    def get_decision_due_at(self, dispute: Dispute) -> str | None:
        """Until when staff decide; null once it is over, or overdue."""
        return self._due(dispute, Deadline.Kind.DISPUTE_DECISION)

    def get_outcome(self, dispute: Dispute) -> str | None:
        return dispute.outcome or None

    def _due(self, dispute: Dispute, kind: Deadline.Kind) -> str | None:
        for timer in dispute.contract.deadlines.all():
            if (timer.kind, timer.subject, timer.closed_at) == (kind, str(dispute.pk), None):
                return InstantField().to_representation(timer.due_at)
        return None


class DisputeWithEvidence(DisputeOut):
    evidence = EvidenceOut(many=True)

    class Meta(DisputeOut.Meta):
        fields = [*DisputeOut.Meta.fields, "evidence"]


class WithdrawOut(DisputeWithEvidence):
    """The dispute, and whose own word is still missing. The context holds `awaiting`."""

    awaiting = serializers.SerializerMethodField()

    class Meta(DisputeWithEvidence.Meta):
        fields = [*DisputeWithEvidence.Meta.fields, "awaiting"]

    def get_awaiting(self, dispute: Dispute) -> list[str]:
        awaiting: list[str] = self.context["awaiting"]
        return awaiting
