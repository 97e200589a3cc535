"""Who is the second pair of eyes."""

from django.db.models import QuerySet

from payments.models import Proposal
from voicepact.console.rights import APPROVE
from voicepact.kernel.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"
MOST = 10


def approvers(proposal: Proposal) -> "QuerySet[User]":
    """The first members of staff who may approve it, by name: everybody with the right but whoever proposed it."""
    able = User.objects.with_perm(APPROVE, backend=BACKEND).filter(is_staff=True)
    return able.exclude(pk=proposal.proposed_by_id).order_by("username")[:MOST]
