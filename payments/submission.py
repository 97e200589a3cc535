"""Intent, call, result: the row is there before the call, no transaction is open during it, the result is written under
lock.

A transfer in a worker's hands is marked with `claimed_at`. If the worker dies there, nobody knows whether the rail was
called: after a lease the transfer is `unknown`, and only ever asked about.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Max

from contracts import audit, deadlines
from contracts.audit import rail_actor
from contracts.models import Contract, Deadline
from payments import breaker, checkout, escrow, gateways, pace, prompts, schedule, settlement, stops
from payments.gateways.base import (
    Acknowledgement,
    GatewayRejected,
    GatewayUnavailable,
    Instruction,
    OutcomeUnknown,
)
from payments.locks import Held, Locked, is_collection, lock_transfer
from payments.models import Payment, Transfer
from payments.outcomes import REFUSED, Failure
from voicepact.kernel.clock import now
from voicepact.kernel.rails import RAILS

Kind = Transfer.Kind

log = structlog.get_logger()
LEASE = timedelta(minutes=5)  # longer than the slowest call with a token renewal and a repetition
LOOK_AGAIN = timedelta(minutes=1)
PHONE_LOOK_AGAIN = timedelta(seconds=2)
OPERATIONS = {
    Kind.COLLECTION: breaker.COLLECT,
    Kind.PAYOUT: breaker.PAY,
    Kind.REFUND: breaker.PAY,
    Kind.REVERSAL: breaker.REVERSE,
}
"""Which of a gateway's calls, by the same name, moves a transfer of that kind."""
BATCH = 50


def submit_due() -> int:
    """Every transfer that was due has been sent to its rail; returns how many were."""
    due = Transfer.objects.to_submit(now())
    sent = 0
    for transfer_id in list(due.values_list("pk", flat=True)[:BATCH]):
        try:
            sent += submit(transfer_id)
        except Exception:  # one that cannot be worked must not stop the others
            log.exception("a transfer could not be submitted", transfer=str(transfer_id))
    return sent


def submit(transfer_id: UUID) -> bool:
    """The transfer has been sent, once, and is `submitted`, `failed` or `unknown`; or certainly not sent, and due
    later.

    Returns False if the rail is left alone, somebody else has it or nobody wants it any more.
    """
    gateway, kind = Transfer.objects.values_list("gateway", "kind").get(pk=transfer_id)
    operation = OPERATIONS[Kind(kind)]
    if wait := breaker.retry_after(gateway, operation):
        _wait_for_circuit(transfer_id, timedelta(seconds=wait))
        return False
    if not pace.take(gateway):
        _put_off(transfer_id, pace.MOMENT)
        return False
    transfer = _claim(transfer_id)
    if transfer is None:
        return False
    send = getattr(gateways.by_name(gateway), operation)
    try:
        acknowledgement = breaker.call(gateway, operation, send, instruction(transfer))
    except GatewayRejected as error:
        _refused(transfer_id, error)
    except GatewayUnavailable as error:
        _not_sent(transfer_id, error)
    except OutcomeUnknown as error:
        _lost(transfer_id, str(error))
    else:
        _acknowledged(transfer_id, acknowledgement)
    return True


def repeat(transfer: Transfer) -> None:
    """A reversal whose answer was lost has been sent again: the rail reverses a collection once, and says so.

    It is the one request that may be repeated, and a refusal of the repetition proves nothing about the first.
    """
    assert transfer.kind == Kind.REVERSAL
    _note_repetition(transfer.pk)
    try:
        send = gateways.by_name(transfer.gateway).reverse
        acknowledgement = breaker.call(transfer.gateway, breaker.REVERSE, send, instruction(transfer))
    except (GatewayRejected, GatewayUnavailable, OutcomeUnknown) as error:
        log.warning("a reversal was repeated without an answer", transfer=str(transfer.pk), why=str(error))
    else:
        _acknowledged(transfer.pk, acknowledgement)


@transaction.atomic
def _note_repetition(transfer_id: UUID) -> None:
    transfer = lock_transfer(transfer_id).transfer
    transfer.repeated_at = now()
    transfer.save(update_fields=["repeated_at"])


def instruction(transfer: Transfer) -> Instruction:
    """The transfer as its gateway needs to know it."""
    named = (transfer.original or transfer.deposit if transfer.kind == Kind.REVERSAL else None) or transfer
    return Instruction(
        kind=transfer.kind,
        own_id=transfer.originator_conversation_id,
        token=transfer.token,
        money=transfer.money,
        phone=transfer.phone,
        reference=transfer.reference,
        external_id=transfer.external_id,
        receipt_number=named.receipt_number,
    )


@transaction.atomic
def _claim(transfer_id: UUID) -> Transfer | None:
    held = lock_transfer(transfer_id)
    transfer = held.transfer
    if not _is_due(transfer_id):
        return None
    if is_collection(held) and not escrow.is_wanted(*held):
        escrow.withdraw_prompt(*held, "not_wanted")
        return None
    later = _prompt_later(transfer) if transfer.is_collection else _leave_later(held)
    if later:
        transfer.not_before = later
        transfer.save(update_fields=["not_before"])
        return None
    transfer.claimed_at = now()
    transfer.save(update_fields=["claimed_at"])
    return transfer


def _prompt_later(transfer: Transfer) -> datetime | None:
    """When to look again at a prompt whose phone shows another one of ours; None if it may come now."""
    busy = prompts.phone_free_at(transfer.phone, gateway=transfer.gateway)
    return min(busy, now() + PHONE_LOOK_AGAIN) if busy else None


def _is_due(transfer_id: UUID) -> bool:
    return Transfer.objects.to_submit(now()).filter(pk=transfer_id).exists()


@transaction.atomic
def _put_off(transfer_id: UUID, wait: timedelta) -> Held | None:
    """The transfer that was due is due after `wait`; None, and nothing changed, if it was not due."""
    held = lock_transfer(transfer_id)
    if not _is_due(transfer_id):
        return None
    held.transfer.not_before = now() + wait
    held.transfer.save(update_fields=["not_before"])
    return held


@transaction.atomic
def _wait_for_circuit(transfer_id: UUID, wait: timedelta) -> None:
    """The transfer is due again when its rail's circuit tries; whoever waits for that money is told, once."""
    held = _put_off(transfer_id, wait)
    if isinstance(held, Locked) and not held.transfer.is_collection:
        escrow.delayed(held.contract, held.payment, why="circuit")


def _leave_later(held: Held) -> datetime | None:
    """When to look again at money that may not leave now; None if it may."""
    transfer = held.transfer
    if stops.holds(transfer):
        if isinstance(held, Locked):
            escrow.delayed(held.contract, held.payment, why="stop")
        return now() + LOOK_AGAIN
    if isinstance(held, Locked) and not _may_leave(*held):
        return now() + LOOK_AGAIN
    apart = RAILS[transfer.gateway].equal_parts_apart
    twins = Transfer.objects.filter(gateway=transfer.gateway, phone=transfer.phone, amount=transfer.amount)
    sent = twins.exclude(kind=Transfer.Kind.COLLECTION).exclude(pk=transfer.pk).filter(claimed_at__gt=now() - apart)
    last = sent.aggregate(last=Max("claimed_at"))["last"]
    return last + apart if last else None


def _may_leave(contract: Contract, payment: Payment, transfer: Transfer) -> bool:
    """The last look before money leaves: the rail has confirmed what it was paid with, and no dispute is open.

    A refund needs the collection that it gives back, a payout every one that counts.
    """
    if transfer.original:
        return transfer.original.rail_confirmed_at is not None and not transfer.original.quarantined_at
    return contract.status != Contract.Status.DISPUTED and checkout.is_confirmed(payment)


@transaction.atomic
def _acknowledged(transfer_id: UUID, acknowledgement: Acknowledgement) -> None:
    held = lock_transfer(transfer_id)
    transfer = held.transfer
    if not transfer.external_id:
        transfer.external_id = acknowledgement.external_id
    if transfer.status == Transfer.Status.REQUESTED:
        transfer.submit()
        payload = {"transfer": str(transfer.pk), "kind": transfer.kind, "part": transfer.part}
        audit.record("transfer.submitted", contract=held.contract, actor=rail_actor(transfer.gateway), payload=payload)
        if is_collection(held):
            deadlines.start(held.contract, Deadline.Kind.PROMPT, after=settings.PROMPT_TIME, subject=str(transfer.pk))
    transfer.save(update_fields=["status", "submitted_at", "external_id"])
    schedule.ask_first(transfer)
    if is_collection(held):
        held.payment.learn_external_id(transfer)


@transaction.atomic
def _refused(transfer_id: UUID, error: GatewayRejected) -> None:
    held = lock_transfer(transfer_id)
    log.error("the rail refused a request", transfer=str(transfer_id), code=error.code, description=error.description)
    if held.transfer.is_open:
        settlement.fail(held, Failure(REFUSED, f"The rail refused the request ({error.code})"))


@transaction.atomic
def _not_sent(transfer_id: UUID, error: GatewayUnavailable) -> None:
    held = lock_transfer(transfer_id)
    transfer = held.transfer
    log.warning("not sent, later again", transfer=str(transfer_id), why=str(error))
    if transfer.status != Transfer.Status.REQUESTED:
        return
    transfer.claimed_at = None
    transfer.not_before = now() + timedelta(seconds=error.retry_after)
    transfer.save(update_fields=["claimed_at", "not_before"])
    if isinstance(held, Locked):
        held.payment.retry_count += 1
        held.payment.save(update_fields=["retry_count"])


@transaction.atomic
def _lost(transfer_id: UUID, why: str) -> None:
    """Perhaps sent: `unknown`, and the rail is asked."""
    held = lock_transfer(transfer_id)
    if held.transfer.status == Transfer.Status.REQUESTED:
        settlement.lose(held, why=why[:100])
    schedule.ask_first(held.transfer)


def give_up_lost() -> int:
    """Transfers whose worker died with them in its hands are `unknown`; returns how many."""
    lost = Transfer.objects.filter(status=Transfer.Status.REQUESTED, claimed_at__lt=now() - LEASE)
    keys = list(lost.values_list("pk", flat=True)[:BATCH])
    for transfer_id in keys:
        try:
            _give_up(transfer_id)
        except Exception:  # one that cannot be worked must not stop the others
            log.exception("a lost transfer could not be given up", transfer=str(transfer_id))
    return len(keys)


@transaction.atomic
def _give_up(transfer_id: UUID) -> None:
    """A slow worker may have let go of it meanwhile: that one is certainly not sent."""
    claimed_at = lock_transfer(transfer_id).transfer.claimed_at
    if claimed_at and claimed_at < now() - LEASE:
        _lost(transfer_id, "the worker died")
