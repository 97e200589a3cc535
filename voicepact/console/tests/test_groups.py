"""Who may do what, as a new deployment has it."""

import pytest
from django.contrib.auth.models import Group

from contracts.models import Dispute
from payments.models import Proposal
from voicepact.console.tests.desk import list_of, member

pytestmark = pytest.mark.django_db
SUPPORT = {"reveal_phone", "freeze", "ask", "resend", "answer"}
OPERATOR = SUPPORT | {"propose", "pause", "replay"}
APPROVER = {"reveal_phone", "approve", "pause"}
AUDITOR = {"reveal_phone", "see_raw"}
ACTS = {
    "viewer": set(),
    "support": SUPPORT,
    "operator": OPERATOR,
    "approver": APPROVER,
    "auditor": AUDITOR,
    "admin": OPERATOR | APPROVER | AUDITOR,
}


@pytest.mark.parametrize("role", ACTS)
def test_each_role_sees_everything_and_does_its_own(role: str) -> None:
    rights = Group.objects.get(name=role).permissions
    ours = rights.filter(content_type__app_label__in=["contracts", "payments", "notifications"])
    acts = {right for right in ours.values_list("codename", flat=True) if not right.startswith("view_")}
    assert acts == ACTS[role]
    for model in (Dispute, Proposal):
        assert member(role).get(list_of(model)).status_code == 200


def test_only_an_admin_makes_staff_and_revokes_keys() -> None:
    for role in ACTS:
        theirs = Group.objects.get(name=role).permissions.filter(content_type__app_label__in=["kernel", "auth"])
        changes = theirs.exclude(codename__startswith="view_").exists()
        assert changes == (role == "admin"), role


def test_the_groups_of_before_have_their_new_names() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(ACTS)
