from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from voicepact.kernel.api.fields import AmountField, InstantField, PhoneField


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        (350000, "350000"),
        (Decimal("3.5E+5"), "350000"),
        (Decimal("0.50"), "0.50"),
        ("350000.00", "350000"),
        (" 12.5 ", "12.50"),
        (9999999999999, "9999999999999"),
    ],
)
def test_an_amount_is_a_number_or_text_with_one(sent: Any, amount: str) -> None:
    assert AmountField().run_validation(sent) == Decimal(amount)


@pytest.mark.parametrize(
    "sent",
    [
        *(True, False, None, 1.5, 0, -1, Decimal("0.001"), Decimal("10.005"), 10**13, Decimal("1E+30")),
        *("", "abc", "1e5", "1_000", "1,000", "٣٥٠", "NaN", "Infinity", "-5", "9" * 2000, "10.001", [1], {"a": 1}),
    ],
)
def test_anything_else_is_no_amount(sent: Any) -> None:
    with pytest.raises(ValidationError):
        AmountField().run_validation(sent)


def test_a_phone_is_kept_in_e164() -> None:
    assert PhoneField().run_validation("0712 345 678") == "+254712345678"


@pytest.mark.parametrize(
    "sent", ["", "12", "call me", "+254", "+2547123456789999", 254712345678, None, ["0712345678"], True]
)
def test_what_is_no_phone_is_refused(sent: Any) -> None:
    with pytest.raises(ValidationError):
        PhoneField().run_validation(sent)


def test_an_instant_is_utc_both_ways() -> None:
    field = InstantField()
    instant = field.run_validation("2026-12-01T15:00:00+03:00")
    assert instant == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert field.to_representation(instant) == "2026-12-01T12:00:00Z"


@pytest.mark.parametrize(
    "sent",
    [
        *("2026-12-01T12:00:00", "2026-12-01", "tomorrow", "", 1764590400, None, "2026-13-01T00:00:00Z"),
        *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"),
    ],
)
def test_a_time_without_zone_or_sense_is_refused(sent: Any) -> None:
    with pytest.raises(ValidationError):
        InstantField().run_validation(sent)
