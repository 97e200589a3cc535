"""The desk as one member of staff has it open in a browser."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.deal import Deal
from voicepact.stack.readiness import wait_until

PATIENCE_MS = 60_000
MOST_TABS = 80
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
NOT_OURS = (".selector .help-tooltip",)
"""Not looked at: Django's script for choosers of two columns gives a name to an icon, which axe forbids there."""
MORE_OF_THE_SAME = (
    "#result_list tbody:nth-of-type(n+6)",
    "#result_list tr:nth-child(n+6)",
    ".deal-story li:nth-child(n+9)",
)
"""Not looked at: the further rows of a list and entries of a time-line, since to look at each takes seconds."""
SEEN_ON_FRONT = ("#nav-sidebar-apps",)
"""Looked at on the front page only, because it is the same on every page: the menu."""
GONE = ("htmx:afterRequest", "htmx:sendAbort")
"""What htmx says of a preview that was on its way when the page was left: no failure, which has words of its own."""


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    password: str


class Desk:
    """One browser window, with everything that its pages complained of."""

    def __init__(self, context: BrowserContext, member: Member) -> None:
        context.set_default_timeout(PATIENCE_MS)
        self.member, self.context = member, context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self._expected = "nothing"
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def sign_in(self) -> None:
        self.page.goto("/admin/login/")
        self.type("username", self.member.name)
        self.type("password", self.member.password)
        self.page.locator("[name=password]").press("Enter")
        expect(self.page.locator("[name=password]")).to_have_count(0)

    # --- what one does ------------------------------------------------------------------------------------------------

    def open(self, address: str, status: int = 200) -> Page:
        """The page is open, answered with this status; of an expected refusal the console's complaint is none."""
        self._expected = f"a status of {status} "
        answer = self.page.goto(address)
        assert answer is not None, f"{address} was not answered"
        assert answer.status == status, address
        return self.page

    def open_deal(self, deal: Deal) -> None:
        self.open(page_of(deal))

    def follow(self, name: str) -> None:
        """The link or button with this name is clicked."""
        self._target(name).first.click()

    def type(self, name: str, text: str) -> None:
        """The field with this name holds the text."""
        self.page.locator(f"[name={name}]").fill(text)

    def choose(self, value: str) -> None:
        """The choice that stands for this value is taken."""
        self.page.locator(f"input[type=radio][value={value}]").check()

    def proposes_release(self, deal: Deal) -> str:
        """A release of the deal is proposed; returns the proposal's address."""
        self.open_deal(deal)
        self.follow("Release")
        self.type("reason", "Called the buyer twice: all bags came.")
        self.follow("Propose")
        self.says("Proposed. It happens once another member of staff approves it.")
        return self.page.url

    def exports(self, label: str, query: str) -> str:
        """The list is a file; returns the address of the page from which it is taken."""
        self.open(f"/admin/desk/lists/{label}/export/?{query}")
        self.follow("Export")
        expect(self.page.get_by_role("link", name="Download")).to_be_visible()
        return self.page.url

    def search(self, text: str) -> None:
        """The text is looked for from the box in the header."""
        box = self.page.get_by_role("searchbox", name="Find a deal")
        box.fill(text)
        with self.page.expect_navigation():
            box.press("Enter")

    def tab_to(self, selector: str) -> Locator:
        """The first such element has the focus, reached by the Tab key alone."""
        wanted = self.page.locator(selector).locator("visible=true").first
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("element => element === document.activeElement"):
                return wanted
        raise AssertionError(f"{MOST_TABS} tabs do not reach {selector} on {self.page.url}")

    def sign_out(self) -> None:
        self.page.get_by_role("button", name=self.member.name).click()
        self.page.get_by_role("button", name="Log out").click()
        self.says("Sign in again")

    # --- what is seen -------------------------------------------------------------------------------------------------

    def says(self, words: str) -> None:
        """The page shows these words, now or in a moment."""
        expect(self.page.locator("body")).to_contain_text(words, use_inner_text=True, timeout=PATIENCE_MS)

    def offers(self, name: str) -> bool:
        """There is a link or button with this name on the page."""
        return bool(self._target(name).count())

    def acts(self) -> set[str]:
        """What the page offers to do."""
        names = self.page.locator(".acts a").all_inner_texts()
        return {name.splitlines()[-1].strip() for name in names}  # the line before is the icon's

    def rows(self) -> list[str]:
        """The text of each row of the list."""
        return self.page.locator("#result_list tbody tr").all_inner_texts()

    def first(self, address: str) -> str:
        """The page of the list's first row, once there is one."""
        rows = self.page.locator("#result_list tbody a[href*='/change/']")
        wait_until(lambda: bool(self.open(address) and rows.count()), what=f"{address} stays empty")
        return rows.first.get_attribute("href") or ""

    def menu(self) -> list[str]:
        """The addresses of all lists that this member of staff may open."""
        self.open("/admin/")
        links = self.page.locator("#nav-sidebar-apps a[href]")
        found: list[str] = links.evaluate_all("links => links.map(link => link.getAttribute('href'))")
        return list(dict.fromkeys(found))

    def troubles(self, *rules: str) -> list[str]:
        """Why not everybody can use the page, and what it wrote to the console: empty for a good page.

        `rules` are sets of axe, or single rules: all that WCAG 2.1 AA asks, if none are given.
        """
        found = [*self.too_wide(), *self._violations(*(rules or RULES)), *self.complaints]
        self.complaints.clear()
        return found

    def too_wide(self) -> list[str]:
        """What has to be scrolled sideways: empty for a good page."""
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        return [f"{wide} px wide in a window of {window}"] if wide > window else []

    def close(self) -> None:
        self.context.close()

    def _target(self, name: str) -> Locator:
        link = self.page.get_by_role("link", name=name, exact=True)
        return link.or_(self.page.get_by_role("button", name=name, exact=True))

    def _violations(self, *rules: str) -> list[str]:
        """Contrast, labels, names of buttons and the like are as the rules ask."""
        self.page.evaluate(axe())
        elsewhere = () if self.page.url.endswith("/admin/") else SEEN_ON_FRONT
        context = {"exclude": [[place] for place in (*NOT_OURS, *MORE_OF_THE_SAME, *elsewhere)]}
        options = {"runOnly": list(rules), "resultTypes": ["violations"]}
        run = "([context, options]) => axe.run(context, options).then(results => results.violations)"
        found: list[dict[str, Any]] = self.page.evaluate(run, [context, options])
        return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and self._expected not in message.text and message.text not in GONE:
            self.complaints.append(f"{self.page.url}: {message.text}")


def page_of(deal: Deal) -> str:
    return f"/admin/contracts/contract/{deal.id}/change/"


def key_of(address: str) -> str:
    """Of which row the page is."""
    found = re.search(r"/([^/]+)/change/", address)
    assert found, address
    return found.group(1)


def approval_of(proposal: str) -> str:
    """The page on which the proposal at this address is approved."""
    return f"/admin/desk/proposals/{key_of(proposal)}/approve/"


@cache
def axe() -> str:
    """The script that looks for what WCAG forbids."""
    return (files("axe_playwright_python") / "axe.min.js").read_text()
