"""How phones prove themselves, as staff see it: that a PIN is locked or cooling off, and never a digit or a hash."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Event
from contracts.openings import HOUSE
from notifications import pins
from notifications.models import Code, InboundMessage, Message, Pin
from notifications.tests.people import say
from notifications.tests.proving import GOOD_PIN, code_in, funded, open_codes, read, with_pin
from tests.factories import new_phone, opened_by_phone
from voicepact.console.deal.timeline import entries
from voicepact.console.exports.rows import ROWS
from voicepact.console.models import DeskAct
from voicepact.console.tests.desk import member, page_of
from voicepact.kernel.models import User
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db

OTHER_PIN = "7391"
ROLES = ("viewer", "support", "operator", "approver", "auditor", "admin")


@pytest.fixture(autouse=True)
def secret(settings: Any) -> None:
    settings.AT_CALLBACK_SECRETS = ["sms-secret-of-these-tests"]
    settings.PROOF_FROM = Decimal(10_000)


def cooling(phone: str) -> Pin:
    """The phone has a PIN, and another that does not count yet."""
    with_pin(phone)
    pins.send_code(phone, language="en")
    pins.set_pin(phone, code=code_in(read(phone)), pin=OTHER_PIN)
    return Pin.objects.get(phone=phone)


def pages_of(client: Client) -> str:
    """All that a member of staff sees of proofs: the lists, and a page of every row."""
    lists = [reverse(f"admin:notifications_{name}_changelist") for name in ("pin", "code")]
    rows = [page_of(row) for row in (*Pin.objects.all(), *Code.objects.all())]
    answers = [client.get(address) for address in (*lists, *rows)]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.content.decode() for answer in answers)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_at_the_desk_sees_how_pins_and_codes_stand_and_nobody_what_they_are(role: str) -> None:
    contract = funded()
    pin = cooling(contract.buyer.phone)
    say(contract.seller.phone, f"CANCEL-{contract.pk}")
    (code,) = open_codes(contract.seller.phone)
    shown = pages_of(member(role))
    assert "Reset, cooling off" in shown
    assert mask(pin.phone) in shown
    for kept in (pin.hash, pin.new_hash, *Code.objects.values_list("salt", flat=True)):
        assert kept not in shown
    assert f">{code}<" not in shown
    assert pin.phone not in shown


def test_a_locked_pin_is_shown_as_locked() -> None:
    contract = funded()
    with_pin(contract.buyer.phone)
    for _ in range(3):
        pins.check(contract.buyer.phone, OTHER_PIN, contract=contract)
    assert "Locked" in member("viewer").get(page_of(Pin.objects.get())).content.decode()


def test_neither_list_can_be_had_as_a_file(viewer: Client) -> None:
    assert not {Pin, Code} & set(ROWS)
    for name in ("pin", "code"):
        address = reverse("desk:export_list", args=[f"notifications.{name.capitalize()}"])
        assert member("admin").get(address).status_code in (403, 404)


def test_the_sms_with_a_code_shows_stars_on_every_page_of_it() -> None:
    contract = funded()
    say(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    (code,) = open_codes(contract.buyer.phone)
    message = Message.objects.get(kind="reply_code_accept")
    say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code}")
    heard = InboundMessage.objects.order_by("pk").last()
    client = member("admin")
    addresses = [
        page_of(message),
        page_of(heard),  # type: ignore[arg-type]
        page_of(contract),
        reverse("admin:notifications_message_changelist"),
        reverse("admin:notifications_inboundmessage_changelist"),
        reverse("desk:deal_statement", args=[contract.pk]),
    ]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert f"{contract.pk} {code}" not in answer.content.decode(errors="ignore")
    assert "****" in client.get(addresses[0]).content.decode()


# --- a PIN that its owner did not ask for -----------------------------------------------------------------------------


def test_one_person_calls_off_a_new_pin_and_it_is_written_down(operator: Client) -> None:
    contract = funded()
    pin = cooling(contract.buyer.phone)
    address = reverse("desk:call_off_pin", args=[pin.pk])
    heard = say(contract.buyer.phone, "Not me!")
    for row in (pin, heard):
        assert address in operator.get(page_of(row)).content.decode()
    assert mask(pin.phone) in operator.get(address).content.decode()

    assert "Called off" in operator.post(address, follow=True).content.decode()

    assert pins.check(pin.phone, GOOD_PIN, contract=contract) == "right"
    told = Event.objects.get(kind="pin.reset_called_off")
    assert told.actor == f"staff:{User.objects.get(username='operator').pk}"
    assert DeskAct.objects.get(act="pin.reset_called_off").subject == f"pin:{pin.pk}"
    assert Message.objects.filter(phone=pin.phone, kind="pin_stays").count() == 1
    assert address not in operator.get(page_of(pin)).content.decode()


def test_a_second_click_calls_nothing_off(operator: Client) -> None:
    pin = cooling(new_phone())
    address = reverse("desk:call_off_pin", args=[pin.pk])
    operator.post(address)
    for ask in (operator.post, operator.get):
        assert "nothing to call off" in ask(address, follow=True).content.decode()
    assert Event.objects.filter(kind="pin.reset_called_off").count() == 1
    assert Message.objects.filter(kind="pin_stays").count() == 1


def test_who_may_only_look_calls_no_pin_off(viewer: Client) -> None:
    pin = cooling(new_phone())
    address = reverse("desk:call_off_pin", args=[pin.pk])
    assert address not in viewer.get(page_of(pin)).content.decode()
    assert (viewer.get(address).status_code, viewer.post(address).status_code) == (403, 403)
    assert Pin.objects.get(pk=pin.pk).is_cooling


# --- a deal that was opened by phone ----------------------------------------------------------------------------------


def test_a_deal_opened_by_phone_is_told_as_such(viewer: Client) -> None:
    contract = opened_by_phone()
    told = [entry.words for entry in entries(contract)]
    assert told == ["A phone drafted the deal, for KES 35,000", "The seller agreed by USSD"]
    page = viewer.get(page_of(contract)).content.decode()
    assert "VoicePact by phone" in page
    assert contract.seller.phone not in page
    assert "A phone" in viewer.get(page_of(contract.events.order_by("serial")[0])).content.decode()


def test_the_house_client_is_not_among_those_who_sign_in(operator: Client) -> None:
    admin = member("admin")
    assert HOUSE not in admin.get(reverse("admin:kernel_user_changelist")).content.decode()
    house = User.objects.get(username=HOUSE)
    assert admin.get(reverse("admin:kernel_user_change", args=[house.pk])).status_code in (302, 404)
