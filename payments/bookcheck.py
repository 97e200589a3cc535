"""Recomputes the books from the postings and compares them with payments and transfers.

Every function yields differences in words, one at a time. Money in flight or in quarantine is no difference.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from payments import ledger
from payments.ledger import Standing
from payments.models import Balance, Deposit, Payment, Posting, Transfer
from payments.outcomes import NEVER_CAME
from voicepact.kernel.money import grouped

CHUNK = 1000
OWN_ACCOUNT = r"^(held|in_transit):"
Money = models.DecimalField(max_digits=18, decimal_places=2)


def _total(condition: Q) -> Any:
    return Coalesce(Sum("postings__amount", filter=condition), Decimal(0), output_field=Money)


def balances() -> Iterator[str]:
    """Each balance row is the sum of its postings."""
    sums: dict[str, Decimal] = {}
    for end, sign in (("destination", 1), ("source", -1)):
        rows = Posting.objects.filter(**{f"{end}__regex": OWN_ACCOUNT}).order_by(end)
        for account, total in rows.values_list(end).annotate(total=Sum("amount")).iterator(CHUNK):
            sums[account] = sums.get(account, Decimal(0)) + sign * total
    for row in Balance.objects.iterator(CHUNK):
        expected = sums.pop(row.account, Decimal(0))
        if row.amount != expected:
            yield f"{row.account} holds {grouped(row.amount)}; its postings say {grouped(expected)}"
    for account, expected in sums.items():
        yield f"{account} has no balance; its postings say {grouped(expected)}"


def totals() -> Iterator[str]:
    """Collected = held + in transit + released + refunded + fees + charges + suspense, over all postings."""
    into, out = Q(destination=ledger.OUTSIDE), Q(source=ledger.OUTSIDE)
    sums = Posting.objects.aggregate(out=Sum("amount", filter=into), into=Sum("amount", filter=out))
    inside = (sums["into"] or Decimal(0)) - (sums["out"] or Decimal(0))
    lying = Balance.objects.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    for account in (ledger.SUSPENSE, ledger.FEES, *ledger.charges_accounts()):
        lying += ledger.balance(account)
    if inside != lying:
        yield f"{grouped(inside)} came in and did not leave; the accounts hold {grouped(lying)}"


def transfers() -> Iterator[str]:
    """Each transfer's postings are what its state demands."""
    rows = Transfer.objects.annotate(
        came_in=_total(Q(postings__source__in=[ledger.OUTSIDE, ledger.SUSPENSE], kind=Transfer.Kind.COLLECTION)),
        set_out=_total(Q(postings__destination__startswith="in_transit:")),
        arrived=_total(Q(postings__source__startswith="in_transit:", postings__destination=ledger.OUTSIDE)),
        returned=_total(Q(postings__source__startswith="in_transit:") & ~Q(postings__destination=ledger.OUTSIDE)),
    )
    fields = ("pk", "kind", "status", "amount", "came_in", "set_out", "arrived", "returned")
    for pk, kind, status, amount, *posted in rows.order_by("pk").values_list(*fields).iterator(CHUNK):
        if posted != _expected(kind, status, amount):
            yield f"{kind} {pk} of {grouped(amount)} is {status}; its postings say otherwise"


def _expected(kind: str, status: str, amount: Decimal) -> list[Decimal]:
    """What must be posted for a transfer: came in, set out, arrived, returned."""
    zero = Decimal(0)
    done = amount if status == Transfer.Status.SUCCEEDED else zero
    if kind == Transfer.Kind.COLLECTION:
        return [done, zero, zero, zero]
    return [zero, amount, done, amount if status == Transfer.Status.FAILED else zero]


def deposits() -> Iterator[str]:
    """Each deposit's money is where its state demands: in a payment, in suspense, on its way back or back."""
    gone = Q(source=ledger.SUSPENSE, destination=ledger.OUTSIDE)  # what the rail returned after it had refused to
    moves = gone | ~Q(transfer__status=Transfer.Status.FAILED)
    onward = Posting.objects.filter(moves, transfer__deposit=OuterRef("pk"))
    first = {field: Subquery(onward.order_by("pk").values(field)[:1]) for field in ("source", "destination", "amount")}
    rows = Deposit.objects.annotate(
        suspended=_total(Q(postings__destination=ledger.SUSPENSE)),
        came_from=first["source"],
        went_to=first["destination"],
        moved=first["amount"],
    )
    fields = ("pk", "status", "amount", "suspended", "came_from", "went_to", "moved")
    for pk, status, amount, suspended, *onward_to in rows.order_by("pk").values_list(*fields).iterator(CHUNK):
        source, destination, moved = onward_to
        step = (source, destination.partition(":")[0], moved) if destination else None
        if (suspended, step) not in _paths(status, amount):
            yield f"deposit {pk} of {grouped(amount)} is {status}; its postings say otherwise"


def _paths(status: str, amount: Decimal) -> list[tuple[Decimal, tuple[str, str, Decimal] | None]]:
    """What may be posted for a deposit: how much went to suspense, and the first step from there or from outside."""
    back = (amount, (ledger.SUSPENSE, "in_transit", amount))
    match status:
        case Deposit.Status.KEPT:
            return [(Decimal(0), (ledger.OUTSIDE, "held", amount)), (amount, (ledger.SUSPENSE, "held", amount))]
        case Deposit.Status.SUSPENSE:
            return [(amount, None), back]
        case Deposit.Status.RETURNED:
            return [back, (amount, (ledger.SUSPENSE, ledger.OUTSIDE, amount))]
    return [(Decimal(0), None)]


def payments() -> Iterator[str]:
    """Each payment's status is what its money demands."""
    batch: list[Payment] = []
    for payment in Payment.objects.order_by("pk").iterator(CHUNK):
        batch.append(payment)
        if len(batch) == CHUNK:
            yield from _payments(batch)
            batch = []
    yield from _payments(batch)


def _payments(batch: list[Payment]) -> Iterator[str]:
    where = ledger.standings(batch)
    never_came = Transfer.objects.filter(payment__in=batch, return_reason=NEVER_CAME).values_list("payment")
    gone = dict(never_came.order_by("payment").annotate(total=Sum("amount")))
    for payment in batch:
        if not _fits(payment, where[payment.pk], gone.get(payment.pk, Decimal(0))):
            yield f"{payment.transaction_id} is {payment.status}; its postings say {where[payment.pk]}"


def _fits(payment: Payment, where: Standing, gone: Decimal) -> bool:
    """Whether sums and status agree; the fee is taken whole, and only of money that goes to the seller.

    `gone` is what a callback had said came in, and never did.
    """
    collected, paid_out, fee = payment.to_collect.amount - gone, payment.to_pay_out.amount, payment.fee.amount
    match payment.status:
        case Payment.Status.LOCKED:
            return where.collected >= collected and where.released < paid_out and where.fees in (0, fee)
        case Payment.Status.RELEASED:
            return 0 < where.released <= paid_out and where.fees == fee
        case Payment.Status.REFUNDED:
            return not where.released and not where.fees and where.refunded > 0
    return not where.released and not where.fees


def in_flight() -> Iterator[str]:
    """What is neither here nor there just now: listed for people, counted by nobody."""
    rows = Transfer.objects.filter(Q(status__in=Transfer.OPEN, claimed_at__isnull=False) | ~Q(quarantined_at=None))
    for row in rows.order_by("created_at").iterator(CHUNK):
        note = f"in quarantine: {row.quarantine_reason}" if row.quarantined_at else row.status
        yield f"{row.kind} {row.pk} of {grouped(row.amount)} ({note})"
    for deposit in Deposit.objects.filter(status__in=[Deposit.Status.TOLD, Deposit.Status.SUSPENSE]).iterator(CHUNK):
        yield f"deposit {deposit.pk} of {grouped(deposit.amount)} ({deposit.status})"
