"""How much is sold and how much was delivered: numbers as people write them, and as a small screen carries them."""

import re
from decimal import Decimal
from typing import Any

from contracts.models import Contract
from notifications.gsm import folded_line

MOST = Decimal(10) ** 7
FINEST = Decimal("0.01")
LONGEST = 9
PIECES = Decimal(1_000)
UNIT, UNIT_BEFORE = r"[A-Za-z][A-Za-z0-9 .]{0,14}", r"[A-Za-z][A-Za-z .]{0,14}"
LOT = re.compile(rf"(?:({UNIT_BEFORE})\s)?\s*([\d.,]+)\s*({UNIT})?")
NUMBER = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:[ ,][0-9]{3})+)(?:\.[0-9]+)?")


def agreed(contract: Contract) -> Decimal | None:
    """How much is sold, where the terms say so in a number that a screen can carry."""
    found = terms(contract).get("quantity")
    if isinstance(found, bool) or not isinstance(found, int | Decimal | str):
        return None
    return read(str(found))


def lot(written: str) -> tuple[Decimal, str] | None:
    """How much, and its unit: `100 bags`, as in Swahili `magunia 100`. None for what is no quantity.

    A number alone counts pieces: it is whole, and below PIECES. A larger one lacks its unit, or is the price.
    """
    found = LOT.fullmatch(written.strip())
    many = read(found[2]) if found else None
    if found is None or many is None or (found[1] and found[3]):
        return None
    said = (found[1] or found[3] or "").strip(" .")
    counts_pieces = many < PIECES and many == many.to_integral_value()
    return (many, said) if said or counts_pieces else None


def less(contract: Contract, written: str) -> Decimal | None:
    """The number that was written, with the deal's own unit or without, where it is less than what is sold."""
    return part(contract, written) or _below(contract, written)


def part(contract: Contract, written: str) -> Decimal | None:
    """The number of `45 bags`, `magunia 45`, in the deal's own unit, where it is less than what is sold."""
    own, said = (folded_line(text).casefold().strip(" .") for text in (unit(contract), written))
    if not own:
        return None
    if said.endswith(own) and (number := said.removesuffix(own)) and not (own[0].isdigit() and number[-1] != " "):
        return _below(contract, number)
    if said.startswith(own) and (number := said.removeprefix(own)) and not (own[-1].isdigit() and number[0] != " "):
        return _below(contract, number)
    return None


def _below(contract: Contract, number: str) -> Decimal | None:
    whole, found = agreed(contract), read(number)
    return found if whole is not None and found is not None and found < whole else None


def unit(contract: Contract) -> str:
    """`bags`; nothing where the terms have no unit in words."""
    found = terms(contract).get("unit")
    return found if isinstance(found, str) else ""


def terms(contract: Contract) -> dict[str, Any]:
    return contract.terms if isinstance(contract.terms, dict) else {}


def read(written: str) -> Decimal | None:
    """A number as people key it in: `1,250`, `12.5`, `3500/=`; None for what is none, or fits no screen.

    `12,50` is none: whoever means twelve and a half must not be taken for one who means 1,250.
    """
    found = number(written)
    if found is None or not 0 < found < MOST or len(f"{found:f}") > LONGEST:
        return None
    return found if found == found.quantize(FINEST) else None


def number(written: str) -> Decimal | None:
    """The number that somebody has keyed in, however large; None for what is none."""
    text = written.strip().removesuffix("/=").removesuffix("/-").rstrip()
    return Decimal(text.replace(",", "").replace(" ", "")) if NUMBER.fullmatch(text) else None


def told(quantity: Decimal) -> str:
    """`1,250`, `12.5`: without needless zeros."""
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
