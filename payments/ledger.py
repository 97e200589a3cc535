"""The books: every movement of money is one posting from an account to an account.

`held:<payment>` and `in_transit:<transfer>` have a balance row that the database keeps and never lets fall below zero;
the other accounts are only summed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from payments.models import Balance, Deposit, Payment, Posting, Transfer
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money

OUTSIDE = "outside"
SUSPENSE = "suspense"
FEES = "fees"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the money of one payment is, in whole units of its currency."""

    held: Decimal = Decimal(0)
    in_transit: Decimal = Decimal(0)
    released: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)

    @property
    def collected(self) -> Decimal:
        return self.held + self.in_transit + self.released + self.refunded + self.fees


def held(payment: Payment) -> str:
    return f"held:{payment.transaction_id}"


def in_transit(transfer: Transfer) -> str:
    return f"in_transit:{transfer.pk}"


def origin(collected: Transfer) -> str:
    """Where money that is just becoming `collected` comes from: suspense, if it was paid by hand and posted there."""
    return SUSPENSE if Posting.objects.filter(deposit=collected.deposit_id or 0).exists() else OUTSIDE


def charges(gateway: str) -> str:
    return f"charges:{gateway}"


def charges_accounts() -> list[str]:
    """The accounts of the rails' charges that have ever been used."""
    used = Posting.objects.filter(destination__startswith="charges:").order_by("destination")
    return list(used.values_list("destination", flat=True).distinct())


def post(
    source: str, destination: str, money: Money, *, transfer: Transfer | None = None, payment: Payment | None = None
) -> Posting:
    """The money has moved between the accounts, by the transfer, or within the payment, or of neither.

    Precondition: caller holds the transfer's row, and its payment's. Raises IntegrityError when the source holds less.
    """
    return Posting.objects.create(
        source=source,
        destination=destination,
        amount=money.amount,
        currency=money.currency,
        payment=transfer.payment if transfer else payment,
        transfer=transfer,
        at=now(),
    )


def suspend(deposit: Deposit) -> Posting:
    """What was paid by hand has come in and lies in suspense. Precondition: caller holds the deposit's row."""
    return Posting.objects.create(
        source=OUTSIDE,
        destination=SUSPENSE,
        amount=deposit.amount,
        currency=deposit.currency,
        deposit=deposit,
        at=now(),
    )


def balance(account: str) -> Decimal:
    """What lies on an account; for a summed account, what went in less what went out."""
    if account.startswith(("held:", "in_transit:")):
        row = Balance.objects.filter(pk=account).first()
        return row.amount if row else Decimal(0)
    sums = Posting.objects.aggregate(
        into=Sum("amount", filter=Q(destination=account)), out=Sum("amount", filter=Q(source=account))
    )
    return (sums["into"] or Decimal(0)) - (sums["out"] or Decimal(0))


def standing(payment: Payment) -> Standing:
    """Where the money of `payment` is now."""
    return standings([payment])[payment.pk]


def standings(payments: Iterable[Payment]) -> dict[int, Standing]:
    """Where the money of each payment is now, in one query, by payment id."""
    keys = [payment.pk for payment in payments]
    left = Q(destination=OUTSIDE, source__startswith="in_transit:")
    made_up = Q(destination=SUSPENSE, source__startswith="held:") & ~Q(transfer__kind=Transfer.Kind.COLLECTION)
    went_out = left | made_up  # made up: it had left before, out of suspense
    to_seller = Q(transfer__kind=Transfer.Kind.PAYOUT)
    sums = (
        Posting.objects.filter(payment__in=keys)
        .values("payment")
        .order_by("payment")
        .annotate(
            held_in=Sum("amount", filter=Q(destination__startswith="held:")),
            held_out=Sum("amount", filter=Q(source__startswith="held:")),
            released=Sum("amount", filter=went_out & to_seller),
            refunded=Sum("amount", filter=went_out & ~to_seller),
            transit_in=Sum("amount", filter=Q(destination__startswith="in_transit:")),
            transit_out=Sum("amount", filter=Q(source__startswith="in_transit:")),
            fees_taken=Sum("amount", filter=Q(destination=FEES)),
            fees_returned=Sum("amount", filter=Q(source=FEES)),
        )
    )
    zero = Decimal(0)
    found = {
        row["payment"]: Standing(
            held=(row["held_in"] or zero) - (row["held_out"] or zero),
            in_transit=(row["transit_in"] or zero) - (row["transit_out"] or zero),
            released=row["released"] or zero,
            refunded=row["refunded"] or zero,
            fees=(row["fees_taken"] or zero) - (row["fees_returned"] or zero),
        )
        for row in sums
    }
    return {key: found.get(key, Standing()) for key in keys}
