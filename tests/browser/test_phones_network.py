"""The dialler on the page of phones, the network behind them, and whether everybody can use the page."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Route, expect

from tests.browser.handsets import RINGING_MS, Handsets
from tests.browser.test_pages import FORMS, rules
from tests.deal import Api, Deal
from tests.stack import Stack
from voicepact.stack.readiness import wait_until

Opener = Callable[..., Handsets]


def test_a_session_is_played_turn_by_turn_and_its_last_screen_stays(phones: Opener) -> None:
    page = phones()
    turns = page.answer_ussd_with(
        {"": "CON VoicePact\n1. My deals", "1": "CON Which deal?\n1. AG-2026-000123", "1*1": "END Locked."}
    )
    page.show("254729000006", "254729000007")

    page.buyer.dials("*384*1234#")
    page.buyer.says("1. My deals")
    page.buyer.puts_in("1")
    page.buyer.says("Which deal?")
    page.buyer.taps("1")
    page.buyer.taps("Send")
    page.buyer.says("Locked.")
    page.buyer.says("The session has ended.")
    assert turns == ["", "1", "1*1"]

    page.buyer.taps("Close")
    page.buyer.says_not("Locked.")


def test_a_session_can_be_left_and_a_code_with_answers_in_it_goes_straight_there(phones: Opener) -> None:
    page = phones()
    turns = page.answer_ussd_with({"": "CON VoicePact\n1. My deals", "1*2": "CON Deal 2"})
    page.show("254729000008", "254729000009")

    page.buyer.dials("*384*1234*1*2#")
    page.buyer.says("Deal 2")
    page.buyer.taps("Cancel")
    page.buyer.says_not("Deal 2")
    page.buyer.taps("7")
    page.buyer.taps("Delete")
    expect(page.buyer.field()).to_have_value("")
    page.buyer.puts_in("*100#")
    page.buyer.says("Connection problem or invalid code.")
    assert turns == ["1*2"]


def test_a_session_that_is_left_does_not_come_back_with_news_from_before(phones: Opener) -> None:
    page = phones()
    page.answer_ussd_with({"": "CON VoicePact\n1. My deals"})
    page.show("254729000032", "254729000033")
    page.buyer.dials("*384*1234#")
    page.buyer.says("1. My deals")
    hanging_up: list[Route] = []

    def hold(route: Route) -> None:
        hanging_up.append(route)

    page.page.route("**/ussd", hold)

    page.buyer.taps("Cancel")
    for _ in range(2):
        with page.page.expect_response("**/live?*"):
            pass  # it still runs, as far as the network knows
    hanging_up[0].fallback()

    page.buyer.says_not("1. My deals")


@pytest.mark.parametrize(("width", "height"), [(1440, 924), (1280, 720), (390, 844), (360, 640)])
def test_the_keys_stay_in_sight_below_a_long_screen(phones: Opener, width: int, height: int) -> None:
    page = phones(viewport={"width": width, "height": height})
    page.answer_ussd_with({"": "CON VoicePact\n" + "\n".join(f"{number} Deal" for number in range(1, 9))})
    page.show("254729000034", "254729000035")
    expect(page.page.locator("[data-hint]")).to_be_visible()
    page.buyer.dials("*384*1234#")
    page.buyer.says("8 Deal")

    named = {
        name: page.buyer.all.locator(f"[data-{name}]").bounding_box() for name in ("ussd-screen", "ussd-send", "tabs")
    }
    screen, send, tabs = (box for box in named.values() if box)
    assert screen["height"] >= 72  # three lines and more, and the rest by scrolling
    assert send["y"] + send["height"] <= tabs["y"]


def test_the_application_answers_a_dial_with_a_screen(phones: Opener) -> None:
    page = phones().show("254729000010", "254729000011")
    page.buyer.dials("*384*1234#")
    expect(page.buyer.all.locator("[data-ussd-screen]")).to_contain_text("VoicePact")


# --- the network behind the phones ------------------------------------------------------------------------------------


def test_a_number_with_a_fixed_outcome_takes_the_place_of_the_buyer(phones: Opener) -> None:
    page = phones().show("254729000012", "254729000013")
    page.page.get_by_text("The network behind the phones").click()
    page.page.get_by_role("button", name="0711 000 003 as buyer").click()

    page.buyer.says("0711 000 003")
    assert page.shown() == ["254711000003", "254729000013"]


def test_faults_are_set_and_taken_away(stack: Stack, phones: Opener) -> None:
    page = phones().show("254729000014", "254729000015")
    page.page.get_by_text("The network behind the phones").click()
    with stack.faults():
        page.page.get_by_label("Double callbacks").fill("0.25")
        page.says("25 %")
        page.says("1 fault is on")
        wait_until(lambda: _faults(stack)["duplicate_callback"] == 0.25, what="the fault was not set")
        page.page.get_by_role("button", name="No faults").click()
        expect(page.page.get_by_label("Double callbacks")).to_have_value("0")
        expect(page.page.locator("[data-faults-on]")).to_be_hidden()
        wait_until(lambda: set(_faults(stack).values()) == {0}, what="the fault was not taken away")


def test_the_clock_moves_only_after_a_second_word(stack: Stack, phones: Opener) -> None:
    page = phones().show("254729000016", "254729000017")
    page.page.get_by_text("The network behind the phones").click()
    clock = page.page.locator("[data-clock]")
    before = clock.inner_text()
    page.page.get_by_role("button", name="+24 hours").click()
    page.page.get_by_role("button", name="Leave it").click()
    assert clock.inner_text()[:10] == before[:10]

    page.page.get_by_role("button", name="+24 hours").click()
    page.page.get_by_role("button", name="Move the clock").click()
    expect(clock).not_to_contain_text(before.partition(" at ")[0])


def _faults(stack: Stack) -> dict[str, float]:
    found: dict[str, float] = requests.get(f"{stack.simulator_url}/faults", timeout=5).json()
    return found


# --- for everybody, everywhere ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("viewport", "scheme"), FORMS)
def test_the_page_fits_and_can_be_used_by_everybody(
    stack: Stack, api: Api, phones: Opener, viewport: dict[str, int], scheme: str
) -> None:
    deal = Deal(stack, api=api).agree()
    page, found = phones(viewport=viewport, color_scheme=scheme).show_deal(deal), []
    page.buyer.says("Agree?")
    for look in (lambda: None, lambda: page.buyer.opens("Dial"), lambda: page.buyer.opens("M-Pesa")):
        look()
        found += page.troubles(*rules(scheme))
    deal.checkout()
    deal.prompt()
    expect(page.buyer.prompt).to_be_visible(timeout=RINGING_MS)
    page.page.get_by_text("The network behind the phones").click()
    page.page.get_by_role("button", name="+1 hour").click()
    page.page.get_by_text("Add a phone").click()
    found += page.troubles(*rules(scheme))
    assert found == []
