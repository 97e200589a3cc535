"""What a proposal does once somebody approves it, in words: how much goes to whom, and what else becomes of the deal.

Told as things stand now; the approver sees it last, and approves what was read.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, replace

from django.conf import settings

from contracts.models import Dispute, Party
from payments import behalf, checkout, decisions, escrow, names, owed, stops
from payments.models import Deposit, Payment, PayoutStop, Proposal, Transfer
from payments.settlement import PAID_AFTER_ALL
from voicepact.console.proposal import awards, silence
from voicepact.kernel.display import veiled
from voicepact.kernel.errors import Refusal
from voicepact.kernel.money import Money
from voicepact.kernel.phones import mask
from voicepact.kernel.rails import title

Kind = Proposal.Kind


@dataclass(frozen=True, slots=True)
class Movement:
    """An amount, and what happens to it: `is paid to` the seller Otieno, +2547*****678."""

    money: str
    way: str
    whom: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`rule` is why people decide this at all. `numbers` are those that the approver has to compare in full; they are
    shown to nobody else. `passing` is told as it is just now, and may be otherwise when it happens.
    """

    movements: tuple[Movement, ...] = ()
    notes: tuple[str, ...] = ()
    rule: str = ""
    numbers: tuple[str, ...] = ()
    passing: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for the same words only, but for those in passing."""
        return hashlib.sha256(repr(astuple(replace(self, passing=()))).encode()).hexdigest()


def plan(proposal: Proposal) -> Plan:
    """What it will do, saved or not. Raises what the rule of its kind refuses as things stand now."""
    kind = Kind(proposal.kind)
    decisions.RULES[kind].check(proposal)
    return replace(PLANS[kind](proposal), rule=RULE[kind])


def why_impossible(proposal: Proposal) -> str:
    """Why it can no longer be done as things stand, in words; empty if it can."""
    try:
        plan(proposal)
    except Refusal as refusal:
        return refusal.detail
    return ""


# --- people -----------------------------------------------------------------------------------------------------------


def person(party: Party) -> str:
    """`the seller Otieno, +2547*****678 (M-Pesa knows this number as OTIENO TEST)`."""
    known = names.behind(party.phone)
    told = f" (M-Pesa knows this number as {known})" if known else ""
    return f"the {party.get_role_display().lower()} {veiled(party.name)}".rstrip() + f", {mask(party.phone)}{told}"


def owner_of(phone: str, payment: Payment | None) -> str:
    """Whoever has the phone in the payment's deal."""
    parties = payment.contract.parties.all() if payment else ()
    return next((person(party) for party in parties if party.phone == phone), mask(phone))


def payers(payment: Payment) -> str:
    """Whoever paid what counts."""
    phones = dict.fromkeys(transfer.phone for transfer in checkout.kept(payment).values())
    return " and ".join(owner_of(phone, payment) for phone in phones)


# --- kind by kind -----------------------------------------------------------------------------------------------------


def _decision(proposal: Proposal) -> Plan:
    shares = awards.shares(proposal)
    payment = shares.payment
    back = Movement(str(shares.to_buyer), "goes back to", payers(payment))
    if shares.outcome == Dispute.Outcome.REFUNDED:
        return Plan((back,), ("The dispute is closed for the buyer, and the deal is cancelled. We take no fee.",))
    movements = [Movement(str(shares.to_seller), "is paid to", _seller(payment))]
    if shares.to_buyer.amount:
        movements.append(back)
    if shares.fee.amount:
        movements.append(Movement(str(shares.fee), "stays with us as", "the platform's fee"))
    return Plan(tuple(movements), ("The dispute is closed, and the deal is completed.", *_fees(payment)))


def _fees(payment: Payment) -> Iterator[str]:
    """Who bears the fee, where somebody does."""
    if payment.seller_fee:
        fee = Money(payment.seller_fee, payment.currency)
        yield f"The seller's fee of {fee} is taken off the seller's share already."
    if payment.buyer_fee:
        fee = Money(payment.buyer_fee, payment.currency)
        yield f"The buyer's fee of {fee} was paid on top of the price, and does not go back."


def _seller(payment: Payment) -> str:
    return owner_of(payment.recipient_phone, payment)


def _release(proposal: Proposal) -> Plan:
    payment = proposal.payment
    assert payment is not None
    share = Money(escrow.sellers_share(payment), payment.currency)
    return Plan(
        (Movement(str(share), "is paid to", _seller(payment)),),
        (*_fee(payment), "The deal is completed, and both are told that our staff have decided it."),
        passing=tuple(silence.of_buyer(payment.contract)),
    )


def _refund(proposal: Proposal) -> Plan:
    payment = proposal.payment
    assert payment is not None
    back = Money(behalf.going_back(payment), payment.currency)
    notes = (
        "Our fee is not taken: a refund gives everything back.",
        "What the rail itself has not confirmed yet goes back once it has.",
        "The deal is called off, and everybody in it is told that our staff have decided it.",
    )
    return Plan((Movement(str(back), "goes back to", payers(payment)),), notes)


def _fee(payment: Payment) -> tuple[str, ...]:
    return (f"Our fee of {payment.fee} is taken off already.",) if payment.fee.amount else ("No fee is taken.",)


def _partial_refund(proposal: Proposal) -> Plan:
    payment = proposal.payment
    assert payment is not None
    amount = Money(decisions.amount_of(proposal, "amount"), payment.currency)
    rest = Money(escrow.sellers_share(payment), payment.currency) - amount
    return Plan(
        (Movement(str(amount), "goes back to", payers(payment)),),
        (f"The deal goes on. {rest} stays for {_seller(payment)}, once both have confirmed.",),
    )


def _pay_again(proposal: Proposal) -> Plan:
    transfer = _transfer(proposal)
    assert transfer.payment is not None
    whom = owner_of(owed.payee(transfer.payment, transfer), transfer.payment)
    notes = [f"The rail refused it before: {veiled(transfer.failure_reason) or 'it gave no reason'}."]
    if transfer.phone != owed.payee(transfer.payment, transfer):
        notes.append(f"It was to go to {mask(transfer.phone)} then; the phone has changed since.")
    notes.append("A new transfer is made; the refused one stays as it is.")
    return Plan((Movement(str(transfer.money), "is paid to", whom),), tuple(notes))


def _mark_transfer(proposal: Proposal) -> Plan:
    transfer, outcome = _transfer(proposal), str(proposal.details.get("outcome"))
    whom, money = owner_of(transfer.phone, transfer.payment), str(transfer.money)
    receipt_number = proposal.details.get("receipt_number")
    notes = (f"Its receipt number is {receipt_number}.",) if receipt_number else ()
    if transfer.is_collection:
        return _collected(outcome, money, whom, notes)
    if transfer.quarantine_reason == PAID_AFTER_ALL:
        return Plan((Movement(money, "counts as paid to", whom),), (_made_up(transfer), *notes))
    if outcome == "succeeded":
        return Plan((Movement(money, "counts as paid to", whom),), ("Nothing more is sent.", *notes))
    again = "It is held again, and owed. It is paid only after a further proposal: pay again."
    suspended = "It lies in suspense again, until it is matched or returned."
    return Plan((Movement(money, "never reached", whom),), (again if transfer.payment else suspended,))


def _made_up(transfer: Transfer) -> str:
    if transfer.payment is None:
        return "What lies in suspense makes up for it."
    return "What is held of this deal makes up for it; a transfer that was to be sent in its place is withdrawn."


def _collected(outcome: str, money: str, whom: str, notes: tuple[str, ...]) -> Plan:
    if outcome == "failed":
        return Plan((Movement(money, "never came from", whom),), ("Nothing is posted, and nothing goes back.",))
    if outcome == "returned":
        came = "It has come, does not count, and is sent back."
        return Plan((Movement(money, "goes back to", whom),), (came, *notes))
    counts = "It counts towards the deal; where the deal does not want it any more, it goes back."
    return Plan((Movement(money, "has come from", whom),), (counts, *notes))


def _match_deposit(proposal: Proposal) -> Plan:
    deposit = _deposit(proposal)
    payment = decisions.named_payment(proposal)
    return Plan(
        (Movement(str(deposit.money), "leaves suspense for", f"{payment.transaction_id}, paid by {_payer(deposit)}"),),
        (
            f"If it is just the part of {payment.transaction_id} that is to be paid next, it counts there.",
            "Any other amount, or one that is not wanted any more, goes back from there to whoever paid it.",
        ),
    )


def _return_deposit(proposal: Proposal) -> Plan:
    deposit = _deposit(proposal)
    notes = (
        f"It came in as {deposit.receipt_number}, for {veiled(deposit.reference) or 'no reference'}, and fits no deal.",
    )
    return Plan((Movement(str(deposit.money), "goes back to", _payer(deposit)),), notes)


def _payer(deposit: Deposit) -> str:
    return mask(deposit.phone) or "whoever paid it"


def _phone_change(proposal: Proposal) -> Plan:
    party, number = proposal.party, str(proposal.details.get("phone"))
    assert party is not None
    hours = settings.COOLING_OFF.total_seconds() / 3600
    return Plan(
        notes=(
            f"The phone of {person(party)}, becomes {mask(number)}.",
            f"It counts {hours:.0f} hours after approval. The old number, the new one and the other party are told.",
            "From then on words count from the new number only, and what is owed to the old one goes to the new one.",
        ),
        numbers=(number,),
    )


def _resume_payouts(proposal: Proposal) -> Plan:
    stop = proposal.stop
    assert stop is not None
    waits = Money(stops.held_back(stop))
    what = f"{waits} that waits now leaves at once" if waits.amount else "Nothing waits now"
    why = [f"It stands because: {veiled(line)}" for line in stop.reason.splitlines()]
    passing = (f"{what}, unless another stop holds it.",)  # every deal that ends meanwhile adds to it
    return Plan(notes=(f"Money may leave again {_where(stop)}.", *why), passing=passing)


def _where(stop: PayoutStop) -> str:
    if stop.contract_id:
        return f"of the deal {stop.contract_id}"
    return f"on {title(stop.gateway)}" if stop.gateway else "on every rail"


def _deposit(proposal: Proposal) -> Deposit:
    assert proposal.deposit is not None
    return proposal.deposit


def _transfer(proposal: Proposal) -> Transfer:
    assert proposal.transfer is not None
    return proposal.transfer


PLANS: dict[Kind, Callable[[Proposal], Plan]] = {
    Kind.DECISION: _decision,
    Kind.RELEASE: _release,
    Kind.REFUND: _refund,
    Kind.PARTIAL_REFUND: _partial_refund,
    Kind.PAY_AGAIN: _pay_again,
    Kind.MARK_TRANSFER: _mark_transfer,
    Kind.MATCH_DEPOSIT: _match_deposit,
    Kind.RETURN_DEPOSIT: _return_deposit,
    Kind.PHONE_CHANGE: _phone_change,
    Kind.RESUME_PAYOUTS: _resume_payouts,
}
RULE: dict[Kind, str] = {
    Kind.DECISION: "a dispute that the parties do not end is decided by two members of staff.",
    Kind.RELEASE: "the seller said delivered, the buyer is silent; two members of staff decide in the buyer's place.",
    Kind.REFUND: "money goes back by the seller's consent, or two members of staff decide in the seller's place.",
    Kind.PARTIAL_REFUND: "a part goes back only when two members of staff decide so.",
    Kind.PAY_AGAIN: "what the rail refused, and no rule sends again, two members of staff do.",
    Kind.MARK_TRANSFER: "where the rail tells no more, two members of staff say what its statement shows.",
    Kind.MATCH_DEPOSIT: "money that fits no deal is matched by two members of staff.",
    Kind.RETURN_DEPOSIT: "money that fits no deal is returned by two members of staff.",
    Kind.PHONE_CHANGE: "a party's phone changes by two members of staff, after a day in which everybody can object.",
    Kind.RESUME_PAYOUTS: "one person stops payouts, and two let them leave again.",
}
