"""Quantities: read as people key them in, and told without needless zeros."""

from decimal import Decimal

import pytest

from contracts.models import Contract
from notifications import quantities


def deal(**terms: object) -> Contract:
    return Contract(terms=terms)


@pytest.mark.parametrize("written", ["90", "90 bags", "90 Bags", "90.0", " 90bags ", "bags 90"])
def test_a_smaller_number_is_less_with_the_deals_unit_or_without(written):
    assert quantities.less(deal(quantity=100, unit="bags"), written.strip()) == 90


@pytest.mark.parametrize(
    "written",
    [
        "",
        "100",
        "150",
        "0",
        "-5",
        "1e1",
        "1_0",
        "+9",
        "1,5",
        "9,00",
        "1 5",
        ".5",
        "5.",
        "5..1",
        "yesterday",
        "90 bags to the shop",
        "90 goats",
        "0.001",
        "1e-3",
        "nan",
        "٩",
    ],
)
def test_all_else_is_not_less(written):
    assert quantities.less(deal(quantity=100, unit="bags"), written) is None


@pytest.mark.parametrize(
    "quantity", [None, "", True, "many", [100], {"n": 1}, Decimal("1e30"), Decimal("1e99999999"), -5, 0, "1e99999999"]
)
def test_a_deal_without_a_quantity_that_can_be_counted_has_none(quantity):
    assert quantities.agreed(deal(quantity=quantity)) is None
    assert quantities.less(deal(quantity=quantity), "5") is None


@pytest.mark.parametrize(
    ("number", "told"), [("100", "100"), ("100.00", "100"), ("12.50", "12.5"), ("1250", "1,250"), ("1e3", "1,000")]
)
def test_numbers_are_told_without_needless_zeros(number, told):
    assert quantities.told(Decimal(number)) == told


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1,250", "1250"),
        ("1 250", "1250"),
        ("12.5", "12.5"),
        ("3500/=", "3500"),
        (" 80 ", "80"),
        ("1,250.50", "1250.5"),
    ],
)
def test_a_number_is_read_as_people_write_it(written, number):
    assert quantities.read(written) == Decimal(number)


@pytest.mark.parametrize(
    "written", ["1,5", "12,50", "1 5", "1,2500", ".50", "1e5", "1_000", "+50", "5.", "0", "\u0663"]
)
def test_what_could_be_another_number_is_none(written):
    assert quantities.read(written) is None


@pytest.mark.parametrize(
    ("written", "many", "unit"),
    [
        ("100 bags", "100", "bags"),
        (" magunia 100 ", "100", "magunia"),
        ("12,500 kg", "12500", "kg"),
        ("2.5tonnes", "2.5", "tonnes"),
        ("100 bags of 90kg", "100", "bags of 90kg"),
        ("5", "5", ""),
        ("999", "999", ""),
    ],
)
def test_a_lot_is_a_number_with_its_unit_or_a_few_pieces(written, many, unit):
    assert quantities.lot(written) == (Decimal(many), unit)


@pytest.mark.parametrize(
    "written", ["12,500", "1000", "2.5", "bags", "bags 5 kg", "12,5 kg", "-5", "", "5 6", "5 \u0663"]
)
def test_a_number_that_lacks_its_unit_is_no_lot(written):
    assert quantities.lot(written) is None
