"""The seller's word on the delivery: all of it, or how much of what was agreed."""

from decimal import Decimal

from notifications import quantities
from notifications.ussd.screens import Screen
from notifications.ussd.visits import Heard, Visit


def delivery(visit: Visit) -> Screen:
    """All, or only a part; where no quantity was agreed on, it is all or a problem."""
    deal = visit.deal()
    everything = visit.here.to("act")
    if quantities.agreed(deal.contract) is None:
        return visit.about(deal, "delivery", visit.option("yes", everything))
    part = visit.here.to("short")
    return visit.about(deal, "delivery", visit.option("all", everything), visit.option("part", part))


def short(visit: Visit) -> Screen:
    return visit.about(visit.deal(), "short")


def short_said(visit: Visit, answer: str) -> Heard:
    """How much was delivered: less than agreed, and more than nothing."""
    found = quantities.less(visit.deal().contract, answer)
    return visit.here.to("short_sure", words=f"{found.normalize():f}") if found else "not_short"


def short_sure(visit: Visit) -> Screen:
    said = quantities.told(Decimal(visit.here.notes["words"]))
    return visit.about(visit.deal(), "short_sure", visit.option("yes", visit.here.to("act")), short=said)
