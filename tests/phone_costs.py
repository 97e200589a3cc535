"""What a whole deal costs its people and us, in keys, SMS and shillings: `make phone-costs` plays deals and prints it.

Each goes from the question whether both agree to the payout, on the running stack, by one road only. No test by its
name, so that `make test` does not play them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from rich.console import Console
from rich.table import Table

from contracts.models import Contract, Event
from notifications import costs
from tests.deal import PATIENCE_S, Deal
from tests.factories import new_phone
from tests.stack import Stack
from voicepact.stack.handset import Call, Handset, Prompt
from voicepact.stack.readiness import wait_until

pytestmark = pytest.mark.usefixtures("committed_db")

SMALL = 35_000
LARGE = 450_000  # from 400,000 on the stack of the tests asks for a proof of whoever moves money
DIALLED = "*384*1234#"
LETTERS = ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz")
PRESSES = {letter: place for key in LETTERS for place, letter in enumerate(key, 1)}
MPESA_PIN = "0000"
SIX_DIGITS = re.compile(r"\b\d{6}\b")
COMMAND_WITH_CODE = re.compile(r"[A-Z]+-[A-Z]{2}-\d{4}-\d{6} \d{4}\b")


def presses(text: str) -> int:
    """Keys that are pressed to write this and send it: a letter by its place on one of twelve keys, all else once."""
    return sum(PRESSES.get(letter.lower(), 1) for letter in text) + 1


class CountedCall(Call):
    """A call of which every key is counted."""

    def __init__(self, phone: "Keypad") -> None:
        self._phone = phone
        phone.keys += presses(DIALLED)
        super().__init__(phone.address, "")

    def key(self, *inputs: str) -> str:
        self._phone.keys += sum(map(presses, inputs))
        return super().key(*inputs)


class Keypad(Handset):
    """A phone with twelve keys; `keys` were pressed on it, `wrote` SMS sent and `calls` made by USSD."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack.simulator_url, new_phone())
        self.address = f"{stack.simulator_url}/phones/{self.phone.removeprefix('+')}"
        self.keys = self.wrote = self.calls = 0

    def send_sms(self, text: str) -> None:
        self.keys += presses(text)
        self.wrote += 1
        super().send_sms(text)

    def dial(self, text: str = "") -> CountedCall:
        self.calls += 1
        return CountedCall(self)

    def answer(self, prompt: Prompt, action: str) -> None:
        self.keys += presses(MPESA_PIN)
        super().answer(prompt, action)

    def pays(self, *amounts: int) -> None:
        """One prompt after the other is answered with the M-Pesa PIN."""
        for amount in amounts:
            until(lambda: bool(self.open_prompts()), f"no prompt for {amount:,}")
            self.answer(self.open_prompts()[0], "approve")

    def hears(self, words: str) -> str:
        """The SMS with these words, once it is there."""
        until(lambda: any(words in sms.text for sms in self.messages()), f"no SMS with {words!r}")
        return next(sms.text for sms in self.messages() if words in sms.text)


@dataclass(frozen=True, slots=True)
class Played:
    """A deal that went to its end, with the two phones."""

    deal: str
    buyer: Keypad
    seller: Keypad


def until(happened: Callable[[], bool], what: str) -> None:
    wait_until(happened, what=what, within_s=PATIENCE_S, every_s=0.05)


# --- the roads --------------------------------------------------------------------------------------------------------


def by_sms(stack: Stack, *, amount: int, language: str, parts: tuple[int, ...], proven: bool = False) -> Played:
    """A marketplace has opened it; its people have nothing but SMS."""
    yes, pay, delivered, accept = WORDS[language]
    buyer, seller = Keypad(stack), Keypad(stack)
    parties = [
        {"role": role, "phone": phone.phone, "language": language}
        for role, phone in (("buyer", buyer), ("seller", seller))
    ]
    deal = Deal(stack, amount=amount, parties=parties).id
    for phone in (buyer, seller):
        phone.hears(f"{yes}-{deal}")
        phone.send_sms(f"{yes}-{deal}")
    buyer.hears(f"{pay}-{deal}")
    buyer.send_sms(f"{pay}-{deal}")
    buyer.pays(*parts)
    seller.hears(f"{delivered}-{deal}")
    seller.send_sms(f"{delivered}-{deal}")
    until(lambda: Contract.objects.get(pk=deal).status == "delivered", "not delivered")
    buyer.send_sms(f"{accept}-{deal}")
    if proven:
        until(lambda: any(COMMAND_WITH_CODE.search(sms.text) for sms in buyer.messages()), "no code came")
        found = (COMMAND_WITH_CODE.search(sms.text) for sms in buyer.messages())
        buyer.send_sms(next(command[0] for command in found if command))
    return _paid(deal, buyer, seller, RELEASED[language])


WORDS = {
    "en": ("YES", "PAY", "DELIVERED", "ACCEPT"),
    "sw": ("NDIYO", "LIPA", "NIMELETA", "NIMEPOKEA"),
}
RELEASED = {"en": "Payment Released", "sw": "Malipo Yametumwa"}


def by_ussd(stack: Stack, *, price: str, parts: tuple[int, ...], proven: bool = False) -> Played:
    """Its seller opens it; nobody sends an SMS."""
    buyer, seller = Keypad(stack), Keypad(stack)
    opening = seller.dial()
    opening.choose("Sell")
    opening.key(f"0{buyer.phone.removeprefix('+254')}", "Maize", "10 bags", price, "3")
    deal = opening.choose("Yes").split()[1].rstrip(":")
    buyer.dial().choose(deal, "Agree")
    buyer.pays(*parts)
    until(lambda: Event.objects.filter(chain=deal, kind="payment.secured").exists(), "not locked")
    seller.dial().choose(deal, "Delivered", "All of it")
    accepting = buyer.dial()
    accepting.choose(deal, "Accept goods", "Yes")
    if proven:
        (code,) = SIX_DIGITS.findall(buyer.hears("code to set your PIN"))
        accepting.key(code, "4826", "4826")
    return _paid(deal, buyer, seller, RELEASED["en"])


def _paid(deal: str, buyer: Keypad, seller: Keypad, words: str) -> Played:
    """The seller has the money, and both have read so."""
    for phone in (buyer, seller):
        phone.hears(words)
    return Played(deal, buyer, seller)


ROADS: dict[str, Callable[[Stack], Played]] = {
    "SMS, English": lambda stack: by_sms(stack, amount=SMALL, language="en", parts=(SMALL,)),
    "SMS, Swahili": lambda stack: by_sms(stack, amount=SMALL, language="sw", parts=(SMALL,)),
    "SMS, with a one-time code": lambda stack: by_sms(
        stack, amount=LARGE, language="en", parts=(250_000, 200_000), proven=True
    ),
    "USSD": lambda stack: by_ussd(stack, price="3500", parts=(SMALL,)),
    "USSD, with a PIN that is set on the way": lambda stack: by_ussd(
        stack, price="45000", parts=(250_000, 200_000), proven=True
    ),
}


def test_what_a_deal_costs(stack: Stack) -> None:
    """The table is printed; that each deal is paid is what the roads themselves wait for."""
    table = Table(title="What one deal costs", caption=CAPTION, caption_justify="left")
    for heading in ("all of it by", "keys of the buyer", "keys of the seller", "SMS they send", "calls", "SMS of ours"):
        table.add_column(heading, justify="left" if heading == "all of it by" else "right")
    for road, play in ROADS.items():
        table.add_row(road, *_row(play(stack)))
    Console(width=120).print("\n", table)


CAPTION = (
    "Keys of a phone with twelve: a letter by its place on its key, dialling, sending and M-Pesa's PIN included. An SMS"
    " that sets a PIN is sent once to a phone, and is not counted."
)


def _row(played: Played) -> list[str]:
    people = (played.buyer, played.seller)
    sums = (sum(one.wrote for one in people), sum(one.calls for one in people))
    spent = costs.of_deal(Contract.objects.get(pk=played.deal))
    return [*(str(one.keys) for one in people), *map(str, sums), str(spent)]
