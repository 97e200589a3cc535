"""What two members of staff may decide, kind by kind: what has to be so, and what then happens.

`payments.approvals` asks these rules. Each act runs with the contract's row held, and locks what else it changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from contracts import audit, deadlines, disputes
from contracts.audit import Actor
from contracts.models import Contract, Deadline, Dispute, Party
from payments import (
    comparison,
    contradictions,
    deposits,
    endings,
    escrow,
    owed,
    refunds,
    settlement,
    stops,
    suspense,
)
from payments.errors import NotDecidable, StatementMissing
from payments.locks import Locked, lock_live_payment, lock_transfer
from payments.models import Deposit, Payment, PayoutStop, Proposal, Transfer
from payments.outcomes import NEVER_CAME
from voicepact.kernel import phones
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock
from voicepact.kernel.money import Money, plain
from voicepact.kernel.rails import RAILS

Subject = Dispute | Party | Payment | Transfer | Deposit | PayoutStop
Kind = Proposal.Kind


@dataclass(frozen=True, slots=True)
class Rule:
    """`subject` names the proposal's foreign key; `check` raises a Refusal; `carry_out` does it."""

    subject: str
    check: Callable[[Proposal], None]
    carry_out: Callable[[Proposal, Actor], None]
    contract: Callable[[Any], Contract | None]


# --- a dispute --------------------------------------------------------------------------------------------------------


def at_stake(dispute: Dispute) -> Money:
    """What an open dispute is about: the price, less what people have already decided to give back."""
    contract = dispute.contract
    return contract.money - Money(refunds.given(disputed_payment(dispute)), contract.currency)


def disputed_payment(dispute: Dispute) -> Payment:
    """The payment whose money an open dispute keeps from moving."""
    return dispute.contract.payments.get(status=Payment.Status.LOCKED)


def award(proposal: Proposal) -> tuple[Decimal, Decimal]:
    """What the decision gives to the seller and to the buyer. Raises NotDecidable when it does not add up."""
    dispute = proposal.dispute
    assert dispute is not None
    contract, payment, whole = dispute.contract, disputed_payment(dispute), at_stake(dispute)
    to_seller, to_buyer = amount_of(proposal, "seller_amount"), amount_of(proposal, "buyer_amount")
    if to_seller + to_buyer != whole.amount:
        raise NotDecidable(f"The two shares make {plain(to_seller + to_buyer)}, not {whole}.")
    least = RAILS[contract.gateway].minimum
    if 0 < to_buyer < least or 0 < to_seller < least + payment.seller_fee:
        raise NotDecidable(f"A share is nothing, or at least {Money(least, contract.currency)} after the fee.")
    return to_seller, to_buyer


def _check_decision(proposal: Proposal) -> None:
    dispute = proposal.dispute
    if dispute is None or not Dispute.objects.filter(pk=dispute.pk, closed_at=None).exists():
        raise NotDecidable("This dispute is over.")
    award(proposal)


def _decide(proposal: Proposal, actor: Actor) -> None:
    assert proposal.dispute_id is not None
    contract = lock(Contract, proposal.contract_id)
    dispute = lock(Dispute, proposal.dispute_id)
    to_seller, to_buyer = award(proposal)
    outcome = Dispute.Outcome.SPLIT
    if not to_buyer or not to_seller:
        outcome = Dispute.Outcome.REFUNDED if to_buyer else Dispute.Outcome.RELEASED
    disputes.close(dispute, outcome, seller_amount=to_seller, buyer_amount=to_buyer)
    payload = {
        "dispute": dispute.pk,
        "proposal": proposal.pk,
        "outcome": outcome.value,
        "seller_amount": plain(to_seller),
        "buyer_amount": plain(to_buyer),
    }
    audit.record("dispute.resolved", contract=contract, actor=actor, payload=payload)
    if outcome == Dispute.Outcome.REFUNDED:
        endings.call_off(contract, actor)
    else:
        escrow.finish(contract, actor)


# --- money that goes back in part, or is tried again ------------------------------------------------------------------


def part_limits(payment: Payment) -> tuple[Decimal, Decimal]:
    """The least and the most that can go back of a locked payment while the seller is still to get the rest."""
    least = RAILS[payment.gateway].minimum
    return least, escrow.sellers_share(payment) - least


def can_give_part(payment: Payment) -> bool:
    """Whether its money is held for a deal that goes on."""
    return bool(payment.status == Payment.Status.LOCKED and payment.contract.status != Contract.Status.COMPLETED)


def _check_partial_refund(proposal: Proposal) -> None:
    payment = proposal.payment
    assert payment is not None
    amount = amount_of(proposal, "amount")
    if not can_give_part(payment):
        raise NotDecidable(f"{payment.transaction_id} is {payment.status}; a part of it cannot be given back now.")
    least, most = part_limits(payment)
    if not least <= amount <= most:
        raise NotDecidable(
            f"A part to give back is {plain(least)} to {plain(most)}; to give back all, cancel the deal."
        )


def _give_part(proposal: Proposal, actor: Actor) -> None:
    payment = lock(Payment, proposal.payment_id)
    refunds.give_part(payment, amount_of(proposal, "amount"))


def _check_pay_again(proposal: Proposal) -> None:
    if not Transfer.objects.owed().filter(pk=_transfer_id(proposal)).exists():
        raise NotDecidable("Nothing is owed by this transfer.")


def _pay_again(proposal: Proposal, actor: Actor) -> None:
    held = lock_transfer(_transfer_id(proposal))
    assert isinstance(held, Locked), "only payments owe"
    owed.pay_again(held.payment, held.transfer, not_before=now(), actor=actor)


# --- what became of a transfer ----------------------------------------------------------------------------------------

OUTCOMES = ("succeeded", "returned", "failed")


def _check_mark(proposal: Proposal) -> None:
    transfer = Transfer.objects.select_related("payment").get(pk=_transfer_id(proposal))
    outcome = proposal.details.get("outcome")
    if not proposal.attachment:
        raise StatementMissing("Attach the rail's statement that shows what became of it.")
    if outcome not in OUTCOMES or (outcome == "returned" and not transfer.is_collection):
        raise NotDecidable(f"The outcome is one of: {', '.join(OUTCOMES)}; only money that came in goes back.")
    if not _waits_for_people(transfer):
        raise NotDecidable(f"This transfer is {transfer.status}; the rail itself tells what becomes of it.")
    contradicted = transfer.quarantine_reason == settlement.PAID_AFTER_ALL
    paid = contradicted or (transfer.status == Transfer.Status.SUCCEEDED and not transfer.is_collection)
    if outcome != "failed" and _is_taken(transfer, _receipt_number(proposal)):
        raise NotDecidable("This receipt number is another transfer's, or other money's in suspense.")
    if outcome != "failed" and _is_nameless(transfer, _receipt_number(proposal)):
        raise NotDecidable("Name its receipt number, as the rail's statement has it: that is what is in doubt.")
    if paid and outcome != "succeeded":
        raise NotDecidable("The rail's own word is that it was paid; its statement can only confirm that.")
    if contradicted and not _can_make_up(transfer):
        raise NotDecidable("The sum has left a second time; it has to be asked back from whoever got it.")
    if transfer.status == Transfer.Status.SUCCEEDED and outcome == "returned":
        raise NotDecidable("This money is in the books; cancel the deal to send it back.")
    if transfer.is_collection and transfer.rail_confirmed_at and outcome == "failed":
        raise NotDecidable("The rail has confirmed that this money came; cancel the deal to send it back.")


def _waits_for_people(transfer: Transfer) -> bool:
    """Whether the rail will tell no more of it: unknown, in quarantine, or posted on a callback's word alone."""
    counts = transfer.status == Transfer.Status.SUCCEEDED and transfer.return_reason != NEVER_CAME
    unproved = transfer.is_collection and counts
    told_no_more = unproved and not transfer.rail_confirmed_at and not transfer.next_ask_at
    return transfer.status == Transfer.Status.UNKNOWN or bool(transfer.quarantined_at) or told_no_more


def _receipt_number(proposal: Proposal) -> str:
    return str(proposal.details.get("receipt_number", "")).strip().upper()[:30]


def _is_nameless(transfer: Transfer, receipt_number: str) -> bool:
    """Whether only a receipt number can tell this money from other money, and none is named."""
    return transfer.quarantine_reason in comparison.ABOUT_RECEIPTS and not receipt_number


def _is_taken(transfer: Transfer, receipt_number: str) -> bool:
    """Whether other money has this receipt number: another transfer's, or what was paid by hand and fits nothing."""
    if not receipt_number:
        return False
    others = Transfer.objects.succeeded().filter(gateway=transfer.gateway).exclude(pk=transfer.pk)
    taken = others.filter(receipt_number=receipt_number).exists()
    return taken or (transfer.is_collection and suspense.is_denied(transfer, receipt_number))


def _can_make_up(transfer: Transfer) -> bool:
    """Whether something can make up for what the rail has paid; for a deposit's return, while it lies in suspense."""
    if transfer.payment is None:
        return suspense.lying(transfer) >= transfer.amount
    return contradictions.can_make_up(transfer)


def _mark(proposal: Proposal, actor: Actor) -> None:
    held = lock_transfer(_transfer_id(proposal))
    outcome = proposal.details["outcome"]
    payload = {"transfer": str(held.transfer.pk), "outcome": outcome, "proposal": proposal.pk}
    audit.record("transfer.marked", contract=held.contract, actor=actor, payload=payload)
    settlement.mark(
        held,
        succeeded=outcome != "failed",
        goes_back=outcome == "returned",
        receipt_number=_receipt_number(proposal),
    )


# --- money in suspense ------------------------------------------------------------------------------------------------


def _check_match(proposal: Proposal) -> None:
    deposit = _suspended(proposal)
    payment = named_payment(proposal)
    if payment.gateway != deposit.gateway:
        raise NotDecidable("It came in by another rail than the one by which this payment is made.")


def _match(proposal: Proposal, actor: Actor) -> None:
    deposits.match(_suspended(proposal), named_payment(proposal))


def _check_return(proposal: Proposal) -> None:
    _suspended(proposal)


def _return(proposal: Proposal, actor: Actor) -> None:
    deposits.give_back(_suspended(proposal))


def _suspended(proposal: Proposal) -> Deposit:
    assert proposal.deposit is not None
    deposit = Deposit.objects.filter(pk=proposal.deposit.pk, status=Deposit.Status.SUSPENSE).first()
    if deposit is None:
        raise NotDecidable("This money does not lie in suspense any more.")
    return deposit


def named_payment(proposal: Proposal) -> Payment:
    """The payment with which a deposit is to be matched. Raises NotDecidable."""
    payment = Payment.objects.filter(transaction_id=str(proposal.details.get("transaction_id", ""))).first()
    if payment is None:
        raise NotDecidable("Name the payment that it belongs to, by its transaction id.")
    return payment


# --- a party's phone --------------------------------------------------------------------------------------------------


def _check_phone(proposal: Proposal) -> None:
    party = proposal.party
    assert party is not None
    new = str(proposal.details.get("phone", ""))
    if not RAILS[party.contract.gateway].phone.fullmatch(new):
        raise NotDecidable("The new number is not one that the rail reaches.")
    if Party.objects.filter(contract=party.contract_id, phone=new).exists():
        raise NotDecidable("The new number is a party's of this deal already.")
    awaited = party.contract.deadlines.filter(kind=Deadline.Kind.PHONE_CHANGE, closed_at=None)
    agreed = Proposal.objects.filter(pk__in=[int(deadline.subject) for deadline in awaited])
    if agreed.filter(details__phone=new).exists():
        raise NotDecidable("The new number is agreed for this deal already, and counts soon.")


def _cool_off(proposal: Proposal, actor: Actor) -> None:
    """From now on it takes a day until the new number counts; everybody concerned hears of it."""
    party = proposal.party
    assert party is not None
    deadline = deadlines.start(
        party.contract, Deadline.Kind.PHONE_CHANGE, after=settings.COOLING_OFF, subject=str(proposal.pk)
    )
    payload = {**_change(party, proposal), "counts_at": deadline.due_at.isoformat(), "proposal": proposal.pk}
    audit.record("phone.change_agreed", contract=party.contract, actor=actor, payload=payload)


def change_phone(contract: Contract, proposal: Proposal) -> None:
    """The party's new number counts, also for what is owed to the old one. Precondition: caller holds the contract."""
    assert proposal.party_id is not None
    party = lock(Party, proposal.party_id)
    old, new = party.phone, str(proposal.details["phone"])
    audit.record("phone.changed", contract=contract, actor=audit.CLOCK, payload=_change(party, proposal))
    party.phone, party.unreachable_since = new, None
    party.save(update_fields=["phone", "unreachable_since"])
    payment = lock_live_payment(contract)
    if payment is None:
        return
    if party.role == Party.Role.SELLER:
        payment.recipient_phone = new
        payment.save(update_fields=["recipient_phone"])
    owed.redirect(payment, old=old, new=new, actor=audit.CLOCK)


def _change(party: Party, proposal: Proposal) -> dict[str, str]:
    digests = {"old": phones.digest(party.phone), "new": phones.digest(str(proposal.details["phone"]))}
    return {"party": party.role, **digests}


# --- a stop -----------------------------------------------------------------------------------------------------------


def _check_resume(proposal: Proposal) -> None:
    if proposal.stop is None or not PayoutStop.objects.filter(pk=proposal.stop.pk, lifted_at=None).exists():
        raise NotDecidable("This stop is lifted already.")
    doubted = Transfer.objects.filter(
        quarantine_reason=settlement.PAID_AFTER_ALL, payment__contract=proposal.stop.contract
    )
    if proposal.stop.contract and doubted.exists():
        raise NotDecidable("First say what became of the transfer about which the rail contradicts itself.")


def _resume(proposal: Proposal, actor: Actor) -> None:
    assert proposal.stop_id is not None
    stops.lift(proposal.stop_id, actor=actor)


def _transfer_id(proposal: Proposal) -> UUID:
    assert proposal.transfer_id is not None
    return proposal.transfer_id


def amount_of(proposal: Proposal, name: str) -> Decimal:
    """A whole or cent amount of the details. Raises NotDecidable."""
    try:
        amount = Decimal(str(proposal.details[name]))
        Money(amount)
    except (ArithmeticError, KeyError, ValueError) as error:
        raise NotDecidable(f"{name} is not an amount.") from error
    if amount < 0 or amount != amount.to_integral_value():
        raise NotDecidable(f"{name} is a whole amount, nothing or more.")
    return amount


def _contract_of(transfer: Transfer) -> Contract | None:
    """None for what returns a deposit."""
    return transfer.payment.contract if transfer.payment else None


def _no_contract(deposit: Deposit) -> None:
    """Whose money it is, is just the question."""


RULES: dict[Kind, Rule] = {
    Kind.DECISION: Rule("dispute", _check_decision, _decide, lambda dispute: dispute.contract),
    Kind.PARTIAL_REFUND: Rule("payment", _check_partial_refund, _give_part, lambda payment: payment.contract),
    Kind.PAY_AGAIN: Rule("transfer", _check_pay_again, _pay_again, _contract_of),
    Kind.MARK_TRANSFER: Rule("transfer", _check_mark, _mark, _contract_of),
    Kind.MATCH_DEPOSIT: Rule("deposit", _check_match, _match, _no_contract),
    Kind.RETURN_DEPOSIT: Rule("deposit", _check_return, _return, _no_contract),
    Kind.PHONE_CHANGE: Rule("party", _check_phone, _cool_off, lambda party: party.contract),
    Kind.RESUME_PAYOUTS: Rule("stop", _check_resume, _resume, lambda stop: stop.contract),
}
