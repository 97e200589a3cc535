"""The tariffs: every amount in one band, figures as their forms have them, and the newest that has started counts."""

from datetime import date
from decimal import Decimal

import pytest

from voicepact.kernel import tariffs
from voicepact.kernel.rails import RAILS
from voicepact.kernel.tariffs import B2C_FORM, TARIFFS, Band, Operation, Source, Tariff, charge

DAY = date(2026, 11, 24)


@pytest.mark.parametrize("tariff", TARIFFS, ids=lambda t: f"{t.gateway} {t.operation}")
def test_the_bands_cover_everything_that_the_rail_carries_once(tariff):
    assert tariff.bands[0].lowest == 1
    assert tariff.bands[-1].highest == RAILS[tariff.gateway].per_transfer
    for band, following in zip(tariff.bands, tariff.bands[1:], strict=False):
        assert following.lowest == band.highest + 1


@pytest.mark.parametrize("band", [band for tariff in TARIFFS for band in tariff.bands])
def test_a_fee_has_a_source_and_without_source_there_is_none(band):
    assert (band.fee is None) == (band.source is None)


@pytest.mark.parametrize(
    ("operation", "amount", "fee"),
    [
        ("payout", 10, 0),
        ("payout", 100, 0),
        ("payout", 101, 5),
        ("payout", 1_500, 5),
        ("payout", 1_501, 9),
        ("payout", 5_000, 9),
        ("payout", 5_001, 11),
        ("payout", 20_000, 11),
        ("payout", 20_001, 13),
        ("payout", 150_000, 13),
        ("collection", 100, 0),
        ("collection", 101, 5),
        ("collection", 10_000, 48),
        ("collection", 45_000, 103),
        ("collection", 250_000, 108),
    ],
)
def test_figures_at_the_edges_of_the_bands(operation, amount, fee):
    found = charge("daraja", Operation(operation), [Decimal(amount)], on=DAY)

    assert found is not None
    assert found.amount == fee
    assert found.sources


@pytest.mark.parametrize("amount", [150_001, 250_000, 250_001])
def test_what_no_source_tells_is_not_guessed(amount):
    assert charge("daraja", Operation.PAYOUT, [Decimal(1_000), Decimal(amount)], on=DAY) is None


def test_a_rail_or_a_time_without_table_has_no_known_charge():
    assert charge("africastalking", Operation.PAYOUT, [Decimal(1_000)], on=DAY) is None
    assert charge("daraja", Operation.PAYOUT, [Decimal(1_000)], on=date(2023, 7, 31)) is None


def test_parts_are_summed_and_their_source_named_once():
    found = charge("daraja", Operation.PAYOUT, [Decimal(100_000), Decimal(1_000)], on=DAY)

    assert found is not None
    assert (found.amount, found.sources) == (18, (B2C_FORM,))


def test_of_two_tables_the_newest_that_has_started_counts(monkeypatch):
    source = Source("A newer form", date(2026, 11, 20))
    newer = Tariff("daraja", Operation.PAYOUT, date(2026, 11, 25), (Band(1, 250_000, 7, source),))
    monkeypatch.setattr(tariffs, "TARIFFS", (newer, *TARIFFS))

    def fee(on: date) -> Decimal:
        found = charge("daraja", Operation.PAYOUT, [Decimal(1_000)], on=on)
        assert found is not None
        return found.amount

    assert (fee(date(2026, 11, 24)), fee(date(2026, 11, 25)), fee(date(2027, 1, 1))) == (5, 7, 7)
