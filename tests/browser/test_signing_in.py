"""A new member of staff sets up a second factor, and signs in with it, where the site asks for one."""

import time
from base64 import b32decode
from collections.abc import Callable, Generator

import pytest
from django_otp.oath import hotp
from playwright.sync_api import Browser

from tests.browser.desk import Desk, Member
from tests.stack import Stack, own_port, worker_directory
from voicepact.stack.environment import process_environment
from voicepact.stack.programs import web
from voicepact.stack.readiness import http_answers, wait_until
from voicepact.stack.supervision import Supervisor

STEP_S = 30
WRONG = "This code is wrong, or it was used already."


class App:
    """The authenticator on somebody's phone. Each code that it shows is asked for once."""

    def __init__(self, secret: str) -> None:
        text = "".join(secret.split())
        self._key = b32decode(text + "=" * (-len(text) % 8))
        self._last = 0

    def code(self) -> str:
        """The next code that the site takes for half a minute from now: this one's, or already the one after."""
        self._last = max(self._last + 1, int(time.time()) // STEP_S)
        return f"{hotp(self._key, self._last):06d}"


@pytest.fixture(scope="module")
def strict(stack: Stack) -> Generator[str]:
    """The address of a site on the same database in which a password is not enough."""
    port, home = own_port(), worker_directory() / "strict"
    home.mkdir()
    address = f"http://127.0.0.1:{port}"
    values = {"STAFF_TWO_FACTOR": "1", "PUBLIC_URL": address}
    supervisor = Supervisor(home, [web(port)], process_environment(home, values))
    supervisor.launch()
    try:
        supervisor.start("web")
        wait_until(lambda: http_answers(f"{address}/readyz"), what=f"no answer at {address}", within_s=60)
        yield address
    finally:
        supervisor.close()


@pytest.fixture
def newcomer(browser: Browser, strict: str, member: Callable[[str], Member]) -> Generator[Desk]:
    """Somebody who has a password and no device yet."""
    one = Desk(browser.new_context(base_url=strict), member("operator"))
    yield one
    one.close()


def test_a_password_and_a_code_let_in_and_no_code_lets_in_twice(newcomer: Desk) -> None:
    one = newcomer
    one.sign_in()
    one.says("Set up two-factor sign-in")
    assert one.troubles() == []
    app = App(one.page.locator(".secret").inner_text())
    give(one, "000000")
    one.says(WRONG)
    let_in(one, app.code())
    one.says("They are not shown again.")
    assert one.troubles() == []
    spare = one.page.locator(".codes li").first.inner_text()
    one.follow("I have kept them: go on")
    one.says("Work that is due")
    one.open("/admin/desk/account/two-factor/")
    one.says("You have 10 recovery codes left.")
    assert spare not in one.page.content()

    one.sign_out()
    one.open("/admin/contracts/contract/")
    assert "/admin/login/" in one.page.url
    one.sign_in()
    one.says("Enter your code")
    one.open("/admin/contracts/contract/")
    assert "/admin/login/" in one.page.url, "a password alone opens nothing"
    one.sign_in()
    used = app.code()
    let_in(one, used)
    one.open("/admin/contracts/contract/")

    one.sign_out()
    one.sign_in()
    give(one, used)
    one.says(WRONG)
    assert one.troubles() == []
    let_in(one, spare)
    one.open("/admin/contracts/contract/")

    one.sign_out()
    one.sign_in()
    give(one, spare)
    one.says(WRONG)
    one.open("/admin/")
    assert "/admin/login/" in one.page.url


def give(one: Desk, code: str) -> None:
    one.type("code", code)
    one.follow("Go on")


def let_in(one: Desk, code: str) -> None:
    """The code is taken, once the pause after a wrong one is over."""

    def taken() -> bool:
        give(one, code)
        one.page.wait_for_load_state()
        return not one.page.locator("[name=code]").count()

    wait_until(taken, what="the code was not taken", every_s=0.3)
