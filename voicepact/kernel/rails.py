"""What each rail can carry: its limits, as data, and an amount in parts within them.

Source of M-Pesa's figures: Safaricom's Daraja portal, M-Pesa Express and B2C pages (per transaction 250,000; per
customer and day 500,000; purse 500,000; B2C from 10; the same amount to the same phone not twice within two minutes,
result code 17). Africa's Talking's payments are discontinued; its rail is kept as the product page shows it, 350,000
in one push.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Rail:
    """Amounts are in whole units of `currency`; `title` is what people call it.

    `whole_units`: no cents. `reversals`: a collection can be sent back as such, whole. `by_hand`: people can pay
    without a prompt, by naming a reference. `per_second`: requests that move money, over all workers.
    """

    name: str
    title: str
    currency: str
    minimum: Decimal
    per_transfer: Decimal
    per_contract: Decimal
    whole_units: bool
    phone: re.Pattern[str]
    equal_parts_apart: timedelta
    after_lock_error: timedelta
    prompt_life: timedelta
    reversals: bool
    by_hand: bool
    per_second: int


DARAJA = Rail(
    name="daraja",
    title="M-Pesa",
    currency="KES",
    minimum=Decimal(10),
    per_transfer=Decimal(250_000),
    per_contract=Decimal(500_000),
    whole_units=True,
    phone=re.compile(r"\+254[17]\d{8}"),
    equal_parts_apart=timedelta(minutes=2),
    after_lock_error=timedelta(seconds=60),
    prompt_life=timedelta(seconds=90),
    reversals=True,
    by_hand=True,
    per_second=20,
)

AFRICASTALKING = Rail(
    name="africastalking",
    title="Africa's Talking",
    currency="KES",
    minimum=Decimal(10),
    per_transfer=Decimal(500_000),
    per_contract=Decimal(500_000),
    whole_units=True,
    phone=re.compile(r"\+254[17]\d{8}"),
    equal_parts_apart=timedelta(minutes=2),
    after_lock_error=timedelta(seconds=60),
    prompt_life=timedelta(seconds=90),
    reversals=False,
    by_hand=False,
    per_second=20,
)

RAILS = {rail.name: rail for rail in (DARAJA, AFRICASTALKING)}


def title(name: str) -> str:
    """What people call the rail of this name; the name itself of a rail that is not known here."""
    return RAILS[name].title if name in RAILS else name


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
