"""A whole deal by USSD only, on the running stack, through the callbacks that Africa's Talking makes."""

import re

import pytest

from contracts.models import Contract, Event
from notifications.models import UssdSession, UssdTurn
from payments.models import Payment
from tests.factories import new_phone
from voicepact.stack.handset import Handset
from voicepact.stack.readiness import wait_until

pytestmark = pytest.mark.usefixtures("committed_db")


def until(happened, what: str) -> None:
    wait_until(happened, what=what, within_s=60, every_s=0.05)


def status(deal: str) -> str:
    return str(Contract.objects.get(pk=deal).status)


def test_a_whole_deal_by_ussd_only(stack):
    """Opened by its seller, agreed, paid, delivered, accepted with a PIN that is set on the way: two phones, no SMS."""
    seller, buyer = (Handset(stack.simulator_url, new_phone()) for _ in range(2))

    opening = seller.dial()
    opening.choose("Sell")
    opening.key(f"0{buyer.phone.removeprefix('+254')}", "Maize", "100 bags", "4500", "3")
    opened = opening.choose("Yes")
    (deal,) = re.findall(r"GD-\d{4}-\d{6}", opened)
    assert opened.startswith(f"END {deal}: we have asked the buyer to agree and pay KES 450,000.")

    agreeing = buyer.dial()
    agreeing.choose(deal)
    assert "you buy 100 bags of Maize" in agreeing.screen
    assert "pay KES 450,000" in agreeing.choose("Agree")
    for _ in ("250,000", "200,000"):
        until(lambda: bool(buyer.open_prompts()), "the prompt did not follow by itself")
        buyer.answer(buyer.open_prompts()[0], "approve")
    until(lambda: Event.objects.filter(chain=deal, kind="payment.secured").exists(), "the money was not locked")

    looking = seller.dial()
    looking.choose(deal)
    assert "KES 450,000 is locked for you" in looking.screen
    assert looking.choose("Is my money there?").startswith("CON LOCKED: KES 450,000")
    looking.key("0")
    looking.choose("Delivered", "All of it")
    assert status(deal) == "delivered"

    accepting = buyer.dial()
    accepting.choose(deal, "Accept goods", "Yes")
    assert "6-digit code" in accepting.screen
    until(lambda: any("code to set your PIN" in sms.text for sms in buyer.messages()), "no code came")
    text = next(sms.text for sms in buyer.messages() if "code to set your PIN" in sms.text)
    (code,) = re.findall(r"\b\d{6}\b", text)
    assert "KES 450,000 goes to the seller" in accepting.key(code, "4826", "4826")

    until(lambda: Payment.objects.get(contract=deal).status == "released", "the seller was not paid")
    assert status(deal) == "completed"
    said = Event.objects.filter(chain=deal, kind__startswith="party.").order_by("serial")
    assert [event.kind for event in said] == ["party.agreed", "party.agreed", "party.delivered", "party.accepted"]
    assert {event.channel for event in said} == {"ussd"}
    ends = UssdSession.objects.filter(phone__in=[seller.phone, buyer.phone], status="Success")
    until(lambda: ends.count() == 4, "the network did not tell of every end")
    assert all(len(screen) <= 160 for screen in UssdTurn.objects.values_list("screen", flat=True))


def test_a_call_that_the_network_lost_goes_on_where_it_was(stack):
    seller, buyer = new_phone(), new_phone()
    phone = Handset(stack.simulator_url, seller)
    first = phone.dial()
    first.choose("Sell")
    first.key(buyer, "Maize", "10 bags")

    second = phone.dial()
    second.choose("Continue selling?")

    assert "Price in KES for one (bags)?" in second.screen
    second.key("150", "3")
    assert "KES 1,500 in all" in second.screen
