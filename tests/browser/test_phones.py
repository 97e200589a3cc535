"""The simulator's page of phones: deals played by hands on two phones, side by side."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import manage
from tests.browser.deals import delivered
from tests.browser.handsets import RINGING_MS, Handsets, numbers
from tests.deal import Api, Deal
from tests.stack import Stack

Opener = Callable[..., Handsets]


def open_prompts(deal: Deal) -> int:
    return len(deal.buyer.open_prompts())


def test_a_deal_is_played_from_agreement_to_payout_by_taps_on_two_phones(
    stack: Stack, api: Api, phones: Opener
) -> None:
    deal = Deal(stack, api=api)
    page = phones().show_deal(deal)
    page.buyer.holds(5_000)
    page.seller.holds(0)

    page.buyer.taps(f"YES-{deal.id}")
    page.seller.taps(f"YES-{deal.id}")
    page.buyer.says("is agreed")
    assert deal.checkout().status_code == 201
    expect(page.buyer.prompt).to_contain_text("Pay KES 1,000 to VoicePact, account", timeout=RINGING_MS)
    expect(page.seller.prompt).to_have_count(0)
    page.buyer.pays()
    expect(page.buyer.balance).to_have_text("KES 4,000", timeout=RINGING_MS)
    expect(page.buyer.prompt).to_have_count(0)
    page.buyer.says("KES 1,000 paid to VoicePact")

    page.seller.taps(f"DELIVERED-{deal.id}")
    page.buyer.taps(f"ACCEPT-{deal.id}")

    for side in (page.buyer, page.seller):
        side.says("Payment Released")
    expect(page.seller.balance).to_have_text("KES 1,000", timeout=RINGING_MS)
    page.seller.says("KES 1,000 received from VoicePact")
    page.seller.opens("M-Pesa")
    page.seller.says("+ KES 1,000")
    assert deal.until_payment("released")["amount_released"] == 1_000
    deal.books_agree_with_the_rail()


@pytest.mark.parametrize(
    ("button", "said"),
    [
        ("Cancel", "Payment of KES 1,000 cancelled"),
        ("Type a wrong PIN", "Payment of KES 1,000 refused: wrong PIN"),
        ("Do not answer", "Payment of KES 1,000 not answered"),
    ],
)
def test_a_prompt_that_is_not_paid_moves_nothing(
    stack: Stack, api: Api, phones: Opener, button: str, said: str
) -> None:
    deal = Deal(stack, api=api).agree()
    page = phones().show_deal(deal)
    deal.checkout()

    page.buyer.prompt.get_by_role("button", name=button).click(timeout=RINGING_MS)

    page.buyer.says(said)
    expect(page.buyer.prompt).to_have_count(0)
    deal.until_payment("failed")
    assert deal.movements() == []


def test_a_pin_of_three_digits_pays_nothing_and_the_keyboard_alone_pays(stack: Stack, api: Api, phones: Opener) -> None:
    deal = Deal(stack, api=api).agree()
    page = phones().show_deal(deal)
    deal.checkout()
    deal.prompt()

    page.tab_to("[data-pin]")
    page.page.keyboard.type("123")
    page.page.keyboard.press("Enter")
    expect(page.buyer.prompt).to_contain_text("A PIN has four digits.")
    assert open_prompts(deal) == 1
    page.page.keyboard.type("4")
    page.page.keyboard.press("Enter")

    page.buyer.says("KES 1,000 paid to VoicePact")
    expect(page.buyer.thread).to_be_focused()
    deal.until_secured()
    assert len(deal.movements()) == 1


def test_a_prompt_counts_down_by_the_networks_clock_and_leaves_when_it_is_over(
    stack: Stack, api: Api, phones: Opener
) -> None:
    deal = Deal(stack, api=api).agree()
    page = phones().show_deal(deal)
    deal.checkout()
    expect(page.buyer.prompt).to_contain_text(re.compile(r"M-Pesa waits [45]\d s for your PIN"), timeout=RINGING_MS)

    deal.advance(30)
    expect(page.buyer.prompt).to_contain_text(re.compile(r"M-Pesa waits [12]?\d s for your PIN"))
    deal.advance(30)

    page.buyer.says("Payment of KES 1,000 not answered in time")
    expect(page.buyer.prompt).to_have_count(0)
    assert deal.movements() == []


def test_a_payment_by_hand_in_the_place_of_a_prompt_is_made_and_told(stack: Stack, api: Api, phones: Opener) -> None:
    manage("register_paybill")
    deal = Deal(stack, api=api).agree()
    page = phones().show_deal(deal)
    reference = deal.contract()["payment_reference"]
    deal.checkout()
    page.buyer.prompt.get_by_role("button", name="Cancel").click(timeout=RINGING_MS)
    deal.until_payment("failed")

    page.buyer.opens("M-Pesa")
    page.buyer.all.get_by_text("Lipa na M-Pesa: Pay Bill").click()
    expect(page.buyer.all.locator("[name=reference]")).to_have_value(reference)
    page.buyer.all.locator("[name=amount]").fill("1000")
    page.buyer.taps("Pay")

    page.buyer.says("Paid. Receipt ")
    page.buyer.says("− KES 1,000")
    page.buyer.opens("Messages")
    page.buyer.taps(f"ACCEPT-{deal.id}")  # quoted in the text that says: locked


def test_a_page_that_names_no_phones_shows_those_of_the_latest_deal(stack: Stack, api: Api, phones: Opener) -> None:
    """Which those are is told here, since other deals of this stack may ring at any moment."""
    deal = delivered(stack, api)
    buyer, seller = numbers(deal)
    lately = [
        {"msisdn": seller, "pays": False},
        {"msisdn": buyer, "pays": True},
        {"msisdn": "254700000001", "pays": False},
    ]
    page = phones()
    page.page.route("**/phones", lambda route: route.fulfill(json={"phones": lately}))
    page.open("/")

    page.buyer.says("the seller says delivered")
    page.seller.says("We have asked the buyer")
    assert page.shown() == list(numbers(deal))


def test_phones_are_added_and_removed_and_the_address_remembers_them(phones: Opener) -> None:
    page = phones().show("254729000001", "254729000002")
    page.page.get_by_text("Add a phone").click()
    number = page.page.locator("[name=number]")
    page.page.get_by_role("heading", name="Phones").click()
    expect(number).to_be_hidden()
    page.page.get_by_text("Add a phone").click()
    number.fill("12345")
    number.press("Enter")
    page.says("A Kenyan mobile number, as in 0712 345 678.")
    number.fill("+254 729 000 003")
    number.press("Enter")
    page.says("Phone 3")
    assert page.shown() == ["254729000001", "254729000002", "254729000003"]

    page.page.get_by_role("button", name="Remove Seller").click()

    assert page.shown() == ["254729000001", "254729000003"]
    expect(page.page.get_by_role("button", name="Remove Seller")).to_be_focused()
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Enter")
    expect(page.page.get_by_text("Add a phone")).to_be_focused()
    page.show("254729000001", "254729000003")
    page.page.reload()
    page.seller.says("0729 000 003")


def test_the_page_survives_a_restart_of_the_simulator(stack: Stack, api: Api, phones: Opener) -> None:
    page = phones().show("254729000004", "254729000005")
    stack.stop("simulator")
    expect(page.page.locator("[data-live]")).to_have_text("Reconnecting…", timeout=RINGING_MS)
    page.buyer.writes("Nobody hears this")
    page.buyer.says("The network does not answer")
    stack.start("simulator")
    stack.wait_ready()

    expect(page.page.locator("[data-live]")).to_have_text("Live", timeout=RINGING_MS)
    page.buyer.taps("Send")
    expect(page.buyer.thread.locator(".bubble.out")).to_have_count(1)
    assert all("Failed to load resource" in complaint for complaint in page.complaints)
    page.complaints.clear()


def test_a_text_that_is_written_while_the_application_is_away_is_heard_when_it_is_back(
    stack: Stack, api: Api, phones: Opener
) -> None:
    deal = Deal(stack, api=api)
    page = phones().show_deal(deal)
    page.buyer.says("Agree?")
    stack.stop("web")
    page.buyer.taps(f"YES-{deal.id}")
    expect(page.buyer.thread.locator(".bubble.out")).to_have_count(1)
    expect(page.page.locator("[data-live]")).to_have_text("Live")
    stack.start("web")

    page.buyer.says("waits for the other side")
