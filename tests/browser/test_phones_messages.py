"""The messages on the page of phones: what is shown, where the reader is, and which answers are offered."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.handsets import RINGING_MS, Handsets, Side
from tests.deal import Api, Deal
from tests.stack import Stack

Opener = Callable[..., Handsets]
ID = "AG-2026-000123"
OTHER = "AG-2026-000124"
DELIVERED = f"muuzaji anasema ameleta. Jibu NIMEPOKEA-{ID}. Kuna shida? Jibu MGOGORO-{ID} na sababu."
DISPUTED = f"mgogoro umefunguliwa. Kuuondoa jibu ONDOA-{ID}."


def below(side: Side) -> float:
    """How far the end of the thread is below what is seen of it, in pixels."""
    found: float = side.thread.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight")
    return found


def fill(page: Handsets, *, texts: int) -> list[dict[str, str]]:
    """The first phone has so many texts; what is appended to the answer comes with the next look."""
    messages = [
        {
            "id": str(number),
            "from": "VoicePact",
            "text": f"Text {number}. " * 12,
            "at": f"2026-11-24T10:{number:02}:00Z",
        }
        for number in range(texts)
    ]
    page.change_first_phone(lambda phone: phone.update(messages=messages))
    return messages


def come(messages: list[dict[str, str]], text: str) -> None:
    """The text comes with the next look."""
    messages.append({"id": text, "from": "VoicePact", "text": text, "at": "2026-11-24T11:00:00Z"})


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_an_sms_is_shown_to_the_letter_whatever_is_in_it(stack: Stack, api: Api, phones: Opener) -> None:
    deal = Deal(stack, api=api, names=("<b id=evil>Wanjiku</b>", "Otieno"))
    page = phones().show_deal(deal)
    page.buyer.writes("<img src=x onerror=alert(1)> & so on")

    page.buyer.says("<img src=x onerror=alert(1)> & so on")
    assert page.page.locator("[data-phones] img, #evil").count() == 0
    expect(page.buyer.thread.locator(".bubble.out")).to_have_count(1)


def test_a_phone_whose_story_is_gone_shows_nothing_of_it(stack: Stack, api: Api, phones: Opener) -> None:
    page = phones().show_deal(Deal(stack, api=api).agree())
    page.buyer.says("Agree?")
    page.change_first_phone(lambda phone: phone.update(messages=[], sent=[]))

    expect(page.buyer.thread.locator(".bubble")).to_have_count(0)
    expect(page.seller.thread.locator(".bubble")).not_to_have_count(0)


# --- where the reader is ----------------------------------------------------------------------------------------------


def test_a_thread_stays_at_its_end_whatever_takes_room_from_it(phones: Opener) -> None:
    page = phones(viewport={"width": 1440, "height": 1000})
    messages = fill(page, texts=9)
    page.show("254729000020", "254729000021")
    expect(page.buyer.thread.locator(".bubble")).to_have_count(9)
    assert below(page.buyer) < 2

    come(messages, f"{DELIVERED} Jibu HALI-{ID}, TAARIFA-{ID}.")
    expect(page.buyer.all.locator(".chip")).to_have_count(4)
    _settled(page.page)
    assert below(page.buyer) < 2, "the answers have taken room"

    page.buyer.all.locator("[name=text]").fill("line\n" * 6)
    _settled(page.page)
    assert below(page.buyer) < 2, "the box has grown"

    for height in (700, 1200, 560, 900):
        page.page.set_viewport_size({"width": 1440, "height": height})
        _settled(page.page)
        assert below(page.buyer) < 2, height
    expect(page.buyer.all.get_by_role("button", name="New message")).to_be_hidden()


def _settled(page: Page) -> None:
    """What was to be laid out is, and whoever listened to it has been called."""
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
    )


def test_somebody_who_reads_an_old_message_is_not_pulled_away(phones: Opener) -> None:
    page = phones(viewport={"width": 1440, "height": 700})
    messages = fill(page, texts=9)
    page.show("254729000022", "254729000023")
    expect(page.buyer.thread.locator(".bubble")).to_have_count(9)
    page.buyer.thread.evaluate("log => log.scrollTop = 0")
    _settled(page.page)
    come(messages, DELIVERED)

    expect(page.buyer.all.get_by_role("button", name="New message")).to_be_visible()
    page.page.set_viewport_size({"width": 1440, "height": 800})
    _settled(page.page)
    assert page.buyer.thread.evaluate("log => log.scrollTop") == 0
    page.buyer.taps("New message ↓")
    assert below(page.buyer) < 2


# --- which answers are offered ----------------------------------------------------------------------------------------


def test_answers_are_offered_until_one_is_given(stack: Stack, api: Api, phones: Opener) -> None:
    deal = Deal(stack, api=api)
    page = phones().show_deal(deal)
    offered = page.buyer.all.locator(".chip")
    expect(offered).to_have_text([f"YES-{deal.id}", f"NO-{deal.id}"], timeout=RINGING_MS)

    page.buyer.taps(f"YES-{deal.id}")

    page.buyer.says("waits for the other side")
    expect(offered).to_have_count(0)


def test_exactly_what_a_text_quotes_is_offered_as_an_answer(phones: Opener) -> None:
    page = phones().show("254729000018", "254729000019")
    for text, offered in {
        "Agree? Reply YES-AG-2026-000123 or NO-AG-2026-000123.": ["YES-AG-2026-000123", "NO-AG-2026-000123"],
        "Mzigo upo? Jibu NIMEPOKEA-AG-2026-000123. Kuna shida?": ["NIMEPOKEA-AG-2026-000123"],
        "reply ACCEPT-AG-2026-000123 482913 within 10 minutes": ["ACCEPT-AG-2026-000123 482913"],
        "Deal AG-2026-000123, Transaction ID: TXN-AG-2026-000123-001": [],
        "Reply HELP, or jibu MSAADA, or dial *384*1234#.": ["HELP", "MSAADA", "*384*1234#"],
        "For Swahili reply LUGHA SW.": ["LUGHA SW"],
        "A problem? Reply DISPUTE-AG-2026-000123 and the reason.": ["DISPUTE-AG-2026-000123 …"],
        "ACCEPT-AG-2026-000123 pays in full. If not: DISPUTE-AG-2026-000123 and why.": [
            "ACCEPT-AG-2026-000123",
            "DISPUTE-AG-2026-000123 …",
        ],
        "All 50 bags? Reply DELIVERED-AG-2026-000123. Only a part? Reply DELIVERED-AG-2026-000123 45 bags": [
            "DELIVERED-AG-2026-000123",
            "DELIVERED-AG-2026-000123 45 bags",
        ],
        "Jibu NIMELETA-AG-2026-000123. Pungufu? Jibu NIMELETA-AG-2026-000123 na idadi ya magunia": [
            "NIMELETA-AG-2026-000123",
            "NIMELETA-AG-2026-000123 …",
        ],
        "YES NO PAY- DELIVERED- *100 please": [],
    }.items():
        assert page.replies_to(text) == offered, text
    assert page.replies_to("reply HELP", "reply HELP") == ["HELP"]


def test_the_newest_text_of_each_deal_says_what_can_be_answered(phones: Opener) -> None:
    page = phones().show("254729000024", "254729000025")
    asked, paid = f"Agree? Reply YES-{ID} or NO-{ID}.", f"{OTHER} is agreed. Reply PAY-{OTHER}."

    assert page.replies_to(asked, paid) == [f"PAY-{OTHER}", f"YES-{ID}", f"NO-{ID}"]
    assert page.replies_to(asked, paid, f"> YES-{ID}") == [f"PAY-{OTHER}"]
    assert page.replies_to(asked, paid, "> what is this?") == [f"PAY-{OTHER}", f"YES-{ID}", f"NO-{ID}"]
    assert page.replies_to(asked, paid, f"{ID} is cancelled. Do not pay.") == [f"PAY-{OTHER}"]
    assert page.replies_to("Reply HELP.", asked) == [f"YES-{ID}", f"NO-{ID}"]


@pytest.mark.parametrize(
    "later",
    [
        [],
        [f"> mgogoro {ID} na mengine", f"Asante. Tunaweka maneno yako na mgogoro wa {ID}."],
        [f"> HALI-{ID}", f"{ID}: LOCKED, KES 1,000. Mgogoro uko wazi."],
        [f"{ID}: upande wa pili umejibu. Kuongeza jibu MGOGORO-{ID} na maneno."],
    ],
)
def test_whoever_has_opened_a_dispute_may_take_it_back_while_it_lasts(phones: Opener, later: list[str]) -> None:
    page = phones().show("254729000026", "254729000027")
    opened = [DELIVERED, f"> MGOGORO-{ID} magunia mawili yamelowa", DISPUTED]

    assert f"ONDOA-{ID}" in page.replies_to(*opened, *later)
    assert f"ONDOA-{ID}" in page.replies_to(*opened, *later, f"> MGOGORO-{ID} na hili")
    assert f"NIMEPOKEA-{ID}" not in page.replies_to(*opened, *later)
    assert page.replies_to(*opened, *later, f"> ONDOA-{ID}") == []
    assert page.replies_to(*opened, *later, f"{ID}: wafanyakazi wetu wameamua.") == []
    assert page.replies_to(*opened, *later, f"{ID} inaendelea. Jibu NIMEPOKEA-{ID}.") == [f"NIMEPOKEA-{ID}"]


def test_an_answer_that_needs_a_reason_waits_for_it_in_the_box(stack: Stack, api: Api, phones: Opener) -> None:
    deal = Deal(stack, api=api).fund()
    deal.seller.send_sms(f"DELIVERED-{deal.id}")
    page = phones().show_deal(deal)

    page.buyer.taps(f"DISPUTE-{deal.id} …")
    page.page.keyboard.type("two bags are wet")
    page.page.keyboard.press("Enter")

    expect(page.buyer.thread.locator(".bubble.out").last).to_contain_text(f"DISPUTE-{deal.id} two bags are wet")
    page.buyer.taps(f"WITHDRAW-{deal.id}")
    deal.until_contract("delivered")


def test_money_that_has_left_the_phone_ends_the_call_to_pay(stack: Stack, api: Api, phones: Opener) -> None:
    """As long as no text has come of it: so the texts stay as they were."""
    page = phones()
    text = {"id": "1", "from": "VoicePact", "text": f"Reply PAY-{ID}, or CANCEL-{ID}.", "at": "2026-11-24T10:00:00Z"}
    buyer = {"from": "254729000028", "to": "174379", "kind": "collection", "amount": 5, "at": "2026-11-24T10:01:00Z"}
    movements: list[dict[str, object]] = []
    page.change_first_phone(lambda phone: phone.update(messages=[text], movements=movements))
    page.show("254729000028", "254729000029")
    expect(page.buyer.all.locator(".chip")).to_have_text([f"PAY-{ID}", f"CANCEL-{ID}"])

    movements.append({**buyer, "receipt": "UKN7A1B2C3", "reference": "A"})

    expect(page.buyer.all.locator(".chip")).to_have_text([f"CANCEL-{ID}"])


def test_a_new_phone_is_told_where_to_begin(phones: Opener) -> None:
    page = phones()
    turns = page.answer_ussd_with({"": "CON VoicePact\n1. Sell"})
    page.show("254729000030", "254729000031")
    expect(page.page.locator("[data-hint]")).to_contain_text("the buyer's number is 0729 000 030")

    page.buyer.taps("Dial *384*1234#")

    page.buyer.says("1. Sell")
    assert turns == [""]
