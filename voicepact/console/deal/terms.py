"""What is sold, in words: `100 bags of Maize at KES 3,500`, and whatever else the terms say."""

from decimal import Decimal, InvalidOperation

from contracts.models import Contract
from voicepact.kernel.display import veiled
from voicepact.kernel.money import Money

TOLD = ("product", "quantity", "unit", "unit_price")
MOST = 40
LARGE = 10**15


def goods(contract: Contract) -> str:
    """What is sold, in words; the kind of the deal where the terms name nothing."""
    terms = contract.terms
    product = veiled(_text(terms.get("product"))) or contract.get_contract_type_display()
    quantity, unit = _text(terms.get("quantity")), veiled(_text(terms.get("unit")))
    price = _price(terms.get("unit_price"), contract.currency)
    words = " of ".join(filter(None, (" ".join(filter(None, (quantity, unit))), product))) if quantity else product
    return f"{words} at {price}" if price else words


def others(contract: Contract) -> list[tuple[str, str]]:
    """Whatever else the terms say: name and value, nested ones as `Moisture, at most`."""
    told = {name: value for name, value in contract.terms.items() if name not in TOLD}
    return _flat(told)[:MOST]


def in_full(contract: Contract) -> list[tuple[str, str]]:
    """Every single term, name and value, for whoever wants to have it exactly."""
    return _flat(contract.terms)


def _flat(value: object, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [
            pair for key, each in value.items() for pair in _flat(each, f"{name}, {_name(key)}" if name else _name(key))
        ]
    if isinstance(value, list):
        if not any(isinstance(each, dict | list) for each in value):
            return [(name.capitalize(), veiled(", ".join(map(_text, value))) or "-")]
        return [pair for number, each in enumerate(value, 1) for pair in _flat(each, f"{name} {number}")]
    return [(name[:1].upper() + name[1:], veiled(_text(value)) or "-")]


def _name(key: object) -> str:
    return veiled(str(key)).replace("_", " ").strip()


def _text(value: object) -> str:
    """A single value as people write it; of what is not single, nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return _grouped(Decimal(value))
    return " ".join(value.split()) if isinstance(value, str) else ""


def _grouped(number: Decimal) -> str:
    """`1,250`, and `13.5` with as many decimals as it was written with."""
    return f"{number:,f}" if number.is_finite() and abs(number) < LARGE else str(number)


def _price(value: object, currency: str) -> str:
    """`KES 3,500`; as it was written where it is no amount."""
    try:
        return str(Money(Decimal(str(value)), currency)) if value not in (None, "", [], {}) else ""
    except (InvalidOperation, ValueError):
        return veiled(_text(value))
