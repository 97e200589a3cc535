"""What staff type into the search of a list stands in no address, and everything else of the list goes on with it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from contracts.models import Contract
from payments.models import Payment
from tests import factories
from voicepact.console.models import Export
from voicepact.console.tests.desk import list_of, member, sign_in
from voicepact.kernel.models import ApiKey, User
from voicepact.kernel.site import site

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return sign_in()


def _search(client: Client, model: type[Model], term: str, **filters: str) -> str:
    """The address to which a search of this list leads."""
    answer = client.post(list_of(model), {"q": term, **filters})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def _rows(client: Client, address: str) -> list[Any]:
    return [row.pk for row in client.get(address).context["cl"].result_list]


def test_a_phone_that_is_searched_for_finds_its_rows_and_stands_in_no_address(staff: Client) -> None:
    deal = factories.drafted()
    factories.drafted()
    written = deal.buyer.phone.replace("+254", "0")

    address = _search(staff, Contract, written, status__exact="pending", p="3")

    assert written[1:] not in address
    assert set(parse_qs(urlsplit(address).query)) == {"status__exact", "q"}
    page = staff.get(address)
    assert [row.pk for row in page.context["cl"].result_list] == [deal.pk]
    text = page.content.decode()
    assert f'value="{written}"' in text  # the box shows what was typed
    assert text.count(written[1:]) == 1  # and no link, filter or button does


def test_the_export_of_a_search_holds_the_same_rows_and_keeps_the_number_nowhere(
    staff: Client, django_capture_on_commit_callbacks: Any
) -> None:
    deal = factories.drafted()
    factories.drafted()
    query = urlsplit(_search(staff, Contract, deal.buyer.phone)).query
    asked = staff.get(f"{reverse('desk:export_list', args=['contracts.Contract'])}?{query}")
    assert deal.buyer.phone[1:] not in asked.content.decode()
    assert asked.context["guess"].rows == 1
    assert "search: +254" in asked.context["chosen"].words()

    staff.post(f"{reverse('desk:export_list', args=['contracts.Contract'])}?{query}", {"format": "csv"})

    assert deal.buyer.phone[1:] not in Export.objects.get().query


def test_a_search_that_is_emptied_is_the_whole_list_under_its_filters(staff: Client) -> None:
    address = _search(staff, Contract, "  ", status__exact="pending")
    assert address == f"{list_of(Contract)}?status__exact=pending"
    assert _search(staff, Contract, "") == list_of(Contract)


def test_nobody_else_can_have_a_search_opened_and_they_are_told(staff: Client) -> None:
    deal = factories.drafted()
    address = _search(staff, Contract, deal.buyer.phone)
    other = member("viewer")
    for theirs in (address, address[:-4], f"{list_of(Contract)}?q=sealed.", f"{list_of(Contract)}?q=sealed.\u0101"):
        answer = other.get(theirs)
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{list_of(Contract)}?e=1"
        assert ["not readable for you" in str(one) for one in get_messages(answer.wsgi_request)] == [True]
        other.get(answer.headers["Location"])
    assert deal.buyer.phone[1:] not in other.get(f"{list_of(Contract)}?e=1").content.decode()


def test_a_link_of_ours_that_holds_an_id_stays_readable(staff: Client) -> None:
    payment = factories.checked_out()
    factories.checked_out()
    assert _rows(staff, f"{list_of(Payment)}?q={payment.transaction_id}") == [payment.pk]


@pytest.mark.parametrize("term", ["x" * 5000, "\0", "\ud800", "Wanjikũ", "sealed.x", "%", "'\"--"])
def test_whatever_is_typed_is_answered(staff: Client, term: str) -> None:
    factories.drafted()
    answer = staff.post(list_of(Contract), {"q": term.encode(errors="replace").decode()}, follow=True)
    assert answer.status_code == 200
    assert len(answer.redirect_chain[0][0]) < 700


@pytest.mark.parametrize("model", [User, ApiKey, Contract])
def test_a_letter_that_no_text_can_hold_is_answered_by_every_sort_of_list(staff: Client, model: type[Model]) -> None:
    for term in ("\0", "wan\0jiku"):
        assert staff.post(list_of(model), {"q": term}, follow=True).status_code == 200


def test_every_list_that_can_be_searched_posts_and_a_search_changes_nothing(staff: Client) -> None:
    before = User.objects.count()
    for model, admin in site._registry.items():
        text = staff.get(list_of(model)).content.decode()
        if admin.get_search_fields(staff.get(list_of(model)).wsgi_request):
            assert 'id="changelist-search" x-data="searchForm()" method="post" action="?"' in text, model
            assert staff.get(_search(staff, model, "0712 345 678")).status_code == 200, model
    assert User.objects.count() == before


def test_a_search_needs_the_right_to_see_the_list() -> None:
    client = Client()
    client.force_login(User.objects.create(username="new", is_staff=True))
    address = _search(client, Contract, "0712345678")
    assert client.get(address).status_code == 403
