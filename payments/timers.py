"""What each timer does when it is due: one function per kind, worked under the contract's lock, once.

A timer whose rail is down, or whose party cannot be reached, is put off a few times first: nobody loses a deal to our
silence. Money moves by a clock only in `_delivery_ran_out` and `expire`; all others speak, or open a dispute for staff.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from contracts import audit, confirmations, deadlines, disputes
from contracts.audit import CLOCK
from contracts.models import Contract, Deadline, Dispute, Party
from payments import breaker, endings, new_phones
from payments.locks import lock_transfer
from payments.models import Proposal
from voicepact.kernel.api.decimals import instant_text
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import lock

log = structlog.get_logger()
Kind = Deadline.Kind
BUYER, SELLER, PAYER = Party.Role.BUYER, Party.Role.SELLER, Party.Role.PAYER


def work_deadlines() -> int:
    """Every timer that is due has done what it is for, or was put off; returns how many."""
    due = list(deadlines.due(now()))
    for deadline in due:
        try:
            work(deadline)
        except Exception:  # one that cannot be worked must not stop the others
            log.exception("a deadline could not be worked", deadline=deadline.pk)
    return len(due)


@transaction.atomic
def work(deadline: Deadline) -> None:
    """The timer, if it still runs and is due, has done what it is for, or was put off."""
    contract = lock(Contract, deadline.contract_id)
    timer = TIMERS[Kind(deadline.kind)]
    why = _why_not_now(contract, deadline, timer)
    if why and deadlines.move(contract, deadline, why=why):
        return
    if deadlines.take(deadline):
        timer.work(contract, deadline)


# --- put off ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timer:
    """`work` is done with the contract's row held; `concerns` are those who must be reachable for it to be fair."""

    work: Callable[[Contract, Deadline], None]
    concerns: tuple[Party.Role, ...] = ()
    movable: bool = True


def _why_not_now(contract: Contract, deadline: Deadline, timer: Timer) -> str:
    """The code of why the timer has to wait; empty if it has not."""
    if not timer.movable:
        return ""
    if breaker.is_down(contract.gateway):
        return "rail_down"
    concerned = contract.parties.filter(role__in=timer.concerns, unreachable_since__isnull=False)
    if deadline.kind == Kind.DISPUTE_ANSWER:
        concerned = concerned.exclude(disputes=int(deadline.subject))  # the opener has nothing to answer
    return "unreachable" if concerned.exists() else ""


# --- before the money is in -------------------------------------------------------------------------------------------


def _expire(contract: Contract, deadline: Deadline) -> None:
    endings.expire(contract, Kind(deadline.kind))


def _prompt_ran_out(contract: Contract, deadline: Deadline) -> None:
    """The rail is asked: a prompt has failed only on its word."""
    transfer = lock_transfer(UUID(deadline.subject)).transfer
    if transfer.is_open and not transfer.quarantined_at:
        transfer.next_ask_at = now()
        transfer.save(update_fields=["next_ask_at"])
        nudge(Task.ASK)


# --- the seller is silent ---------------------------------------------------------------------------------------------


def _warn_seller(contract: Contract, deadline: Deadline) -> None:
    """The seller is told when the money goes back, and has WARNING_TIME from now at least."""
    deadlines.put_off(contract, Kind.DELIVERY, until=now() + settings.WARNING_TIME)
    refund = contract.deadlines.filter(kind=Kind.DELIVERY, closed_at=None).first()
    if refund is not None:
        payload = {"refund_at": instant_text(refund.due_at)}
        audit.record("seller.warned", contract=contract, actor=CLOCK, payload=payload)


def _delivery_ran_out(contract: Contract, deadline: Deadline) -> None:
    """The money goes back if the seller knew and kept silent; if either is in doubt, staff decide."""
    seller = contract.seller
    if seller.warned_at is None:
        disputes.open_by_clock(contract, reason="Not delivered in time. No warning reached the seller.")
    elif seller.last_wrote_at and contract.locked_at and seller.last_wrote_at >= contract.locked_at:
        disputes.open_by_clock(contract, reason="Not delivered in time. The seller has written to us since.")
    elif (fair := seller.warned_at + settings.WARNING_TIME) > now():
        deadlines.start_at(contract, Kind.DELIVERY, at=fair)
    else:
        endings.call_off(contract, CLOCK)


# --- one has confirmed, the other is silent ---------------------------------------------------------------------------


def _remind_buyer(contract: Contract, deadline: Deadline) -> None:
    _remind(contract, deadline, BUYER, what="accept")


def _remind_seller(contract: Contract, deadline: Deadline) -> None:
    _remind(contract, deadline, SELLER, what="confirm")


def _remind(contract: Contract, deadline: Deadline, role: Party.Role, *, what: str) -> None:
    """Whoever has not said it yet is asked once more, but not twice within REMINDERS_APART.

    Of two that have become due together, since the sweep stood still or one was put off, the last speaks for both.
    """
    if role.value in confirmations.missing(contract) and not _is_one_too_many(contract, deadline, what):
        payload = {"party": role.value, "what": what, "number": int(deadline.subject)}
        audit.record("party.reminded", contract=contract, actor=CLOCK, payload=payload)


def _is_one_too_many(contract: Contract, deadline: Deadline, what: str) -> bool:
    """Another reminder of this clock is about to follow this one, or was given a moment ago."""
    soon, lately = now() + settings.REMINDERS_APART, now() - settings.REMINDERS_APART
    running = contract.deadlines.filter(kind=deadline.kind, closed_at=None)
    follows = running.filter(subject__gt=deadline.subject, due_at__lte=soon)
    given = contract.events.filter(kind="party.reminded", payload__what=what, at__gt=lately)
    return follows.exists() or given.exists()


def _not_accepted(contract: Contract, deadline: Deadline) -> None:
    disputes.open_by_clock(contract, reason="The seller says delivered; the buyer has not said anything.")


def _not_delivered(contract: Contract, deadline: Deadline) -> None:
    disputes.open_by_clock(contract, reason="The buyer has accepted; the seller has not said that it is delivered.")


# --- a dispute waits --------------------------------------------------------------------------------------------------


def _not_answered(contract: Contract, deadline: Deadline) -> None:
    dispute = Dispute.objects.get(pk=deadline.subject)
    if dispute.is_open and not dispute.answered_at:
        audit.record("dispute.unanswered", contract=contract, actor=CLOCK, payload={"dispute": dispute.pk})


def _not_decided(contract: Contract, deadline: Deadline) -> None:
    """It is now a named person's; it stays open."""
    dispute = Dispute.objects.get(pk=deadline.subject)
    if dispute.is_open:
        payload = {"dispute": dispute.pk, "person": settings.ON_CALL}
        audit.record("dispute.undecided", contract=contract, actor=CLOCK, payload=payload)


# --- a party's new phone ----------------------------------------------------------------------------------------------


def _phone_counts(contract: Contract, deadline: Deadline) -> None:
    new_phones.change(contract, Proposal.objects.get(pk=deadline.subject))


TIMERS: dict[Deadline.Kind, Timer] = {
    Kind.AGREEMENT: Timer(_expire, concerns=(BUYER, SELLER, PAYER)),
    Kind.FUNDING: Timer(_expire, concerns=(BUYER,)),
    Kind.PROMPT: Timer(_prompt_ran_out, movable=False),
    Kind.SELLER_WARNING: Timer(_warn_seller, concerns=(SELLER,)),
    Kind.DELIVERY: Timer(_delivery_ran_out, concerns=(SELLER,)),
    Kind.BUYER_REMINDER: Timer(_remind_buyer, concerns=(BUYER,)),
    Kind.ACCEPTANCE: Timer(_not_accepted, concerns=(BUYER,)),
    Kind.SELLER_REMINDER: Timer(_remind_seller, concerns=(SELLER,)),
    Kind.DELIVERY_WORD: Timer(_not_delivered, concerns=(SELLER,)),
    Kind.DISPUTE_ANSWER: Timer(_not_answered, concerns=(BUYER, SELLER)),
    Kind.DISPUTE_DECISION: Timer(_not_decided, movable=False),
    Kind.PHONE_CHANGE: Timer(_phone_counts, movable=False),
}
