"""Every page of the desk in a real browser: wide and on a phone, light and dark."""

from collections.abc import Callable, Generator

import pytest
from playwright.sync_api import Browser

from tests.browser import scene
from tests.browser.conftest import manage
from tests.browser.desk import Desk, Member
from tests.deal import Api
from tests.stack import Stack

FORMS = [
    pytest.param({"width": 1440, "height": 900}, "light", id="wide-light"),
    pytest.param({"width": 1440, "height": 900}, "dark", id="wide-dark"),
    pytest.param({"width": 390, "height": 844}, "light", id="phone-light"),
    pytest.param({"width": 390, "height": 844}, "dark", id="phone-dark"),
]
Windows = Callable[[dict[str, int], str], Desk]


@pytest.fixture(scope="module")
def admin(browser: Browser, stack: Stack, member: Callable[[str], Member]) -> Generator[Desk]:
    one = Desk(browser.new_context(base_url=stack.base_url), member("admin"))
    one.sign_in()
    yield one
    one.close()


@pytest.fixture(scope="module")
def pages(
    browser: Browser, stack: Stack, api: Api, admin: Desk, member: Callable[[str], Member]
) -> Generator[dict[str, str]]:
    """The address of every page in `scene.PAGES`."""
    operator = Desk(browser.new_context(base_url=stack.base_url), member("operator"))
    operator.sign_in()
    manage("register_paybill")
    yield scene.play(stack, api, operator, admin)
    operator.close()


@pytest.fixture(scope="module")
def window(browser: Browser, stack: Stack, admin: Desk) -> Generator[Windows]:
    """One window of each form, in which the admin is signed in."""
    opened: dict[tuple[int, str], Desk] = {}

    def open_window(viewport: dict[str, int], scheme: str) -> Desk:
        key = (viewport["width"], scheme)
        if key not in opened:
            state = admin.context.storage_state()
            context = browser.new_context(
                base_url=stack.base_url, viewport=viewport, color_scheme=scheme, storage_state=state
            )
            opened[key] = Desk(context, admin.member)
        return opened[key]

    yield open_window
    for one in opened.values():
        one.close()


@pytest.mark.parametrize(("viewport", "scheme"), FORMS)
def test_every_page_fits_and_can_be_used_by_everybody(
    pages: dict[str, str], window: Windows, viewport: dict[str, int], scheme: str
) -> None:
    one, found = window(viewport, scheme), []
    assert set(pages) == set(scene.PAGES)
    for name, address in pages.items():
        one.open(address)
        found += [f"{name}: {trouble}" for trouble in one.troubles()]
    assert found == []


@pytest.mark.parametrize(("viewport", "scheme"), FORMS)
def test_every_list_of_the_menu_fits_and_can_be_used_by_everybody(
    window: Windows, pages: dict[str, str], viewport: dict[str, int], scheme: str
) -> None:
    one, found = window(viewport, scheme), []
    for address in one.menu():
        one.open(address)
        found += [f"{address}: {trouble}" for trouble in one.troubles()]
    assert found == []
