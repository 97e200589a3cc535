"""Money is Decimal with its currency."""

from decimal import Decimal

import pytest

from voicepact.kernel.money import Money, plain


@pytest.mark.parametrize(
    ("amount", "written", "with_cents"),
    [
        ("350000", "KES 350,000", "KES 350,000.00"),
        ("350000.00", "KES 350,000", "KES 350,000.00"),
        ("99.5", "KES 99.50", "KES 99.50"),
        ("0", "KES 0", "KES 0.00"),
    ],
)
def test_how_money_is_written(amount, written, with_cents):
    money = Money(Decimal(amount))

    assert str(money) == written
    assert money.with_cents() == with_cents


@pytest.mark.parametrize("amount", [1, 1.5, "1", None])
def test_money_is_never_anything_but_decimal(amount):
    with pytest.raises(TypeError):
        Money(amount)


def test_money_has_no_more_than_two_decimals():
    with pytest.raises(ValueError, match="two decimals"):
        Money(Decimal("1.005"))


def test_currencies_do_not_mix():
    with pytest.raises(ValueError, match="do not mix"):
        Money(Decimal(1), "KES") + Money(Decimal(1), "UGX")

    assert Money(Decimal(3)) - Money(Decimal(1)) == Money(Decimal(2))


def test_amounts_for_payloads_are_integers_or_exact_text():
    assert plain(Decimal("350000.00")) == 350_000
    assert plain(Decimal("0.5")) == "0.50"
