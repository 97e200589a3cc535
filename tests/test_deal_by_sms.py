"""A whole deal with keys and SMS only, in Swahili, through the network's own callbacks: nothing else is touched."""

import re

import pytest

from contracts.audit import verify
from notifications.models import InboundMessage
from payments import proof
from tests.deal import Deal
from tests.factories import new_phone
from tests.stack import Stack
from voicepact.stack.handset import Handset

pytestmark = pytest.mark.usefixtures("committed_db")

ENGLISH = re.compile(r"\b(reply|the|your|money|locked|goods|seller|buyer|received|sent)\b", re.IGNORECASE)
UNTIL_SAID = {
    "asked": "Jibu NDIYO-",
    "agreed_buyer": "mmekubaliana. Lipa KES 1,000",
    "agreed_seller": "Usipeleke mzigo bado",
    "prompt": "ombi la M-Pesa linakuja",
    "received": "Malipo Yamepokelewa",
    "locked_buyer": "KES 1,000 zimefungwa. Muuzaji analipwa tu ukijibu NIMEPOKEA-",
    "locked_seller": "zimefungwa kwa ajili yako. Peleka mzigo sasa",
    "delivered": "muuzaji anasema ameleta",
    "paying": "pesa inaenda kwa muuzaji",
    "released": "Malipo Yametumwa",
}


def swahili_deal(stack: Stack) -> Deal:
    phones = {"buyer": new_phone(), "seller": new_phone()}
    parties = [{"role": role, "phone": phone, "language": "sw"} for role, phone in phones.items()]
    deal = Deal(stack, buyer=phones["buyer"], seller=phones["seller"], parties=parties)
    deal.transaction_id = f"TXN-{deal.id}-001"
    return deal


def asks(deal: Deal, handset: Handset, words: str) -> str:
    """What comes back to a question about the money."""
    before = len(deal.texts(handset))
    handset.send_sms(words)
    deal.until(lambda: len(deal.texts(handset)) > before, f"no answer to {words}")
    return deal.texts(handset)[-1]


def test_a_whole_deal_by_sms_only_in_swahili(stack):
    deal = swahili_deal(stack)
    number = deal.id.replace("-", " ").lower()

    # both agree, each in its own way of writing
    for handset, words in ((deal.buyer, f"ndio {number}"), (deal.seller, f"NDIYO{deal.id}.")):
        deal.until_text(handset, UNTIL_SAID["asked"])
        handset.send_sms(words)
    deal.until_text(deal.buyer, UNTIL_SAID["agreed_buyer"])
    deal.until_text(deal.seller, UNTIL_SAID["agreed_seller"])

    # a message that M-Pesa never sent does not get our word
    assert ": HAIJAFUNGWA, KES 1,000. " in asks(deal, deal.seller, f"Hali ya {deal.id}?")

    # the buyer asks for the prompt and pays; both read that it is locked, and may ask whether that is so
    deal.buyer.send_sms(f"Lipa {number} tafadhali")
    deal.until_text(deal.buyer, UNTIL_SAID["prompt"])
    deal.approve()
    deal.until_text(deal.buyer, UNTIL_SAID["received"])
    deal.until_text(deal.buyer, UNTIL_SAID["locked_buyer"])
    deal.until_text(deal.seller, UNTIL_SAID["locked_seller"])
    answer = asks(deal, deal.seller, "HALI")
    assert f"{deal.id}: IMEFUNGWA, KES 1,000. " in answer
    assert f"jibu NIMELETA-{deal.id}" in answer
    (code,) = re.findall(r"Msimbo ([0-9A-F]{8})\.", answer)

    # delivered and accepted; a typing error on the way moves nothing, and is answered with what to send
    deal.seller.send_sms(f"nimeleta {number}")
    deal.until_text(deal.buyer, UNTIL_SAID["delivered"])
    assert asks(deal, deal.buyer, f"NIMEPOKA {deal.id}").endswith(f"jibu hivi hasa: NIMEPOKEA-{deal.id}")
    assert deal.contract()["status"] == "delivered"
    deal.buyer.send_sms(f"{deal.id} nimepokea, asante")
    deal.until_text(deal.buyer, UNTIL_SAID["paying"])

    # paid out, and the books agree with the rail
    payment = deal.until_payment("released")
    assert (payment["amount_held"], payment["amount_released"]) == (0, 1_000)
    for handset in (deal.buyer, deal.seller):
        deal.until_text(handset, UNTIL_SAID["released"])
    told = asks(deal, deal.seller, f"Taarifa {number}")
    assert "Ililipwa KES 1,000 " in told
    assert "Kwa muuzaji KES 1,000 " in told
    deal.books_agree_with_the_rail()
    assert list(verify(deal.id)) == []
    assert proof.given_with(deal.id, code) is not None

    # every text was Swahili, and no SMS waits for staff
    for handset in (deal.buyer, deal.seller):
        assert [text for text in deal.texts(handset) if ENGLISH.search(text)] == []
    heard = InboundMessage.objects.filter(phone__in=[deal.buyer.phone, deal.seller.phone])
    assert set(heard.values_list("result", "needs_staff")) == {("done", False), ("asked back", False)}


def test_what_strangers_and_machines_send_moves_nothing_and_tells_nobody_anything(stack):
    """Other people's ids, replays, much text and mixed languages, as the network hands them over."""
    deal = swahili_deal(stack).agree()
    stranger, other = Handset(stack.simulator_url, new_phone()), swahili_deal(stack)
    before = deal.events()
    absurd = ["\U0001f600" * 50, "NIMEPOKEA " * 90, f"ACCEPT NIMEPOKEA LIPA {deal.id}", f"don't lipa {deal.id}"]

    for words in (f"NIMEPOKEA {deal.id}", f"HALI {deal.id}", f"TAARIFA {deal.id}", *absurd):
        stranger.send_sms(words)
        other.seller.send_sms(words)
    heard = InboundMessage.objects.filter(phone__in=[stranger.phone, other.seller.phone], worked_at__isnull=False)
    deal.until(lambda: heard.count() == 14, "not every SMS was read")

    assert deal.events() == before
    deal.until(lambda: len(stranger.messages()) == 1, "the stranger was not answered")
    for handset in (stranger, other.seller):
        assert not any(deal.id in message.text for message in handset.messages())
