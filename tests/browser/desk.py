"""The desk as one member of staff has it open in a browser."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.deal import Deal

PATIENCE_MS = 15_000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


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
        answer = self.page.goto(address)
        assert answer is not None and answer.status == status, f"{address} was answered {answer and answer.status}"
        return self.page

    def open_deal(self, deal: Deal) -> None:
        self.open(f"/admin/contracts/contract/{deal.id}/change/")

    def follow(self, name: str) -> None:
        """The link or button with this name is clicked."""
        self._target(name).first.click()

    def type(self, name: str, text: str) -> None:
        """The field with this name holds the text."""
        self.page.locator(f"[name={name}]").fill(text)

    def choose(self, words: str) -> None:
        """The choice whose label begins with these words is taken."""
        self.page.get_by_label(re.compile(f"^{re.escape(words)}")).check()

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

    # --- what is seen -------------------------------------------------------------------------------------------------

    def says(self, words: str) -> None:
        """The page shows these words, now or in a moment."""
        expect(self.page.locator("body")).to_contain_text(words, timeout=PATIENCE_MS)

    def offers(self, name: str) -> bool:
        """There is a link or button with this name on the page."""
        return bool(self._target(name).count())

    def menu(self) -> list[str]:
        """The addresses of all lists that this member of staff may open."""
        self.open("/admin/")
        links = self.page.locator("#nav-sidebar-apps a[href]")
        found: list[str] = links.evaluate_all("links => links.map(link => link.getAttribute('href'))")
        return list(dict.fromkeys(found))

    def troubles(self) -> list[str]:
        """Why not everybody can use the page, and what it wrote to the console: empty for a good page."""
        found = [*self._too_wide(), *self._violations(), *self.complaints]
        self.complaints.clear()
        return found

    def close(self) -> None:
        self.context.close()

    def _target(self, name: str) -> Locator:
        link, button = (self.page.get_by_role(role, name=name, exact=True) for role in ("link", "button"))  # type: ignore[arg-type]
        return link.or_(button)

    def _too_wide(self) -> list[str]:
        """Nothing has to be scrolled sideways."""
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        return [f"{wide} px wide in a window of {window}"] if wide > window else []

    def _violations(self) -> list[str]:
        """Contrast, labels, names of buttons and the like are as WCAG 2.1 AA asks."""
        self.page.evaluate(axe())
        options = {"runOnly": RULES, "resultTypes": ["violations"]}
        found: dict[str, Any] = self.page.evaluate("options => axe.run(options)", options)
        return [
            f"{rule['id']}: {node['html'][:300]} {node['failureSummary'][-150:]}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")


@cache
def axe() -> str:
    """The script that looks for what WCAG forbids."""
    return (files("axe_playwright_python") / "axe.min.js").read_text()
