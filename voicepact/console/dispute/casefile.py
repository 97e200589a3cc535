"""A dispute as whoever decides it reads it: what is at stake, until when, and both sides beside each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from contracts import tables
from contracts.models import Confirmation, Deadline, Dispute, Evidence, Party
from payments import decisions, ledger
from payments.models import Payment
from voicepact.console.conversation import Word, words
from voicepact.console.deal.cast import LANGUAGES
from voicepact.console.dispute.evidence import file_links, whose
from voicepact.console.dispute.history import History, history
from voicepact.console.dispute.timeleft import time_left
from voicepact.kernel.clock import now
from voicepact.kernel.display import link, list_address, veiled
from voicepact.kernel.errors import Refusal
from voicepact.kernel.money import Money
from voicepact.kernel.phones import mask
from voicepact.kernel.rails import title

LONGEST_TALK = 20
NEWEST = 5
Shown = SafeString | str
Opener = Dispute.Opener


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know first; `at` is a moment that goes with it."""

    title: str
    value: Shown
    at: datetime | None = None
    notes: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    whose: str
    text: str
    file: Shown
    page: Shown
    at: datetime


@dataclass(frozen=True, slots=True)
class Side:
    role: str
    name: str
    phone: str
    page: Shown
    language: str
    opened: bool
    said: tuple[tuple[Shown, str, datetime], ...]
    pieces: tuple[Piece, ...]
    talk: tuple[Word, ...]
    history: History

    @property
    def newest(self) -> tuple[Word, ...]:
        return self.talk[:NEWEST]

    @property
    def earlier(self) -> tuple[Word, ...]:
        """What is folded away: it tells how they came to this, and makes a phone's page long."""
        return self.talk[NEWEST:]


@dataclass(frozen=True, slots=True)
class CaseFile:
    opened: str
    opened_at: datetime
    reason: str
    facts: tuple[Fact, ...]
    sides: tuple[Side, ...]
    others: tuple[Piece, ...]
    all_messages: str


def case_file(dispute: Dispute) -> CaseFile:
    """In a number of queries that does not grow with what was said."""
    contract = dispute.contract
    brought = list(dispute.evidence.select_related("party").order_by("pk"))
    by = whose(brought)
    pieces = [(piece, _piece(piece, by[piece.pk])) for piece in brought]
    said = list(contract.confirmations.order_by("at"))
    traders = [contract.buyer, contract.seller]
    return CaseFile(
        opened=_opened(dispute),
        opened_at=dispute.opened_at,
        reason=veiled(dispute.reason),
        facts=tuple(_facts(dispute)),
        sides=tuple(_side(dispute, party, pieces, said) for party in traders),
        others=tuple(shown for piece, shown in pieces if piece.party not in traders),
        all_messages=list_address("notifications.Message", contract__id__exact=contract.pk),
    )


# --- both sides -------------------------------------------------------------------------------------------------------


def _opened(dispute: Dispute) -> str:
    how = {Opener.PARTY: f", by {tables.channel(dispute.channel)}", Opener.CLOCK: ", because somebody kept silent"}
    return f"By {tables.opened_by(dispute)}{how.get(Opener(dispute.opener), '')}"


def _side(dispute: Dispute, party: Party, pieces: list[tuple[Evidence, Piece]], said: list[Confirmation]) -> Side:
    return Side(
        role=party.get_role_display(),
        name=veiled(party.name),
        phone=mask(party.phone),
        page=link(party, "Open the party's page"),
        language=LANGUAGES.get(party.language, party.language),
        opened=dispute.opened_by_id == party.pk,
        said=tuple((tables.said(row), tables.channel(row.channel), row.at) for row in said if row.party_id == party.pk),
        pieces=tuple(shown for piece, shown in pieces if piece.party_id == party.pk),
        talk=tuple(
            words(
                party.messages.filter(contract=party.contract_id),
                party.inbound_messages.filter(contract=party.contract_id),
                most=LONGEST_TALK,
            )
        ),
        history=history(party.phone, besides=party.contract_id),
    )


def _piece(piece: Evidence, who: str) -> Piece:
    file = file_links(piece, who) if piece.file else ""
    return Piece(who, veiled(piece.text), file, link(piece, f"No. {piece.pk}"), piece.added_at)


# --- what to know first -----------------------------------------------------------------------------------------------


def _facts(dispute: Dispute) -> Iterator[Fact]:
    contract = dispute.contract
    payment = contract.payments.order_by("-serial").first()
    if dispute.is_open:
        yield _stake(dispute, payment)
        yield from _running(dispute)
        yield _proposal(dispute)
    else:
        yield Fact("It ended", dispute.get_outcome_display(), dispute.closed_at, tuple(_shares(dispute)))
        if payment:
            yield Fact("Where the money is", link(payment), notes=tuple(_where(payment)))
        yield _answer(dispute, None)


def _stake(dispute: Dispute, payment: Payment | None) -> Fact:
    try:
        stake: Shown = str(decisions.at_stake(dispute))
    except Refusal as refusal:
        stake = refusal.detail
    if payment is None:
        return Fact("At stake", stake)
    return Fact("At stake", stake, notes=(*_where(payment), *_fees(payment), link(payment)))


def _where(payment: Payment) -> Iterator[str]:
    where, currency = ledger.standing(payment), payment.currency
    places = {
        f"held in escrow ({title(payment.gateway)})": where.held,
        "on its way": where.in_transit,
        "reached the seller": where.released,
        "went back": where.refunded,
        "is our fee": where.fees,
    }
    return (f"{Money(amount, currency)} {place}" for place, amount in places.items() if amount)


def _fees(payment: Payment) -> Iterator[str]:
    if payment.seller_fee:
        yield f"The seller bears a fee of {Money(payment.seller_fee, payment.currency)}"
    if payment.buyer_fee:
        yield f"The buyer paid a fee of {Money(payment.buyer_fee, payment.currency)} on top"


def _shares(dispute: Dispute) -> Iterator[str]:
    shares = {"the seller": dispute.seller_amount, "the buyer": dispute.buyer_amount}
    currency = dispute.contract.currency
    return (f"{Money(amount, currency)} for {whom}" for whom, amount in shares.items() if amount is not None)


def _running(dispute: Dispute) -> Iterator[Fact]:
    """Until when it has to be decided, and until when the answer is awaited; a timer that has run out is closed."""
    timers = Deadline.objects.filter(contract=dispute.contract_id, subject=str(dispute.pk))
    due = {timer.kind: timer.due_at for timer in timers}
    decision = due.get(Deadline.Kind.DISPUTE_DECISION)
    if decision:
        yield Fact("Decide until", time_left(decision), decision)
    yield _answer(dispute, due.get(Deadline.Kind.DISPUTE_ANSWER))


def _answer(dispute: Dispute, due_at: datetime | None) -> Fact:
    title = "Answer of the other side"
    if dispute.answered_at:
        return Fact(title, "Answered", dispute.answered_at)
    if due_at and due_at > now() and dispute.is_open:
        return Fact(title, format_html("Awaited: {}", time_left(due_at)), due_at)
    return Fact(title, "None was given")


def _proposal(dispute: Dispute) -> Fact:
    proposal = dispute.proposals.open().select_related("proposed_by").first()
    if proposal is None:
        return Fact("Proposal", "None waits", notes=("One member of staff proposes, another approves.",))
    by = f"By {proposal.proposed_by}; somebody else has to approve it."
    return Fact("Proposal waits until", link(proposal, "Open it"), proposal.expires_at, (by,))
