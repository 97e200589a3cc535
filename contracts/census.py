"""How many deals there are in each state, and for how much."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from contracts.contact import OVER
from contracts.models import Contract

UNDER_WAY = tuple(status for status in Contract.Status if status not in OVER)


@dataclass(frozen=True, slots=True)
class Deals:
    """So many deals, and their prices together."""

    count: int = 0
    amount: Decimal = Decimal(0)

    def __add__(self, other: "Deals") -> "Deals":
        return Deals(self.count + other.count, self.amount + other.amount)


def under_way() -> dict[str, Deals]:
    """The deals that are not over, by state; each state has its entry."""
    return _by_state(Contract.objects.filter(status__in=UNDER_WAY), UNDER_WAY)


def ended(begin: datetime, end: datetime) -> dict[str, Deals]:
    """The deals that came to their end from `begin` and before `end`, by state; each end has its entry."""
    return _by_state(Contract.objects.filter(status__in=OVER, ended_at__gte=begin, ended_at__lt=end), OVER)


def _by_state(rows: QuerySet[Contract], states: tuple[Contract.Status, ...]) -> dict[str, Deals]:
    counted = rows.order_by().values("status").annotate(count=Count("pk"), amount=Sum("amount"))
    found = {row["status"]: Deals(row["count"], row["amount"]) for row in counted}
    return {state.value: found.get(state, Deals()) for state in states}
