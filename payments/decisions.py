"""What two members of staff may decide, kind by kind: what has to be so, and what then happens.

`payments.approvals` asks these rules. Each act runs with the contract's row held, and locks what else it changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts import audit, disputes
from contracts.audit import Actor
from contracts.models import Contract, Dispute, Party
from payments import behalf, deposits, endings, escrow, marking, new_phones, owed, refunds, settlement, stops
from payments.errors import NotDecidable
from payments.locks import Locked, lock_transfer
from payments.models import Deposit, Payment, PayoutStop, Proposal, Transfer
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
    """The payment whose money an open dispute keeps from moving. Raises NotDecidable where there is none any more."""
    payment = dispute.contract.payments.filter(status=Payment.Status.LOCKED).first()
    if payment is None:
        raise NotDecidable("This dispute is over.")
    return payment


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


def outcome_of(to_seller: Decimal, to_buyer: Decimal) -> Dispute.Outcome:
    """What it is called when each gets so much."""
    if to_seller and to_buyer:
        return Dispute.Outcome.SPLIT
    return Dispute.Outcome.REFUNDED if to_buyer else Dispute.Outcome.RELEASED


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
    outcome = outcome_of(to_seller, to_buyer)
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


def why_no_part(payment: Payment) -> str:
    """Why no part of it can go back now, in words; empty if its money is held for a deal that goes on."""
    if payment.status != Payment.Status.LOCKED:
        return f"It is {payment.status}: only while all of it is held can a part go back."
    if payment.contract.status in (Contract.Status.COMPLETED, *behalf.CALLED_OFF):
        return "The deal is over, and its money is on its way already."
    return ""


def _check_partial_refund(proposal: Proposal) -> None:
    payment = proposal.payment
    assert payment is not None
    amount = amount_of(proposal, "amount")
    if why := why_no_part(payment):
        raise NotDecidable(why)
    least, most = part_limits(payment)
    if not least <= amount <= most:
        raise NotDecidable(
            f"A part to give back is {plain(least)} to {plain(most)}; to give back all, cancel the deal."
        )


def _give_part(proposal: Proposal, actor: Actor) -> None:
    payment = lock(Payment, proposal.payment_id)
    refunds.give_part(payment, amount_of(proposal, "amount"))


def why_not_again(transfer: Transfer) -> str:
    """Why nothing is owed by the transfer, in words; empty if something is."""
    if Transfer.objects.owed().filter(pk=transfer.pk).exists():
        return ""
    if transfer.is_collection:
        return "It brings money in; only money on its way out is ever owed."
    if transfer.status == Transfer.Status.FAILED and transfer.quarantined_at:
        return "It is in quarantine: say first what became of it."
    if transfer.is_open:
        return "The rail has not refused it."
    return "Nothing is owed by it."


def _check_pay_again(proposal: Proposal) -> None:
    if why := why_not_again(Transfer.objects.get(pk=marking.transfer_id(proposal))):
        raise NotDecidable(why)


def _pay_again(proposal: Proposal, actor: Actor) -> None:
    held = lock_transfer(marking.transfer_id(proposal))
    assert isinstance(held, Locked), "only payments owe"
    owed.pay_again(held.payment, held.transfer, not_before=now(), actor=actor)


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
    Kind.RELEASE: Rule("payment", behalf.check_release, behalf.release, lambda payment: payment.contract),
    Kind.REFUND: Rule("payment", behalf.check_refund, behalf.refund, lambda payment: payment.contract),
    Kind.PARTIAL_REFUND: Rule("payment", _check_partial_refund, _give_part, lambda payment: payment.contract),
    Kind.PAY_AGAIN: Rule("transfer", _check_pay_again, _pay_again, _contract_of),
    Kind.MARK_TRANSFER: Rule("transfer", marking.check, marking.carry_out, _contract_of),
    Kind.MATCH_DEPOSIT: Rule("deposit", _check_match, _match, _no_contract),
    Kind.RETURN_DEPOSIT: Rule("deposit", _check_return, _return, _no_contract),
    Kind.PHONE_CHANGE: Rule("party", new_phones.check, new_phones.cool_off, lambda party: party.contract),
    Kind.RESUME_PAYOUTS: Rule("stop", _check_resume, _resume, lambda stop: stop.contract),
}
