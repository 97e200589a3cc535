"""Is the money there? The one answer to that question, with a code by which anybody can check that it is ours.

The code is the beginning of the hash at the head of the deal's chain, so that nobody can make one up, and every code
that was ever given stays good.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.conf import settings
from django.urls import reverse

from contracts.contact import HELD
from contracts.models import Chain, Contract, Event
from payments import checkout, ledger, refunds
from payments.ledger import Standing
from payments.models import Payment
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money

CODE = re.compile(r"[0-9A-F]{8}")


class Place(StrEnum):
    """Where the money of a deal is, in one word."""

    AWAITED = "awaited"  # it is not all in
    CHECKING = "checking"  # it is said to be in, and the rail has not confirmed it, or says otherwise
    LOCKED = "locked"
    PAYING = "paying"  # on its way to the seller
    PAID = "paid"
    RETURNING = "returning"  # on its way back
    RETURNED = "returned"
    OFF = "off"  # the deal is over, and nothing ever came in


@dataclass(frozen=True, slots=True)
class Proof:
    """What we say of a deal's money at one moment; `amount` is what is locked, or what is to be where nothing is.

    `code` is eight characters of `0-9A-F`. While a deal is `disputed` its money stays where it is.
    """

    contract_id: str
    place: Place
    amount: Money
    code: str
    as_of: datetime
    disputed: bool = False

    @property
    def locked(self) -> bool:
        return self.place == Place.LOCKED

    @property
    def url(self) -> str:
        """The public page that confirms it."""
        return settings.PUBLIC_URL + reverse("check-code", args=[self.contract_id, self.code])


def of(contract: Contract) -> Proof:
    """What is so now, in a fixed number of queries."""
    payment = contract.payments.order_by("-pk").first()
    where = ledger.standing(payment) if payment else Standing()
    place = place_of(payment, where) if payment else _without_payment(contract)
    amount = contract.buyer_pays
    if payment and place == Place.LOCKED:
        amount = Money(_locked(payment, where), contract.currency)
    head = Chain.objects.values_list("head", flat=True).get(name=contract.pk)
    disputed = contract.status == Contract.Status.DISPUTED
    return Proof(contract.pk, place, amount, head[:8].upper(), now(), disputed)


def given_with(contract_id: str, code: str) -> Event | None:
    """The event of the deal at whose time this was its code; None if it never was."""
    if not contract_id or not CODE.fullmatch(code):
        return None
    of_deal = Event.objects.filter(chain=contract_id, contract=contract_id)
    return of_deal.filter(hash__startswith=code.lower()).select_related("contract").first()


def _locked(payment: Payment, where: Standing) -> Decimal:
    """What of a locked payment is kept for its deal: neither what people give back of it, nor what nobody wanted."""
    return min(where.held, payment.to_collect.amount - refunds.given(payment))


def place_of(payment: Payment, where: Standing) -> Place:
    """Where the money of this payment is, in at most two queries; its contract is read with it."""
    contract, over = payment.contract, _is_off(payment.contract)
    if payment.status == Payment.Status.FAILED:
        return _without_payment(contract)
    if payment.status == Payment.Status.RELEASED:
        return Place.PAID
    if payment.status == Payment.Status.REFUNDED:
        return Place.RETURNED
    if over and where.collected:
        return Place.RETURNING
    if over:
        return Place.CHECKING if payment.transfers.collections().doubted().exists() else Place.OFF
    if contract.status == Contract.Status.COMPLETED:
        return Place.PAYING
    if payment.status == Payment.Status.LOCKED and contract.status in HELD:
        return Place.LOCKED if checkout.is_confirmed(payment) else Place.CHECKING
    return Place.CHECKING if payment.transfers.collections().doubted().exists() else Place.AWAITED


def _without_payment(contract: Contract) -> Place:
    return Place.OFF if _is_off(contract) else Place.AWAITED


def _is_off(contract: Contract) -> bool:
    return contract.status in (Contract.Status.CANCELLED, Contract.Status.EXPIRED)
