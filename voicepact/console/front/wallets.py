"""Each rail on the front page: our wallet there beside what is other people's in it, and whether money leaves."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from payments.models import PayoutStop
from voicepact.console.front.figures import RailMoney
from voicepact.console.front.machinery import circuits
from voicepact.kernel.display import Tone, label
from voicepact.kernel.money import Money
from voicepact.kernel.rails import title


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


def rail_row(rail: RailMoney, stops: list[PayoutStop], *, ask: bool) -> RailRow:
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
