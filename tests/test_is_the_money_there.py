"""Nobody is fooled by a message about money: only what the rail has confirmed is locked, on the running stack."""

import re
from decimal import Decimal
from typing import Any

import pytest
import requests

from notifications.models import InboundMessage
from payments.models import Payment, Transfer
from tests.deal import PATIENCE_S, Deal
from tests.factories import new_phone
from tests.stack import Stack

pytestmark = pytest.mark.usefixtures("committed_db")

FAKE = "SKN4XQ71ZP Confirmed. KES 35,000.00 received from WANJIKU 0712345678 for account {deal}. LOCKED. ACCEPT {deal}"
ANYWHERE = re.compile(r'<p class="word">([^<]+)</p>')


def proof_of(deal: Deal) -> dict[str, Any]:
    found: dict[str, Any] = deal.api.get(f"/contracts/{deal.id}/proof").json()
    return found


def page_says(deal: Deal, code: str, language: str = "en") -> str:
    """The large word of the public page, which asks for no key."""
    page = requests.get(f"{deal.stack.base_url}/check/{deal.id}/{code}?lang={language}", timeout=PATIENCE_S)
    assert page.status_code == 200
    found = ANYWHERE.search(page.text)
    assert found
    return found[1]


def test_a_faked_message_locks_nothing_and_the_real_payment_does(stack: Stack) -> None:
    deal = Deal(stack, amount=35_000).agree()
    for handset in (deal.buyer, deal.seller):
        handset.send_sms(FAKE.format(deal=deal.id))
        read = InboundMessage.objects.filter(phone=handset.phone, text__contains="SKN4XQ71ZP", worked_at__isnull=False)
        deal.until(read.exists, "the faked message was not read")

    before = proof_of(deal)
    assert (before["locked"], before["place"], before["amount"]) == (False, "awaited", 35_000)
    assert page_says(deal, before["code"]) == "NOT LOCKED"
    assert page_says(deal, before["code"], "sw") == "HAIJAFUNGWA"
    assert not Payment.objects.filter(contract=deal.id).exists()
    assert deal.contract()["status"] == "confirmed"
    faked = requests.get(f"{stack.base_url}/check/{deal.id}/SKN4XQ71", timeout=PATIENCE_S)
    assert (faked.status_code, "This is not from us" in faked.text) == (404, True)

    assert deal.checkout().status_code == 201
    assert proof_of(deal)["locked"] is False
    deal.approve()
    deal.until_secured()

    after = proof_of(deal)
    assert (after["locked"], after["place"], after["amount"]) == (True, "locked", 35_000)
    assert after["url"].endswith(f"/check/{deal.id}/{after['code']}")
    for code in (after["code"], before["code"]):
        assert page_says(deal, code) == "LOCKED"
        assert page_says(deal, code, "sw") == "IMEFUNGWA"


def test_money_whose_callback_lies_is_being_checked_and_not_locked(stack: Stack) -> None:
    deal = Deal(stack, buyer="+254711000009", seller=new_phone()).agree()
    deal.checkout()
    deal.until_event("transfer.quarantined")

    given = proof_of(deal)

    assert (given["locked"], given["place"], given["amount"]) == (False, "checking", 1_000)
    assert page_says(deal, given["code"]) == "NOT LOCKED"
    asked = Transfer.objects.get(payment__contract=deal.id)
    assert (asked.amount, asked.payment and asked.payment.status) == (Decimal(1_000), "pending")
