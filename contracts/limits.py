"""What a rail can carry of one deal: refused when the deal is drafted, not at checkout."""

from decimal import Decimal

from contracts.errors import ContractInvalid
from voicepact.kernel.money import Money
from voicepact.kernel.rails import RAILS, Rail


def rail_named(gateway: str) -> Rail:
    """The rail. Raises ContractInvalid when there is none of this name."""
    rail = RAILS.get(gateway)
    if rail is None:
        raise ContractInvalid(
            f"There is no gateway called {gateway!r}; choose one of {', '.join(sorted(RAILS))}.", field="gateway"
        )
    return rail


def check_price(amount: Decimal, rail: Rail) -> None:
    """The rail carries this price, in whole units of its currency. Raises ContractInvalid."""
    if rail.whole_units and not Money(amount, rail.currency).is_whole:
        raise ContractInvalid(f"{rail.name} carries whole shillings only, not {amount}.", field="amount")
    if not rail.minimum <= amount <= rail.per_contract:
        limits = f"{Money(rail.minimum, rail.currency)} to {Money(rail.per_contract, rail.currency)}"
        raise ContractInvalid(f"The amount must be {limits} on {rail.name}.", field="amount")


def check_with_fees(buyer_pays: Money, seller_gets: Money, rail: Rail) -> None:
    """The rail carries the price also with the buyer's fee, and without the seller's. Raises ContractInvalid."""
    if buyer_pays.amount > rail.per_contract:
        most = Money(rail.per_contract, rail.currency)
        raise ContractInvalid(
            f"With the fee the buyer would pay {buyer_pays}; {rail.name} carries at most {most}.", field="amount"
        )
    if seller_gets.amount < rail.minimum:
        least = Money(rail.minimum, rail.currency)
        raise ContractInvalid(
            f"Without the fee the seller would get {seller_gets}; {rail.name} pays out at least {least}.",
            field="amount",
        )
