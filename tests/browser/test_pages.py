"""Every page of the desk in a real browser: wide and on a phone, light and dark."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import scene
from tests.browser.conftest import manage
from tests.browser.desk import RULES, Desk, Member
from tests.deal import Api
from tests.stack import Stack

FORMS = [
    pytest.param({"width": 1440, "height": 900}, "light", id="wide-light"),
    pytest.param({"width": 1440, "height": 900}, "dark", id="wide-dark"),
    pytest.param({"width": 390, "height": 844}, "light", id="phone-light"),
    pytest.param({"width": 390, "height": 844}, "dark", id="phone-dark"),
]
TWO_FORMS = [FORMS[0], FORMS[3]]
Windows = Callable[[dict[str, int], str], Desk]


def rules(scheme: str) -> tuple[str, ...]:
    """Names and labels are the same in the dark; only the colours are not."""
    return RULES if scheme == "light" else ("color-contrast", "link-in-text-block")


@pytest.fixture(scope="module")
def pages(stack: Stack, api: Api, window: Callable[..., Desk]) -> Generator[dict[str, str]]:
    """The address of every page in `scene.PAGES`."""
    manage("register_paybill")
    operator, admin = window("operator"), window("admin")
    yield scene.play(stack, api, operator, admin)
    operator.close()
    admin.close()


@pytest.fixture(scope="module")
def look(window: Callable[..., Desk]) -> Generator[Windows]:
    """One window of each form, in which an admin is signed in."""
    opened: dict[tuple[int, str], Desk] = {}

    def open_window(viewport: dict[str, int], scheme: str) -> Desk:
        key = (viewport["width"], scheme)
        if key not in opened:
            opened[key] = window("admin", viewport=viewport, color_scheme=scheme)
        return opened[key]

    yield open_window
    for one in opened.values():
        one.close()


@pytest.mark.parametrize(("viewport", "scheme"), FORMS)
def test_every_page_fits_and_can_be_used_by_everybody(
    pages: dict[str, str], look: Windows, viewport: dict[str, int], scheme: str
) -> None:
    one, found = look(viewport, scheme), []
    assert set(pages) == set(scene.PAGES)
    for name, address in pages.items():
        one.open(address)
        found += [f"{name}: {trouble}" for trouble in one.troubles(*rules(scheme))]
    assert found == []


@pytest.mark.parametrize(("viewport", "scheme"), TWO_FORMS)
def test_every_list_of_the_menu_fits_and_can_be_used_by_everybody(
    pages: dict[str, str], look: Windows, viewport: dict[str, int], scheme: str
) -> None:
    one, found = look(viewport, scheme), []
    for address in one.menu():
        one.open(address)
        found += [f"{address}: {trouble}" for trouble in one.troubles(*rules(scheme))]
    assert found == []


@pytest.mark.parametrize(("viewport", "scheme"), FORMS)
def test_pages_of_refusals_and_of_signing_in_fit_and_can_be_used_by_everybody(
    browser: Browser, stack: Stack, look: Windows, viewport: dict[str, int], scheme: str
) -> None:
    one, found = look(viewport, scheme), []
    for address, status in (("/admin/payments/proposal/add/", 403), ("/admin/nothing/here", 404)):
        one.open(address, status=status)
        found += one.troubles(*rules(scheme))
    form: Any = {"viewport": viewport, "color_scheme": scheme}
    stranger = Desk(browser.new_context(base_url=stack.base_url, **form), Member("nobody", "wrong"))
    stranger.open("/admin/")
    found += stranger.troubles(*rules(scheme))
    stranger.type("username", "nobody")
    stranger.type("password", "wrong")
    stranger.follow("Sign in")
    stranger.says("Please enter the correct username and password")
    found += stranger.troubles(*rules(scheme))
    stranger.close()
    assert found == []


def test_the_first_act_of_a_deal_is_reached_and_opened_by_the_keyboard(pages: dict[str, str], look: Windows) -> None:
    one = look({"width": 1440, "height": 900}, "light")
    one.open(pages["deal under way"])
    reached = one.tab_to(".acts a")
    reached.press("Enter")
    one.says("Nothing happens yet: another member of staff has to approve it.")


def test_menu_and_account_are_opened_by_the_keyboard(look: Windows) -> None:
    phone = look({"width": 390, "height": 844}, "light")
    phone.open("/admin/desk/search/")
    phone.tab_to("button[aria-label=Menu]").press("Enter")
    expect(phone.page.get_by_role("link", name="Disputes")).to_be_visible()
    phone.tab_to(".desk-account").press("Enter")
    expect(phone.page.get_by_role("button", name="Log out")).to_be_visible()


def test_pale_words_would_be_found(look: Windows) -> None:
    one = look({"width": 1440, "height": 900}, "light")
    one.open("/admin/desk/search/")
    assert one.troubles() == []
    one.page.add_style_tag(content="#content p { color: #bbb !important; }")
    assert any(trouble.startswith("color-contrast") for trouble in one.troubles())
