"""The only place where a transfer becomes final.

A sync answer, a callback and a poll all end in `settle`. A callback is a claim: it is compared with what was asked, a
mismatch is quarantined for people, and a payout that it calls refused is first asked about. What the rail answers to
our own question counts.
"""

from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction

from contracts import audit, deadlines
from contracts.audit import rail_actor
from contracts.models import Deadline
from payments import comparison, contradictions, escrow, suspense
from payments.gateways.base import Outcome, Source, Verdict
from payments.locks import Held, Locked, LockedReturn, is_collection, lock_transfer
from payments.models import Transfer
from payments.outcomes import FAILURES, MADE_UP, MARKED_FAILED, NEVER_ARRIVED, NEVER_CAME, REFUSED, Failure
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.money import plain

Kind = Transfer.Kind
Status = Transfer.Status
PAID_AFTER_ALL = "paid after it was refused"


class Result(StrEnum):
    """What an outcome did."""

    SETTLED = "settled"
    REPEATED = "repeated: nothing changed"
    WAITING = "still underway: nothing changed"
    ASKING = "not believed: the rail is asked"
    QUARANTINED = "quarantined: it does not match what was asked"
    HELD_BACK = "in quarantine: only people settle it"
    FURTHER = "another receipt number: further money"


@transaction.atomic
def settle(transfer_id: UUID, outcome: Outcome) -> Result:
    """The transfer is what `outcome` proves, and the money is posted accordingly, once."""
    held = lock_transfer(transfer_id)
    if held.transfer.quarantined_at:
        return Result.HELD_BACK
    if comparison.is_further(held.transfer, outcome):
        return Result.FURTHER
    if comparison.is_counted(held.transfer, outcome):
        return Result.REPEATED
    if reason := comparison.mismatch(held.transfer, outcome):
        return _quarantine(held, reason)
    _learn_external_id(held, outcome)
    verdicts: dict[Verdict, Callable[[Held, Outcome], Result]] = {
        Verdict.SUCCEEDED: _succeeded,
        Verdict.FAILED: _failed,
        Verdict.UNCLEAR: _unclear,
        Verdict.UNDERWAY: lambda *_: Result.WAITING,
        Verdict.DENIED: _denied,
    }
    return verdicts[outcome.verdict](held, outcome)


def _quarantine(held: Held, reason: str) -> Result:
    transfer = held.transfer
    transfer.quarantined_at, transfer.quarantine_reason, transfer.next_ask_at = now(), reason, None
    transfer.save(update_fields=["quarantined_at", "quarantine_reason", "next_ask_at"])
    _record(held, "transfer.quarantined", reason=reason)
    return Result.QUARANTINED


def _learn_external_id(held: Held, outcome: Outcome) -> None:
    """A push whose answer was lost, or is still on its way, is known by the id in its callback."""
    transfer = held.transfer
    if outcome.external_id and not transfer.external_id:
        transfer.external_id = outcome.external_id
        transfer.save(update_fields=["external_id"])
        if is_collection(held):
            held.payment.learn_external_id(transfer)


def _succeeded(held: Held, outcome: Outcome) -> Result:
    transfer = held.transfer
    if outcome.source == Source.CALLBACK and not transfer.is_collection and not transfer.claimed_at:
        return _quarantine(held, "paid before we had sent it")
    proved = outcome.done_before or (outcome.amount is not None and outcome.receipt_number)
    if outcome.source == Source.CALLBACK and not proved:
        return _ask_now(held)
    if transfer.status == Status.FAILED and not transfer.is_collection:
        return _paid_after_all(held, outcome)
    repeated = transfer.status == Status.SUCCEEDED
    if not repeated:
        suspense.take(transfer, outcome.receipt_number)
        _make_succeeded(held)
    if outcome.receipt_number and not transfer.receipt_number:
        transfer.receipt_number = outcome.receipt_number
        transfer.save(update_fields=["receipt_number"])
    if not repeated:
        _moved(held)
    if is_collection(held):
        _confirm(held, outcome)
    return Result.REPEATED if repeated else Result.SETTLED


def _paid_after_all(held: Held, outcome: Outcome) -> Result:
    """The rail had refused to pay, and now says that it has: a callback makes us ask, its own word waits for people.

    Once they have made up for it, it is counted, and said again it changes nothing.
    """
    transfer = held.transfer
    if transfer.failure_code == MADE_UP:
        return Result.REPEATED
    if outcome.source == Source.CALLBACK:
        return _ask_now(held)
    if isinstance(held, Locked):  # what returns a deposit is in suspense already, as its refusal left it
        contradictions.note(held)
    _record(held, "transfer.contradicted", amount=plain(transfer.amount))
    return _quarantine(held, PAID_AFTER_ALL)


def _make_succeeded(held: Held) -> None:
    transfer = held.transfer
    if is_collection(held):
        _end_prompt(held)
        if not escrow.is_wanted(*held):
            transfer.return_reason = transfer.return_reason or "not_wanted"
    if transfer.status == Status.REQUESTED:
        transfer.submit()
        transfer.save(update_fields=["status", "submitted_at"])
    if is_collection(held) and transfer.status == Status.FAILED:
        transfer.succeed_late()
        _record(held, "collection.late", payment=held.payment.transaction_id, amount=plain(transfer.amount))
    else:
        transfer.succeed()
    transfer.next_ask_at, transfer.times_asked = None, 0
    transfer.save(update_fields=["status", "finished_at", "return_reason", "next_ask_at", "times_asked"])


def _moved(held: Held) -> None:
    """The transfer's money is posted where it went. Precondition: caller has just brought it to `succeeded`."""
    if isinstance(held, LockedReturn):
        suspense.returned(*held)
    elif is_collection(held):
        escrow.receive(*held)
    else:
        escrow.paid_out(*held)


def _not_moved(held: Held) -> None:
    """The transfer's money is posted where it stays. Precondition: caller has just brought it to `failed`."""
    if isinstance(held, LockedReturn):
        suspense.not_returned(*held)
    elif is_collection(held):
        _end_prompt(held)
        escrow.not_received(*held)
    else:
        escrow.not_paid_out(*held)


def _end_prompt(held: Locked) -> None:
    deadlines.close(held.contract, Deadline.Kind.PROMPT, subject=str(held.transfer.pk))


def _confirm(held: Locked, outcome: Outcome) -> None:
    """The rail's own answer confirms a collection; a callback's claim makes us ask for it at once."""
    contract, payment, transfer = held
    if transfer.rail_confirmed_at:
        return
    if transfer.return_reason == NEVER_CAME:
        _quarantine(held, "it came in after it was written off")
        return
    if outcome.source == Source.CALLBACK:
        _ask_now(held)
        return
    transfer.rail_confirmed_at, transfer.next_ask_at = now(), None
    transfer.save(update_fields=["rail_confirmed_at", "next_ask_at"])
    _record(held, "collection.confirmed")
    escrow.secured(contract, payment, transfer)


def _failed(held: Held, outcome: Outcome) -> Result:
    transfer = held.transfer
    if transfer.status == Status.FAILED:
        return Result.REPEATED
    if transfer.status == Status.SUCCEEDED:
        return _contradicted(held, outcome)
    if transfer.repeated_at:
        return _repetition_refused(held)
    failure = _failure(transfer, outcome)
    if outcome.source == Source.CALLBACK and not transfer.is_collection:
        transfer.failure_code, transfer.failure_reason = failure.code, failure.reason
        transfer.save(update_fields=["failure_code", "failure_reason"])
        return _ask_now(held)
    fail(held, failure)
    return Result.SETTLED


def _repetition_refused(held: Held) -> Result:
    """A reversal was sent again, and that was refused: it proves nothing of the first, so that it is sent once more."""
    transfer = held.transfer
    if transfer.status == Status.SUBMITTED:
        lose(held, why="repetition refused")
    transfer.external_id = ""
    transfer.next_ask_at = now() + settings.REVERSAL_AGAIN_TIME
    transfer.save(update_fields=["external_id", "next_ask_at"])
    return Result.WAITING


def _contradicted(held: Held, outcome: Outcome) -> Result:
    """A refusal after a success: a callback's changes nothing; the rail's own word puts the money in quarantine."""
    if outcome.source == Source.CALLBACK or held.transfer.rail_confirmed_at:
        return Result.REPEATED
    return _quarantine(held, "the rail denies what its callback said")


def fail(held: Held, failure: Failure) -> None:
    """The transfer is `failed`, and its money where it belongs. Precondition: caller holds all its rows."""
    transfer = held.transfer
    transfer.fail(failure.code, failure.reason)
    transfer.next_ask_at = None
    transfer.save(update_fields=["status", "finished_at", "failure_code", "failure_reason", "next_ask_at"])
    _record(held, "transfer.failed", code=failure.code)
    _not_moved(held)


def _failure(transfer: Transfer, outcome: Outcome) -> Failure:
    codes = FAILURES[transfer.kind]
    if outcome.code in codes:
        return codes[outcome.code]
    if transfer.failure_code:
        return Failure(transfer.failure_code, transfer.failure_reason)
    return Failure(REFUSED, outcome.description or "Refused by the rail")


def _unclear(held: Held, outcome: Outcome) -> Result:
    """A code that nobody has explained to us: the transfer is unknown until the rail says more."""
    transfer = held.transfer
    if transfer.status in (Status.REQUESTED, Status.SUBMITTED):
        lose(held, why=f"code {outcome.code}" if outcome.code else "no code")
    return _ask_now(held) if outcome.source == Source.CALLBACK else Result.WAITING


def _denied(held: Held, outcome: Outcome) -> Result:
    """The rail says, to our own question, that it knows of no such transfer.

    It has failed if the rail never took it, has had time enough to, and says so twice, well apart: its own word that it
    did not complete. A collection is known by other names, and a reversal is sent again instead.
    """
    transfer = held.transfer
    never_taken = transfer.status == Status.UNKNOWN and not transfer.external_id and outcome.source == Source.ANSWER
    if not never_taken or transfer.kind not in (Kind.PAYOUT, Kind.REFUND):
        return Result.WAITING
    if transfer.denied_at is None:
        if now() - (transfer.claimed_at or transfer.created_at) >= settings.DENIAL_TIME:
            transfer.denied_at = now()
            transfer.save(update_fields=["denied_at"])
        return Result.WAITING
    if now() - transfer.denied_at < settings.DENIALS_APART:
        return Result.WAITING
    fail(held, Failure(NEVER_ARRIVED, "The rail has never heard of it"))
    return Result.SETTLED


def lose(held: Held, *, why: str) -> None:
    """The transfer is `unknown`: only the rail, or people, can tell. Precondition: caller holds all its rows."""
    transfer = held.transfer
    transfer.lose()
    transfer.save(update_fields=["status"])
    _record(held, "transfer.unknown", why=why)


@transaction.atomic
def ask_soon(transfer_id: UUID) -> Result:
    """Somebody hints that the rail knows more: it is asked at once, unless all is known or in quarantine."""
    held = lock_transfer(transfer_id)
    transfer = held.transfer
    unconfirmed = transfer.is_collection and transfer.status == Status.SUCCEEDED and not transfer.rail_confirmed_at
    if transfer.quarantined_at or not transfer.claimed_at or not (transfer.is_open or unconfirmed):
        return Result.WAITING
    return _ask_now(held)


def _ask_now(held: Held) -> Result:
    transfer = held.transfer
    transfer.next_ask_at = now()
    transfer.save(update_fields=["next_ask_at"])
    nudge(Task.ASK)
    return Result.ASKING


def mark(held: Held, *, succeeded: bool, goes_back: bool = False, receipt_number: str = "") -> None:
    """Two people have said, with the rail's statement in hand, what became of a transfer that nobody else can tell.

    A collection that `goes_back` is posted, and returned. Precondition: caller holds all its rows, and
    `marking.check` has let it pass.
    """
    transfer = held.transfer
    refused_before = transfer.quarantine_reason == PAID_AFTER_ALL
    transfer.quarantined_at, transfer.quarantine_reason = None, ""
    transfer.save(update_fields=["quarantined_at", "quarantine_reason"])
    if refused_before:
        _settle_contradiction(held)
    elif not succeeded and transfer.status == Status.FAILED:
        return
    elif not succeeded and is_collection(held) and transfer.status == Status.SUCCEEDED:
        contradictions.write_off(held)
    elif succeeded:
        if goes_back:
            transfer.return_reason = "marked"
        transfer.rail_confirmed_at = None  # that was in doubt: they confirm it, and what waited for it goes on
        proof = Outcome(verdict=Verdict.SUCCEEDED, source=Source.ANSWER, receipt_number=receipt_number)
        _succeeded(held, proof)
    else:
        fail(held, Failure(MARKED_FAILED, "It did not move, say two members of staff"))


def _settle_contradiction(held: Held) -> None:
    transfer = held.transfer
    transfer.failure_code, transfer.failure_reason = MADE_UP, "The rail paid it after all"
    transfer.save(update_fields=["failure_code", "failure_reason"])
    if isinstance(held, LockedReturn):
        suspense.gone(*held)
    else:
        contradictions.make_up(held)


def _record(held: Held, kind: str, **extra: int | str) -> None:
    transfer = held.transfer
    payload = {"transfer": str(transfer.pk), "kind": transfer.kind, "part": transfer.part, **extra}
    audit.record(kind, contract=held.contract, actor=rail_actor(transfer.gateway), payload=payload)
