"""The story of a payment, in the order in which it happens.

agree → open_checkout → receive → secured → deliver, accept → release → close. Deals that do not go straight are in
`endings`.
Every function here either opens its own transaction and locks contract, then payment, or says that its caller holds
them.
"""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.db import transaction

from contracts import agreements, audit, confirmations, deadlines, disputes, openings, silence
from contracts.audit import CLOCK, Actor, party_actor, rail_actor
from contracts.errors import WrongState
from contracts.models import Contract, Deadline, Dispute, Event, Party
from payments import checkout, fees, ledger, owed, prompts, refunds, requests
from payments.locks import lock_live_payment
from payments.models import Payment, Transfer
from payments.outcomes import NO_ANSWER
from payments.tranches import plan
from voicepact.kernel.clock import now
from voicepact.kernel.errors import Refusal
from voicepact.kernel.locking import lock
from voicepact.kernel.money import Money, plain
from voicepact.kernel.rails import RAILS, split

Status = Contract.Status
ENDED_BY_ACCEPTANCE = (Party.Role.BUYER, Dispute.Opener.CLOCK)


# --- both agree -------------------------------------------------------------------------------------------------------


@transaction.atomic
def agree(contract_id: str, *, phone: str, channel: str) -> Contract:
    """The party with `phone` has agreed; once everybody has, the contract is `confirmed`.

    Of a deal that its seller opened by phone the payment then begins by itself, since nobody else would ask for it. If
    it cannot, the agreement stands, and the buyer's PAY asks for it later. Raises NotAParty, WrongState. Saying it
    twice changes nothing.
    """
    before = lock(Contract, contract_id).status
    contract = agreements.agree(contract_id, phone=phone, channel=channel)
    if before == Status.PENDING and contract.status == Status.CONFIRMED and openings.is_by_phone(contract):
        buyer = contract.buyer
        with suppress(Refusal):
            open_checkout(contract_id, phone=buyer.phone, money=contract.money, actor=party_actor(buyer, channel))
    return contract


# --- money in ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_checkout(
    contract_id: str, *, phone: str, money: Money, actor: Actor, metadata: dict[str, Any] | None = None
) -> Payment:
    """The payment is `pending` and a prompt for its next part is about to reach `phone`.

    A payment that waits with no prompt open is continued; otherwise a new one begins. Raises ContractNotConfirmed,
    DeadlinePassed, PayerMismatch, AmountMismatch, CurrencyMismatch, PaymentPending while a prompt is due or open, and
    RailUnavailable while the rail is left alone.
    """
    contract = lock(Contract, contract_id)
    checkout.check(contract, phone=phone, money=money)
    payment = lock_live_payment(contract)
    if payment and payment.transfers.collections().open().exists():
        prompts.bring_forward(payment, phone=phone)
        return payment
    checkout.check_rail(contract.gateway)
    if payment is None:
        payment = checkout.begin(contract, phone=phone, actor=actor, metadata=metadata or {})
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
        "total": plain(payment.to_collect.amount),
        "unwanted": collected.return_reason,
    }
    audit.record("collection.received", contract=contract, actor=rail_actor(collected.gateway), payload=payload)
    _withdraw_prompts_for(contract, payment, collected)
    if collected.return_reason:
        refunds.send_due(payment)
    elif so_far == payment.to_collect.amount:
        _lock(contract, payment)
    else:
        checkout.request_next_part(payment, phone=collected.phone, actor=CLOCK)


def _withdraw_prompts_for(contract: Contract, payment: Payment, collected: Transfer) -> None:
    """A prompt that waits to ask for the same part again is not sent any more."""
    waiting = payment.transfers.collections().filter(status=Transfer.Status.REQUESTED, claimed_at=None)
    for key in waiting.filter(part=collected.part).values_list("pk", flat=True):
        withdraw_prompt(contract, payment, lock(Transfer, key), "paid_otherwise")


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
        _begin_waiting(contract, payment)
        release(contract, payment)


def _begin_waiting(contract: Contract, payment: Payment) -> None:
    """The parties are told that the money is safe, and their silence is timed from now on; once."""
    if not contract.events.filter(kind="payment.secured").exists():
        _record(payment, contract, "payment.secured")
        silence.restart(contract)


def not_received(contract: Contract, payment: Payment, collected: Transfer) -> None:
    """A prompt has ended without money: it is sent again, or the payment waits for the next checkout, or has failed.

    Precondition: caller holds all three rows, and has just brought `collected` to `failed`.
    """
    wanted = is_wanted(contract, payment, collected)
    if wanted and (later := prompts.again_at(payment, collected)):
        requests.collection(
            payment, part=collected.part, amount=collected.amount, phone=collected.phone, not_before=later, actor=CLOCK
        )
    elif not wanted or collected.failure_code != NO_ANSWER:
        fail_if_empty(contract, payment, collected.failure_code, collected.failure_reason)
        close(contract, payment)


def fail_if_empty(contract: Contract, payment: Payment, code: str, reason: str) -> None:
    """The payment has failed if nothing came in and nothing can. Precondition: caller holds contract and payment."""
    empty = not ledger.standing(payment).collected and not payment.transfers.open().exists()
    if payment.status in (Payment.Status.PENDING, Payment.Status.LOCKED) and empty:
        payment.fail(code, reason)
        payment.save(update_fields=["status", "failure_code", "failure_reason"])
        payload = {"payment": payment.transaction_id, "code": code}
        audit.record("payment.failed", contract=contract, actor=rail_actor(payment.gateway), payload=payload)


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
        fail_if_empty(contract, payment, reason, collected.failure_reason)
    close(contract, payment)


# --- both confirm -----------------------------------------------------------------------------------------------------


@transaction.atomic
def deliver(contract_id: str, *, phone: str, channel: str, only: Decimal | None = None) -> Contract:
    """The seller has said: delivered. With the buyer's word the contract is `completed` and release starts.

    `only` is how much of the agreed quantity, where it is not all. While a dispute is open the word is kept and nothing
    moves. Raises NotAParty, WrongState.
    """
    contract = _lock_funded(contract_id)
    if confirmations.delivered(contract, phone=phone, channel=channel, only=only):
        silence.restart(contract)
    complete(contract, party_actor(contract.seller, channel))
    return contract


@transaction.atomic
def accept(contract_id: str, *, phone: str, channel: str) -> Contract:
    """The buyer has accepted the delivery, the whole amount. With the seller's word the contract is `completed`.

    It ends a dispute that the buyer or the clock opened; while another is open the word is kept and nothing moves. Said
    before the delivery it is kept. Raises NotAParty, WrongState.
    """
    contract = _lock_funded(contract_id)
    if confirmations.accepted(contract, phone=phone, channel=channel):
        silence.restart(contract)
    actor = party_actor(contract.buyer, channel)
    dispute = disputes.open_about(contract)
    if dispute and dispute.by in ENDED_BY_ACCEPTANCE:
        disputes.end(contract, dispute, Dispute.Outcome.ACCEPTED, actor)
    complete(contract, actor)
    return contract


def _lock_funded(contract_id: str) -> Contract:
    contract = lock(Contract, contract_id)
    if contract.status not in (Status.PAYMENT_LOCKED, Status.DELIVERED, Status.DISPUTED, Status.COMPLETED):
        state = contract.get_status_display().lower()
        raise WrongState(f"{contract_id} is {state}; delivery is confirmed once the money is locked.")
    return contract


def complete(contract: Contract, actor: Actor) -> None:
    """The contract is `completed` and release starts, if both have confirmed and no dispute is open.

    Precondition: caller holds the contract row.
    """
    if contract.status == Status.DELIVERED and not confirmations.missing(contract):
        finish(contract, actor)


def finish(contract: Contract, actor: Actor) -> None:
    """The contract is `completed` and release starts: both have confirmed, or a dispute was decided so.

    Precondition: caller holds the contract row.
    """
    contract.complete()
    contract.save(update_fields=["status", "ended_at"])
    deadlines.close_deal(contract)
    audit.record("contract.completed", contract=contract, actor=actor)
    payment = lock_live_payment(contract)
    assert payment is not None, "a delivered or disputed contract has a locked payment"
    release(contract, payment)


# --- money out --------------------------------------------------------------------------------------------------------


def release(contract: Contract, payment: Payment) -> None:
    """The payout to the seller is requested, once, in parts that the rail can carry, and our fee is taken.

    After a split the buyer's share is requested too.

    Nothing happens unless the contract is completed, the payment locked, each collection behind it confirmed by the
    rail itself, and no payout was ever requested. Precondition: caller holds contract and payment.
    """
    ready = contract.status == Status.COMPLETED and payment.status == Payment.Status.LOCKED
    if not ready or not checkout.is_confirmed(payment) or payment.transfers.filter(kind=Transfer.Kind.PAYOUT).exists():
        return
    fees.take(payment)
    decided = contract.disputes.filter(outcome=Dispute.Outcome.SPLIT).first()
    if decided and decided.buyer_amount:
        refunds.give_part(payment, decided.buyer_amount)
    rail = RAILS[payment.gateway]
    for part in plan(split(sellers_share(payment), rail), rail, start=now()):
        requests.payout(payment, part=part.number, amount=part.amount, not_before=part.not_before, actor=CLOCK)


def sellers_share(payment: Payment) -> Decimal:
    """What the seller gets of the payment: all that counts, without our fee and what people decided to give back."""
    came_in = sum((transfer.amount for transfer in checkout.kept(payment).values()), start=Decimal(0))
    return came_in - payment.fee.amount - refunds.given(payment)


def paid_out(contract: Contract, payment: Payment, paid: Transfer) -> None:
    """A payout or refund has arrived: it is outside, and the payment may be over.

    Precondition: caller holds all three rows, and has just brought `paid` to `succeeded`.
    """
    ledger.post(ledger.in_transit(paid), ledger.OUTSIDE, paid.money, transfer=paid)
    where = ledger.standing(payment)
    to_seller = paid.kind == Transfer.Kind.PAYOUT
    payload = {
        "payment": payment.transaction_id,
        "transfer": str(paid.pk),
        "part": paid.part,
        "amount": plain(paid.amount),
        "so_far": plain(where.released if to_seller else where.refunded),
        "total": plain(sellers_share(payment) if to_seller else payment.to_collect.amount),
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
    owed.follow(payment, refused)


def delayed(contract: Contract, payment: Payment, *, why: str) -> None:
    """Money that is to leave has to wait, for a `stop` or an open `circuit`; said once of each payment.

    Precondition: caller holds the contract's row.
    """
    payload = {"payment": payment.transaction_id, "why": why}
    said = Event.objects.filter(contract=contract, kind="payout.delayed", payload__payment=payment.transaction_id)
    if not said.exists():
        audit.record("payout.delayed", contract=contract, actor=rail_actor(payment.gateway), payload=payload)


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


def _record(payment: Payment, contract: Contract, kind: str, **extra: int | str) -> None:
    payload = {"payment": payment.transaction_id, "amount": plain(payment.amount), **extra}
    audit.record(kind, contract=contract, actor=rail_actor(payment.gateway), payload=payload)
