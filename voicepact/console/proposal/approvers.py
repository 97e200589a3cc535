"""Who is the second pair of eyes."""

from django.conf import settings
from django.db.models import QuerySet

from payments import approvals
from payments.models import Proposal
from voicepact.console.acts import subject_of
from voicepact.console.models import DeskAct
from voicepact.console.rights import APPROVE
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"
MOST = 10
WAY_IN = ("staff.added", "staff.changed", "staff.device_reset")
"""What an admin does by which somebody may come in, or come in with more rights, as another person."""


def approvers(proposal: Proposal) -> "QuerySet[User]":
    """The first members of staff who may approve it, by name: everybody with the right but whoever proposed it."""
    able = User.objects.with_perm(APPROVE, backend=BACKEND).filter(is_staff=True)
    return able.exclude(pk=proposal.proposed_by_id).order_by("username")[:MOST]


def why_not_two(proposal: Proposal, approver: User) -> str:
    """Why proposer and `approver` are one person, or may be for now, in words; empty if they count as two.

    An admin makes accounts and sets passwords. So one that somebody else has opened or changed counts as a person of
    its own a while later only, as a party's new number does, when its owner and the auditors have had time to see it.
    """
    if proposal.proposed_by_id == approver.pk:
        return approvals.NOT_OWN
    lately = DeskAct.objects.filter(act__in=WAY_IN, at__gt=now() - settings.COOLING_OFF)
    for person, whose in ((approver, "Your account was"), (proposal.proposed_by, "The account that proposed this was")):
        if lately.filter(subject=subject_of(person)).exclude(user=person).exists():
            hours = settings.COOLING_OFF.total_seconds() / 3600
            return f"{whose} opened or changed by somebody else less than {hours:.0f} hours ago: approve it after that."
    return ""
