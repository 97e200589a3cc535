"""What a decision about a dispute comes to, to the shilling: the one reckoning behind what staff and parties read."""

from dataclasses import dataclass

from contracts.models import Dispute
from payments import decisions, ledger
from payments.models import Payment, Proposal
from voicepact.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Shares:
    """What the seller is paid after the fee, what goes back to whoever paid, and what stays with us."""

    outcome: Dispute.Outcome
    payment: Payment
    to_seller: Money
    to_buyer: Money
    fee: Money


def shares(proposal: Proposal) -> Shares:
    """As things stand now. Raises NotDecidable."""
    dispute = proposal.dispute
    assert dispute is not None
    to_seller, to_buyer = decisions.award(proposal)
    payment = decisions.disputed_payment(dispute)
    outcome = decisions.outcome_of(to_seller, to_buyer)
    nothing = Money(to_seller * 0, payment.currency)
    if outcome == Dispute.Outcome.REFUNDED:
        held = Money(ledger.standing(payment).held, payment.currency)
        return Shares(outcome, payment, to_seller=nothing, to_buyer=held, fee=nothing)
    share = Money(to_seller - payment.seller_fee, payment.currency)
    return Shares(outcome, payment, share, Money(to_buyer, payment.currency), payment.fee)
