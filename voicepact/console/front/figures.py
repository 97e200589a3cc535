"""The figures of the front page: typed, and as JSON in the roll-up. Amounts are Decimal on the way there and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from contracts.census import Deals
from payments.position import Flow, Owing

F = TypeVar("F")
CURRENCY = "KES"


@dataclass(frozen=True, slots=True)
class RailMoney:
    """Our wallet at one rail as the rail last told it, beside what is other people's in it.

    `came_in` is what came in since the rail last spoke.
    """

    gateway: str
    currency: str
    owing: Owing = field(default_factory=Owing)
    available: Decimal | None = None
    told_at: datetime | None = None
    came_in: Decimal = Decimal(0)
    last_callback_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What moved on one day in Nairobi, and which deals came to their end."""

    day: date
    flow: Flow = field(default_factory=Flow)
    ended: dict[str, Deals] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Speed:
    """How long sellers waited for their money after the last confirmation: seconds; none where nobody was paid."""

    payments: int = 0
    median_s: int | None = None
    most_s: int | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """One kind of work: how many rows are due, and since when the oldest has been."""

    name: str
    due: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that the front page shows, but for what it asks at once: processes, circuits and stops.

    `waiting` has a number for each list of `front.waiting`, and `proposals` the open ones by proposer.
    """

    rails: tuple[RailMoney, ...] = ()
    owed: Deals = field(default_factory=Deals)
    under_way: dict[str, Deals] = field(default_factory=dict)
    days: tuple[DayFigures, ...] = ()
    week: Speed = field(default_factory=Speed)
    month: Speed = field(default_factory=Speed)
    waiting: dict[str, int] = field(default_factory=dict)
    proposals: dict[str, int] = field(default_factory=dict)
    decision_due_at: datetime | None = None
    queues: tuple[Queue, ...] = ()


def to_json(figures: Any) -> dict[str, Any]:
    """The figures as a JSON column with exact decimals takes them."""
    return asdict(figures)


def read(kind: type[F], stored: Any) -> F:
    """Figures of this kind as `to_json` gave them. Raises ValueError where they are of another shape."""
    try:
        return _value(kind, stored)  # type: ignore[no-any-return]
    except (TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"not {kind.__name__} of this release") from error


def _value(kind: Any, stored: Any) -> Any:
    arguments = get_args(kind)
    if NoneType in arguments:
        return None if stored is None else _value(arguments[0], stored)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{each.name: _value(hints[each.name], stored[each.name]) for each in fields(kind)})  # type: ignore[operator]
    if get_origin(kind) is tuple:
        return tuple(_value(arguments[0], each) for each in stored)
    if get_origin(kind) is dict:
        return {str(name): _value(arguments[1], each) for name, each in _mapping(stored).items()}
    if kind in (datetime, date):
        return kind.fromisoformat(stored)
    return kind(stored)


def _mapping(stored: Any) -> Mapping[str, Any]:
    if not isinstance(stored, Mapping):
        raise TypeError("not an object")
    return stored
