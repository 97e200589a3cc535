"""What a rail sends us: kept as it came and answered at once, worked afterwards by a worker.

One SQL statement keeps a callback if, and only if, its token is known: a transfer's, or that of a deposit.
"""

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

from contracts import audit
from contracts.audit import Actor, rail_actor
from payments import deposits, gateways, wallets, webhook
from payments.errors import WorkedSince
from payments.gateways.base import Outcome, Unreadable
from payments.models import Callback, Deposit, Transfer
from payments.settlement import Result, ask_soon, settle
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import claim, lock

log = structlog.get_logger()
BATCH = 100
ATTEMPTS = 5
KINDS = {
    Transfer.Kind.COLLECTION: frozenset({"stk", "status", "status-timeout"}),
    Transfer.Kind.PAYOUT: frozenset({"b2c", "b2c-timeout", "status", "status-timeout"}),
    Transfer.Kind.REFUND: frozenset({"b2c", "b2c-timeout", "status", "status-timeout"}),
    Transfer.Kind.REVERSAL: frozenset({"reversal", "reversal-timeout", "status", "status-timeout"}),
}
"""What a rail may tell of a transfer: the same number means different things in each of them."""
PATIENCE = timedelta(seconds=3)
GROWTH = 8  # a fault of ours may take half an hour to be mended
PATIENCE_UNMATCHED = timedelta(seconds=150)  # one that matches nothing is given up after about 10 minutes


class NotYet(Exception):
    """What this callback needs is not there yet: work it again a little later."""


def keep(*, gateway: str, kind: str, token: str, body: str, address: str | None) -> bool:
    """The callback is kept for the transfer or deposit that has this token; False, and nothing kept, if none has."""
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_callback"
            " (gateway, kind, transfer_id, deposit_id, body, address, received_at, not_before, attempts, result)"
            " SELECT gateway, %s, transfer_id, deposit_id, %s, %s, %s, %s, 0, '' FROM"
            " (SELECT gateway, token, id AS transfer_id, NULL::bigint AS deposit_id FROM payments_transfer"
            "  UNION ALL SELECT gateway, token, NULL, id FROM payments_deposit) AS known"
            " WHERE token = %s AND gateway = %s",
            [kind, body, address, moment, moment, token, gateway],
        )
        kept: bool = cursor.rowcount == 1
    if kept:
        nudge(Task.WORK_CALLBACKS)
    return kept


def keep_for_account(*, gateway: str, kind: str, body: str, address: str | None) -> None:
    """A callback about the gateway's account, or a notification that names its transfer itself, is kept."""
    moment = now()
    Callback.objects.create(
        gateway=gateway, kind=kind, body=body, address=address, received_at=moment, not_before=moment
    )
    nudge(Task.WORK_CALLBACKS)


def work_due() -> int:
    """Every kept callback that was due has been worked; returns how many."""
    worked = 0
    while worked < BATCH and _work_next():
        worked += 1
    return worked


@transaction.atomic
def replay(callback_id: int, *, actor: Actor, since: datetime) -> str:
    """`actor` has had the callback worked once more, whatever came of it before; returns what came of it now.

    What it said already counts once: a repetition changes nothing. `since` is when `actor` looked at it. Raises
    WorkedSince, so that a double click works it once, and Callback.DoesNotExist.
    """
    callback = lock(Callback, callback_id)
    if callback.worked_at and callback.worked_at > since:
        raise WorkedSince(f"It was worked since you looked at it: {callback.result}.")
    callback.worked_at = None
    callback.attempts = 0
    _work_one(callback)
    payload = {"callback": callback.pk, "result": callback.result}
    audit.record("callback.replayed", contract=None, actor=actor, payload=payload)
    return callback.result


@transaction.atomic
def _work_next() -> bool:
    waiting = Callback.objects.filter(worked_at=None, not_before__lte=now()).order_by("not_before", "id")
    callback = claim(waiting).first()
    if callback is None:
        return False
    _work_one(callback)
    return True


def _work_one(callback: Callback) -> None:
    """The callback is worked, or put off. Precondition: caller holds its row."""
    try:
        with transaction.atomic():
            _finish(callback, _work(callback))
    except (Unreadable, webhook.Malformed) as error:
        _finish(callback, f"unreadable: {error}")
    except NotYet as error:
        _wait(callback, str(error), patience=PATIENCE_UNMATCHED if callback.kind == webhook.KIND else PATIENCE)
    except Exception:
        log.exception("a callback could not be worked", callback=callback.pk)
        _wait(callback, "our own fault: see the log", patience=PATIENCE * GROWTH**callback.attempts)


def _work(callback: Callback) -> str:
    if callback.kind == webhook.KIND:
        return _take_notification(callback)
    gateway = gateways.by_name(callback.gateway)
    if callback.kind == "balance":
        return wallets.update(gateway, callback.body)
    if callback.kind == deposits.CONFIRMATION:
        callback.deposit = deposits.tell(gateway.read_hand_payment(callback.body), gateway=gateway.name)
        return "told: the rail is asked"
    if callback.deposit:
        return _take_answer(callback.deposit, callback)
    if callback.transfer is None:
        raise Unreadable("it names no transfer of ours")
    outcome = gateway.read(callback.kind, callback.body)
    if callback.kind not in KINDS[Transfer.Kind(callback.transfer.kind)]:
        raise Unreadable(f"a {callback.transfer.kind} has no {callback.kind}")
    if callback.kind == "status":
        _check_inquiry(callback.transfer, outcome)
    result = settle(callback.transfer.pk, outcome)
    if result == Result.FURTHER:
        callback.deposit = deposits.tell_further(callback.transfer, outcome)
    return result.value


def _take_answer(deposit: Deposit, callback: Callback) -> str:
    """The rail's word on what was paid by hand."""
    outcome = gateways.by_name(callback.gateway).read(callback.kind, callback.body)
    if callback.kind == "status-timeout":
        return Result.WAITING.value
    if callback.kind != "status":
        raise Unreadable(f"a deposit has no {callback.kind}")
    _check_inquiry(deposit, outcome)
    return deposits.answered(deposit.pk, outcome)


def _take_notification(callback: Callback) -> str:
    """Of a transfer of its own rail it is a claim; of another's it makes a worker ask that rail, and no more."""
    said = webhook.read(callback.body)
    transfer = webhook.transfer_of(said)
    if transfer is None or transfer.payment is None:
        raise NotYet("it matches no transfer of ours")
    callback.transfer = transfer
    callback.save(update_fields=["transfer"])
    if transfer.gateway != webhook.GATEWAY:
        return ask_soon(transfer.pk).value
    return settle(transfer.pk, said.outcome).value


def _check_inquiry(asked: Transfer | Deposit, outcome: Outcome) -> None:
    """An answer counts only if it is to our own last question, whose id may be written down a moment after it."""
    if not outcome.inquiry_id or outcome.inquiry_id != asked.inquiry_id:
        raise NotYet("it answers no question of ours")


def _finish(callback: Callback, result: str) -> None:
    callback.worked_at, callback.result = now(), result[:200]
    callback.attempts += 1
    callback.save(update_fields=["worked_at", "result", "attempts", "deposit"])


def _wait(callback: Callback, why: str, *, patience: timedelta = PATIENCE) -> None:
    callback.attempts += 1
    callback.result = why[:200]
    if callback.attempts >= ATTEMPTS:
        callback.worked_at = now()
        contract = callback.transfer.payment.contract if callback.transfer and callback.transfer.payment else None
        payload = {"callback": callback.pk, "kind": callback.kind}
        audit.record("callback.given_up", contract=contract, actor=rail_actor(callback.gateway), payload=payload)
    callback.not_before = now() + patience
    callback.save(update_fields=["attempts", "result", "worked_at", "not_before"])
