"""What a client sends about payments, and what of it is well-formed."""

from typing import Any

from rest_framework import serializers

from contracts.models import Contract
from voicepact.kernel.api.fields import AmountField, PhoneField
from voicepact.kernel.rails import RAILS

LONGEST_METADATA = 50


class CheckoutIn(serializers.Serializer[Any]):
    contract_id = serializers.CharField(max_length=50)
    phone_number = PhoneField()
    amount = AmountField()
    currency_code = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    metadata = serializers.DictField(required=False)

    def validate_metadata(self, metadata: dict[str, Any]) -> dict[str, Any]:
        if len(metadata) > LONGEST_METADATA:
            raise serializers.ValidationError(f"At most {LONGEST_METADATA} entries.")
        return metadata

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        """One currency, under either of its names."""
        given = {sent.pop(name) for name in ("currency_code", "currency") if name in sent}
        if len(given) > 1:
            raise serializers.ValidationError({"currency_code": "It differs from `currency`; send one of them."})
        return {**sent, "currency": given.pop() if given else "KES"}


class ReleaseIn(serializers.Serializer[Any]):
    contract_id = serializers.CharField(max_length=50)
    transaction_id = serializers.CharField(max_length=100)
    confirmed_by = serializers.ListField(child=PhoneField(), max_length=10)


class RefundIn(serializers.Serializer[Any]):
    transaction_id = serializers.CharField(max_length=100)
    reason = serializers.CharField(max_length=500)
    initiated_by = PhoneField()
    amount = AmountField(required=False)


class CancelIn(serializers.Serializer[Any]):
    requested_by = PhoneField(required=False)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class FeesIn(serializers.Serializer[Any]):
    amount = AmountField()
    gateway = serializers.CharField(max_length=30, required=False)
    fees_paid_by = serializers.ChoiceField(
        choices=Contract.FeesPaidBy.values, default=Contract.FeesPaidBy.PLATFORM.value
    )


class BalanceIn(serializers.Serializer[Any]):
    gateway = serializers.ChoiceField(choices=sorted(RAILS), required=False)
