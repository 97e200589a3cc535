"""What the fees of a deal are, and who bears them: quoted before, and fixed on the contract when it is drafted.

A fee is our own, what the rail charges us to pay the seller, and our part of what it charges for the buyer's money.
The rail's charges are computed on the price, in the parts in which it is carried. What is really collected and paid
out differs from it by the fee itself, so that an amount at the edge of a band may be charged a few shillings more or
less than was quoted: that difference is ours.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal

from django.conf import settings

from contracts import limits
from contracts.errors import FeeUnknown
from contracts.models import Contract
from voicepact.kernel import tariffs
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money
from voicepact.kernel.rails import DARAJA, Rail, split
from voicepact.kernel.tariffs import Charge, Operation

PaidBy = Contract.FeesPaidBy
ONE = Decimal(1)
OUR_PART = {"customer": Decimal(0), "split": Decimal("0.5"), "business": ONE}
"""Of the charge on a collection, by the tariff that the organisation has chosen for its Pay Bill."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The fees of a deal about `price`; a charge that no source tells is None, and then nobody but us bears it."""

    price: Money
    gateway: str
    fees_paid_by: str
    platform_fee: Decimal
    payout_charge: Decimal | None
    collection_charge: Decimal | None
    buyer_fee: Decimal
    seller_fee: Decimal
    sources: tuple[str, ...]

    @property
    def buyer_pays(self) -> Money:
        return Money(self.price.amount + self.buyer_fee, self.price.currency)

    @property
    def seller_gets(self) -> Money:
        return Money(self.price.amount - self.seller_fee, self.price.currency)


def quote(amount: Decimal, *, gateway: str, fees_paid_by: str) -> Quote:
    """The fees of a deal about `amount`, as the tariffs in force today have them.

    Raises ContractInvalid when the rail could not carry the deal with its fees, and FeeUnknown when a party is to pay
    a charge that no source tells.
    """
    rail = limits.rail_named(gateway)
    limits.check_price(amount, rail)
    parts, today = split(amount, rail), tariffs.business_day(now())
    payout = tariffs.charge(rail.name, Operation.PAYOUT, parts, on=today)
    collection = _our_collection_charge(parts, rail, today)
    whole = None if payout is None or collection is None else settings.PLATFORM_FEE + payout.amount + collection.amount
    price = Money(amount, rail.currency)
    buyer_fee, seller_fee = _shares(whole, fees_paid_by, price)
    found = Quote(
        price=price,
        gateway=rail.name,
        fees_paid_by=fees_paid_by,
        platform_fee=settings.PLATFORM_FEE,
        payout_charge=payout.amount if payout else None,
        collection_charge=collection.amount if collection else None,
        buyer_fee=buyer_fee,
        seller_fee=seller_fee,
        sources=tuple(str(source) for known in (payout, collection) if known for source in known.sources),
    )
    limits.check_with_fees(found.buyer_pays, found.seller_gets, rail)
    return found


def _our_collection_charge(parts: list[Decimal], rail: Rail, today: date) -> Charge | None:
    """Our part of what the rail charges for the buyer's money, an odd shilling included."""
    share = OUR_PART[settings.DARAJA_COLLECTION_TARIFF] if rail == DARAJA else ONE
    if not share:
        return Charge(Decimal(0), ())
    whole = tariffs.charge(rail.name, Operation.COLLECTION, parts, on=today)
    return Charge((whole.amount * share).to_integral_value(ROUND_UP), whole.sources) if whole else None


def _shares(whole: Decimal | None, fees_paid_by: str, price: Money) -> tuple[Decimal, Decimal]:
    """The buyer's and the seller's share of the whole fee; of an odd shilling the seller bears the half."""
    if fees_paid_by == PaidBy.PLATFORM:
        return Decimal(0), Decimal(0)
    if whole is None:
        raise FeeUnknown(
            f"No source tells what the rail charges for {price}. Let the platform pay the fees, or choose another"
            " amount.",
            field="amount",
        )
    if fees_paid_by == PaidBy.SPLIT:
        return whole // 2, whole - whole // 2
    return (whole, Decimal(0)) if fees_paid_by == PaidBy.BUYER else (Decimal(0), whole)
