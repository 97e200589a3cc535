"""The front page: what the money is doing, what waits for a person, and whether everything works.

All sums and numbers come from the roll-up; only processes, circuits and stops are looked at when the page is opened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from contracts.census import Deals
from payments.models import PayoutStop
from payments.tables import PLACES
from voicepact.console.front import rollup
from voicepact.console.front.charts import chart
from voicepact.console.front.figures import CURRENCY, Figures, Speed
from voicepact.console.front.funnel import beside, funnel
from voicepact.console.front.machinery import machinery
from voicepact.console.front.wallets import rail_row
from voicepact.console.front.worklist import worklist
from voicepact.console.rights import PAUSE, SEE_MONEY
from voicepact.kernel.clock import now
from voicepact.kernel.display import NOTHING, Tone, address_of, label, list_address, span
from voicepact.kernel.money import Money
from voicepact.kernel.rails import title

LATE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Card:
    """A sum, with the address of what it sums."""

    title: str
    value: str
    note: str
    address: str
    tone: Tone = Tone.PLAIN


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the front page; for staff who may not see money it says so instead."""
    if not request.user.has_perm(SEE_MONEY):
        return {**context, "title": "Today"}
    latest = rollup.latest()
    figures = latest.figures
    alive = machinery()
    stops = list(PayoutStop.objects.filter(contract=None, lifted_at=None))
    waits = worklist(request, figures)
    return {
        **context,
        "title": "Today",
        "latest": latest,
        "cards": _cards(figures),
        "waits": [item for item in waits if item.count],
        "idle": [item for item in waits if not item.count],
        "funnel": funnel(figures),
        "beside": beside(figures),
        "chart": chart(figures.days, CURRENCY),
        "speeds": [("Last 7 days", *_speed(figures.week)), ("Last 30 days", *_speed(figures.month))],
        "rails": [rail_row(rail, stops, ask=alive.waking is not None) for rail in figures.rails],
        "machinery": alive,
        "busy": [(queue, _age(queue.since)) for queue in figures.queues if queue.since],
        "quiet": [queue for queue in figures.queues if not queue.since],
        "stops": [(title(stop.gateway), stop, address_of(stop)) for stop in stops],
        "pause_address": reverse("desk:pause") if request.user.has_perm(PAUSE) else "",
    }


def _cards(figures: Figures) -> list[Card]:
    owing = [rail.owing for rail in figures.rails]
    return [
        Card(
            PLACES["held"],
            _sum(rail.held for rail in owing),
            "Buyers' money, until both sides have confirmed",
            list_address("payments.Balance", kind="held"),
        ),
        Card(
            PLACES["in_transit"],
            _sum(rail.in_transit for rail in owing),
            "Payouts and refunds that have begun",
            list_address("payments.Balance", kind="in_transit"),
        ),
        _owed(figures.owed),
        _suspense(sum((rail.suspense for rail in owing), Decimal(0))),
    ]


def _owed(deals: Deals) -> Card:
    over = "a deal that is over" if deals.count == 1 else f"{deals.count:,} deals that are over"
    note = f"Still held of {over}" if deals.count else "Nobody waits for money of a deal that is over"
    address = list_address("payments.Payment", attention="owed")
    return Card("Owed, not yet paid", _sum([deals.amount]), note, address, Tone.BAD if deals.count else Tone.PLAIN)


def _suspense(amount: Decimal) -> Card:
    address = list_address("payments.Deposit", status__exact="suspense")
    return Card(
        "In suspense", _sum([amount]), "Came in, and fits no deal", address, Tone.CARE if amount else Tone.PLAIN
    )


def _sum(amounts: Iterable[Decimal]) -> str:
    return str(Money(sum(amounts, Decimal(0)), CURRENCY))


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


def _age(since: datetime) -> SafeString:
    """For how long the oldest row of a queue has been due."""
    if now() - since < LATE:
        return label("Being worked", Tone.WAITING)
    return label(f"Oldest due {span(since, now())} ago", Tone.CARE)
