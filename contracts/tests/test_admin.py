"""Deals as staff see them; what holds for every page is tested in `voicepact.console`."""

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Deadline, Event, Party
from tests import factories
from voicepact.kernel import clock
from voicepact.kernel.models import User
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="wambui", is_staff=True, is_superuser=True))
    return client


def test_a_party_is_found_by_its_number_in_any_writing_and_shown_masked(staff: Client) -> None:
    buyer = factories.drafted().buyer
    factories.drafted()
    address = reverse("admin:contracts_party_changelist")
    for term in (buyer.phone, buyer.phone[1:], f"0{buyer.phone[4:7]} {buyer.phone[7:]}"):
        page = staff.get(address, {"q": term})
        assert list(page.context["cl"].result_list) == [buyer]
        assert mask(buyer.phone) in page.content.decode()
        assert buyer.phone not in page.context["cl"].model_admin.masked_phone(buyer)


def test_events_are_listed_for_one_contract_and_told_in_words(staff: Client) -> None:
    contract = factories.confirmed()
    factories.confirmed()
    page = staff.get(reverse("admin:contracts_event_changelist"), {"contract__id__exact": contract.pk})
    assert {event.contract_id for event in page.context["cl"].result_list} == {contract.pk}
    assert "Contract confirmed" in page.content.decode()


def test_events_are_filtered_by_topic(staff: Client) -> None:
    contract = factories.confirmed()
    query = {"contract__id__exact": contract.pk, "topic": "party"}
    page = staff.get(reverse("admin:contracts_event_changelist"), query)
    assert {event.kind for event in page.context["cl"].result_list} == {"party.agreed"}
    assert Event.objects.filter(contract=contract).exclude(kind="party.agreed").exists()


def test_a_deadline_says_whether_it_runs_is_overdue_or_is_closed(staff: Client) -> None:
    contract = factories.confirmed()
    late = Deadline.objects.create(contract=contract, kind=Deadline.Kind.PROMPT, due_at=clock.now())
    address = reverse("admin:contracts_deadline_changelist")
    page = staff.get(address, {"q": contract.pk})
    shown = {row.kind: page.context["cl"].model_admin.state(row) for row in page.context["cl"].result_list}
    words = {"agreement": "Closed", "funding": "Running", "prompt": "Overdue"}
    assert {kind: word for kind, word in words.items() if word in shown[kind]} == words
    assert late not in staff.get(address, {"q": contract.pk, "state": "closed"}).context["cl"].result_list


def test_no_page_shows_the_whole_number(staff: Client) -> None:
    seller = factories.drafted().seller
    assert seller.phone not in staff.get(reverse("admin:contracts_party_change", args=[seller.pk])).content.decode()
    listing = staff.get(reverse("admin:contracts_party_changelist")).content.decode()
    assert [phone for phone in Party.objects.values_list("phone", flat=True) if phone in listing] == []
