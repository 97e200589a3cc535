"""What stands at the head of every page while a general stop holds all payouts: who, why, and the way out."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from contracts.actors import name
from payments.models import PayoutStop, Proposal
from voicepact.console.rights import PROPOSE
from voicepact.kernel.display import address_of, veiled


@dataclass(frozen=True, slots=True)
class Pause:
    """A general stop: `lift` is where this member of staff proposes to lift it, empty where they may not or need not.

    `proposal` is the page of the proposal that is open already, by `proposed_by`.
    """

    by: str
    since: datetime
    reason: str
    address: str
    lift: str = ""
    proposal: str = ""
    proposed_by: str = ""


def of_every_page(request: HttpRequest) -> dict[str, Any]:
    """What the templates of all pages need; nothing for people who have not signed in."""
    return {"pause": standing(request) if request.user.is_authenticated and request.user.is_staff else None}


def standing(request: HttpRequest) -> Pause | None:
    """The general stop that stands, for this member of staff."""
    stop = PayoutStop.objects.filter(gateway="", contract=None, lifted_at=None).first()
    if stop is None:
        return None
    pause = Pause(name(stop.stopped_by), stop.stopped_at, veiled(stop.reason), address_of(stop))
    open_one = stop.proposals.open().select_related("proposed_by").first()
    if open_one:
        return replace(pause, proposal=address_of(open_one), proposed_by=str(open_one.proposed_by))
    lift = reverse("desk:propose", args=[Proposal.Kind.RESUME_PAYOUTS.value, stop.pk])
    return replace(pause, lift=lift) if request.user.has_perm(PROPOSE) else pause
