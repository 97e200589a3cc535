"""The simulator's page of phones as somebody has it open in a browser."""

from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.desk import PATIENCE_MS, Desk, Member
from tests.deal import Deal
from tests.stack import Stack

RINGING_MS = 60_000
NOBODY = Member("nobody", "")


class Side:
    """One phone on the page; `label` is what stands above it."""

    def __init__(self, page: Page, label: str) -> None:
        self.all = page.locator("article").filter(has=page.get_by_role("heading", name=label, exact=True))
        self.prompt = self.all.get_by_role("dialog", name=f"M-Pesa prompt, {label}")
        self.thread = self.all.locator("[data-thread]")
        self.balance = self.all.locator("[data-balance]")

    def taps(self, name: str, *, within_ms: int = RINGING_MS) -> None:
        """The button with this name is tapped, once it is there."""
        self.all.get_by_role("button", name=name, exact=True).click(timeout=within_ms)

    def opens(self, tab: str) -> None:
        self.all.get_by_role("tab", name=tab).click()

    def writes(self, text: str) -> None:
        self.all.locator("[name=text]").fill(text)
        self.taps("Send")

    def pays(self, pin: str = "1234") -> None:
        """The PIN is put in on the pad, once the prompt is there."""
        for digit in pin:
            self.prompt.get_by_role("button", name=digit, exact=True).click(timeout=RINGING_MS)
        self.prompt.get_by_role("button", name="Pay", exact=True).click()

    def dials(self, code: str) -> None:
        self.opens("Dial")
        self.puts_in(code)

    def puts_in(self, text: str) -> None:
        """The text is sent from the dialler."""
        self.field().fill(text)
        self.field().press("Enter")

    def field(self) -> Locator:
        return self.all.locator("[data-ussd-input]")

    def holds(self, balance: int) -> None:
        """The balance is set by hand."""
        self.opens("M-Pesa")
        self.all.get_by_text("Set the balance").click()
        self.all.locator("[name=balance]").fill(str(balance))
        self.taps("Set")
        expect(self.balance).to_have_text(f"KES {balance:,}")
        self.opens("Messages")

    def says(self, words: str) -> None:
        """The phone shows these words, now or in a moment."""
        expect(self.all).to_contain_text(words, use_inner_text=True, timeout=RINGING_MS)

    def says_not(self, words: str) -> None:
        expect(self.all).not_to_contain_text(words, use_inner_text=True)


class Handsets(Desk):
    """A window on the page, with everything that it complained of."""

    def __init__(self, browser: Browser, stack: Stack, **options: Any) -> None:
        super().__init__(browser.new_context(base_url=stack.simulator_url, **options), NOBODY)
        self.buyer, self.seller = Side(self.page, "Buyer"), Side(self.page, "Seller")

    def show(self, *msisdns: str) -> "Handsets":
        self.open(f"/?phones={','.join(msisdns)}")
        expect(self.page.locator("[data-live]")).to_have_text("Live", timeout=PATIENCE_MS)
        return self

    def close(self) -> None:
        self.page.unroute_all(behavior="ignoreErrors")
        super().close()

    def show_deal(self, deal: Deal) -> "Handsets":
        return self.show(*numbers(deal))

    def shown(self) -> list[str]:
        """The numbers in the page's address."""
        return self.page.url.partition("?phones=")[2].split(",")

    def answer_ussd_with(self, screens: Mapping[str, str]) -> list[str]:
        """The first phone's sessions are answered with the screen of what was put in; returns what was, as it comes."""
        session: dict[str, object] = {}
        turns: list[str] = []

        def turn(route: Route) -> None:
            said: Any = route.request.post_data_json
            if route.request.method == "DELETE":
                session.update(ending="Incomplete", silent_at=None)
                route.fulfill(status=204)
                return
            screen = screens[said["text"]]
            turns.append(said["text"])
            over = screen.startswith("END")
            session.update(**said, screen=screen, ending="Success" if over else "", silent_at=None)
            route.fulfill(json={"screen": screen})

        self.page.route("**/ussd", turn)
        self.change_first_phone(lambda phone: phone.update(ussd=dict(session) or None))
        return turns

    def change_first_phone(self, change: Callable[[dict[str, Any]], None]) -> None:
        """From now on the page is told of its first phone what `change` leaves of the truth."""

        def live(route: Route) -> None:
            headers = {name: text for name, text in route.request.headers.items() if name != "if-none-match"}
            answer = route.fetch(headers=headers)
            body = answer.json()
            change(body["phones"][0])
            route.fulfill(response=answer, json=body)

        self.page.route("**/live?*", live)

    def replies_to(self, *story: str) -> list[str]:
        """The answers that the page offers after these texts; those that the phone itself wrote begin with a `>`.

        After an answer that waits for words of one's own there is an ellipsis.
        """
        entries = [{"kind": "out" if text[0] == ">" else "in", "text": text.lstrip("> ")} for text in story]
        script = "story => import('/page/replies.js').then(replies => replies.repliesTo(story))"
        found: list[dict[str, str]] = self.page.evaluate(script, entries)
        return [f"{reply['text']} …" if reply["act"] == "write" else reply["text"] for reply in found]


def numbers(deal: Deal) -> tuple[str, str]:
    """The two phones' numbers in digits only, the buyer's first."""
    return deal.buyer.phone.removeprefix("+"), deal.seller.phone.removeprefix("+")
