"""Deals by state, as a funnel: how many there are, what they are worth, and the list of each."""

from dataclasses import dataclass

from contracts.census import UNDER_WAY, Deals
from contracts.contact import OVER
from contracts.models import Contract
from voicepact.console.front.figures import CURRENCY, Figures
from voicepact.kernel.clock import midnight
from voicepact.kernel.display import list_address
from voicepact.kernel.money import Money

Status = Contract.Status


@dataclass(frozen=True, slots=True)
class Step:
    """One state of deals; `width` is its share of the fullest one, of 100."""

    title: str
    count: int
    money: Money
    width: int
    address: str

    @property
    def number(self) -> str:
        return f"{self.count:,}"


def funnel(figures: Figures) -> list[Step]:
    """The way of a deal that goes well, from agreement to its end."""
    way = [status for status in UNDER_WAY if status != Status.DISPUTED]
    counted = [(status, figures.under_way.get(status, Deals())) for status in way]
    counted.append((Status.COMPLETED, _ended(figures, Status.COMPLETED)))
    most = max((deals.count for _, deals in counted), default=0)
    return [_step(status, deals, most, figures) for status, deals in counted]


def beside(figures: Figures) -> list[Step]:
    """What goes another way."""
    aside = [(Status.DISPUTED, figures.under_way.get(Status.DISPUTED, Deals()))]
    aside += [(status, _ended(figures, status)) for status in (Status.CANCELLED, Status.EXPIRED)]
    return [_step(status, deals, 0, figures) for status, deals in aside]


def _ended(figures: Figures, status: Status) -> Deals:
    return sum((day.ended.get(status, Deals()) for day in figures.days), Deals())


def _step(status: Status, deals: Deals, most: int, figures: Figures) -> Step:
    """A deal that is over is counted, and listed, if it ended within the days of the chart."""
    filters = {"status__exact": status.value}
    if status in OVER and figures.days:
        filters["ended_at__gte"] = midnight(figures.days[0].day).isoformat()
    address = list_address("contracts.Contract", **filters)
    width = 100 * deals.count // most if most else 0
    return Step(status.label, deals.count, Money(deals.amount, CURRENCY), width, address)
