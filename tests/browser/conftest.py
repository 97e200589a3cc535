"""A browser, members of staff who sign in with it, and an API client: no test here asks the database itself."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Generator
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk import PATIENCE_MS, Desk, Member
from tests.browser.handsets import Handsets
from tests.deal import Api
from tests.stack import Stack
from voicepact.stack.programs import MANAGE, PROJECT

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
expect.set_options(timeout=PATIENCE_MS)  # of its own it waits for five seconds, whatever the page's patience is


@pytest.fixture(scope="session", autouse=True)
def stack_first(stack: Stack) -> Stack:
    """The database is made and the stack runs before the browser's event loop does."""
    return stack


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, or another on the PATH."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip("There is no Chromium on the PATH (Debian: apt install chromium).")
    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium refuses its sandbox to root
    return {**browser_type_launch_args, "executable_path": found, "args": sandbox}


def manage(*arguments: str, **extra: str) -> str:
    """What `manage.py` printed, run as a process of its own."""
    environment = {**os.environ, **extra}
    done = subprocess.run(
        [*MANAGE, *arguments], env=environment, cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="session")
def api(stack: Stack) -> Api:
    client = f"shop-{secrets.token_hex(3)}"
    return Api(stack, manage("create_api_key", "--client", client, "--all-scopes", "--rate", "100000"))


@pytest.fixture(scope="session")
def member() -> Callable[[str], Member]:
    """Makes a member of staff in a role, whom nobody else uses."""

    def make(role: str) -> Member:
        found = Member(f"{role}-{secrets.token_hex(3)}", secrets.token_urlsafe(12))
        manage("create_staff", found.name, "--group", role, STAFF_PASSWORD=found.password)
        return found

    return make


@pytest.fixture(scope="session")
def staff(member: Callable[[str], Member]) -> Callable[[str, int], Member]:
    """The members of staff of each role, by number: the same in every test, since to make one takes seconds."""
    return cache(lambda role, number: member(role))


@pytest.fixture(scope="session")
def window(browser: Browser, stack: Stack, staff: Callable[[str, int], Member]) -> Callable[..., Desk]:
    """Opens a window in which a member of staff is signed in, as of an earlier sign-in if there was one."""
    states: dict[Member, Any] = {}

    def open_window(role: str, number: int = 0, **options: Any) -> Desk:
        who = staff(role, number)
        context = browser.new_context(base_url=stack.base_url, storage_state=states.get(who), **options)
        one = Desk(context, who)
        if who not in states:
            one.sign_in()
            states[who] = context.storage_state()
        return one

    return open_window


@pytest.fixture
def desk(window: Callable[..., Desk]) -> Generator[Callable[..., Desk]]:
    """Opens the desk, signed in as somebody in the role; whoever is asked for again is somebody else.

    At the end no page may have complained in its console.
    """
    opened: dict[Desk, str] = {}

    def open_desk(role: str, **options: Any) -> Desk:
        one = window(role, list(opened.values()).count(role), **options)
        opened[one] = role
        return one

    yield open_desk
    complaints = [complaint for one in opened for complaint in one.complaints]
    for one in opened:
        one.close()
    assert complaints == []


@pytest.fixture
def phones(browser: Browser, stack: Stack) -> Generator[Callable[..., Handsets]]:
    """Opens a window on the phones; at the end none may have complained in its console."""
    opened: list[Handsets] = []

    def open_window(**options: Any) -> Handsets:
        opened.append(Handsets(browser, stack, **options))
        return opened[-1]

    yield open_window
    complaints = [complaint for one in opened for complaint in one.complaints]
    for one in opened:
        one.close()
    assert complaints == []
