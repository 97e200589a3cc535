"""What a client is answered about payments."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contracts.models import Contract
from contracts.serializers import ContractOut
from payments import checkout, claims, narration
from payments.ledger import Standing
from payments.models import Payment, Transfer, Wallet
from payments.proof import Place
from voicepact.kernel.api.fields import AmountField, InstantField


class FeesOut(serializers.Serializer[Any]):
    """What a deal about `amount` would cost whom; a charge is null where no source tells it."""

    amount = AmountField(source="price.amount")
    currency = serializers.CharField(source="price.currency")
    gateway = serializers.CharField()
    fees_paid_by = serializers.ChoiceField(choices=Contract.FeesPaidBy.values)
    platform_fee = AmountField(min_value=Decimal(0))
    payout_charge = AmountField(min_value=Decimal(0), allow_null=True)
    collection_charge = AmountField(min_value=Decimal(0), allow_null=True)
    buyer_fee = AmountField(min_value=Decimal(0))
    seller_fee = AmountField(min_value=Decimal(0))
    buyer_pays = AmountField(source="buyer_pays.amount")
    seller_gets = AmountField(source="seller_gets.amount")
    sources = serializers.ListField(child=serializers.CharField())


class ProofOut(serializers.Serializer[Any]):
    """Whether a deal's money is there; `code` is eight characters by which anybody can check it at `url`."""

    contract_id = serializers.CharField()
    locked = serializers.BooleanField()
    amount = AmountField(source="amount.amount")
    currency = serializers.CharField(source="amount.currency")
    place = serializers.ChoiceField(choices=[place.value for place in Place])
    disputed = serializers.BooleanField()
    code = serializers.CharField()
    as_of = InstantField()
    url = serializers.URLField()


class PartOut(serializers.Serializer[Any]):
    amount = AmountField()
    not_before = InstantField()


class TransferOut(serializers.ModelSerializer[Transfer]):
    amount = AmountField()
    created_at = InstantField()
    finished_at = InstantField()

    class Meta:
        model = Transfer
        fields = [
            "id",
            "kind",
            "part",
            "amount",
            "status",
            "external_id",
            "receipt_number",
            "failure_code",
            "created_at",
            "finished_at",
        ]


class PaymentBase(serializers.ModelSerializer[Payment]):
    """What every answer about a payment has in common. The context holds `standings`: Standing by payment id."""

    amount = AmountField()
    created_at = InstantField()
    external_transaction_id = serializers.SerializerMethodField()
    description = serializers.SerializerMethodField()

    def get_external_transaction_id(self, payment: Payment) -> str | None:
        return payment.external_transaction_id or None

    def get_description(self, payment: Payment) -> str:
        return narration.describe(payment, self.standing(payment))

    def standing(self, payment: Payment) -> Standing:
        found: Standing = self.context["standings"][payment.pk]
        return found


class CheckoutOut(PaymentBase):
    phone_number = serializers.CharField(source="payer_phone")
    parts = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields = [
            "transaction_id",
            "external_transaction_id",
            "status",
            "description",
            "amount",
            "currency",
            "phone_number",
            "created_at",
            "parts",
        ]

    @extend_schema_field(PartOut(many=True))
    def get_parts(self, payment: Payment) -> Any:
        return PartOut(checkout.parts(payment), many=True).data


class PaymentOut(PaymentBase):
    contract_id = serializers.CharField()
    confirmed_at = InstantField()
    released_at = InstantField()
    refunded_at = InstantField()
    metadata = serializers.JSONField(source="payment_metadata")
    buyer_fee = AmountField(min_value=Decimal(0))
    seller_fee = AmountField(min_value=Decimal(0))
    amount_held = serializers.SerializerMethodField()
    amount_released = serializers.SerializerMethodField()
    amount_refunded = serializers.SerializerMethodField()
    parts = serializers.SerializerMethodField()
    transfers = TransferOut(many=True)

    class Meta:
        model = Payment
        fields = [
            "transaction_id",
            "external_transaction_id",
            "contract_id",
            "status",
            "description",
            "amount",
            "currency",
            "buyer_fee",
            "seller_fee",
            "amount_held",
            "amount_released",
            "amount_refunded",
            "payer_phone",
            "recipient_phone",
            "reference",
            "payment_type",
            "payment_method",
            "created_at",
            "confirmed_at",
            "released_at",
            "refunded_at",
            "failure_code",
            "failure_reason",
            "retry_count",
            "metadata",
            "parts",
            "transfers",
        ]

    @extend_schema_field(AmountField(min_value=Decimal(0)))
    def get_amount_held(self, payment: Payment) -> Decimal:
        """What has come in and neither reached the seller nor gone back, whether it rests or is on its way."""
        where = self.standing(payment)
        return where.held + where.in_transit

    @extend_schema_field(AmountField(min_value=Decimal(0)))
    def get_amount_released(self, payment: Payment) -> Decimal:
        return self.standing(payment).released

    @extend_schema_field(AmountField(min_value=Decimal(0)))
    def get_amount_refunded(self, payment: Payment) -> Decimal:
        return self.standing(payment).refunded

    @extend_schema_field(PartOut(many=True))
    def get_parts(self, payment: Payment) -> Any:
        return PartOut(checkout.parts(payment), many=True).data


class HistoryOut(serializers.Serializer[Any]):
    """A contract's payments."""

    contract_id = serializers.CharField()
    transactions = PaymentOut(many=True)


class ReleaseOut(PaymentBase):
    """What goes to the seller; `amount` is the whole sum of it, without the seller's fee."""

    amount = AmountField(source="to_pay_out.amount")
    contract_id = serializers.CharField()

    class Meta:
        model = Payment
        fields = [
            "transaction_id",
            "contract_id",
            "status",
            "description",
            "amount",
            "currency",
            "recipient_phone",
            "external_transaction_id",
            "created_at",
        ]


class RefundOut(ReleaseOut):
    """The same fields; the recipient of a refund is whoever paid, its amount what came in of the payment."""

    amount = serializers.SerializerMethodField()  # type: ignore[assignment]
    recipient_phone = serializers.CharField(source="payer_phone")
    awaiting = serializers.SerializerMethodField()

    class Meta(ReleaseOut.Meta):
        fields = [*ReleaseOut.Meta.fields, "awaiting"]

    @extend_schema_field(AmountField(min_value=Decimal(0)))
    def get_amount(self, payment: Payment) -> Decimal:
        return claims.refundable(payment, self.standing(payment)).amount

    def get_awaiting(self, payment: Payment) -> list[str]:
        """Whose consent is still missing."""
        awaiting: list[str] = self.context["awaiting"]
        return awaiting


class CancelOut(ContractOut):
    """The contract, and whose consent is still missing. The context holds `awaiting`."""

    awaiting = serializers.SerializerMethodField()

    class Meta(ContractOut.Meta):
        fields = [*ContractOut.Meta.fields, "awaiting"]

    def get_awaiting(self, contract: Contract) -> list[str]:
        awaiting: list[str] = self.context["awaiting"]
        return awaiting


class WalletOut(serializers.ModelSerializer[Wallet]):
    balance = AmountField(source="available", min_value=None)
    updated_at = InstantField()

    class Meta:
        model = Wallet
        fields = ["balance", "currency", "updated_at"]
