"""Staff read who did something by name, wherever an id stands for it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import Event, Evidence
from payments.models import PayoutStop, Proposal
from tests import factories
from tests.factories import SMALL
from voicepact.console.tests.cases import quarrel
from voicepact.console.tests.desk import list_of, member, page_of, propose
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def achieng(operator: Client) -> User:
    """The operator has a name."""
    User.objects.filter(username="operator").update(first_name="Achieng", last_name="Otieno")
    return User.objects.get(username="operator")


def test_who_acted_is_called_by_name_on_every_page_and_list(operator: Client, viewer: Client, achieng: User) -> None:
    deal = factories.locked(amount=SMALL).contract
    operator.post(reverse("desk:pause"), {"gateway": "daraja", "reason": "something is odd"})
    operator.post(reverse("desk:dispute", args=[deal.pk]), {"reason": "the same photograph in two deals"})
    dispute = deal.disputes.get()
    propose(operator, Proposal.Kind.DECISION, dispute, outcome="released")
    piece = Evidence.objects.create(dispute=dispute, actor=f"staff:{achieng.pk}", channel="desk", text="both pictures")
    stop, event = PayoutStop.objects.get(), Event.objects.get(kind="dispute.opened", contract=deal)
    pages = [page_of(row) for row in (stop, event, deal, piece, dispute, Proposal.objects.get())]
    pages += [list_of(model) for model in (PayoutStop, Event, Evidence, Proposal)]
    for page in [*pages, reverse("desk:approve", args=[Proposal.objects.get().pk])]:
        text = (member("approver") if "approve" in page else viewer).get(page).content.decode()
        assert "Achieng Otieno" in text, page
        assert f"taff:{achieng.pk}" not in text, page
        assert f"Staff {achieng.pk}" not in text, page


def test_a_list_looks_up_all_names_at_once(viewer: Client) -> None:
    counts = []
    for number in range(2):
        for each in range(4):
            user = User.objects.create(username=f"colleague-{number}-{each}", is_staff=True)
            Evidence.objects.create(dispute=quarrel(), actor=f"staff:{user.pk}", channel="desk", text="seen")
        with CaptureQueriesContext(connection) as queries:
            assert f"colleague-{number}-3" in viewer.get(list_of(Evidence)).content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
