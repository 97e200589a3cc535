"""Lists are sifted by days in Nairobi, by amount and by rail, and no list ever counts its rows."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.models import Contract, Event, Party
from payments.models import Balance, Payment
from tests import factories
from voicepact.console.tests.desk import closed_deal, list_of, sign_in
from voicepact.kernel.site import site

pytestmark = pytest.mark.django_db
LATE_EVENING = datetime(2026, 3, 1, 20, 59, tzinfo=UTC)  # still the first of March in Nairobi
MIDNIGHT = datetime(2026, 3, 1, 21, 0, tzinfo=UTC)


@pytest.fixture
def staff() -> Client:
    return sign_in()


def _page(client: Client, model: type[Model], **query: str) -> Any:
    return client.get(list_of(model), query)


def _rows(client: Client, model: type[Model], **query: str) -> set[Any]:
    return {row.pk for row in _page(client, model, **query).context["cl"].result_list}


def _made(at: datetime) -> Contract:
    contract = factories.drafted()
    Contract.objects.filter(pk=contract.pk).update(created_at=at)
    return contract


def test_a_day_is_a_day_in_nairobi_and_both_ends_are_in(staff: Client) -> None:
    first, second = _made(LATE_EVENING), _made(MIDNIGHT)
    assert _rows(staff, Contract, created_at_from="2026-03-01", created_at_to="2026-03-01") == {first.pk}
    assert _rows(staff, Contract, created_at_from="2026-03-02", created_at_to="2026-03-02") == {second.pk}
    assert _rows(staff, Contract, created_at_from="2026-03-01", created_at_to="2026-03-02") == {first.pk, second.pk}
    assert _rows(staff, Contract, created_at_to="2026-03-01") == {first.pk}


def test_today_and_the_last_days_are_one_click_away(staff: Client) -> None:
    old, new = _made(LATE_EVENING), factories.drafted()
    page = _page(staff, Contract)
    days = next(spec for spec in page.context["cl"].filter_specs if spec.title == "day")
    choices = {choice["display"]: choice["query_string"] for choice in days.choices(page.context["cl"])}
    assert set(choices) == {"All", "Today", "The last 7 days", "The last 30 days"}
    for words in ("Today", "The last 7 days", "The last 30 days"):
        rows = staff.get(f"{list_of(Contract)}{choices[words]}").context["cl"].result_list
        assert [row.pk for row in rows] == [new.pk]
    assert _rows(staff, Contract) == {old.pk, new.pk}


def test_amounts_are_sifted_between_two_ends(staff: Client) -> None:
    small, large = (factories.drafted(amount=Decimal(amount)) for amount in (1000, 20000))
    assert _rows(staff, Contract, amount_from="1000", amount_to="1000.00") == {small.pk}
    assert _rows(staff, Contract, amount_from="1,001") == {large.pk}
    assert _rows(staff, Contract, amount_to="999") == set()


def test_rails_are_sifted_and_filters_hold_together(staff: Client) -> None:
    daraja, other = factories.checked_out(), factories.checked_out(gateway="africastalking")
    assert _rows(staff, Payment, rail="africastalking") == {other.pk}
    assert _rows(staff, Payment, rail="daraja", status__exact="pending", amount_from="350000") == {daraja.pk}
    assert _rows(staff, Payment, rail="daraja", status__exact="locked") == set()


def test_the_form_of_a_range_keeps_what_else_was_chosen(staff: Client) -> None:
    page = _page(staff, Contract, status__exact="pending", q="AG", amount_from="5", created_at_from="2026-03-01", p="2")
    forms = re.findall(r'<form method="get" class="desk-range.*?</form>', page.content.decode(), re.DOTALL)
    kept = [dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) for form in forms]
    given = {"created_at_from": "2026-03-01", "amount_from": "5", "status__exact": "pending", "q": "AG"}
    assert kept == [{**given, "created_at_to": ""}, {**given, "amount_to": ""}]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"created_at_from": "yesterday"}, "“yesterday” is no day."),
        ({"created_at_to": "1999-12-31"}, "is before all deals."),
        ({"created_at_to": "9999-12-31"}, "is no day."),
        ({"amount_from": "much"}, "“much” is no amount."),
        ({"amount_to": "Infinity"}, "is no amount that a deal can have."),
        ({"amount_to": "1e20"}, "is no amount that a deal can have."),
    ],
)
def test_an_end_that_cannot_be_read_is_said_and_left_out(staff: Client, query: dict[str, str], words: str) -> None:
    contract = factories.drafted()
    page = _page(staff, Contract, **query)
    assert [row.pk for row in page.context["cl"].result_list] == [contract.pk]
    assert words in page.content.decode()


def test_balances_show_where_money_lies_unless_all_are_asked_for(staff: Client) -> None:
    closed_deal()
    held = factories.locked()
    assert _rows(staff, Balance) == {f"held:{held.transaction_id}"}
    assert _rows(staff, Balance, kind="all") == set(Balance.objects.values_list("pk", flat=True))
    assert len(_rows(staff, Balance, kind="empty")) == Balance.objects.filter(amount=0).count() == 2
    assert "Where something lies" in _page(staff, Balance).content.decode()


def test_no_list_counts_whatever_is_chosen(staff: Client) -> None:
    closed_deal()
    for model in site._registry:
        listing = _page(staff, model).context["cl"]
        choices = [choice for spec in listing.filter_specs for choice in spec.choices(listing)]
        for query in ("", "?q=nothing", *(choice["query_string"] for choice in choices)):
            with CaptureQueriesContext(connection) as queries:
                assert staff.get(f"{list_of(model)}{query}").status_code == 200
            assert not [one for one in queries if "COUNT(" in one["sql"].upper()], (model, query)


def test_the_newest_events_come_first(staff: Client) -> None:
    factories.confirmed()
    times = [event.at for event in _page(staff, Event).context["cl"].result_list]
    assert times == sorted(times, reverse=True)


def test_a_busy_phone_is_looked_through_as_far_as_its_newest_deals(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicepact.kernel.staff.NEWEST_OF_A_PHONE", 1)
    old, new = factories.checked_out(), factories.checked_out()
    phone = old.contract.buyer.phone
    new.contract.parties.filter(role="buyer").update(phone=phone)
    assert _rows(staff, Payment, q=phone) == {new.pk}
    assert _rows(staff, Contract, q=f"0{phone[4:]}") == {new.contract_id}
    assert _rows(staff, Party, q=phone) == {new.contract.buyer.pk}
