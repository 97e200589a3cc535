"""Deals that do not go straight: called off, run out of time, or quarrelled about and reconciled.

Every public function here either opens its own transaction and locks the contract, or says that its caller holds it.
"""

from decimal import Decimal

from django.db import transaction

from contracts import audit, confirmations, deadlines, disputes
from contracts.audit import CLOCK, Actor, party_actor
from contracts.errors import DisputeOpen, WrongState
from contracts.models import Confirmation, Contract, Deadline, Dispute, Event, Party
from payments import escrow, refunds
from payments.errors import AlreadyReleased, PaymentNotHeld
from payments.locks import lock_live_payment
from payments.models import Payment, Transfer
from voicepact.kernel.locking import lock
from voicepact.kernel.money import plain

Status = Contract.Status
FUNDED = (Status.PAYMENT_LOCKED, Status.DELIVERED)


# --- called off -------------------------------------------------------------------------------------------------------


@transaction.atomic
def cancel(contract_id: str, *, phone: str, channel: str) -> list[str]:
    """A party calls the deal off; returns whose consent is awaited.

    Until the money is locked either party's word is enough, from then on the seller's, which also ends a dispute: what
    came in goes back, and nobody is awaited. The buyer's word then asks the seller. Raises NotAParty, DisputeOpen,
    AlreadyReleased.
    """
    contract = lock(Contract, contract_id)
    party = confirmations.trader_by_phone(contract, phone)
    if not _can_cancel(contract, party):
        return []
    confirmations.say(contract, party, Confirmation.Kind.CANCELLED, channel)
    actor = party_actor(party, channel)
    if contract.status in FUNDED and party.role == Party.Role.BUYER:
        return _ask_seller(contract, actor)
    if dispute := disputes.open_about(contract):
        disputes.end(contract, dispute, Dispute.Outcome.CANCELLED, actor)
    call_off(contract, actor)
    return []


@transaction.atomic
def cancel_for_client(contract_id: str, *, reason: str, actor: Actor) -> list[str]:
    """The REST client calls the deal off; returns whose consent is awaited: once the money is locked, the seller's.

    Raises DisputeOpen, AlreadyReleased.
    """
    contract = lock(Contract, contract_id)
    if not _can_cancel(contract, None):
        return []
    contract.cancellation_reason = reason
    contract.save(update_fields=["cancellation_reason"])
    if contract.status in FUNDED:
        return _ask_seller(contract, actor)
    call_off(contract, actor)
    return []


def _can_cancel(contract: Contract, party: Party | None) -> bool:
    """False when it is off already. Raises when it cannot be called off any more, or not by this party."""
    gives_in = party is not None and party.role == Party.Role.SELLER
    if contract.status == Status.DISPUTED and not gives_in:
        raise DisputeOpen(f"A dispute about {contract.pk} is open; nothing moves until it is settled.")
    if contract.status == Status.COMPLETED:
        raise AlreadyReleased(f"{contract.pk} is completed; its money goes to the seller.")
    return contract.status not in (Status.CANCELLED, Status.EXPIRED)


def _ask_seller(contract: Contract, actor: Actor) -> list[str]:
    if not Event.objects.filter(contract=contract, kind="cancellation.asked").exists():
        audit.record("cancellation.asked", contract=contract, actor=actor)
    return [Party.Role.SELLER.value]


def call_off(contract: Contract, actor: Actor) -> None:
    """The deal is `cancelled` and what came in goes back. Precondition: caller holds the contract row."""
    contract.cancel()
    contract.save(update_fields=["status", "ended_at"])
    deadlines.close_deal(contract)
    audit.record("contract.cancelled", contract=contract, actor=actor)
    _give_back(contract, "contract_cancelled")


@transaction.atomic
def ask_for_part(payment_id: int, *, amount: Decimal, actor: Actor) -> list[str]:
    """Our staff are asked, once for each amount, to give a part back; returns whose word is awaited.

    Raises PaymentNotHeld unless the whole amount is locked.
    """
    contract_id = Payment.objects.values_list("contract_id", flat=True).get(pk=payment_id)
    contract = lock(Contract, contract_id)
    payment = lock(Payment, payment_id)
    if payment.status != Payment.Status.LOCKED or contract.status not in (*FUNDED, Status.DISPUTED):
        raise PaymentNotHeld(f"Only while the money of {contract.pk} is locked can a part of it be given back.")
    payload = {"payment": payment.transaction_id, "amount": plain(amount)}
    if not Event.objects.filter(contract=contract, kind="refund.asked", payload=payload).exists():
        audit.record("refund.asked", contract=contract, actor=actor, payload=payload)
    return ["staff"]


# --- run out of time --------------------------------------------------------------------------------------------------


def expire(contract: Contract, why: Deadline.Kind) -> None:
    """The contract that was not agreed or not funded in time is `expired`, and what came in goes back.

    Precondition: caller holds the contract row.
    """
    contract.expire()
    contract.save(update_fields=["status", "ended_at"])
    deadlines.close_deal(contract)
    audit.record("contract.expired", contract=contract, actor=CLOCK, payload={"deadline": why.value})
    _give_back(contract, "contract_expired")


def _give_back(contract: Contract, reason: str) -> None:
    """What came in goes back; a prompt that was never sent is withdrawn, one that is open waits for the rail's word."""
    payment = lock_live_payment(contract)
    if payment is None:
        return
    unsent = payment.transfers.collections().filter(status=Transfer.Status.REQUESTED, claimed_at=None)
    for transfer_id in unsent.values_list("pk", flat=True):
        escrow.withdraw_prompt(contract, payment, lock(Transfer, transfer_id), reason)
    refunds.want_back(payment, reason)
    escrow.fail_if_empty(contract, payment, reason, f"The {reason.replace('_', ' was ')} before it was paid")


# --- reconciled -------------------------------------------------------------------------------------------------------


@transaction.atomic
def withdraw(contract_id: str, *, phone: str, channel: str) -> Contract:
    """Whoever opened the dispute takes it back, and the deal goes on from where the confirmations have brought it.

    With both of them the contract is `completed` and release starts. Raises NotAParty, WrongState, NotTheOpener,
    TakenBackTooOften.
    """
    contract = lock(Contract, contract_id)
    party = confirmations.trader_by_phone(contract, phone)
    dispute = disputes.open_about(contract)
    if dispute is None:
        raise WrongState(f"No dispute about {contract_id} is open.")
    disputes.check_may_take_back(dispute, party)
    actor = party_actor(party, channel)
    disputes.end(contract, dispute, Dispute.Outcome.WITHDRAWN, actor)
    escrow.complete(contract, actor)
    return contract
