"""A party's new phone number: agreed by two members of staff, told to everybody, and counting a day later.

Until then one member of staff may call it off: that protects, and moves nothing.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from contracts import audit, deadlines
from contracts.audit import Actor
from contracts.models import Contract, Deadline, Party
from payments import owed
from payments.errors import NotCoolingOff, NotDecidable
from payments.locks import lock_live_payment
from payments.models import Proposal
from voicepact.kernel import phones
from voicepact.kernel.locking import lock
from voicepact.kernel.rails import RAILS


def check(proposal: Proposal) -> None:
    """Whether the number may be the party's. Raises NotDecidable."""
    party = proposal.party
    assert party is not None
    new = str(proposal.details.get("phone", ""))
    if not RAILS[party.contract.gateway].phone.fullmatch(new):
        raise NotDecidable("The new number is not one that the rail reaches.")
    if Party.objects.filter(contract=party.contract_id, phone=new).exists():
        raise NotDecidable("The new number is a party's of this deal already.")
    if agreed(party.contract).filter(details__phone=new).exists():
        raise NotDecidable("The new number is agreed for this deal already, and counts soon.")


def cool_off(proposal: Proposal, actor: Actor) -> None:
    """From now on it takes a day until the new number counts; everybody concerned hears of it."""
    party = proposal.party
    assert party is not None
    deadline = deadlines.start(
        party.contract, Deadline.Kind.PHONE_CHANGE, after=settings.COOLING_OFF, subject=str(proposal.pk)
    )
    payload = {**_digests(party, proposal), "counts_at": deadline.due_at.isoformat(), "proposal": proposal.pk}
    audit.record("phone.change_agreed", contract=party.contract, actor=actor, payload=payload)


def change(contract: Contract, proposal: Proposal) -> None:
    """The party's new number counts, also for what is owed to the old one. Precondition: caller holds the contract."""
    assert proposal.party_id is not None
    party = lock(Party, proposal.party_id)
    old, new = party.phone, str(proposal.details["phone"])
    audit.record("phone.changed", contract=contract, actor=audit.CLOCK, payload=_digests(party, proposal))
    party.phone, party.unreachable_since, party.warned_at = new, None, None  # what the old number has is not warned
    party.save(update_fields=["phone", "unreachable_since", "warned_at"])
    payment = lock_live_payment(contract)
    if payment is None:
        return
    if party.role == Party.Role.SELLER:
        payment.recipient_phone = new
        payment.save(update_fields=["recipient_phone"])
    owed.redirect(payment, old=old, new=new, actor=audit.CLOCK)


@transaction.atomic
def call_off(proposal_id: int, *, actor: Actor) -> None:
    """The number that was agreed will not count; everybody who was told of it hears that too. Raises NotCoolingOff."""
    proposal = Proposal.objects.select_related("party").get(pk=proposal_id)
    if proposal.kind != Proposal.Kind.PHONE_CHANGE:
        raise NotCoolingOff("This proposal is about something else.")
    contract = lock(Contract, proposal.contract_id)
    if why := why_not_off(proposal):
        raise NotCoolingOff(why)
    assert proposal.party is not None
    deadlines.close(contract, Deadline.Kind.PHONE_CHANGE, subject=str(proposal_id))
    payload = {**_digests(proposal.party, proposal), "proposal": proposal.pk}
    audit.record("phone.change_called_off", contract=contract, actor=actor, payload=payload)


def why_not_off(proposal: Proposal) -> str:
    """Why the change cannot be called off, in words; empty if its number does not count yet."""
    running = Deadline.objects.filter(kind=Deadline.Kind.PHONE_CHANGE, subject=str(proposal.pk), closed_at=None)
    if running.filter(contract=proposal.contract_id).exists():
        return ""
    return "It does not wait any more: the number counts already, or it was called off."


def agreed(contract: Contract) -> QuerySet[Proposal]:
    """The changes that were agreed for the deal and do not count yet; one member of staff may call each off."""
    running = Deadline.objects.filter(contract=contract, kind=Deadline.Kind.PHONE_CHANGE, closed_at=None)
    keys = [int(subject) for subject in running.values_list("subject", flat=True)]
    return Proposal.objects.filter(pk__in=keys).select_related("party")


def _digests(party: Party, proposal: Proposal) -> dict[str, str]:
    digests = {"old": phones.digest(party.phone), "new": phones.digest(str(proposal.details["phone"]))}
    return {"party": party.role, **digests}
