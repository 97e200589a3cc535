"""The front page: what the money is doing, what waits for a person, and whether everything works.

All sums and numbers come from the roll-up; only processes, circuits and stops are looked at when the page is opened.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from contracts.census import UNDER_WAY, Deals
from contracts.contact import OVER
from contracts.models import Contract
from payments.models import PayoutStop
from voicepact.console.front import rollup, waiting
from voicepact.console.front.charts import chart
from voicepact.console.front.figures import Figures, RailMoney, Speed
from voicepact.console.front.machinery import circuits, machinery
from voicepact.console.rights import APPROVE, PAUSE
from voicepact.kernel.clock import midnight, now
from voicepact.kernel.display import NOTHING, Tone, address_of, label, list_address, span
from voicepact.kernel.money import Money
from voicepact.kernel.rails import title

SEES = "payments.view_payment"
CURRENCY = "KES"
LATE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Card:
    """A sum, or a number, with the address of what it sums."""

    title: str
    value: str
    note: str
    address: str
    tone: Tone = Tone.PLAIN


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


@dataclass(frozen=True, slots=True)
class Item:
    """A list that waits for a person."""

    title: str
    about: str
    count: int
    address: str
    icon: str
    tone: Tone

    @property
    def number(self) -> str:
        return f"{self.count:,}"


@dataclass(frozen=True, slots=True)
class RailRow:
    """One rail, as the table of wallets and the table of circuits show it."""

    name: str
    money: RailMoney
    available: Money | None
    owing: Money
    difference: Money | None
    verdict: SafeString
    circuits: list[tuple[str, SafeString]]
    leaving: SafeString


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the front page; for staff who may not see money it says so instead."""
    if not request.user.has_perm(SEES):
        return {**context, "title": "Today"}
    latest = rollup.latest()
    figures = latest.figures
    alive = machinery()
    stops = list(PayoutStop.objects.filter(contract=None, lifted_at=None))
    waits = _waits(request, figures)
    return {
        **context,
        "title": "Today",
        "latest": latest,
        "cards": _cards(figures),
        "waits": [item for item in waits if item.count],
        "idle": [item for item in waits if not item.count],
        "funnel": _steps(figures.under_way, figures, UNDER_WAY),
        "beside": _beside(figures),
        "chart": chart(figures.days, CURRENCY),
        "speeds": [("Last 7 days", *_speed(figures.week)), ("Last 30 days", *_speed(figures.month))],
        "rails": [_rail(rail, stops, ask=alive.waking is not None) for rail in figures.rails],
        "machinery": alive,
        "busy": [(queue, _age(queue.since)) for queue in figures.queues if queue.since],
        "quiet": [queue for queue in figures.queues if not queue.since],
        "stops": [(title(stop.gateway), stop, address_of(stop)) for stop in stops],
        "pause_address": reverse("desk:pause") if request.user.has_perm(PAUSE) else "",
    }


def _cards(figures: Figures) -> list[Card]:
    held = sum((rail.owing.held for rail in figures.rails), Decimal(0))
    in_transit = sum((rail.owing.in_transit for rail in figures.rails), Decimal(0))
    suspense = sum((rail.owing.suspense for rail in figures.rails), Decimal(0))
    over = "a deal that is over" if figures.owed.count == 1 else f"{figures.owed.count:,} deals that are over"
    return [
        Card(
            "Held in escrow",
            _money(held),
            "Buyers' money, until both sides have confirmed",
            list_address("payments.Balance", kind="held"),
        ),
        Card(
            "On its way",
            _money(in_transit),
            "Payouts and refunds that have begun",
            list_address("payments.Balance", kind="in_transit"),
        ),
        Card(
            "Owed, not yet paid",
            _money(figures.owed.amount),
            f"Still held of {over}" if figures.owed.count else "Nobody waits for money of a deal that is over",
            list_address("payments.Payment", attention="owed"),
            Tone.BAD if figures.owed.count else Tone.PLAIN,
        ),
        Card(
            "In suspense",
            _money(suspense),
            "Came in, and fits no deal",
            list_address("payments.Deposit", status__exact="suspense"),
            Tone.CARE if suspense else Tone.PLAIN,
        ),
    ]


def _money(amount: Decimal) -> str:
    return str(Money(amount, CURRENCY))


# --- what waits -------------------------------------------------------------------------------------------------------


def _waits(request: HttpRequest, figures: Figures) -> list[Item]:
    items: list[Item] = []
    for each in waiting.LISTS:
        if not request.user.has_perm(_view_right(each.label)):
            continue
        if each.key == waiting.PROPOSALS:
            items += _proposals(request, figures, each)
        else:
            count = figures.waiting.get(each.key, 0)
            items.append(Item(each.title, _about(each, figures), count, each.address, each.icon, each.tone))
    return items


def _view_right(name: str) -> str:
    app, _, model = name.lower().partition(".")
    return f"{app}.view_{model}"


def _about(each: waiting.Waiting, figures: Figures) -> str:
    if each.key != waiting.DISPUTES or figures.decision_due_at is None:
        return each.about
    left = span(now(), figures.decision_due_at)
    return f"The next decision is due in {left}." if figures.decision_due_at > now() else "A decision is due now."


def _proposals(request: HttpRequest, figures: Figures, each: waiting.Waiting) -> list[Item]:
    """Others' proposals and one's own apart: nobody approves their own."""
    own = figures.proposals.get(str(request.user.pk), 0)
    others = sum(figures.proposals.values()) - own
    decides = request.user.has_perm(APPROVE)
    title = "Proposals for you to decide" if decides else "Proposals of others"
    about = "Read what happens, then approve or reject." if decides else each.about
    return [
        Item(title, about, others, f"{each.address}&by=others", each.icon, each.tone),
        Item("Your own proposals", each.about, own, f"{each.address}&by=me", each.icon, Tone.WAITING),
    ]


# --- deals ------------------------------------------------------------------------------------------------------------


def _steps(under_way: dict[str, Deals], figures: Figures, states: tuple[Contract.Status, ...]) -> list[Step]:
    """The way of a deal that goes well, from agreement to its end."""
    way = [status for status in states if status != Contract.Status.DISPUTED]
    counted = [(status, under_way.get(status, Deals())) for status in way]
    counted.append((Contract.Status.COMPLETED, _ended(figures, Contract.Status.COMPLETED)))
    most = max((deals.count for _, deals in counted), default=0)
    return [_step(status, deals, most, figures) for status, deals in counted]


def _beside(figures: Figures) -> list[Step]:
    """What goes another way."""
    aside = [(Contract.Status.DISPUTED, figures.under_way.get(Contract.Status.DISPUTED, Deals()))]
    aside += [(status, _ended(figures, status)) for status in (Contract.Status.CANCELLED, Contract.Status.EXPIRED)]
    return [_step(status, deals, 0, figures) for status, deals in aside]


def _ended(figures: Figures, status: Contract.Status) -> Deals:
    return sum((day.ended.get(status, Deals()) for day in figures.days), Deals())


def _step(status: Contract.Status, deals: Deals, most: int, figures: Figures) -> Step:
    """A deal that is over is counted, and listed, if it ended within the days of the chart."""
    filters = {"status__exact": status.value}
    if status in OVER and figures.days:
        filters["ended_at__gte"] = midnight(figures.days[0].day).isoformat()
    address = list_address("contracts.Contract", **filters)
    width = 100 * deals.count // most if most else 0
    return Step(status.label, deals.count, Money(deals.amount, CURRENCY), width, address)


def _speed(speed: Speed) -> tuple[str, str, str]:
    return _duration(speed.median_s), _duration(speed.most_s), f"{speed.payments:,} paid"


def _duration(seconds: int | None) -> str:
    """The two largest units: `2 h 5 min`, `40 s`."""
    if seconds is None:
        return NOTHING
    days, rest = divmod(seconds, 24 * 60 * 60)
    hours, rest = divmod(rest, 60 * 60)
    parts = [(days, "d"), (hours, "h"), (rest // 60, "min"), (rest % 60, "s")]
    told = [f"{amount} {unit}" for amount, unit in parts if amount]
    return " ".join(told[:2]) or "at once"


# --- rails and work ---------------------------------------------------------------------------------------------------


def _rail(rail: RailMoney, stops: list[PayoutStop], *, ask: bool) -> RailRow:
    available = Money(rail.available, rail.currency) if rail.available is not None else None
    owing = Money(rail.owing.total, rail.currency)
    difference = available - owing if available else None
    stopped = any(stop.gateway in ("", rail.gateway) for stop in stops)
    return RailRow(
        name=title(rail.gateway),
        money=rail,
        available=available,
        owing=owing,
        difference=difference,
        verdict=_verdict(rail, difference),
        circuits=circuits(rail.gateway) if ask else [],
        leaving=label("Stopped", Tone.BAD) if stopped else label("Leaves", Tone.GOOD),
    )


def _verdict(rail: RailMoney, difference: Money | None) -> SafeString:
    """Whether our wallet covers what is other people's in it; the rail's last word may be some minutes old."""
    if difference is None:
        return label("The rail has not told us yet")
    if difference.amount >= 0:
        return label("Good: it covers everything", Tone.GOOD)
    if -difference.amount <= rail.owing.sent + rail.came_in:
        return label("Fine: the difference is on its way just now", Tone.WAITING)
    return label("Short: top it up, and find out why", Tone.BAD)


def _age(since: datetime) -> SafeString:
    """For how long the oldest row of a queue has been due."""
    if now() - since < LATE:
        return label("Being worked", Tone.WAITING)
    return label(f"Oldest due {span(since, now())} ago", Tone.CARE)
