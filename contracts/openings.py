"""A deal that its seller opens by phone, with nothing but keys: it is drafted, and the seller's word is in it.

It belongs to a house client of ours, since no REST client made it, and is of the type `goods`: a quantity of something
at a price is all that the keys told us, and nothing follows from the type.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from contracts import agreements, contact, limits
from contracts.agreements import Draft, PartyDraft
from contracts.audit import phone_actor
from contracts.errors import ContractInvalid, TooManyOpen
from contracts.models import Contract, Party
from voicepact.kernel.clock import NAIROBI, now
from voicepact.kernel.display import veiled
from voicepact.kernel.locking import lock
from voicepact.kernel.models import User

HOUSE = "by-phone"
"""User name of the client that owns what is opened by phone; a migration makes it."""
CHANNEL = "ussd"
DAY = timedelta(hours=24)
END_OF_DAY = time(23, 59)
MOST = Decimal(1_000_000)
LONGEST_PRODUCT = 60
DECIMALS = Decimal("0.001")
PRODUCT = re.compile(r"[^\W_][\w ,.'()/%&+-]*")
WORD = re.compile(r"[^\W\d_]{2}")
NUMBER_FIRST = re.compile(r"\d[\d.,/]*(?:\s|$)")
ADDRESS = re.compile(r"\w\.\w|www|http|\d(?:[ ,/-]?\d){4}", re.IGNORECASE)  # a Pay Bill or till has five digits


@transaction.atomic
def open_by_phone(
    *,
    seller: str,
    buyer: str,
    product: str,
    quantity: Decimal,
    unit_price: Decimal,
    delivery_day: date | None,
    language: str,
    unit: str = "",
) -> Contract:
    """A `pending` deal exists, to which its seller has agreed; the buyer is about to be asked.

    Phones in E.164; `unit_price` in whole units of the rail's currency or with cents, as long as `quantity` times it is
    whole; delivery is due by the end of that day in Nairobi. Raises ContractInvalid and TooManyOpen.
    """
    house = lock(User, User.objects.only("pk").get(username=HOUSE).pk)  # one opening at a time: they are counted
    if why := why_none(seller) or why_not_of(buyer, seller):
        raise TooManyOpen(why)
    rail = limits.rail_named(settings.DEFAULT_GATEWAY)
    draft = Draft(
        contract_type=Contract.Type.GOODS,
        amount=_amount(quantity, unit_price),
        currency=rail.currency,
        terms={"product": goods(product), "quantity": quantity, "unit_price": unit_price} | _unit(unit),
        parties=(
            PartyDraft(role=Party.Role.BUYER, phone=buyer, language=contact.language_of(buyer)),
            PartyDraft(role=Party.Role.SELLER, phone=seller, language=language),
        ),
        delivery_deadline=datetime.combine(delivery_day, END_OF_DAY, NAIROBI) if delivery_day else None,
    )
    contract = agreements.draft(draft, owner=house, actor=phone_actor(seller, CHANNEL))
    return agreements.agree(contract.pk, phone=seller, channel=CHANNEL)


def is_by_phone(contract: Contract) -> bool:
    """Whether the deal was opened by phone."""
    return contract.owner.get_username() == HOUSE


def why_none(seller: str) -> str:
    """Why the phone cannot open a deal now, in words; empty if it can."""
    opened = _opened_by(seller)
    if opened.filter(status=Contract.Status.PENDING).count() >= settings.OPENINGS_PENDING:
        return f"{settings.OPENINGS_PENDING} deals of yours wait for an answer; wait, or cancel one."
    if opened.filter(created_at__gt=now() - DAY).count() >= settings.OPENINGS_PER_DAY:
        return f"You have opened {settings.OPENINGS_PER_DAY} deals within a day; try again tomorrow."
    return ""


def why_not_of(buyer: str, seller: str) -> str:
    """Why the seller cannot ask this buyer now, in words; empty if that can be done."""
    unwanted = _opened_by(seller).filter(created_at__gt=now() - DAY, confirmed_at=None, parties__phone=buyer)
    if unwanted.count() >= settings.OPENINGS_UNWANTED:
        return f"This buyer has not agreed to {settings.OPENINGS_UNWANTED} deals of yours; try tomorrow."
    return ""


def _opened_by(seller: str) -> "QuerySet[Contract]":
    mine = Party.objects.filter(phone=seller, role=Party.Role.SELLER)
    return Contract.objects.filter(owner__username=HOUSE, pk__in=mine.values("contract"))


def _amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """The price of all. Raises ContractInvalid unless both are sensible numbers and it is whole."""
    for what, number in (("quantity", quantity), ("price", unit_price)):
        if not (number.is_finite() and 0 < number <= MOST and number == number.quantize(DECIMALS)):
            raise ContractInvalid(f"The {what} must be a number above 0.", field="terms")
    amount = quantity * unit_price
    if amount != amount.to_integral_value():
        told = f"{amount.normalize():f}"
        raise ContractInvalid(f"Quantity times price must be whole shillings, not {told}.", field="amount")
    return amount


def _unit(unit: str) -> dict[str, str]:
    """Raises ContractInvalid."""
    return {"unit": named(unit)} if unit else {}


def goods(product: str) -> str:
    """The goods in words, without how much of them. Raises ContractInvalid.

    A number in front is a quantity in the wrong place: beside the right one, in our SMS, it would be read as another.
    """
    line = named(product)
    if has_number_first(line) or not WORD.search(line):
        raise ContractInvalid("Name the goods alone, in words; how much of them is a term of its own.", field="terms")
    return line


def has_number_first(line: str) -> bool:
    """Whether the goods begin with a number of their own: `10 bags` do, `90kg bags` do not."""
    return NUMBER_FIRST.match(line.strip()) is not None


def named(what: str) -> str:
    """The goods or their unit in words, on one line. Raises ContractInvalid for what people could take for an address

    or a phone number: it stands in our SMS to the buyer.
    """
    line = " ".join(what.split())
    if not 0 < len(line) <= LONGEST_PRODUCT or not PRODUCT.fullmatch(line):
        raise ContractInvalid(f"Name the goods in plain letters, at most {LONGEST_PRODUCT}.", field="terms")
    if veiled(line) != line or ADDRESS.search(line):
        raise ContractInvalid("Name the goods without a long number or an address.", field="terms")
    return line
