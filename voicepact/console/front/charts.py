"""The picture of the last days: bars drawn here, so that no script draws them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from voicepact.console.front.figures import DayFigures
from voicepact.kernel.money import Money

HEIGHT, WIDTH = 100, 10  # of a day; the picture is stretched to its place
SERIES = {"collected": "Collected", "released": "Released to sellers", "refunded": "Given back"}
STEPS = tuple(Decimal(step) for step in ("1", "2", "2.5", "5", "10"))


@dataclass(frozen=True, slots=True)
class Bar:
    series: str
    x: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class DayBars:
    """One day: its three bars, and its three sums in words for whoever cannot see them."""

    day: date
    x: int
    bars: tuple[Bar, ...]
    sums: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """`top` is the sum at the upper edge of the picture."""

    days: tuple[DayBars, ...]
    top: Money
    totals: tuple[tuple[str, str, Money], ...]

    @property
    def width(self) -> int:
        return WIDTH * len(self.days)

    @property
    def top_words(self) -> str:
        return _short(self.top)

    @property
    def middle_words(self) -> str:
        return _short(Money(self.top.amount / 2, self.top.currency))

    @property
    def is_empty(self) -> bool:
        return not any(money.amount for _, _, money in self.totals)


def chart(days: tuple[DayFigures, ...], currency: str) -> Chart:
    sums = [[getattr(day.flow, series) for series in SERIES] for day in days]
    top = _round_up(max((amount for day in sums for amount in day), default=Decimal(0)))
    drawn = tuple(
        DayBars(
            day=day.day,
            x=number * WIDTH,
            bars=tuple(_bar(series, place, number, sums[number][place], top) for place, series in enumerate(SERIES)),
            sums=tuple(Money(amount, currency) for amount in sums[number]),
        )
        for number, day in enumerate(days)
    )
    totals = tuple(
        (series, words, Money(sum((day[place] for day in sums), Decimal(0)), currency))
        for place, (series, words) in enumerate(SERIES.items())
    )
    return Chart(drawn, Money(top, currency), totals)


def _bar(series: str, place: int, number: int, amount: Decimal, top: Decimal) -> Bar:
    """Text with a point, whatever the language of the page."""
    height = HEIGHT * amount / top if top else Decimal(0)
    if amount > 0:
        height = max(height, Decimal(1))  # what is not nothing is seen
    x = Decimal(number * WIDTH) + Decimal("0.8") + place * Decimal("2.9")
    return Bar(series, f"{x:.1f}", f"{HEIGHT - height:.2f}", f"{max(height, Decimal(0)):.2f}")


def _round_up(amount: Decimal) -> Decimal:
    """The next of 1, 2, 2.5, 5, 10 and their tenfolds, in whole shillings."""
    if amount <= 0:
        return Decimal(0)
    power = max(Decimal(10) ** (len(str(int(amount))) - 1), Decimal(10))
    return next(step * power for step in STEPS if step * power >= amount)


def _short(money: Money) -> str:
    """`KES 2.5 million`, `KES 500,000`: what has room beside a picture on a phone."""
    million = Decimal(1_000_000)
    return str(money) if money.amount < million else f"{money.currency} {money.amount / million:f} m"
