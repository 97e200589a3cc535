"""What goes back, and by which road.

A collection that is not wanted any more goes back whole, to whoever paid it: by its own reversal where the rail has
them and it has a receipt number, else by payout. A part of what is held, which only people can decide, goes by payout.
"""

from collections.abc import Iterator
from decimal import Decimal

from contracts.audit import CLOCK
from contracts.contact import payers_phone
from payments import fees, requests
from payments.models import Payment, Transfer, TransferQuerySet
from payments.tranches import plan, split
from voicepact.kernel.clock import now
from voicepact.kernel.rails import RAILS


def want_back(payment: Payment, reason: str) -> None:
    """Everything that came in is to go back, our fee included, for `reason` (a code).

    Each collection goes back whole or, where people gave a part back before, the rest. Precondition: caller holds the
    payment's row, and nothing of it has reached the seller.
    """
    fees.give_back(payment)
    came_in = payment.transfers.collections().succeeded().filter(return_reason="")
    if part := given(payment):
        give_part(payment, sum(came_in.values_list("amount", flat=True), start=Decimal(0)) - part)
    else:
        came_in.update(return_reason=reason)
    send_due(payment)


def send_due(payment: Payment) -> None:
    """A way back is requested for every unwanted collection that the rail has confirmed and that has none yet.

    A callback's claim alone sends nothing back. Precondition: caller holds the payment's row.
    """
    unwanted = (
        payment.transfers.collections()
        .succeeded()
        .filter(rail_confirmed_at__isnull=False, quarantined_at=None)
        .exclude(return_reason="")
        .exclude(returns__isnull=False)
    )
    rail = RAILS[payment.gateway]
    by_payout = []
    for collected in unwanted.order_by("part", "created_at"):
        if rail.reversals and collected.receipt_number:
            requests.reversal(collected, actor=CLOCK)
        else:
            by_payout.append(collected)
    parts = plan([collected.amount for collected in by_payout], rail, start=now())
    for collected, part in zip(by_payout, parts, strict=True):
        requests.refund(collected, not_before=part.not_before, actor=CLOCK)


def give_part(payment: Payment, amount: Decimal) -> None:
    """`amount` of what is held goes back to whoever paid it, the last to have paid first.

    Precondition: caller holds the payment's row, and has checked that it holds so much.
    """
    rail = RAILS[payment.gateway]
    for phone, share in _shares(payment, amount, rail.minimum):
        for part in plan(split(share, rail), rail, start=now()):
            requests.partial_refund(payment, amount=part.amount, phone=phone, not_before=part.not_before, actor=CLOCK)


def given(payment: Payment) -> Decimal:
    """The parts that people decided to give back, whether they have arrived, are on their way or are owed."""
    return sum(_given(payment).values_list("amount", flat=True), start=Decimal(0))


def _given(payment: Payment) -> TransferQuerySet:
    return payment.transfers.filter(kind=Transfer.Kind.REFUND, original=None, replaced_by=None)


def _shares(payment: Payment, amount: Decimal, minimum: Decimal) -> Iterator[tuple[str, Decimal]]:
    """Who gets how much of `amount` back; nobody gets, or is left with, less than the rail can carry."""
    paid = _paid(payment)
    for phone, most in paid.items():
        if amount == most or amount <= most - minimum:
            yield phone, amount
            return
    left, (*others, (last, _)) = amount, paid.items()
    for phone, most in others:
        share = min(left, most)
        if 0 < left - share < minimum or 0 < most - share < minimum:
            share -= minimum
        if share >= minimum:
            yield phone, share
            left -= share
    if left:
        yield last, left


def _paid(payment: Payment) -> dict[str, Decimal]:
    """What each payer has paid and was not given back, by the phone that counts now; the last to have paid first."""
    contract = payment.contract
    paid: dict[str, Decimal] = {}
    for collected in payment.transfers.collections().succeeded().filter(return_reason="").order_by("-part"):
        phone = payers_phone(contract, collected.phone)
        paid[phone] = paid.get(phone, Decimal(0)) + collected.amount
    for sent_to, part in _given(payment).values_list("phone", "amount"):
        phone = payers_phone(contract, sent_to)
        paid[phone] = paid.get(phone, Decimal(0)) - part
    return {phone: rest for phone, rest in paid.items() if rest > 0}
