"""One deal from voice to payout, told step by step: what people and their marketplace do, and what their phones show.

100 bags of maize for KES 350,000. M-Pesa moves at most 250,000 at a time, so the money goes in two parts, in and out.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from voicepact.stack.client import Client, ContractView, PaymentView, Person
from voicepact.stack.handset import Handset, Message, Prompt
from voicepact.stack.readiness import NotReady, wait_until

BAGS, UNIT_PRICE = 100, 3500
PURSE = 400_000  # what the buyer's M-Pesa holds before
PATIENCE_S = 60
POLL_S = 0.2
COLOURS = {"buyer": "cyan", "seller": "green"}


@dataclass(slots=True)
class Player:
    """A person of the story with the phone in their hand; `read` are the messages that we have shown."""

    person: Person
    handset: Handset
    read: set[str] = field(default_factory=set)

    @property
    def label(self) -> str:
        return f"{self.person.name} ({self.person.role}, {self.person.phone})"


class Story:
    """One deal at `client`, with new people at the simulator. `tell` plays it; the attributes stay to be looked at."""

    def __init__(self, console: Console, client: Client, simulator_url: str) -> None:
        self._console = console
        self._client = client
        self._simulator_url = simulator_url
        self._step = 0
        self.buyer = _player(simulator_url, "buyer", "Wanjiku")
        self.seller = _player(simulator_url, "seller", "Otieno")
        self.contract_id = ""
        self.transaction_id = ""

    @property
    def phones_url(self) -> str:
        """The page with both people's phones, side by side."""
        numbers = (player.person.phone.removeprefix("+") for player in (self.buyer, self.seller))
        return f"{self._simulator_url}/?phones={','.join(numbers)}"

    def tell(self) -> PaymentView:
        """The deal is played to its end; returns the released payment. Raises NotReady or Refused, saying where."""
        self._agree()
        self._pay()
        return self._deliver_and_release()

    def _agree(self) -> None:
        people = (self.buyer.person, self.seller.person)
        amount = BAGS * UNIT_PRICE
        self._says(f"A marketplace opens the contract: {BAGS} bags of maize, KES {amount:,}.", "POST /api/v1/contracts")
        contract = self._client.make_contract(product="Maize", bags=BAGS, unit_price=UNIT_PRICE, parties=people)
        self.contract_id = contract.contract_id
        self._notes(f"contract {contract.contract_id} is {contract.status}")
        self._shows_messages(self.buyer, self.seller)

        for player in (self.buyer, self.seller):
            self._replies(player, f"YES-{self.contract_id}")
        self._waits_for_contract("confirmed")
        self._shows_messages(self.buyer, self.seller)

    def _pay(self) -> None:
        self.buyer.handset.holds(PURSE)
        self._says("The marketplace asks the buyer to pay into escrow.", "POST /api/v1/payments/checkout")
        payment = self._client.checkout(
            contract_id=self.contract_id, phone=self.buyer.person.phone, amount=BAGS * UNIT_PRICE
        )
        self.transaction_id = payment.transaction_id
        parts = " + ".join(f"{part:,.0f}" for part in payment.parts)
        self._notes(f"payment {payment.transaction_id} is {payment.status}; M-Pesa's limit makes it {parts}")
        for number in range(1, len(payment.parts) + 1):
            self._approves(self._waits_for_prompt(number), number, len(payment.parts))
            if number < len(payment.parts):
                self._shows_messages(self.buyer)
        self._waits_for_payment("locked")
        self._shows_messages(self.buyer, self.seller, saying="is locked")

    def _deliver_and_release(self) -> PaymentView:
        self._replies(self.seller, f"DELIVERED-{self.contract_id}")
        self._waits_for_contract("delivered")
        self._shows_messages(self.buyer)

        self._accepts()
        self._waits_for_contract("completed")
        self._says("Both have confirmed: the money goes to the seller.", "B2C payout, in two parts")
        payment = self._waits_for_payment("released")
        self._shows_messages(self.buyer, self.seller, saying="Payment Released")
        return payment

    # --- what is printed ----------------------------------------------------------------------------------------------

    def _says(self, what: str, how: str) -> None:
        self._step += 1
        self._console.print()
        self._console.print(Text.assemble((f" {self._step:>2}  ", "bold yellow"), (what, "bold"), (f"   {how}", "dim")))

    def _notes(self, text: str) -> None:
        self._console.print(Text(f"     → {text}", "yellow"))

    def _bubble(self, player: Player, text: str, title: str) -> None:
        colour = COLOURS[player.person.role]
        panel = Panel(Text(text), title=title, title_align="left", border_style=colour, expand=False, padding=(0, 1))
        self._console.print(Padding(panel, (0, 0, 0, 5), expand=False))

    def _shows_messages(self, *players: Player, saying: str = "") -> None:
        """Each of these people has a new SMS, with `saying` in it; all new ones are shown."""
        for player in players:
            what = f"{player.label} got no new SMS" + (f" with {saying!r} in it" if saying else "")
            self._await(partial(_has_unread, player, saying), what, "worker")
        for player in (self.buyer, self.seller):
            for message in _unread(player):
                self._bubble(player, message.text, f"SMS to {player.label}")
                player.read.add(message.id)

    # --- what people do -----------------------------------------------------------------------------------------------

    def _replies(self, player: Player, text: str) -> None:
        self._says(f"{player.person.name}, the {player.person.role}, answers by SMS:", text)
        player.handset.send_sms(text)

    def _approves(self, prompt: Prompt, number: int, of: int) -> None:
        self._says(f"{self.buyer.person.name}'s phone shows M-Pesa prompt {number} of {of}; she enters her PIN.", "STK")
        text = f"Pay KES {prompt.amount:,.0f} to VoicePact, account {prompt.account_reference}?   PIN: ****"
        self._bubble(self.buyer, text, f"M-Pesa prompt on {self.buyer.label}")
        self.buyer.handset.answer(prompt, "approve")

    def _accepts(self) -> None:
        """The buyer accepts, with the code that came where her word has to be proven."""
        command = f"ACCEPT-{self.contract_id}"
        self._replies(self.buyer, command)
        asked = re.compile(rf"{command} \d{{4}}\b")

        def proven() -> list[str]:
            return [found[0] for message in self.buyer.handset.messages() if (found := asked.search(message.text))]

        def heard() -> bool:
            return bool(proven()) or self._client.contract(self.contract_id).status == "completed"

        self._await(heard, f"{command} was not answered", "worker")
        for with_code in proven():
            self._shows_messages(self.buyer)
            self._replies(self.buyer, with_code)

    # --- what is waited for -------------------------------------------------------------------------------------------

    def _waits_for_prompt(self, number: int) -> Prompt:
        what = f"M-Pesa prompt {number} did not reach {self.buyer.label}"
        self._await(lambda: bool(self.buyer.handset.open_prompts()), what, "worker")
        return self.buyer.handset.open_prompts()[0]

    def _waits_for_contract(self, status: str) -> ContractView:
        seen = [self._client.contract(self.contract_id)]

        def reached() -> bool:
            seen.append(self._client.contract(self.contract_id))
            return seen[-1].status == status

        self._await(reached, f"contract {self.contract_id} did not become {status}", "worker")
        self._notes(f"contract {self.contract_id} is {status}")
        return seen[-1]

    def _waits_for_payment(self, status: str) -> PaymentView:
        seen = [self._client.payment(self.transaction_id)]

        def reached() -> bool:
            seen.append(self._client.payment(self.transaction_id))
            return seen[-1].status == status

        self._await(reached, f"payment {self.transaction_id} did not become {status}", "worker")
        self._notes(f"payment {self.transaction_id} is {status}: {seen[-1].description}")
        return seen[-1]

    def _await(self, happened: Callable[[], bool], what: str, log: str) -> None:
        try:
            wait_until(happened, what=what, within_s=PATIENCE_S, every_s=POLL_S)
        except NotReady as error:
            raise NotReady(f"step {self._step}: {error}. Look at var/log/{log}.log") from error


def _has_unread(player: Player, saying: str) -> bool:
    return any(saying in message.text for message in _unread(player))


def _unread(player: Player) -> list[Message]:
    return [message for message in player.handset.messages() if message.id not in player.read]


def _player(simulator_url: str, role: str, name: str) -> Player:
    """A person with a new Safaricom number."""
    phone = f"+25472{secrets.randbelow(10**7):07d}"
    return Player(Person(role, name, phone), Handset(simulator_url, phone))
