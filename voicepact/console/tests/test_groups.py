"""Who may do what, as a new deployment has it."""

import pytest
from django.contrib.auth.models import Group

from contracts.models import Dispute
from payments.models import Proposal
from voicepact.console.tests.desk import list_of, member

pytestmark = pytest.mark.django_db
ACTS = {"propose", "approve", "pause", "replay"}


@pytest.mark.parametrize(
    ("name", "acts"), [("Viewers", set()), ("Operators", {"propose", "pause", "replay"}), ("Approvers", {"approve"})]
)
def test_each_group_sees_everything_and_does_its_own(name: str, acts: set[str]) -> None:
    rights = set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))
    assert rights & ACTS == acts
    assert {right for right in rights - ACTS if not right.startswith("view_")} == set()
    for model in (Dispute, Proposal):
        assert member(name).get(list_of(model)).status_code == 200
