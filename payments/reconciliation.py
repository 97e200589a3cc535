"""Ask the rail about what we have not heard of, or have heard of from a callback only."""

from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from contracts import audit
from contracts.audit import CLOCK
from payments import deposits, gateways, schedule, settlement, stops
from payments.gateways.base import Asked, GatewayRejected, GatewayUnavailable, Instruction, OutcomeUnknown
from payments.locks import Locked, is_collection, lock_transfer
from payments.models import Deposit, Transfer
from payments.outcomes import NO_ANSWER, Failure
from payments.submission import give_up_lost, instruction, repeat
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock

log = structlog.get_logger()
BATCH = 50


def ask_due() -> int:
    """Every transfer about which the rail was to be asked by now has been asked about; returns how many."""
    give_up_lost()
    due = list(Transfer.objects.to_ask_about(now()).values_list("pk", flat=True)[:BATCH])
    for transfer_id in due:
        try:
            ask(transfer_id)
        except Exception:  # one that cannot be worked must not stop the others
            log.exception("a transfer could not be asked about", transfer=str(transfer_id))
    return len(due)


def ask(transfer_id: UUID) -> None:
    """The rail has been asked what became of the transfer, with no transaction open, and its answer has settled it.

    No answer changes nothing: the schedule asks again.
    """
    transfer = _claim(transfer_id)
    if transfer is None:
        return
    if _is_to_be_repeated(transfer):
        repeat(transfer)
        return
    gateway = gateways.by_name(transfer.gateway)
    try:
        answer = gateway.ask(instruction(transfer))
        if isinstance(answer, Asked):
            _remember(transfer_id, answer.inquiry_id)
        else:
            settlement.settle(transfer_id, answer)
    except GatewayRejected as error:
        log.warning("the rail refuses the question", transfer=str(transfer_id), why=str(error))
    except (GatewayUnavailable, OutcomeUnknown) as error:
        log.warning("the rail gave no answer", transfer=str(transfer_id), why=str(error))
        _not_answered(transfer_id)


def _is_to_be_repeated(transfer: Transfer) -> bool:
    """A reversal whose answer was lost has no id to ask by: sending it again may be what moves the money."""
    return transfer.kind == Transfer.Kind.REVERSAL and not transfer.external_id


@transaction.atomic
def _not_answered(transfer_id: UUID) -> None:
    schedule.unanswered(lock_transfer(transfer_id).transfer)


@transaction.atomic
def _claim(transfer_id: UUID) -> Transfer | None:
    held = lock_transfer(transfer_id)
    transfer = held.transfer
    if not transfer.next_ask_at or transfer.next_ask_at > now():
        return None
    if is_collection(held) and not transfer.external_id:
        _give_up_answer(held)
        return None
    if _is_to_be_repeated(transfer) and stops.holds(transfer):
        transfer.next_ask_at = now() + settings.REVERSAL_AGAIN_TIME
        transfer.save(update_fields=["next_ask_at"])
        return None
    if schedule.ask_again(transfer):
        if transfer.status == Transfer.Status.SUBMITTED:
            settlement.lose(held, why="the rail does not tell")
        payload = {
            "transfer": str(transfer.pk),
            "kind": transfer.kind,
            "status": transfer.status,
            "person": settings.ON_CALL,
        }
        audit.record("transfer.needs_person", contract=held.contract, actor=CLOCK, payload=payload)
    return transfer


def _give_up_answer(held: Locked) -> None:
    """A push whose answer was lost has no id to ask by: without a callback it is given up, and its token lives on."""
    transfer = held.transfer
    give_up_at = schedule.no_answer_at(transfer)
    if transfer.is_open and give_up_at <= now():
        settlement.fail(held, Failure(NO_ANSWER, "The rail never answered"))
        return
    transfer.next_ask_at = give_up_at if transfer.is_open else None
    transfer.save(update_fields=["next_ask_at"])


@transaction.atomic
def _remember(transfer_id: UUID, inquiry_id: str) -> None:
    transfer = lock_transfer(transfer_id).transfer
    transfer.inquiry_id = inquiry_id
    transfer.save(update_fields=["inquiry_id"])


def ask_about_deposits() -> int:
    """Every deposit about which the rail was to be asked by now has been asked about; returns how many."""
    due = list(Deposit.objects.to_ask_about(now()).values_list("pk", flat=True)[:BATCH])
    for deposit_id in due:
        try:
            ask_about_deposit(deposit_id)
        except Exception:  # one that cannot be worked must not stop the others
            log.exception("a deposit could not be asked about", deposit=deposit_id)
    return len(due)


def ask_about_deposit(deposit_id: int) -> None:
    """The rail has been asked, with no transaction open, for the money that has this receipt number.

    No answer changes nothing: the schedule asks again, and in the end the deposit is refuted.
    """
    deposit = _claim_deposit(deposit_id)
    if deposit is None:
        return
    question = Instruction(
        kind=Transfer.Kind.COLLECTION,
        own_id=f"VP-D{deposit.pk}",
        token=deposit.token,
        money=deposit.money,
        phone="",
        reference=deposit.receipt_number,
        receipt_number=deposit.receipt_number,
    )
    try:
        answer = gateways.by_name(deposit.gateway).ask(question)
        if isinstance(answer, Asked):
            _remember_of_deposit(deposit_id, answer.inquiry_id)
        else:
            deposits.answered(deposit_id, answer)
    except (GatewayRejected, GatewayUnavailable, OutcomeUnknown) as error:
        log.warning("the rail gave no answer", deposit=deposit_id, why=str(error))


@transaction.atomic
def _claim_deposit(deposit_id: int) -> Deposit | None:
    deposit = lock(Deposit, deposit_id)
    if not deposit.next_ask_at or deposit.next_ask_at > now():
        return None
    if not schedule.ask_for_deposit(deposit):
        deposits.refute(deposit)
        return None
    return deposit


@transaction.atomic
def _remember_of_deposit(deposit_id: int, inquiry_id: str) -> None:
    deposit = lock(Deposit, deposit_id)
    deposit.inquiry_id = inquiry_id
    deposit.save(update_fields=["inquiry_id"])
