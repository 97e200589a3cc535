"""An amount in parts that a rail can carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from voicepact.kernel.rails import Rail


@dataclass(frozen=True, slots=True)
class Part:
    """The `number`-th part (from 1), not to be moved before `not_before`."""

    number: int
    amount: Decimal
    not_before: datetime


def split(amount: Decimal, rail: Rail) -> list[Decimal]:
    """`amount` as parts within the rail's limits, the largest first: 350,000 is 250,000 and 100,000.

    No part is below the rail's minimum: a last part that would be takes from the one before. `amount` itself is at
    least that minimum.
    """
    whole, rest = divmod(amount, rail.per_transfer)
    parts = [rail.per_transfer] * int(whole)
    if rest:
        if parts and rest < rail.minimum:
            parts[-1] -= rail.minimum - rest
            rest = rail.minimum
        parts.append(rest)
    return parts


def plan(amounts: Sequence[Decimal], rail: Rail, *, start: datetime, first: int = 1) -> list[Part]:
    """The parts with their earliest times: equal neighbours keep the distance without which the rail refuses."""
    parts: list[Part] = []
    for number, amount in enumerate(amounts, first):
        moment = parts[-1].not_before if parts else start
        if parts and parts[-1].amount == amount:
            moment += rail.equal_parts_apart
        parts.append(Part(number, amount, moment))
    return parts
