"""Two pairs of eyes: one member of staff proposes, another approves, and only then it happens.

What each kind needs and does stands in `payments.decisions`. It is checked when it is proposed, and again, under lock,
when it is approved.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction

from contracts import audit
from contracts.audit import CLOCK, Actor
from contracts.models import Contract
from payments.decisions import RULES, Subject
from payments.errors import AlreadyProposed, ApproverIsProposer, ChangedSince, NotOpen
from payments.models import PayoutStop, Proposal
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock
from voicepact.kernel.models import User

BATCH = 100
CHANGED = "Something has changed since you opened this page. Read it again."
NOT_OWN = "You have proposed it: another member of staff has to approve it."


def staff_actor(user: User) -> Actor:
    """A member of staff, as the one who acts at the desk."""
    return Actor(f"staff:{user.pk}", "desk")


@transaction.atomic
def propose(
    kind: Proposal.Kind,
    subject: Subject,
    *,
    by: User,
    reason: str,
    details: dict[str, Any] | None = None,
    attachment: "File[bytes] | None" = None,
) -> Proposal:
    """The proposal waits for another member of staff, for as long as `PROPOSAL_TIME`.

    `subject` is the row that it is about; `details` and whether an `attachment` (the rail's statement) is needed depend
    on the kind. Raises AlreadyProposed and whatever the kind's rule refuses.
    """
    rule = RULES[kind]
    proposal = Proposal(
        kind=kind,
        subject=f"{rule.subject}:{subject.pk}",
        details=details or {},
        reason=reason,
        proposed_by=by,
        expires_at=now() + settings.PROPOSAL_TIME,
        contract=rule.contract(subject),
    )
    setattr(proposal, rule.subject, subject)
    if attachment:
        proposal.attachment_sha256 = hashlib.sha256(attachment.read()).hexdigest()
        proposal.attachment = attachment  # stored by `save`, once nothing speaks against it
    _hold(proposal)
    rule.check(proposal)
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyProposed("The same is proposed already, and waits for approval.") from error
    _record(proposal, "proposal.made", staff_actor(by))
    return proposal


@transaction.atomic
def approve(proposal_id: int, *, by: User, as_read: Callable[[Proposal], bool] | None = None) -> Proposal:
    """What was proposed has happened.

    `as_read` tells, once nothing about it can change any more, whether it is what `by` has read. Raises NotOpen,
    ApproverIsProposer, ChangedSince, and whatever its rule refuses by now.
    """
    proposal = _lock_open(proposal_id)
    if proposal.proposed_by_id == by.pk:
        raise ApproverIsProposer(NOT_OWN)
    rule = RULES[Proposal.Kind(proposal.kind)]
    rule.check(proposal)
    if as_read and not as_read(proposal):
        raise ChangedSince(CHANGED)
    proposal.approve(by)
    proposal.save(update_fields=["status", "decided_by", "decided_at"])
    _record(proposal, "proposal.approved", staff_actor(by))
    rule.carry_out(proposal, staff_actor(by))
    return proposal


@transaction.atomic
def reject(proposal_id: int, *, by: User, note: str) -> Proposal:
    """It will not happen; whoever proposed it may take it back like this too. Raises NotOpen."""
    proposal = _lock_open(proposal_id)
    proposal.reject(by, note)
    proposal.save(update_fields=["status", "decided_by", "decided_at", "note"])
    _record(proposal, "proposal.rejected", staff_actor(by))
    return proposal


def expire_due() -> int:
    """Proposals that nobody has decided in time are over; returns how many were."""
    due = Proposal.objects.filter(status=Proposal.Status.PROPOSED, expires_at__lte=now())
    keys = list(due.order_by("expires_at").values_list("pk", flat=True)[:BATCH])
    return sum(map(_expire, keys))


@transaction.atomic
def _expire(proposal_id: int) -> bool:
    found = Proposal.objects.get(pk=proposal_id)
    _hold(found)
    proposal = lock(Proposal, proposal_id)
    if proposal.status != Proposal.Status.PROPOSED or proposal.expires_at > now():
        return False
    proposal.expire()
    proposal.save(update_fields=["status", "decided_at"])
    _record(proposal, "proposal.expired", CLOCK)
    return True


def _lock_open(proposal_id: int) -> Proposal:
    _hold(Proposal.objects.get(pk=proposal_id))
    proposal = lock(Proposal, proposal_id)
    if why := why_decided(proposal):
        raise NotOpen(why)
    return proposal


def why_decided(proposal: Proposal) -> str:
    """Why nobody decides about the proposal any more, in words; empty if it is open."""
    if proposal.is_open:
        return ""
    if proposal.status in (Proposal.Status.PROPOSED, Proposal.Status.EXPIRED):
        return "This proposal has run out. It can be made anew."
    return f"This proposal is {proposal.get_status_display().lower()} already."


def _hold(proposal: Proposal) -> None:
    """The contract's row comes first in the order of locks; a stop is held, so that nobody pauses what is lifted."""
    if proposal.contract_id:
        lock(Contract, proposal.contract_id)
    if proposal.stop_id:
        lock(PayoutStop, proposal.stop_id)


def _record(proposal: Proposal, kind: str, actor: Actor) -> None:
    payload = {"proposal": proposal.pk, "kind": proposal.kind, "subject": proposal.subject}
    audit.record(kind, contract=proposal.contract, actor=actor, payload=payload)
