"""One box finds a deal by whatever somebody can read out, and shows nobody's number."""

import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import Contract, Event
from payments.models import Deposit, Payment, Transfer
from payments.tests.hand import suspended
from tests import factories
from voicepact.console import search
from voicepact.console.tests.desk import list_of, page_of
from voicepact.kernel.models import User
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db
NONSENSE = ["nobody knows this", "\0", "'\"--", "AG-2026-999999", "254", "%", "²²", "9" * 40, "x" * 5000, "\ud800", "-"]
MOST_QUERIES = 18
"""Nine kinds of id, the deal with its people, and who asks."""


def _find(client: Client, text: str) -> "tuple[int, str, str]":
    """The status, where it leads, and what the page says."""
    address = f"{reverse('desk:search')}?{urlencode({'q': text}, errors='replace')}"
    answer = client.get(address)
    return answer.status_code, answer.headers.get("Location", ""), answer.content.decode()


def _leads_to(client: Client, text: str, row: Model) -> bool:
    return _find(client, text)[:2] == (302, page_of(row))


def test_what_is_typed_into_the_box_stands_in_no_address_and_in_no_log(
    viewer: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = factories.drafted().buyer.phone
    box = viewer.get(reverse("admin:index")).content.decode()
    assert re.search(rf'<form action="{reverse("desk:search")}" method="post"', box)
    answer = viewer.post(reverse("desk:search"), {"q": phone})
    assert answer.status_code == 302
    assert phone[1:] not in answer.headers["Location"]
    assert answer.headers["Referrer-Policy"] == "same-origin"

    viewer.raise_request_exception = False
    monkeypatch.setattr("voicepact.console.views.search.find", lambda text: 1 // 0)
    caplog.set_level("DEBUG")
    for broken in (viewer.post(reverse("desk:search"), {"q": phone}), viewer.get(f"/admin/desk/search/?q={phone[1:]}")):
        assert broken.status_code == 500
    assert "Internal Server Error: /admin/desk/search/" in caplog.text
    assert phone[1:] not in caplog.text


def test_a_deal_is_found_by_every_id_that_anybody_may_read_out(viewer: Client) -> None:
    payment = factories.pay_out(factories.completed())
    factories.pay_out(factories.completed())
    deal = payment.contract
    prefix, year, serial = deal.pk.split("-")
    writings = [deal.pk, deal.pk.lower(), deal.pk.replace("-", ""), f"{prefix} {year} {int(serial)}"]
    writings += [payment.transaction_id, payment.transaction_id.lower().replace("-", " ")]
    reference = payment.reference
    writings += [reference, reference.lower(), f"{reference[:4]} {reference[4:8]} {reference[8:]}"]
    for transfer in payment.transfers.all():
        writings += [transfer.receipt_number, transfer.receipt_number.lower(), transfer.external_id, str(transfer.pk)]
        writings += [transfer.originator_conversation_id]
    assert [text for text in writings if not _leads_to(viewer, text, deal)] == []


def test_the_deal_of_a_phone_is_found_by_its_number_in_any_writing(viewer: Client) -> None:
    deal = factories.drafted()
    factories.drafted()
    number = deal.buyer.phone[4:]
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
    for text in (f"0{number}", f"0{spaced}", f"254{number}", f"+254 {spaced.replace(' ', '-')}", f"00254{number}"):
        assert _leads_to(viewer, text, deal), text


def test_several_deals_of_a_phone_are_listed_newest_first_with_its_role_and_no_readable_number(viewer: Client) -> None:
    first, other = factories.drafted(), factories.drafted()
    phone = first.buyer.phone
    other.parties.filter(role="seller").update(phone=phone)
    status, _, text = _find(viewer, phone)
    assert status == 200
    assert "Found 2 deals with this phone" in text
    assert text.index(page_of(other)) < text.index(page_of(first))
    assert mask(phone) in text
    assert phone[1:] not in text
    assert phone[4:] not in text
    cells = re.sub(r"<[^>]+>|\s+", " ", text)
    assert "Seller" in cells
    assert "KES 350,000" in cells


def test_a_phone_with_more_deals_than_fit_says_so(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 1)
    first, other = factories.drafted(), factories.drafted()
    other.parties.filter(role="buyer").update(phone=first.buyer.phone)
    status, _, text = _find(viewer, first.buyer.phone)
    assert status == 200
    assert "more than 1 deals" in text
    assert page_of(other) in text
    assert page_of(first) not in text


def test_money_paid_by_hand_is_found_by_its_receipt_before_and_after_it_has_a_deal(viewer: Client) -> None:
    deposit = suspended()
    assert _leads_to(viewer, deposit.receipt_number, deposit)
    transfer = factories.open_transfer(factories.prompted())
    Transfer.objects.filter(pk=transfer.pk).update(deposit=deposit)
    assert transfer.payment
    assert _leads_to(viewer, deposit.receipt_number.lower(), transfer.payment.contract)


@pytest.mark.parametrize("text", NONSENSE)
def test_what_nobody_knows_is_said_and_nothing_breaks(viewer: Client, text: str) -> None:
    factories.pay_out(factories.completed())
    status, _, said = _find(viewer, text)
    assert status == 200
    assert "Nothing found" in said or not text.strip()
    assert [key for key in Contract.objects.values_list("pk", flat=True) if key in said] == []


def test_an_empty_box_explains_what_can_be_looked_for(viewer: Client) -> None:
    status, _, text = _find(viewer, " ")
    assert status == 200
    assert "receipt number of M-Pesa" in text
    assert "Nothing found" not in text


def test_every_search_takes_a_few_queries_and_counts_nothing(viewer: Client) -> None:
    deals = [factories.pay_out(factories.completed()).contract for _ in range(3)]
    for deal in deals[1:]:
        deal.parties.filter(role="buyer").update(phone=deals[0].buyer.phone)
    for text in (deals[0].pk, deals[0].buyer.phone, "nobody knows this"):
        with CaptureQueriesContext(connection) as queries:
            _find(viewer, text)
        assert len(queries) <= MOST_QUERIES
        assert not [query for query in queries if "COUNT(" in query["sql"].upper() or "LIKE" in query["sql"].upper()]


def test_only_staff_who_see_deals_find_them() -> None:
    deal = factories.drafted()
    client = Client()
    assert "/login/" in _find(client, deal.pk)[1]
    client.force_login(User.objects.create(username="new", is_staff=True))
    assert _find(client, deal.pk)[0] == 403
    assert 'role="search"' not in client.get(reverse("admin:index")).content.decode()


def test_the_box_is_on_every_page_and_searching_changes_nothing(viewer: Client) -> None:
    deal = factories.drafted()
    before = Event.objects.count(), Payment.objects.count(), Deposit.objects.count()
    for address in (reverse("admin:index"), list_of(Contract), page_of(deal), reverse("desk:search")):
        assert f'action="{reverse("desk:search")}"' in viewer.get(address).content.decode(), address
    _find(viewer, deal.pk)
    assert (Event.objects.count(), Payment.objects.count(), Deposit.objects.count()) == before


def test_the_palette_suggests_the_same_deals(viewer: Client) -> None:
    deal = factories.drafted()
    address = reverse("admin:search")
    text = viewer.post(address, {"s": deal.pk.lower(), "extended": "1"}).content.decode()
    assert page_of(deal) in text
    assert viewer.get(address, {"s": deal.buyer.phone}).status_code == 405
    assert viewer.post(address, {"s": "\0", "extended": "1"}).status_code == 200
    for page in ("x", "99"):
        assert viewer.post(address, {"s": "deal", "page": page}).status_code == 404
