"""Whose word a deal waits for while its money is held, and how long: the timers of silence.

There is one set for each situation. What changes the situation calls `restart`; what ends it calls `stop`, or
`deadlines.close_deal`.
"""

from datetime import datetime

from django.conf import settings

from contracts import confirmations, deadlines
from contracts.models import Contract, Deadline, Party
from voicepact.kernel.clock import now

Kind = Deadline.Kind
KINDS = (
    Kind.SELLER_WARNING,
    Kind.DELIVERY,
    Kind.BUYER_REMINDER,
    Kind.ACCEPTANCE,
    Kind.SELLER_REMINDER,
    Kind.DELIVERY_WORD,
)


def restart(contract: Contract) -> None:
    """The timers run, from now on, that the contract's state and the parties' words call for, and no others.

    Precondition: caller holds the contract row.
    """
    stop(contract)
    accepted = Party.Role.BUYER not in confirmations.missing(contract)
    if contract.status == Contract.Status.DELIVERED and not accepted:
        _await_word(contract, reminder=Kind.BUYER_REMINDER, end=Kind.ACCEPTANCE)
    elif contract.status == Contract.Status.PAYMENT_LOCKED and accepted:
        _await_word(contract, reminder=Kind.SELLER_REMINDER, end=Kind.DELIVERY_WORD)
    elif contract.status == Contract.Status.PAYMENT_LOCKED:
        _await_delivery(contract)


def stop(contract: Contract) -> None:
    """Nobody's silence is timed. Precondition: caller holds the contract row."""
    deadlines.close_every(contract, *KINDS)


def _await_word(contract: Contract, *, reminder: Deadline.Kind, end: Deadline.Kind) -> None:
    for number, after in enumerate(settings.REMINDER_TIMES, start=1):
        deadlines.start(contract, reminder, after=after, subject=str(number))
    deadlines.start(contract, end, after=settings.SILENCE_TIME)


def _await_delivery(contract: Contract) -> None:
    refund_at = _refund_at(contract)
    Party.objects.filter(contract=contract, role=Party.Role.SELLER).update(warned_at=None)
    deadlines.start_at(contract, Kind.SELLER_WARNING, at=refund_at - settings.WARNING_TIME)
    deadlines.start_at(contract, Kind.DELIVERY, at=refund_at)


def _refund_at(contract: Contract) -> datetime:
    """When a seller who starts now has been silent for too long."""
    if contract.delivery_deadline is None:
        return now() + max(settings.DELIVERY_TIME, settings.SHORTEST_DELIVERY_TIME)
    return max(contract.delivery_deadline + settings.DELIVERY_GRACE, now() + settings.SHORTEST_DELIVERY_TIME)
