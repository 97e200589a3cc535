"""Contracts on the wire: what a client sends, and what it is answered."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contracts.agreements import Draft, PartyDraft
from contracts.models import Confirmation, Contract, Deadline, Event, Party
from voicepact.kernel.api.fields import AmountField, InstantField, PhoneField

LANGUAGES = ("en", "sw")
LONGEST_TERMS = 100
NO_QUANTITY = re.compile(r"(?:-.*|[0.]+(?:[^\d.,].*)?)?", re.DOTALL)
"""A text that says nothing, or a number that is not above 0, alone or with its unit: `-1`, `0.0 bags`."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class LineField(serializers.CharField):
    """Text in one line: it stands in messages to people, where a line of its own could pass for one of ours."""

    default_error_messages: ClassVar[dict[str, Any]] = {"line": "One line of text, without control characters."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if CONTROL.search(text):
            self.fail("line")
        return text


class PersonIn(serializers.Serializer[Any]):
    phone = PhoneField()
    name = LineField(max_length=100, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False)


class PartyIn(PersonIn):
    role = serializers.ChoiceField(choices=[Party.Role.BUYER.value, Party.Role.SELLER.value])


class ContractIn(serializers.Serializer[Any]):
    """A deal as a client sends it."""

    contract_type = serializers.ChoiceField(choices=Contract.Type.values)
    amount = AmountField()
    currency = serializers.RegexField(r"^[A-Z]{3}$", default="KES")
    terms = serializers.DictField(required=False)
    transcript = serializers.CharField(max_length=50_000, required=False, allow_blank=True)
    audio_url = serializers.URLField(max_length=500, required=False, allow_blank=True)
    delivery_location = LineField(max_length=200, required=False, allow_blank=True)
    delivery_deadline = InstantField(required=False, allow_null=True)
    parties = serializers.ListField(child=PartyIn(), min_length=2, max_length=2)
    payer = PersonIn(required=False, allow_null=True)
    fees_paid_by = serializers.ChoiceField(choices=Contract.FeesPaidBy.values, required=False)
    gateway = serializers.CharField(max_length=30, required=False)

    def validate_terms(self, terms: dict[str, Any]) -> dict[str, Any]:
        if len(terms) > LONGEST_TERMS:
            raise serializers.ValidationError(f"At most {LONGEST_TERMS} terms.")
        if not _may_be_quantity(terms.get("quantity")):
            raise serializers.ValidationError({"quantity": "A number above 0, or a text like `100 bags`."})
        return terms

    def draft(self) -> Draft:
        """The validated data as the domain takes it."""
        sent = dict(self.validated_data)
        parties = [PartyDraft(**person) for person in sent.pop("parties")]
        if payer := sent.pop("payer", None):
            parties.append(PartyDraft(role=Party.Role.PAYER, **payer))
        return Draft(parties=tuple(parties), **sent)


def _may_be_quantity(told: Any) -> bool:
    """Whether it is a number above 0, a text that may say one, or nothing at all."""
    if isinstance(told, str):
        return NO_QUANTITY.fullmatch(told.strip()) is None
    return told is None or (isinstance(told, int | Decimal) and not isinstance(told, bool) and told > 0)


class PartyOut(serializers.ModelSerializer[Party]):
    class Meta:
        model = Party
        fields = ["role", "phone", "name", "language"]


class ConfirmationOut(serializers.ModelSerializer[Confirmation]):
    party = serializers.CharField(source="party.role")
    at = InstantField()

    class Meta:
        model = Confirmation
        fields = ["party", "kind", "channel", "at"]


class ContractOut(serializers.ModelSerializer[Contract]):
    """Every field that was sent, and where the deal stands."""

    contract_id = serializers.CharField(source="pk")
    amount = AmountField()
    buyer_fee = AmountField(min_value=Decimal(0))
    seller_fee = AmountField(min_value=Decimal(0))
    buyer_pays = AmountField(source="buyer_pays.amount")
    seller_gets = AmountField(source="seller_gets.amount")
    created_at = InstantField()
    delivery_deadline = InstantField()
    expires_at = serializers.SerializerMethodField()
    confirmations = ConfirmationOut(many=True)
    parties = serializers.SerializerMethodField()
    payer = serializers.SerializerMethodField()

    class Meta:
        model = Contract
        fields = [
            "contract_id",
            "status",
            "contract_hash",
            "payment_reference",
            "created_at",
            "expires_at",
            "confirmations",
            "contract_type",
            "amount",
            "currency",
            "terms",
            "transcript",
            "audio_url",
            "delivery_location",
            "delivery_deadline",
            "parties",
            "payer",
            "fees_paid_by",
            "buyer_fee",
            "seller_fee",
            "buyer_pays",
            "seller_gets",
            "gateway",
        ]

    def get_expires_at(self, contract: Contract) -> str | None:
        """When the contract expires if it is not agreed, or not funded, by then; null once it is funded or over."""
        ends = (Deadline.Kind.AGREEMENT, Deadline.Kind.FUNDING)
        running = [d.due_at for d in contract.deadlines.all() if d.closed_at is None and d.kind in ends]
        return InstantField().to_representation(min(running)) if running else None

    @extend_schema_field(PartyOut(many=True))
    def get_parties(self, contract: Contract) -> Any:
        traders = [party for party in contract.parties.all() if party.role != Party.Role.PAYER]
        return PartyOut(traders, many=True).data

    @extend_schema_field(PartyOut(allow_null=True))
    def get_payer(self, contract: Contract) -> Any:
        payers = [party for party in contract.parties.all() if party.role == Party.Role.PAYER]
        return PartyOut(payers[0]).data if payers else None


class EventOut(serializers.ModelSerializer[Event]):
    at = InstantField()

    class Meta:
        model = Event
        fields = ["serial", "kind", "actor", "channel", "at", "payload", "hash", "previous_hash"]


class ContractFilter(serializers.Serializer[Any]):
    """What a list of contracts may be narrowed by."""

    status = serializers.ChoiceField(choices=Contract.Status.values, required=False)
    party_phone = PhoneField(required=False)
    created_from = InstantField(required=False)
    created_to = InstantField(required=False)
