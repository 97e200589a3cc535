"""The story of a payment, in the order in which it happens.

open_checkout → receive → secured → deliver, accept → release → close; and for deals that end otherwise: cancel, expire.
Every function here either opens its own transaction and locks contract, then payment, or says that its caller holds
them.
"""

from decimal import Decimal
from typing import Any

from django.db import transaction

from contracts import audit, confirmations, deadlines
from contracts.audit import CLOCK, Actor, party_actor, rail_actor
from contracts.errors import DisputeOpen, WrongState
from contracts.models import Confirmation, Contract, Deadline, Event, Party
from payments import checkout, ledger, refunds, requests
from payments.errors import AlreadyReleased, PaymentPending
from payments.locks import lock_live_payment
from payments.models import Payment, Transfer
from payments.outcomes import NO_ANSWER, PROMPT_AGAIN
from payments.tranches import plan, split
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock
from voicepact.kernel.money import Money, plain
from voicepact.kernel.rails import RAILS

Status = Contract.Status
PROMPT_TRIES = 3  # after the first, when the rail and not the buyer was at fault


# --- money in ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_checkout(
    contract_id: str, *, phone: str, money: Money, actor: Actor, metadata: dict[str, Any] | None = None
) -> Payment:
    """The payment is `pending` and a prompt for its next part is about to reach `phone`.

    A payment that waits with no prompt open is continued; otherwise a new one begins. Raises ContractNotConfirmed,
    DeadlinePassed, PayerMismatch, AmountMismatch, CurrencyMismatch, and PaymentPending while a prompt is due or open.
    """
    contract = lock(Contract, contract_id)
    checkout.check(contract, phone=phone, money=money)
    payment = lock_live_payment(contract)
    if payment is None:
        payment = checkout.begin(contract, phone=phone, actor=actor, metadata=metadata or {})
    elif payment.transfers.collections().open().exists():
        raise PaymentPending(
            "A payment prompt is already on its way to the buyer's phone.", transaction_id=payment.transaction_id
        )
    checkout.request_next_part(payment, phone=phone, actor=actor)
    return payment


def is_wanted(contract: Contract, payment: Payment, collected: Transfer) -> bool:
    """Whether money for this part is still to be asked for and kept."""
    return (
        payment.status == Payment.Status.PENDING
        and contract.status == Status.CONFIRMED
        and collected.part not in checkout.kept(payment)
    )


def receive(contract: Contract, payment: Payment, collected: Transfer) -> None:
    """The money is in `held`, always; when the whole amount is in, payment and contract are locked.

    Money that nobody wants any more is posted just the same, and goes back. Precondition: caller holds all three rows,
    and has just brought `collected` to `succeeded` with `return_reason` saying whether it was wanted.
    """
    ledger.post(ledger.origin(collected), ledger.held(payment), collected.money, transfer=collected)
    so_far = sum((transfer.amount for transfer in checkout.kept(payment).values()), start=Decimal(0))
    payload = {
        "payment": payment.transaction_id,
        "transfer": str(collected.pk),
        "part": collected.part,
        "amount": plain(collected.amount),
        "so_far": plain(so_far),
        "total": plain(payment.amount),
        "unwanted": collected.return_reason,
    }
    audit.record("collection.received", contract=contract, actor=rail_actor(collected.gateway), payload=payload)
    if collected.return_reason:
        refunds.send_due(payment)
    elif so_far == payment.amount:
        _lock(contract, payment)
    else:
        checkout.request_next_part(payment, phone=collected.phone, actor=CLOCK)


def _lock(contract: Contract, payment: Payment) -> None:
    payment.lock()
    payment.save(update_fields=["status", "confirmed_at"])
    contract.lock_payment()
    contract.save(update_fields=["status", "locked_at"])
    deadlines.close(contract, Deadline.Kind.FUNDING)
    _record(payment, contract, "payment.locked")


def secured(contract: Contract, payment: Payment, collected: Transfer) -> None:
    """The rail itself has confirmed this collection: what waited for that may go on, to the seller or back.

    Precondition: caller holds all three rows, and has just written `rail_confirmed_at`.
    """
    if collected.return_reason:
        refunds.send_due(payment)
    elif payment.status == Payment.Status.LOCKED and checkout.is_confirmed(payment):
        _record(payment, contract, "payment.secured")
        release(contract, payment)


def not_received(contract: Contract, payment: Payment, collected: Transfer) -> None:
    """A prompt has ended without money: it is sent again, or the payment waits for the next checkout, or has failed.

    Precondition: caller holds all three rows, and has just brought `collected` to `failed`.
    """
    wanted = is_wanted(contract, payment, collected)
    if wanted and collected.failure_code in PROMPT_AGAIN and _tries(payment, collected) <= PROMPT_TRIES:
        later = now() + RAILS[payment.gateway].equal_parts_apart
        requests.collection(
            payment, part=collected.part, amount=collected.amount, phone=collected.phone, not_before=later, actor=CLOCK
        )
    elif not wanted or collected.failure_code != NO_ANSWER:
        _fail_if_empty(contract, payment, collected.failure_code, collected.failure_reason)
        close(contract, payment)


def _tries(payment: Payment, collected: Transfer) -> int:
    failed = payment.transfers.collections().filter(part=collected.part, status=Transfer.Status.FAILED)
    return failed.filter(failure_code__in=PROMPT_AGAIN).count()


def _fail_if_empty(contract: Contract, payment: Payment, code: str, reason: str) -> None:
    empty = not ledger.standing(payment).collected and not payment.transfers.open().exists()
    if payment.status == Payment.Status.PENDING and empty:
        payment.fail(code, reason)
        payment.save(update_fields=["status", "failure_code", "failure_reason"])
        payload = {"payment": payment.transaction_id, "code": code}
        audit.record("payment.failed", contract=contract, actor=rail_actor(payment.gateway), payload=payload)


# --- both confirm -----------------------------------------------------------------------------------------------------


@transaction.atomic
def deliver(contract_id: str, *, phone: str, channel: str) -> Contract:
    """The seller has said: delivered. With the buyer's word the contract is `completed` and release starts.

    Raises NotAParty, WrongState. While a dispute is open the word is kept and nothing moves.
    """
    contract = _lock_funded(contract_id)
    confirmations.delivered(contract, phone=phone, channel=channel)
    _complete(contract, contract.seller, channel)
    return contract


@transaction.atomic
def accept(contract_id: str, *, phone: str, channel: str) -> Contract:
    """The buyer has accepted the delivery, the whole amount. With the seller's word the contract is `completed`.

    Raises NotAParty, WrongState. Said before the delivery it is kept; while a dispute is open nothing moves.
    """
    contract = _lock_funded(contract_id)
    confirmations.accepted(contract, phone=phone, channel=channel)
    _complete(contract, contract.buyer, channel)
    return contract


def _lock_funded(contract_id: str) -> Contract:
    contract = lock(Contract, contract_id)
    if contract.status not in (Status.PAYMENT_LOCKED, Status.DELIVERED, Status.DISPUTED, Status.COMPLETED):
        state = contract.get_status_display().lower()
        raise WrongState(f"{contract_id} is {state}; delivery is confirmed once the money is locked.")
    return contract


def _complete(contract: Contract, party: Party, channel: str) -> None:
    if contract.status != Status.DELIVERED or confirmations.missing(contract):
        return
    contract.complete()
    contract.save(update_fields=["status", "ended_at"])
    audit.record("contract.completed", contract=contract, actor=party_actor(party, channel))
    payment = lock_live_payment(contract)
    assert payment is not None, "a delivered contract has a locked payment"
    release(contract, payment)


# --- money out --------------------------------------------------------------------------------------------------------


def release(contract: Contract, payment: Payment) -> None:
    """The payout to the seller is requested, once, in parts that the rail can carry.

    Nothing happens unless the contract is completed, the payment locked, each collection behind it confirmed by the
    rail itself, and no payout was ever requested. Precondition: caller holds contract and payment.
    """
    ready = contract.status == Status.COMPLETED and payment.status == Payment.Status.LOCKED
    if not ready or not checkout.is_confirmed(payment) or payment.transfers.filter(kind=Transfer.Kind.PAYOUT).exists():
        return
    rail = RAILS[payment.gateway]
    for part in plan(split(payment.amount, rail), rail, start=now()):
        requests.payout(payment, part=part.number, amount=part.amount, not_before=part.not_before, actor=CLOCK)


def paid_out(contract: Contract, payment: Payment, paid: Transfer) -> None:
    """A payout or refund has arrived: it is outside, and the payment may be over.

    Precondition: caller holds all three rows, and has just brought `paid` to `succeeded`.
    """
    ledger.post(ledger.in_transit(paid), ledger.OUTSIDE, paid.money, transfer=paid)
    where = ledger.standing(payment)
    payload = {
        "payment": payment.transaction_id,
        "transfer": str(paid.pk),
        "part": paid.part,
        "amount": plain(paid.amount),
        "so_far": plain(where.released if paid.kind == Transfer.Kind.PAYOUT else where.refunded),
        "total": plain(payment.amount),
    }
    audit.record(f"{paid.kind}.arrived", contract=contract, actor=rail_actor(paid.gateway), payload=payload)
    close(contract, payment)


def not_paid_out(contract: Contract, payment: Payment, refused: Transfer) -> None:
    """A payout or refund will not arrive: its amount is held again, and owed.

    Precondition: caller holds all three rows, and has just brought `refused` to `failed` on the rail's own word.
    """
    ledger.post(ledger.in_transit(refused), ledger.held(payment), refused.money, transfer=refused)
    payload = {
        "payment": payment.transaction_id,
        "transfer": str(refused.pk),
        "amount": plain(refused.amount),
        "code": refused.failure_code,
    }
    audit.record(f"{refused.kind}.owed", contract=contract, actor=rail_actor(refused.gateway), payload=payload)


def close(contract: Contract, payment: Payment) -> None:
    """The payment is over if nothing of it is held or in transit and none of its transfers is open.

    `released` if any part reached the seller, else `refunded`. A payment that has ended keeps its status.
    Precondition: caller holds contract and payment.
    """
    where = ledger.standing(payment)
    live = payment.status in (Payment.Status.PENDING, Payment.Status.LOCKED)
    if not live or not where.collected or where.held or where.in_transit or payment.transfers.open().exists():
        return
    if where.released:
        payment.release()
        payment.save(update_fields=["status", "released_at"])
        _record(payment, contract, "payment.released", released=plain(where.released))
    else:
        payment.refund()
        payment.save(update_fields=["status", "refunded_at"])
        _record(payment, contract, "payment.refunded", refunded=plain(where.refunded))


# --- deals that end otherwise ----------------------------------------------------------------------------------------


@transaction.atomic
def cancel(contract_id: str, *, phone: str, channel: str) -> list[str]:
    """A party calls the deal off; returns whose consent is awaited.

    Until the money is locked either party's word is enough, from then on the seller's: what came in goes back, and
    nobody is awaited. The buyer's word then asks the seller. Raises NotAParty, DisputeOpen, AlreadyReleased.
    """
    contract = lock(Contract, contract_id)
    party = confirmations.trader_by_phone(contract, phone)
    if not _can_cancel(contract):
        return []
    confirmations.say(contract, party, Confirmation.Kind.CANCELLED, channel)
    funded = contract.status in (Status.PAYMENT_LOCKED, Status.DELIVERED)
    if funded and party.role == Party.Role.BUYER:
        return _ask_seller(contract, party_actor(party, channel))
    _call_off(contract, party_actor(party, channel))
    return []


@transaction.atomic
def cancel_for_client(contract_id: str, *, reason: str, actor: Actor) -> list[str]:
    """The REST client calls the deal off; returns whose consent is awaited: once the money is locked, the seller's.

    Raises DisputeOpen, AlreadyReleased.
    """
    contract = lock(Contract, contract_id)
    if not _can_cancel(contract):
        return []
    contract.cancellation_reason = reason
    contract.save(update_fields=["cancellation_reason"])
    if contract.status in (Status.PAYMENT_LOCKED, Status.DELIVERED):
        return _ask_seller(contract, actor)
    _call_off(contract, actor)
    return []


def _can_cancel(contract: Contract) -> bool:
    """False when it is off already. Raises when it cannot be called off any more."""
    if contract.status == Status.DISPUTED:
        raise DisputeOpen(f"A dispute about {contract.pk} is open; nothing moves until it is settled.")
    if contract.status == Status.COMPLETED:
        raise AlreadyReleased(f"{contract.pk} is completed; its money goes to the seller.")
    return contract.status not in (Status.CANCELLED, Status.EXPIRED)


def _ask_seller(contract: Contract, actor: Actor) -> list[str]:
    if not Event.objects.filter(contract=contract, kind="cancellation.asked").exists():
        audit.record("cancellation.asked", contract=contract, actor=actor)
    return [Party.Role.SELLER.value]


def _call_off(contract: Contract, actor: Actor) -> None:
    contract.cancel()
    contract.save(update_fields=["status", "ended_at"])
    deadlines.close(contract, Deadline.Kind.AGREEMENT, Deadline.Kind.FUNDING)
    audit.record("contract.cancelled", contract=contract, actor=actor)
    _give_back(contract, "contract_cancelled")


@transaction.atomic
def expire(deadline: Deadline) -> None:
    """The contract that was not agreed or not funded in time is `expired`, and what came in goes back.

    A deadline that was met meanwhile does nothing.
    """
    contract = lock(Contract, deadline.contract_id)
    if not deadlines.take(deadline):
        return
    contract.expire()
    contract.save(update_fields=["status", "ended_at"])
    payload = {"deadline": deadline.kind}
    audit.record("contract.expired", contract=contract, actor=CLOCK, payload=payload)
    _give_back(contract, "contract_expired")


def _give_back(contract: Contract, reason: str) -> None:
    """What came in goes back; a prompt that was never sent is withdrawn, one that is open waits for the rail's word."""
    payment = lock_live_payment(contract)
    if payment is None:
        return
    unsent = payment.transfers.collections().filter(status=Transfer.Status.REQUESTED, claimed_at=None)
    for transfer_id in unsent.values_list("pk", flat=True):
        withdraw_prompt(contract, payment, lock(Transfer, transfer_id), reason)
    refunds.want_back(payment, reason)
    _fail_if_empty(contract, payment, reason, f"The {reason.replace('_', ' was ')} before it was paid")


def withdraw_prompt(contract: Contract, payment: Payment, collected: Transfer, reason: str) -> None:
    """A prompt that nobody has sent is not sent, and the payment may be over.

    Precondition: caller holds all three rows.
    """
    assert collected.is_collection, "money that is on its way out is never withdrawn"
    collected.fail(reason, "Not sent: the deal is off")
    collected.save(update_fields=["status", "finished_at", "failure_code", "failure_reason"])
    payload = {"transfer": str(collected.pk), "kind": collected.kind, "code": reason}
    audit.record("transfer.failed", contract=contract, actor=CLOCK, payload=payload)
    if contract.status != Status.CONFIRMED:
        _fail_if_empty(contract, payment, reason, collected.failure_reason)
    close(contract, payment)


def _record(payment: Payment, contract: Contract, kind: str, **extra: int | str) -> None:
    payload = {"payment": payment.transaction_id, "amount": plain(payment.amount), **extra}
    audit.record(kind, contract=contract, actor=rail_actor(payment.gateway), payload=payload)
