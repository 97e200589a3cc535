"""A seller opens a deal: whom to, what, how much, at what price, by when; then all of it to be confirmed.

An answer that cannot be is asked for once more with a short reason, and nothing that was said before is lost.
"""

import re
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from contracts import limits, openings
from contracts.errors import ContractInvalid, TooManyOpen
from notifications import quantities
from notifications.gsm import folded_line
from notifications.ussd.screens import Option, Screen, ending
from notifications.ussd.visits import Heard, Visit
from voicepact.kernel import phones
from voicepact.kernel.clock import NAIROBI, now
from voicepact.kernel.money import Money
from voicepact.kernel.rails import Rail

SHILLINGS = re.compile(r"^\s*(?:KES|K?SHS?)\.?", re.IGNORECASE)
DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](?:20)?(\d{2}))?")
LATEST = timedelta(days=365)


def buyer(visit: Visit) -> Screen:
    """Who buys; whoever may open none now is not asked for all the rest first."""
    return ending("sell_too_many") if openings.why_none(visit.phone) else Screen("sell_buyer")


def buyer_said(visit: Visit, answer: str) -> Heard:
    """Somebody else's phone that money reaches; not one that was asked in vain too often today."""
    try:
        phone = phones.parse(answer)
    except phones.InvalidPhone:
        return "not_a_phone"
    if not _rail().phone.fullmatch(phone):
        return "not_a_phone"
    if phone == visit.phone:
        return "own_phone"
    return "asked_in_vain" if openings.why_not_of(phone, visit.phone) else visit.here.to("sell_goods", buyer=phone)


def goods(visit: Visit) -> Screen:
    return Screen("sell_goods")


def goods_said(visit: Visit, answer: str) -> Heard:
    """The goods in plain letters, without how many: they stand in our SMS to the buyer."""
    line = folded_line(answer)
    if openings.has_number_first(line):
        return "not_only_goods"
    try:
        product = openings.goods(line)
    except ContractInvalid:
        return "not_goods"
    return visit.here.to("sell_quantity", product=product)


def quantity(visit: Visit) -> Screen:
    return Screen("sell_quantity", names={"product": visit.here.notes["product"]})


def quantity_said(visit: Visit, answer: str) -> Heard:
    """`100 bags`, as in Swahili `magunia 100`, or a few pieces without a unit."""
    said = quantities.lot(answer)
    if said is None or said[0] > openings.MOST:
        return "not_a_quantity"
    many, unit = said
    try:
        unit = openings.named(unit) if unit else ""
    except ContractInvalid:
        return "not_goods"
    return visit.here.to("sell_price", quantity=f"{many:f}", unit=unit)


def price(visit: Visit) -> Screen:
    return _about(visit, "sell_price")


def price_said(visit: Visit, answer: str) -> Heard:
    """The price of one, such that all of them are a sum that the rail carries."""
    written = SHILLINGS.sub("", answer, count=1)
    each = quantities.read(written)
    if each is None:
        return _why_no_price(written)
    total = each * Decimal(visit.here.notes["quantity"])
    if total != total.to_integral_value():
        return "not_whole"
    if not _rail().minimum <= total <= _rail().per_contract:
        return "not_in_limits"
    return visit.here.to("sell_day", price=f"{each:f}")


def _why_no_price(written: str) -> str:
    """The text for what is no price: nothing or less, more than any sum that the rail carries, or no number."""
    number = quantities.number(written.strip().removeprefix("-"))
    if number is None:
        return "not_a_price"
    if number == 0 or written.strip().startswith("-"):
        return "not_above_zero"
    return "not_in_limits" if number > _rail().per_contract else "not_a_price"


def day(visit: Visit) -> Screen:
    return Screen("sell_day")


def day_said(visit: Visit, answer: str) -> Heard:
    found = _day(answer.strip())
    today = now().astimezone(NAIROBI).date()
    if found is None or not today <= found <= today + LATEST:
        return "not_a_day"
    return visit.here.to("sell_sure", day=found.isoformat())


def _day(answer: str) -> date | None:
    """`3` is in three days, `3/12` the next third of December; None for what is no day."""
    today = now().astimezone(NAIROBI).date()
    if answer.isascii() and answer.isdigit() and len(answer) <= len(str(LATEST.days)):
        return today + timedelta(days=int(answer))
    found = DATE.fullmatch(answer)
    if found is None:
        return None
    day, month = int(found[1]), int(found[2])
    if found[3]:
        return _of_year(2000 + int(found[3]), month, day)
    said = (_of_year(year, month, day) for year in (today.year, today.year + 1))
    return next((one for one in said if one and one >= today), None)


def _of_year(year: int, month: int, day: int) -> date | None:
    """The day, unless there is no such day in that year."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def sure(visit: Visit) -> Screen:
    """All that was said, with the whole sum."""
    return _about(visit, "sell_sure", visit.option("open", visit.here.to("sell_open")))


def open_(visit: Visit) -> Screen:
    """The deal is open and the buyer is asked to agree; or it cannot be, and nothing was opened."""
    notes = visit.here.notes
    try:
        with transaction.atomic():
            contract = openings.open_by_phone(
                seller=visit.phone,
                buyer=notes["buyer"],
                product=notes["product"],
                quantity=Decimal(notes["quantity"]),
                unit=notes["unit"],
                unit_price=Decimal(notes["price"]),
                delivery_day=date.fromisoformat(notes["day"]),
                language=visit.language,
            )
    except TooManyOpen:
        return ending("sell_too_many")
    except ContractInvalid:
        return ending("sell_refused")
    return ending("done_opened", deal=contract.pk, amount=contract.money)


def _about(visit: Visit, name: str, *options: Option) -> Screen:
    """A screen that repeats what was said so far."""
    notes, currency = visit.here.notes, _rail().currency
    many, each = Decimal(notes["quantity"]), Decimal(notes.get("price", 0))
    facts = {
        "quantity": quantities.told(many),
        "buyer": phones.local(notes["buyer"]),
        "each": f"{currency} {quantities.told(each)}",
        "total": Money(many * each, currency),
        "day": f"{date.fromisoformat(notes['day']):%-d/%-m}" if "day" in notes else "",
        "least": Money(_rail().minimum, currency),
        "most": Money(_rail().per_contract, currency),
    }
    return Screen(name, facts, {"product": notes["product"], "unit": notes["unit"]}, options)


def _rail() -> Rail:
    return limits.rail_named(settings.DEFAULT_GATEWAY)
