"""Two members of staff decide on behalf of a party that keeps silent: the whole payment is released or refunded.

Nobody else can: clocks never release, and they refund only where a rule says so. What is quarrelled about is decided in
its dispute. Each act runs with the contract's row held, by the same roads as the parties' own words.
"""

from decimal import Decimal

from contracts import audit
from contracts.audit import Actor
from contracts.models import Contract
from payments import checkout, endings, escrow, refunds
from payments.errors import NotDecidable
from payments.models import Payment, Proposal, Transfer
from voicepact.kernel.locking import lock
from voicepact.kernel.money import plain

OPEN_DISPUTE = "A dispute is open: decide it there."
OVER = {
    Payment.Status.RELEASED: "It has reached the seller.",
    Payment.Status.REFUNDED: "It has gone back.",
    Payment.Status.FAILED: "Nothing ever came in.",
}
CALLED_OFF = (Contract.Status.CANCELLED, Contract.Status.EXPIRED)


def why_no_release(payment: Payment) -> str:
    """Why the payment cannot be released in the buyer's place now, in words; empty if it can."""
    contract = payment.contract
    if why := _why_settled(payment):
        return why
    if payment.status == Payment.Status.PENDING:
        return "The money is not all in yet."
    if contract.status != Contract.Status.DELIVERED:
        return "The seller has not said that it has delivered. If it has, open a dispute and decide that."
    if not checkout.is_confirmed(payment):
        return "The rail itself has not confirmed yet that all of it came in."
    return ""


def why_no_refund(payment: Payment) -> str:
    """Why the payment cannot be refunded in the seller's place now, in words; empty if it can."""
    if why := _why_settled(payment):
        return why
    return "" if checkout.kept(payment) else "Nothing has come in that could go back."


def _why_settled(payment: Payment) -> str:
    """Why nobody decides about the payment as a whole any more, or not here."""
    contract = payment.contract
    if payment.status in OVER:
        return OVER[Payment.Status(payment.status)]
    if contract.status == Contract.Status.DISPUTED:
        return OPEN_DISPUTE
    payouts = payment.transfers.filter(kind=Transfer.Kind.PAYOUT)
    if contract.status == Contract.Status.COMPLETED or payouts.exists():
        return "Its payout is on the way already."
    if contract.status in CALLED_OFF:
        return "The deal is over, and what came in goes back already."
    return ""


def going_back(payment: Payment) -> Decimal:
    """What goes back if the payment is refunded now: all that counts, less what people have given back before."""
    return sum((t.amount for t in checkout.kept(payment).values()), start=Decimal(0)) - refunds.given(payment)


# --- what is proposed -------------------------------------------------------------------------------------------------


def check_release(proposal: Proposal) -> None:
    """Raises NotDecidable."""
    if why := why_no_release(_fresh(proposal)):
        raise NotDecidable(why)


def check_refund(proposal: Proposal) -> None:
    """Raises NotDecidable."""
    if why := why_no_refund(_fresh(proposal)):
        raise NotDecidable(why)


def _fresh(proposal: Proposal) -> Payment:
    assert proposal.payment is not None
    return Payment.objects.select_related("contract").get(pk=proposal.payment.pk)


def release(proposal: Proposal, actor: Actor) -> None:
    """The contract is `completed` and the payout requested, as if the buyer had accepted."""
    contract, payment = _hold(proposal)
    _record("release.decided", contract, payment, proposal, actor, amount=escrow.sellers_share(payment))
    escrow.finish(contract, actor)


def refund(proposal: Proposal, actor: Actor) -> None:
    """The contract is `cancelled` and what came in goes back, as if the seller had called it off."""
    contract, payment = _hold(proposal)
    _record("refund.decided", contract, payment, proposal, actor, amount=going_back(payment))
    endings.call_off(contract, actor)


def _hold(proposal: Proposal) -> tuple[Contract, Payment]:
    return lock(Contract, proposal.contract_id), lock(Payment, proposal.payment_id)


def _record(
    kind: str, contract: Contract, payment: Payment, proposal: Proposal, actor: Actor, *, amount: Decimal
) -> None:
    payload = {"proposal": proposal.pk, "payment": payment.transaction_id, "amount": plain(amount)}
    audit.record(kind, contract=contract, actor=actor, payload=payload)
