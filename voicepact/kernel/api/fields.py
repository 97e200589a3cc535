"""Fields that serializers share: an amount, a phone number, an instant."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from rest_framework import serializers

from voicepact.kernel import phones
from voicepact.kernel.api.decimals import instant_text
from voicepact.kernel.money import CENT

DECIMAL_TEXT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


class AmountField(serializers.DecimalField):
    """A sum of money: a JSON number, or a string with one; at least 0.01, at most two decimals."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("min_value", CENT)
        super().__init__(**{"max_digits": 15, "decimal_places": 2, "coerce_to_string": False, **options})

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, str):
            data = data.strip()
        number = isinstance(data, int | Decimal) and not isinstance(data, bool)
        if not number and not (isinstance(data, str) and DECIMAL_TEXT.fullmatch(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class PhoneField(serializers.CharField):
    """A phone number as people write it; kept and answered in E.164."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "phone": "This is not a phone number. Write it like +254712345678."
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("phone")
        try:
            return phones.parse(data)
        except phones.InvalidPhone:
            self.fail("phone")


class InstantField(serializers.DateTimeField):
    """A point in time: ISO 8601 with its offset from UTC; answered in UTC with `Z`."""

    default_error_messages: ClassVar[dict[str, Any]] = {"zone": "Say the offset from UTC, as in 2026-12-01T12:00:00Z."}

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("zone")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")

    def to_representation(self, value: datetime) -> str:
        return instant_text(value)
