"""When the rail is asked about a transfer, and when it is tried again."""

from datetime import UTC, datetime, timedelta

from django.conf import settings

from payments.models import Deposit, Transfer
from voicepact.kernel.clock import NAIROBI, now

OPEN = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 6 * 60, 24 * 60))
"""After submission: the last question is followed by a person."""
AGAIN = timedelta(minutes=15)
CONFIRMATION = tuple(timedelta(seconds=s) for s in (0, 3, 10, 30)) + OPEN
"""After a callback's claim that money came in: quickly, since the rail answers one such question in five with noise."""

PATIENCE = timedelta(minutes=10)
"""How long the last question may wait for its answer."""


def ask_first(transfer: Transfer) -> None:
    """A question about the transfer is set, if its end is open and none is set yet.

    A push whose answer was lost has no id to ask by: it is left alone until its callback can be given up. A reversal
    whose answer was lost is sent again instead. Precondition: caller holds its row.
    """
    if not transfer.is_open or transfer.next_ask_at or transfer.quarantined_at:
        return
    moment = now() + OPEN[0]
    if not transfer.external_id and transfer.is_collection:
        moment = no_answer_at(transfer)
    elif not transfer.external_id and transfer.kind == Transfer.Kind.REVERSAL:
        moment = now() + settings.REVERSAL_AGAIN_TIME
    transfer.next_ask_at = moment
    transfer.save(update_fields=["next_ask_at"])


def no_answer_at(transfer: Transfer) -> datetime:
    """When a push whose answer was lost, and that no callback has named, is given up."""
    return (transfer.claimed_at or transfer.created_at) + settings.NO_ANSWER_TIME


def next_day() -> datetime:
    """Tomorrow morning in Nairobi: when what met a daily limit is tried again."""
    tomorrow = now().astimezone(NAIROBI) + timedelta(days=1)
    return tomorrow.replace(hour=settings.NEXT_DAY_HOUR, minute=0, second=0, microsecond=0).astimezone(UTC)


def ask_again(transfer: Transfer) -> bool:
    """One question more is counted, and the next one set; whether this was the last, which is so once.

    Precondition: caller holds its row.
    """
    times = OPEN if transfer.is_open else CONFIRMATION
    asked = transfer.times_asked
    more = asked + 1 < len(times)
    pause = times[asked + 1] - times[asked] if more else timedelta(0)
    if transfer.kind == Transfer.Kind.REVERSAL and not transfer.external_id:
        pause = max(pause, settings.REVERSAL_AGAIN_TIME)
    transfer.next_ask_at = now() + pause if more else None
    transfer.times_asked = asked + 1
    transfer.save(update_fields=["next_ask_at", "times_asked"])
    return transfer.times_asked == len(times)


def ask_now(transfer: Transfer) -> None:
    """A question is due at once, and does not count: the schedule goes on as if it had not been put.

    Precondition: caller holds its row.
    """
    times = OPEN if transfer.is_open else CONFIRMATION
    if 0 < transfer.times_asked < len(times):
        transfer.times_asked -= 1
    transfer.next_ask_at = now()
    transfer.save(update_fields=["next_ask_at", "times_asked"])


def unanswered(transfer: Transfer) -> None:
    """A question got no answer: if the next one is far off, it is put again sooner, and this one does not count.

    After a day it counts all the same, so that people hear of it. Precondition: caller holds its row.
    """
    began = transfer.claimed_at or transfer.created_at
    sooner = now() + AGAIN
    if now() - began < OPEN[-1] and transfer.next_ask_at and transfer.next_ask_at > sooner:
        transfer.times_asked -= 1
        transfer.next_ask_at = sooner
        transfer.save(update_fields=["times_asked", "next_ask_at"])


def ask_for_deposit(deposit: Deposit) -> bool:
    """One question more is counted, and the next one set; False when all were asked and nothing more is to come.

    Precondition: caller holds its row.
    """
    asked = deposit.times_asked
    if asked == len(CONFIRMATION):
        return False
    more = asked + 1 < len(CONFIRMATION)
    deposit.next_ask_at = now() + (CONFIRMATION[asked + 1] - CONFIRMATION[asked] if more else PATIENCE)
    deposit.times_asked = asked + 1
    deposit.save(update_fields=["next_ask_at", "times_asked"])
    return True


def ask_now_for_deposit(deposit: Deposit) -> None:
    """A question is due at once, and does not count; about what was refuted the whole row of questions begins anew.

    Precondition: caller holds its row.
    """
    refuted = deposit.status == Deposit.Status.REFUTED
    deposit.times_asked = 0 if refuted else max(deposit.times_asked - 1, 0)
    deposit.next_ask_at = now()
    deposit.save(update_fields=["next_ask_at", "times_asked"])
