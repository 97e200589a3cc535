"""What SMS cost us, as the provider told it: every try that it took, whether or not it arrived."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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

    @property
    def amount(self) -> Decimal | None:
        """The sum in `currency`; None where nothing was told."""
        return self.sums[0][1] if self.sums else None

    @property
    def currency(self) -> str:
        return self.sums[0][0] if self.sums else ""

    @property
    def others(self) -> str:
        """The sums in further currencies: `USD 0.10`."""
        return _listed(self.sums[1:])

    def __str__(self) -> str:
        """`14 SMS, KES 11.20`, and how many more of unknown cost."""
        unknown = f"cost of {self.untold} unknown" if self.untold else ""
        return ", ".join(filter(None, (f"{self.taken} SMS", _listed(self.sums), unknown)))


def of_deal(contract: Contract) -> Cost:
    """What the messages about the deal have cost so far, in one query."""
    return of_deals([contract.pk])[contract.pk]


def of_deals(keys: Iterable[str]) -> dict[str, Cost]:
    """What the messages about each deal with one of these ids have cost so far, in one query for all of them."""
    told = Q(cost__isnull=False)
    taken = told | ~Q(provider_id="") | Q(status=Status.UNKNOWN)  # an unknown one was perhaps taken
    found: dict[str, list[Mapping[str, Any]]] = {key: [] for key in keys}
    groups = Message.objects.filter(taken, contract__in=found).values("contract", "cost_currency")
    sums = groups.annotate(total=Sum("cost"), number=Count("pk"), untold=Count("pk", filter=~told))
    for row in sums.order_by("contract", "cost_currency"):
        found[row["contract"]].append(row)
    return {key: _cost(rows) for key, rows in found.items()}


def _cost(rows: list[Mapping[str, Any]]) -> Cost:
    return Cost(
        taken=sum(row["number"] for row in rows),
        sums=tuple((row["cost_currency"], row["total"]) for row in rows if row["total"] is not None),
        untold=sum(row["untold"] for row in rows),
    )


def _listed(sums: tuple[tuple[str, Decimal], ...]) -> str:
    return " and ".join(written(currency, amount) for currency, amount in sums)


def written(currency: str, amount: Decimal) -> str:
    """`KES 0.80`: at least two decimals, and as many as the provider told."""
    shown = f"{amount:,.4f}".rstrip("0")
    return f"{currency} {shown if len(shown.partition('.')[2]) >= 2 else f'{amount:,.2f}'}"
