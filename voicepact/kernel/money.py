"""An amount with its currency."""

from dataclasses import dataclass
from decimal import Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Money:
    """A sum of money: `amount` in whole units of `currency` (ISO 4217), at most two decimals, never a float."""

    amount: Decimal
    currency: str = "KES"

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"Money is Decimal, not {type(self.amount).__name__}")
        if self.amount != self.amount.quantize(CENT):
            raise ValueError("Money has at most two decimals")

    def __str__(self) -> str:
        """As people in Kenya write it: `KES 250,000`, `KES 99.50`."""
        return f"{self.currency} {grouped(self.amount)}"

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")

    @property
    def is_whole(self) -> bool:
        return self.amount == self.amount.to_integral_value()

    def with_cents(self) -> str:
        """`KES 350,000.00`, as a receipt prints it."""
        return f"{self.currency} {self.amount:,.2f}"


def grouped(amount: Decimal) -> str:
    """`250,000` when whole, else `99.50`."""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def plain(amount: Decimal) -> int | str:
    """An amount for a JSON payload that is hashed: the integer when whole, else text with two decimals."""
    return int(amount) if amount == amount.to_integral_value() else f"{amount:.2f}"
