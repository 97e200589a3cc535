"""SMS as staff see them: found by phone, deal or id, never with a number that can be read, and never to change."""

import pytest
from django.test import Client
from django.urls import reverse

from contracts import audit
from contracts.audit import CLOCK
from notifications.models import Alert, AlertDelivery, DeliveryReport, InboundMessage, Message
from notifications.tests.people import announced, new_id, say
from tests.factories import completed, confirmed, new_phone, pay_out
from voicepact.kernel.clock import now
from voicepact.kernel.models import User
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db

MODELS = [Message, InboundMessage, DeliveryReport]


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="wambui", is_staff=True, is_superuser=True))
    return client


def listing(model, **query):
    return reverse(f"admin:notifications_{model._meta.model_name}_changelist"), query


def page(row):
    return reverse(f"admin:notifications_{row._meta.model_name}_change", args=[row.pk])


def rows(staff, model, **query):
    return list(staff.get(*listing(model, **query)).context["cl"].result_list)


def test_a_deals_messages_are_listed_with_their_event_and_without_readable_phones(staff):
    payment = pay_out(completed())
    contract = payment.contract
    announced(contract)
    announced(confirmed())

    shown = staff.get(*listing(Message, contract__id__exact=contract.pk))

    assert {message.contract for message in shown.context["cl"].result_list} == {contract}
    text = shown.content.decode()
    assert mask(contract.buyer.phone) in text
    assert contract.seller.phone not in text
    message = Message.objects.get(contract=contract, kind="payment_released", party=contract.seller)
    own = staff.get(page(message)).content.decode()
    assert reverse("admin:contracts_event_change", args=[message.event_id]) in own
    assert contract.pk in own


def test_sms_are_found_by_phone_in_any_writing_by_deal_and_by_id(staff):
    contract = confirmed()
    row = say(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    say(new_phone(), "hello")
    local = f"0{contract.buyer.phone[4:]}"

    for term in (contract.buyer.phone, local, contract.pk, row.message_id):
        assert rows(staff, InboundMessage, q=term) == [row]
    assert {message.phone for message in rows(staff, Message, q=local)} == {contract.buyer.phone}
    assert rows(staff, InboundMessage, q="nobody") == []


def test_what_waits_for_staff_is_one_filter_away(staff):
    contract = pay_out(completed()).contract
    late = say(contract.buyer.phone, f"DISPUTE-{contract.pk} call me on {contract.buyer.phone}")
    say(contract.buyer.phone, "hello")

    assert rows(staff, InboundMessage, attention="staff", q=contract.pk) == [late]
    assert contract.buyer.phone not in staff.get(*listing(InboundMessage, q=contract.pk)).content.decode()


def test_a_report_leads_to_its_message(staff):
    message = Message.objects.create(kind="reply_help", phone=new_phone(), text="Hello", provider_id=new_id())
    report = DeliveryReport.objects.create(
        provider_id=message.provider_id, status="Success", raw={"phoneNumber": message.phone}
    )

    assert rows(staff, DeliveryReport, q=message.provider_id) == [report]
    own = staff.get(page(report)).content.decode()
    assert f"?q={message.provider_id}" in own
    assert message.phone not in own
    assert rows(staff, Message, q=message.provider_id) == [message]


def test_an_alert_says_by_which_road_it_was_taken_and_what_still_waits(staff):
    contract = confirmed()
    event = audit.record("collection.late", contract=contract, actor=CLOCK)
    alert = Alert.objects.create(event=event, subject="KES 1,000 came in late", body="What to do: look.")
    assert "Shown here only" in staff.get(*listing(Alert)).content.decode()
    assert rows(staff, Alert, state="waiting") == []

    AlertDelivery.objects.create(alert=alert, road="email", taken_at=now())
    AlertDelivery.objects.create(alert=alert, road="webhook", failure_reason="HTTP 503")

    shown = staff.get(*listing(Alert)).content.decode()
    assert "E-mail" in shown
    assert "Waiting: HTTP 503" in shown
    assert rows(staff, Alert, state="waiting") == rows(staff, Alert, q=contract.pk) == [alert]
    assert "HTTP 503" in staff.get(page(alert)).content.decode()


def test_nobody_adds_changes_or_deletes(staff):
    contract = confirmed()
    say(contract.buyer.phone, "hello")
    DeliveryReport.objects.create(provider_id=new_id(), status="Success")
    for model in MODELS:
        row = model.objects.first()
        before = list(model.objects.order_by("pk").values())
        refused = [
            staff.post(page(row), {"text": "x", "status": "delivered", "_save": "Save"}),
            staff.post(page(row).replace("/change/", "/delete/"), {"post": "yes"}),
            staff.post(reverse(f"admin:notifications_{model._meta.model_name}_add"), {}),
            staff.post(listing(model)[0], {"action": "delete_selected", "_selected_action": [row.pk]}),
        ]
        assert [answer.status_code for answer in refused] == [403] * 4
        assert list(model.objects.order_by("pk").values()) == before
