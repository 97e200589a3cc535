"""Is the money there? The one answer to that question, with a code by which anybody can check that it is ours.

The code is the beginning of the hash at the head of the deal's chain, so that nobody can make one up, and every code
that was ever given stays good.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from contracts.contact import HELD
from contracts.models import Chain, Contract, Event
from payments import checkout, ledger
from payments.ledger import Standing
from payments.models import Payment
from voicepact.kernel.money import Money

CODE = re.compile(r"[0-9A-F]{8}")


class Place(StrEnum):
    """Where the money of a deal is, in one word."""

    AWAITED = "awaited"  # it is not all in
    CHECKING = "checking"  # it is said to be in, and the rail has not confirmed it yet
    LOCKED = "locked"
    PAYING = "paying"  # on its way to the seller
    PAID = "paid"
    RETURNING = "returning"  # on its way back
    RETURNED = "returned"
    OFF = "off"  # the deal is over, and nothing ever came in


@dataclass(frozen=True, slots=True)
class Proof:
    """What we say of a deal's money; `amount` is what is locked, or what is to be where nothing is.

    `code` is eight characters of `0-9A-F`.
    """

    contract_id: str
    place: Place
    amount: Money
    code: str

    @property
    def locked(self) -> bool:
        return self.place == Place.LOCKED


def of(contract: Contract) -> Proof:
    """What is so now."""
    payment = contract.payments.order_by("-pk").first()
    where = ledger.standing(payment) if payment else Standing()
    place = _place(contract, payment, where)
    kept = where.held + where.in_transit
    amount = Money(kept, contract.currency) if place == Place.LOCKED else contract.buyer_pays
    head = Chain.objects.values_list("head", flat=True).get(name=contract.pk)
    return Proof(contract.pk, place, amount, head[:8].upper())


def given_with(contract_id: str, code: str) -> Event | None:
    """The event of the deal at whose time the code, in either case, was its code; None if it never was."""
    wanted = code.upper()
    if not CODE.fullmatch(wanted):
        return None
    return Event.objects.filter(chain=contract_id, contract=contract_id, hash__startswith=wanted.lower()).first()


def _place(contract: Contract, payment: Payment | None, where: Standing) -> Place:
    over = contract.status in (Contract.Status.CANCELLED, Contract.Status.EXPIRED)
    if payment is None or payment.status == Payment.Status.FAILED:
        return Place.OFF if over else Place.AWAITED
    if payment.status == Payment.Status.RELEASED:
        return Place.PAID
    if payment.status == Payment.Status.REFUNDED:
        return Place.RETURNED
    if over:
        return Place.RETURNING if where.collected else Place.OFF
    if contract.status == Contract.Status.COMPLETED:
        return Place.PAYING
    if payment.status != Payment.Status.LOCKED or contract.status not in HELD:
        return Place.AWAITED
    return Place.LOCKED if checkout.is_confirmed(payment) else Place.CHECKING
