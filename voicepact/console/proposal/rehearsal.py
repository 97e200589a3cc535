"""What both sides of a dispute will read on their phones once it is decided, in their own language. Nothing is sent."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.models import Contract, Dispute, Event, Party
from notifications import announcements
from notifications.models import Message
from payments import ledger
from payments.models import Proposal
from voicepact.console.proposal import awards
from voicepact.console.proposal.awards import Shares
from voicepact.kernel.clock import now
from voicepact.kernel.display import veiled
from voicepact.kernel.money import plain

Outcome = Dispute.Outcome
AT_ONCE, ARRIVED = "At once", "When the money has arrived"


@dataclass(frozen=True, slots=True)
class Saying:
    """One SMS: `when` it is sent, and its `text` with phone numbers masked."""

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one party reads, in the order in which it comes; `whom` is `buyer Wanjiku`."""

    whom: str
    sayings: tuple[Saying, ...]


def told(proposal: Proposal) -> list[Told]:
    """What each party hears of a decision. Raises NotDecidable."""
    spoken = [(when, message) for when, messages in _steps(proposal) for message in messages]
    parties = {message.party.pk: message.party for _, message in spoken if message.party}
    return [_to(party, spoken) for _, party in sorted(parties.items())]


def _to(party: Party, spoken: list[tuple[str, Message]]) -> Told:
    sayings = (Saying(when, veiled(message.text)) for when, message in spoken if message.party_id == party.pk)
    whom = f"{party.get_role_display().lower()} {veiled(party.name)}".strip()
    return Told(whom, tuple(sayings))


def _steps(proposal: Proposal) -> Iterable[tuple[str, list[Message]]]:
    """Which events a decision leads to, in their order, and what is said of each."""
    shares = awards.shares(proposal)
    contract = shares.payment.contract
    resolved = _event(contract, "dispute.resolved", outcome=shares.outcome.value)
    yield AT_ONCE, announcements.rehearse(resolved, f"dispute_{shares.outcome.value}")
    if shares.outcome == Outcome.REFUNDED:
        yield AT_ONCE, announcements.rehearse(_event(contract, "contract.cancelled"), "cancelled")
        back = _event(contract, "payment.refunded", payment=shares.payment.transaction_id, refunded=_back(shares))
        yield ARRIVED, announcements.rehearse(back, "payment_refunded")
        return
    if shares.outcome == Outcome.SPLIT:
        back = _event(contract, "refund.arrived", payment=shares.payment.transaction_id, so_far=_back(shares))
        yield ARRIVED, announcements.rehearse(back, "share_returned")
    paid = plain(shares.to_seller.amount)
    released = _event(contract, "payment.released", payment=shares.payment.transaction_id, released=paid)
    yield ARRIVED, announcements.rehearse(released, "payment_released")


def _back(shares: Shares) -> int | str:
    """What has gone back in all by then, with what went back before."""
    where = ledger.standing(shares.payment)
    return plain(where.refunded + where.in_transit + shares.to_buyer.amount)


def _event(contract: Contract, kind: str, **payload: object) -> Event:
    return Event(contract=contract, chain=contract.pk, kind=kind, payload=payload, at=now())
