"""The desk as one member of staff has it open in a browser."""

from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

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
        self.page.locator("[name=username]").fill(self.member.name)
        self.page.locator("[name=password]").fill(self.member.password)
        self.page.locator("[name=password]").press("Enter")
        expect(self.page.locator("[name=password]")).to_have_count(0)

    def open(self, address: str) -> Page:
        self.page.goto(address)
        return self.page

    def follow(self, name: str) -> None:
        """The link or button with this name is clicked."""
        target = self.page.get_by_role("link", name=name).or_(self.page.get_by_role("button", name=name))
        target.first.click()

    def says(self, words: str) -> None:
        """The page shows these words, now or in a moment."""
        expect(self.page.locator("body")).to_contain_text(words, timeout=PATIENCE_MS)

    def is_as_wide_as_its_window(self) -> None:
        """Nothing has to be scrolled sideways."""
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window, f"{self.page.url} is {wide} px wide in a window of {window}"

    def can_be_used_by_everybody(self) -> None:
        """Contrast, labels, names of buttons and the like are as WCAG 2.1 AA asks."""
        found = Axe().run(self.page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
        told = [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]
        assert told == [], self.page.url

    def close(self) -> None:
        self.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")
