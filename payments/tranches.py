"""When the parts of an amount may move. How it is split is the rail's own matter (`kernel.rails.split`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from voicepact.kernel.rails import Rail, split

__all__ = ["Part", "plan", "split"]


@dataclass(frozen=True, slots=True)
class Part:
    """The `number`-th part (from 1), not to be moved before `not_before`."""

    number: int
    amount: Decimal
    not_before: datetime


def plan(amounts: Sequence[Decimal], rail: Rail, *, start: datetime, first: int = 1) -> list[Part]:
    """The parts with their earliest times: equal neighbours keep the distance without which the rail refuses."""
    parts: list[Part] = []
    for number, amount in enumerate(amounts, first):
        moment = parts[-1].not_before if parts else start
        if parts and parts[-1].amount == amount:
            moment += rail.equal_parts_apart
        parts.append(Part(number, amount, moment))
    return parts
