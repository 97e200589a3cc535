"""Staff have the rail asked now, in place of waiting for the schedule's next question.

Nothing is asked here: the question is due at once, and a worker puts it. It does not use up one of the schedule's own,
so that nobody can ask money into the hands of people before its time. What must not be asked is refused.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from contracts import audit
from contracts.audit import SYSTEM, Actor
from contracts.models import Contract, Event
from payments import byhand, schedule
from payments.errors import NotToBeAsked
from payments.locks import lock_transfer
from payments.models import Deposit, Transfer
from payments.outcomes import NEVER_CAME
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import lock

APART = timedelta(minutes=1)
TOO_SOON = "The rail was asked less than a minute ago: its answer may be on the way."
Kind, Status = Transfer.Kind, Transfer.Status


def why_not(transfer: Transfer) -> str:
    """Why the rail is not asked about the transfer now, in words; empty if it can be."""
    if transfer.quarantined_at:
        return "It is in quarantine: two people say what became of it."
    if transfer.is_open:
        return _why_not_open(transfer)
    unconfirmed = transfer.is_collection and transfer.status == Status.SUCCEEDED and not transfer.rail_confirmed_at
    if not unconfirmed or transfer.return_reason == NEVER_CAME:
        return "The rail has told what became of it."
    return "" if transfer.external_id else "There is no id to ask by."


def _why_not_open(transfer: Transfer) -> str:
    if not transfer.claimed_at:
        return "It has not been sent yet."
    if transfer.status == Status.REQUESTED:
        return "It is being sent just now."
    if transfer.external_id or transfer.kind in (Kind.PAYOUT, Kind.REFUND):
        return ""
    if transfer.is_collection:
        return "The rail's answer was lost, and with it the id to ask by: the callback tells, or it is given up."
    return "The rail's answer was lost: it is sent again by itself, and only so the rail tells what became of it."


@transaction.atomic
def ask(transfer_id: UUID, *, actor: Actor) -> None:
    """A worker asks the rail about the transfer at once. Raises NotToBeAsked."""
    held = lock_transfer(transfer_id)
    if why := why_not(held.transfer):
        raise NotToBeAsked(why)
    _record("transfer.asked_by_staff", held.contract, actor, {"transfer": str(held.transfer.pk)})
    schedule.ask_now(held.transfer)
    nudge(Task.ASK)


def why_not_deposit(deposit: Deposit) -> str:
    """Why the rail is not asked about the deposit now, in words; empty if it can be."""
    if deposit.status in (Deposit.Status.TOLD, Deposit.Status.REFUTED):
        return ""
    return "The rail has confirmed it."


@transaction.atomic
def ask_about_deposit(deposit_id: int, *, actor: Actor) -> None:
    """A worker asks the rail about the deposit at once. Raises NotToBeAsked."""
    deposit = lock(Deposit, deposit_id)
    if why := why_not_deposit(deposit):
        raise NotToBeAsked(why)
    contract = byhand.contract_of(deposit.reference)
    _record("deposit.asked_by_staff", contract, actor, {"deposit": deposit.pk})
    schedule.ask_now_for_deposit(deposit)
    nudge(Task.ASK)


def _record(kind: str, contract: Contract | None, actor: Actor, about: dict[str, Any]) -> None:
    """The event exists. Raises NotToBeAsked when staff have had the rail asked about the same a moment ago."""
    lately = Event.objects.filter(kind=kind, at__gt=now() - APART, chain=contract.pk if contract else SYSTEM)
    if lately.filter(payload=about).exists():
        raise NotToBeAsked(TOO_SOON)
    audit.record(kind, contract=contract, actor=actor, payload=about)
