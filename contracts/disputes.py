"""A quarrel: it freezes the deal, both sides say what they know, and no money moves until it is over.

These functions keep the dispute; where its money goes when it ends is decided by `payments`, which calls `close` or
`end`.
"""

from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from contracts import attachments, audit, confirmations, deadlines, silence
from contracts.audit import CLOCK, Actor, party_actor
from contracts.confirmations import trader_by_phone
from contracts.errors import (
    DisputeClosed,
    DisputeOpen,
    EvidenceChanged,
    EvidenceEmpty,
    EvidenceFull,
    EvidenceTooLarge,
    NotTheOpener,
    TakenBackTooOften,
    WrongState,
)
from contracts.models import Contract, Deadline, Dispute, Evidence, Party
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock

Status = Contract.Status
LONGEST_TEXT = 5_000
MOST_EVIDENCE = 50


# --- it begins --------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_dispute(contract_id: str, *, phone: str, reason: str, channel: str, actor: Actor | None = None) -> Dispute:
    """The contract is `disputed` and frozen, in the name of the buyer or seller with `phone`.

    Only while its money is held, and one at a time. `actor` is who said so where it was not the party itself: a REST
    client may, for a dispute protects and moves nothing. Raises NotAParty, DisputeOpen, WrongState.
    """
    contract = lock(Contract, contract_id)
    party = trader_by_phone(contract, phone)
    dispute = Dispute(contract=contract, opened_by=party, channel=channel, reason=reason)
    return _open(contract, dispute, actor or party_actor(party, channel))


def open_by_clock(contract: Contract, *, reason: str) -> Dispute:
    """The contract is `disputed`, because somebody kept silent: staff decide.

    Precondition: caller holds the contract row. Raises DisputeOpen, WrongState.
    """
    dispute = Dispute(contract=contract, opener=Dispute.Opener.CLOCK, channel=CLOCK.channel, reason=reason)
    return _open(contract, dispute, CLOCK)


@transaction.atomic
def open_by_staff(contract_id: str, *, reason: str, actor: Actor) -> Dispute:
    """The contract is `disputed`, because staff have seen something. Raises DisputeOpen, WrongState."""
    contract = lock(Contract, contract_id)
    dispute = Dispute(contract=contract, opener=Dispute.Opener.STAFF, channel=actor.channel, reason=reason)
    return _open(contract, dispute, actor)


def _open(contract: Contract, dispute: Dispute, actor: Actor) -> Dispute:
    if why := why_none(contract):
        raise DisputeOpen(why) if contract.status == Status.DISPUTED else WrongState(why)
    contract.freeze()
    contract.save(update_fields=["status"])
    dispute.save(force_insert=True)
    silence.stop(contract)
    deadlines.start(contract, Deadline.Kind.DISPUTE_ANSWER, after=settings.ANSWER_TIME, subject=str(dispute.pk))
    deadlines.start(contract, Deadline.Kind.DISPUTE_DECISION, after=settings.DECISION_TIME, subject=str(dispute.pk))
    audit.record("dispute.opened", contract=contract, actor=actor, payload={"dispute": dispute.pk, "by": dispute.by})
    return dispute


def why_none(contract: Contract) -> str:
    """Why no dispute about the contract can begin now, in words; empty if one can."""
    if contract.status == Status.DISPUTED:
        return f"A dispute about {contract.pk} is already open."
    if contract.status not in (Status.PAYMENT_LOCKED, Status.DELIVERED):
        return f"{contract.pk} is {contract.get_status_display().lower()}; no money is held to quarrel about."
    return ""


# --- both sides are heard ---------------------------------------------------------------------------------------------


def open_about(contract: Contract) -> Dispute | None:
    """The open dispute about the contract, if any."""
    return Dispute.objects.select_related("opened_by").filter(contract=contract, closed_at=None).first()


@transaction.atomic
def add_evidence(
    dispute_id: int, *, party: Party | None, actor: Actor, text: str = "", file: "File[bytes] | None" = None
) -> Evidence:
    """The words, the file, or both are kept with the open dispute; the other side's first own words are its answer.

    `party` is whose evidence it is said to be, None for what staff or the REST client bring in their own name. What
    `actor` brings in a party's name is kept, and is no answer: the party itself still has its time. Raises
    DisputeClosed, EvidenceFull, EvidenceEmpty, EvidenceTooLarge, EvidenceTypeRefused.
    """
    dispute = _lock_open(dispute_id)
    if is_full(dispute):
        raise EvidenceFull(f"The dispute holds {MOST_EVIDENCE} pieces of evidence; no more are taken.")
    piece = Evidence(dispute=dispute, party=party, actor=actor.id, channel=actor.channel, text=_words(text, file))
    if file is not None:
        _attach(piece, file)
    piece.save(force_insert=True)
    payload = {
        "dispute": dispute.pk,
        "evidence": piece.pk,
        "party": party.role if party else "",
        "sha256": piece.sha256,
    }
    audit.record("dispute.evidence_added", contract=dispute.contract, actor=actor, payload=payload)
    if party is not None and actor == party_actor(party, actor.channel):
        _hear(dispute, party, piece, actor)
    return piece


def is_full(dispute: Dispute) -> bool:
    """Whether the dispute holds as much evidence as is taken."""
    return dispute.evidence.count() >= MOST_EVIDENCE


@transaction.atomic
def add_seen(dispute_id: int, *, seen: int, actor: Actor, text: str, file: "File[bytes] | None") -> Evidence:
    """Evidence of staff in their own name, who have seen `seen` pieces: what is sent twice is kept once.

    Raises EvidenceChanged, and what `add_evidence` refuses.
    """
    if _lock_open(dispute_id).evidence.count() != seen:
        raise EvidenceChanged("Something was added since you opened this page, perhaps this already: look first.")
    return add_evidence(dispute_id, party=None, actor=actor, text=text, file=file)


def _lock_open(dispute_id: int) -> Dispute:
    """The dispute, with its contract's row held. Raises DisputeClosed, Dispute.DoesNotExist."""
    contract = lock(Contract, Dispute.objects.values_list("contract_id", flat=True).get(pk=dispute_id))
    dispute = Dispute.objects.select_related("opened_by").get(pk=dispute_id)
    dispute.contract = contract
    if not dispute.is_open:
        raise DisputeClosed(f"The dispute about {contract.pk} is over.")
    return dispute


def _words(text: str, file: "File[bytes] | None") -> str:
    text = text.strip()
    if not text and file is None:
        raise EvidenceEmpty("Evidence is words, a file, or both.")
    if len(text) > LONGEST_TEXT:
        raise EvidenceTooLarge(f"A text may have {LONGEST_TEXT:,} characters at most.")
    return text


def _attach(piece: Evidence, file: "File[bytes]") -> None:
    """The piece holds the file under a random name: nothing of what its sender called it reaches the disk."""
    examined = attachments.examine(file)
    piece.file_name = (file.name or "")[:200]
    piece.content_type, piece.size, piece.sha256 = examined.content_type, examined.size, examined.sha256
    piece.file.save(uuid4().hex, file, save=False)


def _hear(dispute: Dispute, party: Party, piece: Evidence, actor: Actor) -> None:
    """What a party itself says is the answer, if it has not opened the dispute and nobody has answered yet."""
    if party.pk == dispute.opened_by_id or dispute.answered_at:
        return
    dispute.answered_at = piece.added_at
    dispute.save(update_fields=["answered_at"])
    deadlines.close(dispute.contract, Deadline.Kind.DISPUTE_ANSWER, subject=str(dispute.pk))
    payload = {"dispute": dispute.pk, "party": party.role}
    audit.record("dispute.answered", contract=dispute.contract, actor=actor, payload=payload)


# --- it ends ----------------------------------------------------------------------------------------------------------


def check_opener(dispute: Dispute, party: Party) -> None:
    """The dispute is open, and the party's own. Raises DisputeClosed, NotTheOpener."""
    if not dispute.is_open:
        raise DisputeClosed(f"The dispute about {dispute.contract_id} is over.")
    if dispute.opened_by_id != party.pk:
        raise NotTheOpener(f"Only whoever opened the dispute about {dispute.contract_id} can withdraw it.")


def check_may_take_back(dispute: Dispute, party: Party) -> None:
    """The dispute is the party's own, and not one too many: each begins the other side's wait anew.

    Raises DisputeClosed, NotTheOpener, TakenBackTooOften.
    """
    check_opener(dispute, party)
    if not may_take_back(dispute.contract, party):
        before = settings.DISPUTES_TAKEN_BACK
        raise TakenBackTooOften(f"You have taken back {before} disputes about {dispute.contract_id}; staff decide.")


def may_take_back(contract: Contract, party: Party) -> bool:
    """Whether one more dispute of the party's own about the deal could be taken back by it."""
    own = (each for each in contract.disputes.all() if each.opened_by_id == party.pk)
    return sum(each.outcome == Dispute.Outcome.WITHDRAWN for each in own) < settings.DISPUTES_TAKEN_BACK


@transaction.atomic
def ask_opener_to_withdraw(dispute_id: int, *, phone: str, actor: Actor) -> str:
    """The opener, whose phone this must be, has been asked once to withdraw the dispute; returns its role.

    Only the party's own SMS withdraws. Raises NotAParty, DisputeClosed, NotTheOpener, TakenBackTooOften.
    """
    dispute = _lock_open(dispute_id)
    contract = dispute.contract
    party = trader_by_phone(contract, phone)
    check_may_take_back(dispute, party)
    payload = {"dispute": dispute.pk, "party": party.role}
    if not contract.events.filter(kind="dispute.withdrawal_asked", payload__dispute=dispute.pk).exists():
        audit.record("dispute.withdrawal_asked", contract=contract, actor=actor, payload=payload)
    return party.role


def close(
    dispute: Dispute,
    outcome: Dispute.Outcome,
    *,
    seller_amount: Decimal | None = None,
    buyer_amount: Decimal | None = None,
) -> None:
    """The dispute is over with this outcome, and nobody is waited for about it.

    The amounts, in whole units of the contract's currency, are what a decision gave to each. Precondition: caller holds
    the contract row, records the event, and moves the contract on.
    """
    dispute.closed_at, dispute.outcome = now(), outcome
    dispute.seller_amount, dispute.buyer_amount = seller_amount, buyer_amount
    dispute.save(update_fields=["closed_at", "outcome", "seller_amount", "buyer_amount"])
    kinds = (Deadline.Kind.DISPUTE_ANSWER, Deadline.Kind.DISPUTE_DECISION)
    deadlines.close(dispute.contract, *kinds, subject=str(dispute.pk))


def end(contract: Contract, dispute: Dispute, outcome: Dispute.Outcome, actor: Actor) -> None:
    """The parties have ended the dispute by themselves: `withdrawn`, `accepted` or `cancelled`.

    Unless it is cancelled, the deal goes on from where the parties' words have brought it. Precondition: caller holds
    the contract row.
    """
    close(dispute, outcome)
    payload = {"dispute": dispute.pk, "how": outcome.value}
    audit.record("dispute.withdrawn", contract=contract, actor=actor, payload=payload)
    if outcome != Dispute.Outcome.CANCELLED:
        _thaw(contract, actor)


def _thaw(contract: Contract, actor: Actor) -> None:
    news = contract.delivered_at is None
    if Party.Role.SELLER in confirmations.missing(contract):
        contract.thaw()
        contract.save(update_fields=["status"])
    else:
        contract.thaw_delivered()
        contract.save(update_fields=["status", "delivered_at"])
        if news:
            audit.record("contract.delivered", contract=contract, actor=actor)
    silence.restart(contract)
