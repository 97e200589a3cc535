"""What each rail charges for a transfer: dated tables, as data.

A table is in force from the day (in Nairobi) on which it starts until the day on which the next one does. A band
without source is one that the form leaves out: its charge is known only when the rail has taken it, and is never
guessed. A rail without table, such as Africa's Talking's discontinued payments, has no known charge at all.

Sources name other figures too (a design note of kepas-tech/daraja-studio puts B2C of 101 to 500 at 7), so that a new
form becomes a new table with its own day, and never a change of one that was in force.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from voicepact.kernel.clock import NAIROBI
from voicepact.kernel.rails import DARAJA


class Operation(StrEnum):
    COLLECTION = "collection"
    PAYOUT = "payout"


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so, and of which day the word is."""

    text: str
    dated: date

    def __str__(self) -> str:
        return f"{self.text} ({self.dated:%Y-%m-%d})"


@dataclass(frozen=True, slots=True)
class Band:
    """A transfer of `lowest` to `highest` costs `fee`, in whole units; without `source` nobody has told us."""

    lowest: int
    highest: int
    fee: int | None
    source: Source | None


@dataclass(frozen=True, slots=True)
class Tariff:
    gateway: str
    operation: Operation
    valid_from: date
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Charge:
    """What some transfers cost together, in whole units of the rail's currency, and who says so."""

    amount: Decimal
    sources: tuple[Source, ...]


PAY_BILL = Source(
    "Charges of M-Pesa from customer to Pay Bill: the tables of 2024 to 2026 at money.ke, convertksh.xyz and"
    " kampalaexpress.com, which agree",
    date(2026, 1, 1),
)
B2C_FORM = Source("Safaricom's B2C tariff form of August 2023, charges to registered users", date(2023, 8, 1))

TARIFFS = (
    Tariff(
        DARAJA.name,
        Operation.COLLECTION,
        valid_from=date(2024, 1, 1),
        bands=(
            Band(1, 100, 0, PAY_BILL),
            Band(101, 500, 5, PAY_BILL),
            Band(501, 1_000, 10, PAY_BILL),
            Band(1_001, 1_500, 15, PAY_BILL),
            Band(1_501, 2_500, 20, PAY_BILL),
            Band(2_501, 3_500, 25, PAY_BILL),
            Band(3_501, 5_000, 34, PAY_BILL),
            Band(5_001, 7_500, 42, PAY_BILL),
            Band(7_501, 10_000, 48, PAY_BILL),
            Band(10_001, 15_000, 57, PAY_BILL),
            Band(15_001, 20_000, 62, PAY_BILL),
            Band(20_001, 25_000, 67, PAY_BILL),
            Band(25_001, 30_000, 72, PAY_BILL),
            Band(30_001, 35_000, 83, PAY_BILL),
            Band(35_001, 40_000, 99, PAY_BILL),
            Band(40_001, 45_000, 103, PAY_BILL),
            Band(45_001, 250_000, 108, PAY_BILL),
        ),
    ),
    Tariff(
        DARAJA.name,
        Operation.PAYOUT,
        valid_from=date(2023, 8, 1),
        bands=(
            Band(1, 100, 0, B2C_FORM),
            Band(101, 1_500, 5, B2C_FORM),
            Band(1_501, 5_000, 9, B2C_FORM),
            Band(5_001, 20_000, 11, B2C_FORM),
            Band(20_001, 150_000, 13, B2C_FORM),
            Band(150_001, 250_000, None, None),  # the form stops at 150,000, which was the limit of its time
        ),
    ),
)


def business_day(moment: datetime) -> date:
    """The day of that moment, which begins at midnight in Nairobi."""
    return moment.astimezone(NAIROBI).date()


def in_force(gateway: str, operation: Operation, *, on: date) -> Tariff | None:
    """The newest table that has started by the day `on`."""
    started = [t for t in TARIFFS if (t.gateway, t.operation) == (gateway, operation) and t.valid_from <= on]
    return max(started, key=lambda tariff: tariff.valid_from, default=None)


def charge(gateway: str, operation: Operation, amounts: Iterable[Decimal], *, on: date) -> Charge | None:
    """What transfers of these amounts cost together on that day; None where no source tells it of each."""
    tariff = in_force(gateway, operation, on=on)
    total, sources = Decimal(0), dict[Source, None]()
    for amount in amounts:
        band = next((b for b in tariff.bands if b.lowest <= amount <= b.highest), None) if tariff else None
        if band is None or band.fee is None or band.source is None:
            return None
        total += band.fee
        sources[band.source] = None
    return Charge(total, tuple(sources))
