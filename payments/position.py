"""Our position: what we owe to people at each rail, what deals that are over still wait for, and what moved in a time.

Whole sums over all payments, for staff; the place of one payment's money is told by `ledger.standing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, UUIDField
from django.db.models.functions import Cast, Coalesce, Substr

from contracts.contact import OVER
from contracts.models import Confirmation
from payments import ledger
from payments.models import Balance, Payment, Posting, Transfer
from voicepact.kernel.rails import RAILS

HELD, IN_TRANSIT = "held:", "in_transit:"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Owing:
    """What is other people's in our wallet at one rail, in whole units of its currency.

    `sent` is the part of `in_transit` that the rail has taken, or perhaps has.
    """

    held: Decimal = Decimal(0)
    in_transit: Decimal = Decimal(0)
    suspense: Decimal = Decimal(0)
    sent: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.held + self.in_transit + self.suspense


@dataclass(frozen=True, slots=True)
class Flow:
    """What moved over the edge of the books in a time: in, to sellers, and back to those who had paid."""

    collected: Decimal = Decimal(0)
    released: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)


def owing() -> dict[str, Owing]:
    """What we owe to people now, at each rail."""
    sent = Transfer.objects.filter(status__in=Transfer.OPEN, claimed_at__isnull=False)
    held = _by_gateway(_standing(HELD, Payment.objects.filter(transaction_id=OuterRef("key"))))
    in_transit = _by_gateway(_standing(IN_TRANSIT, Transfer.objects.filter(pk=Cast(OuterRef("key"), UUIDField()))))
    sums = (held, in_transit, _suspense(), _by_gateway(sent.exclude(kind=Transfer.Kind.COLLECTION)))
    return {gateway: Owing(*(found.get(gateway, Decimal(0)) for found in sums)) for gateway in RAILS}


def _standing(kind: str, owner: "QuerySet[Any, Any]") -> QuerySet[Balance]:
    """The accounts of this kind on which something lies, each with its rail."""
    rows = Balance.objects.filter(amount__gt=0, account__startswith=kind)
    return rows.annotate(key=Substr("account", len(kind) + 1)).annotate(gateway=Subquery(owner.values("gateway")))


def _suspense() -> dict[str, Decimal]:
    rows = Posting.objects.annotate(gateway=Coalesce("deposit__gateway", "transfer__gateway", "payment__gateway"))
    into = _by_gateway(rows.filter(destination=ledger.SUSPENSE))
    out = _by_gateway(rows.filter(source=ledger.SUSPENSE))
    return {gateway: into.get(gateway, Decimal(0)) - out.get(gateway, Decimal(0)) for gateway in {*into, *out}}


def _by_gateway(rows: "QuerySet[Any, Any]") -> dict[str, Decimal]:
    return dict(rows.order_by().values_list("gateway").annotate(total=Sum("amount")))


def owed_payments() -> QuerySet[Payment]:
    """Payments of deals that are over, of which something is held all the same: it is somebody's, and not paid."""
    holding = Balance.objects.filter(amount__gt=0, account__startswith=HELD)
    over = Payment.objects.live().filter(contract__status__in=OVER)
    return over.filter(transaction_id__in=holding.values(key=Substr("account", len(HELD) + 1)))


def owed() -> tuple[int, Decimal]:
    """In how many payments something is owed and not paid, and how much in all."""
    accounts = [f"{HELD}{key}" for key in owed_payments().values_list("transaction_id", flat=True)]
    return len(accounts), _total(Balance.objects.filter(account__in=accounts))


def flow(begin: datetime, end: datetime) -> Flow:
    """What was posted from `begin` and before `end`, of payments: the sum over all time is that of their standings."""
    rows = Posting.objects.filter(at__gte=begin, at__lt=end, payment__isnull=False)
    collection = Q(transfer__kind=Transfer.Kind.COLLECTION)
    came = Q(source__in=[ledger.OUTSIDE, ledger.SUSPENSE], destination__startswith=HELD)
    never_came = Q(destination=ledger.SUSPENSE, source__startswith=HELD) & collection
    left = Q(destination=ledger.OUTSIDE, source__startswith=IN_TRANSIT)
    made_up = Q(destination=ledger.SUSPENSE, source__startswith=HELD) & ~collection
    to_seller = Q(transfer__kind=Transfer.Kind.PAYOUT)
    sums: Mapping[str, Decimal | None] = rows.aggregate(
        came=Sum("amount", filter=came),
        never_came=Sum("amount", filter=never_came),
        released=Sum("amount", filter=(left | made_up) & to_seller),
        refunded=Sum("amount", filter=(left | made_up) & ~to_seller),
    )
    total = {name: amount or Decimal(0) for name, amount in sums.items()}
    return Flow(total["came"] - total["never_came"], total["released"], total["refunded"])


def came_in_since(gateway: str, moment: datetime) -> Decimal:
    """What was posted as come in at the rail since `moment`: its last word on our wallet may not know of it."""
    rows = Posting.objects.filter(at__gte=moment, source=ledger.OUTSIDE)
    return _total(rows.filter(Q(transfer__gateway=gateway) | Q(deposit__gateway=gateway)))


def payout_times(begin: datetime, end: datetime) -> list[int]:
    """How many seconds each payment released in this time had waited since both sides had confirmed, sorted.

    Payments that were released by a decision have no last confirmation, and do not count.
    """
    said = Q(contract__confirmations__kind__in=[Confirmation.Kind.DELIVERED, Confirmation.Kind.ACCEPTED])
    rows = Payment.objects.filter(said, released_at__gte=begin, released_at__lt=end)
    confirmed = rows.values("pk").annotate(
        times=Count("contract__confirmations"), last=Max("contract__confirmations__at"), paid=F("released_at")
    )
    waits = confirmed.filter(times=2).values_list("last", "paid")
    return sorted(max(int((paid - last).total_seconds()), 0) for last, paid in waits)


def _total(rows: "QuerySet[Any, Any]") -> Decimal:
    return rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)
