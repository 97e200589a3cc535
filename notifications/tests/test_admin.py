"""SMS as staff see them: found by phone, deal or id, never with a number that can be read, and never to change."""

import pytest
from django.test import Client
from django.urls import reverse

from contracts import audit
from contracts.audit import CLOCK
from notifications import holding, optouts
from notifications.models import Alert, AlertDelivery, DeliveryReport, InboundMessage, Message, OptOut
from notifications.pace import HOUR
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


# --- what did not get through -----------------------------------------------------------------------------------------


def told(contract, **fields):
    """The seller of the deal was told something, or was to be."""
    party = contract.seller
    given = {"party": party, "contract": contract, "phone": party.phone, "kind": "locked_seller", "text": "x"}
    return Message.objects.create(**given | fields)


def test_a_text_that_failed_is_listed_once_and_no_more_while_another_try_may_get_through(staff):
    contract = confirmed()
    first = told(contract, status="failed")
    assert rows(staff, Message, attention="failed") == [first]

    second = told(contract, status="queued", original=first, retry=1)
    assert rows(staff, Message, attention="failed") == []
    Message.objects.filter(pk=second.pk).update(status="failed")
    assert rows(staff, Message, attention="failed") == [second]
    told(contract, status="delivered", original=first)
    assert rows(staff, Message, attention="failed") == []


def test_what_is_held_back_and_what_was_withheld_have_lists_with_the_reason(staff):
    contract = confirmed()
    held = told(contract, failure_reason=holding.TOO_MANY, not_before=now() + HOUR)
    withheld = told(contract, status="withheld", failure_reason=holding.STOPPED)
    told(contract, attempts=1, failure_reason="500 InternalServerError")
    told(contract)

    assert rows(staff, Message, attention="held") == [held]
    assert rows(staff, Message, attention="withheld") == [withheld]
    assert holding.TOO_MANY in staff.get(page(held)).content.decode()
    assert holding.STOPPED in staff.get(page(withheld)).content.decode()


def test_the_page_of_each_try_shows_all_of_them_and_who_made_it(staff):
    contract = confirmed()
    first = told(contract, status="failed")
    tries = [first, told(contract, original=first, retry=1, sender="VOICE2"), told(contract, original=first)]

    for one in tries:
        text = staff.get(page(one)).content.decode()
        assert all(page(other) in text for other in tries)
        assert all(words in text for words in ("By itself, time 1", "By staff", "VOICE2"))
    assert rows(staff, Message, origin="retry") == tries[1:2]
    assert rows(staff, Message, origin="again") == tries[2:]


def test_phones_that_said_stop_are_listed_and_found_by_number(staff):
    phones = [new_phone(), new_phone()]
    for phone in phones:
        optouts.stop(phone)
    shown = staff.get(*listing(OptOut))
    assert mask(phones[0]) in shown.content.decode()
    assert phones[0] not in shown.content.decode()
    assert [row.phone for row in rows(staff, OptOut, q=phones[1])] == [phones[1]]
