"""What SMS cost us, as the provider told it: every try that it took, whether or not it arrived."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from contracts.models import Contract
from notifications.models import Message

Status = Message.Status


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of `taken` SMS: `sums` by currency, in whole units with up to four decimals.

    Of the `untold` nobody told what they cost, or even whether they were taken: they are not in the sums.
    """

    taken: int = 0
    sums: tuple[tuple[str, Decimal], ...] = ()
    untold: int = 0

    def __str__(self) -> str:
        """`14 SMS, KES 11.20`, and how many more of unknown cost."""
        told = " and ".join(f"{currency} {_written(amount)}" for currency, amount in self.sums)
        unknown = f"cost of {self.untold} unknown" if self.untold else ""
        return ", ".join(filter(None, (f"{self.taken} SMS", told, unknown)))


def of_deal(contract: Contract) -> Cost:
    """What the messages about the deal have cost so far, in one query."""
    told = Q(cost__isnull=False)
    taken = told | ~Q(provider_id="") | Q(status=Status.UNKNOWN)  # an unknown one was perhaps taken
    groups = contract.messages.filter(taken).values("cost_currency").order_by("cost_currency")
    rows = list(groups.annotate(total=Sum("cost"), number=Count("pk"), untold=Count("pk", filter=~told)))
    return Cost(
        taken=sum(row["number"] for row in rows),
        sums=tuple((row["cost_currency"], row["total"]) for row in rows if row["total"] is not None),
        untold=sum(row["untold"] for row in rows),
    )


def _written(amount: Decimal) -> str:
    """At least two decimals, and as many as the provider told."""
    shown = f"{amount:,.4f}".rstrip("0")
    return shown if len(shown.partition(".")[2]) >= 2 else f"{amount:,.2f}"
