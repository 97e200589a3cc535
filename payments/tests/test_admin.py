"""Money as staff see it; what holds for every page is tested in `voicepact.console`."""

import json
from html import unescape

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from payments import callbacks
from payments.admin.money import CallbackAdmin
from payments.gateways.base import Outcome
from payments.models import Balance, Callback, Payment, Posting, Transfer
from payments.settlement import settle
from tests import factories
from voicepact.kernel.models import User
from voicepact.kernel.phones import mask
from voicepact.kernel.site import site

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="wambui", is_staff=True, is_superuser=True))
    return client


def _found(staff: Client, model: type[Model], **query: str | int) -> list[Model]:
    page = staff.get(reverse(f"admin:payments_{model._meta.model_name}_changelist"), query)
    return sorted(page.context["cl"].result_list, key=lambda row: str(row.pk))


def _sorted(rows: object) -> list[Model]:
    return sorted(rows, key=lambda row: str(row.pk))  # type: ignore[call-overload,no-any-return]


def _page(staff: Client, row: Model) -> str:
    return staff.get(reverse(f"admin:payments_{row._meta.model_name}_change", args=[row.pk])).content.decode()


def _kept(payment: Payment, body: str) -> Callback:
    transfer = payment.transfers.collections()[0]
    callbacks.keep(gateway=payment.gateway, kind="stk", token=transfer.token, body=body, address=None)
    return Callback.objects.get(transfer=transfer)


def test_money_is_found_by_id_reference_receipt_number_and_phone(staff: Client) -> None:
    payment = factories.completed()
    factories.completed()
    kept = _kept(payment, "{}")
    transfer = payment.transfers.collections()[0]
    buyer = payment.contract.buyer.phone
    for term in (payment.contract_id, payment.transaction_id, payment.reference, f"0{buyer[4:7]} {buyer[7:]}"):
        assert _found(staff, Payment, q=term) == [payment]
        assert _found(staff, Transfer, q=term) == _sorted(payment.transfers.all())
        assert _found(staff, Posting, q=term) == _sorted(payment.postings.all())
        assert _found(staff, Callback, q=term) == [kept]
    assert _found(staff, Payment, q=transfer.receipt_number.lower()) == [payment]
    for term in (transfer.receipt_number, str(transfer.pk), transfer.external_id):
        assert _found(staff, Transfer, q=term) == [transfer]


def test_the_lists_that_pages_link_to_hold_what_they_promise(staff: Client) -> None:
    payment = factories.completed()
    factories.completed()
    kept = _kept(payment, "{}")
    contract = payment.contract_id
    assert _found(staff, Transfer, payment__contract__id__exact=contract) == _sorted(payment.transfers.all())
    assert _found(staff, Transfer, payment__id__exact=payment.pk) == _sorted(payment.transfers.all())
    assert _found(staff, Posting, payment__id__exact=payment.pk) == _sorted(payment.postings.all())
    assert _found(staff, Callback, transfer__payment__id__exact=payment.pk) == [kept]


def test_the_page_of_a_payment_says_where_the_money_is(staff: Client) -> None:
    payment = factories.locked()
    text = _page(staff, payment)
    assert "Held in escrow" in text
    assert "KES 350,000" in text
    for row in (*payment.transfers.all(), *payment.postings.all()):
        assert reverse(f"admin:payments_{row._meta.model_name}_change", args=[row.pk]) in text


def test_a_quarantined_transfer_stands_out(staff: Client) -> None:
    payment = factories.prompted()
    transfer = factories.open_transfer(payment)
    lie: Outcome = factories.succeeded(transfer, phone="+254700000001")
    settle(transfer.pk, lie)
    assert "Quarantined" in _page(staff, transfer)
    assert "another phone" in _page(staff, transfer)
    assert transfer in _found(staff, Transfer, attention="quarantined")


def test_a_callback_is_laid_out_with_phones_masked(staff: Client) -> None:
    payment = factories.prompted()
    phone = payment.payer_phone
    body = {"Body": {"Phone": int(phone[1:]), "To": f"{phone[1:]} - JOHN DOE", "Amount": 350000, "Receipt": "UKN7A1"}}
    text = _page(staff, _kept(payment, json.dumps(body)))
    assert phone[1:] not in text
    assert mask(phone) in text
    assert "UKN7A1" in text
    assert "\n    &quot;Amount&quot;: 350000" in text


BAD_BODIES = ["", "no json", "[" * 5000, '{"a": 1e999999999}', '{"a": "\\ud800"}', "phone=0712345678"]


@pytest.mark.parametrize("body", BAD_BODIES)
def test_a_callback_that_is_no_honest_json_is_shown_as_it_came(staff: Client, body: str) -> None:
    shown = str(CallbackAdmin(Callback, site).content(_kept(factories.prompted(), body)))
    assert "0712345678" not in shown
    assert body[:5] in unescape(shown)


def test_secret_tokens_are_nowhere(staff: Client) -> None:
    payment = factories.prompted()
    token = factories.open_transfer(payment).token
    kept = _kept(payment, json.dumps({"requestMetadata": {"token": token}}))
    for row in (factories.open_transfer(payment), payment, kept):
        assert token not in _page(staff, row)


def test_a_balance_leads_to_its_payment(staff: Client) -> None:
    payment = factories.locked()
    assert f"?q={payment.transaction_id}" in _page(staff, Balance.objects.get(pk=f"held:{payment.transaction_id}"))
