"""A person's phone at the simulator: its M-Pesa prompts, its SMS, and its calls by USSD."""

import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class Prompt:
    id: str
    amount: Decimal
    account_reference: str


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    sender: str
    text: str


class Handset:
    """The phone with this number (E.164)."""

    def __init__(self, simulator_url: str, phone: str) -> None:
        self.phone = phone
        self._url = f"{simulator_url}/phones/{phone.removeprefix('+')}"

    def messages(self) -> tuple[Message, ...]:
        """Every SMS that this phone has received, oldest first."""
        return tuple(Message(one["id"], one["from"], one["text"]) for one in self._look()["messages"])

    def open_prompts(self) -> tuple[Prompt, ...]:
        return tuple(
            Prompt(one["id"], Decimal(one["amount"]), one["account_reference"])
            for one in self._look()["prompts"]
            if one["status"] == "open"
        )

    def answer(self, prompt: Prompt, action: str) -> None:
        """`approve`, `cancel`, `wrong_pin` or `ignore`."""
        self._act(f"/prompts/{prompt.id}", {"action": action})

    def send_sms(self, text: str) -> None:
        """The text goes to the product as its SMS provider would hand it over."""
        self._act("/sms", {"text": text})

    def dial(self, text: str = "") -> "Call":
        """A call by USSD, as far as `text` leads: all that is keyed in with the number itself, joined by `*`."""
        return Call(self._url, text)

    def holds(self, balance: int) -> None:
        """The phone's purse holds exactly so many shillings from now on."""
        requests.put(self._url, json={"balance": balance}, timeout=TIMEOUT_S).raise_for_status()

    def pay_by_hand(self, amount: int, reference: str) -> dict[str, Any]:
        """The phone pays the Pay Bill from its menu; returns what the network made of it."""
        body = {"amount": amount, "reference": reference}
        answer = requests.post(f"{self._url}/paybill", json=body, timeout=TIMEOUT_S)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _look(self) -> dict[str, Any]:
        answer = requests.get(self._url, timeout=TIMEOUT_S)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json(parse_float=Decimal)
        return found

    def _act(self, path: str, body: dict[str, str]) -> None:
        requests.post(f"{self._url}{path}", json=body, timeout=TIMEOUT_S).raise_for_status()


class Call:
    """One call by USSD; `screen` is what the phone shows now, `CON` or `END` included."""

    def __init__(self, url: str, text: str) -> None:
        self._url, self._session, self._text = f"{url}/ussd", secrets.token_hex(8), text
        self.screen = self._turn()

    def key(self, *inputs: str) -> str:
        """The person keys this in, one answer after the other; returns the last screen."""
        for given in inputs:
            self._text = f"{self._text}*{given}" if self._text else given
            self.screen = self._turn()
        return self.screen

    def choose(self, *labels: str) -> str:
        """The person keys what stands before each of these words, looking on further pages too.

        Raises LookupError where a screen has no such choice.
        """
        for label in labels:
            while (key := self._key_of(label)) is None:
                if "98 " not in self.screen:
                    raise LookupError(f"no choice {label!r} on {self.screen!r}")
                self.key("98")
            self.key(key)
        return self.screen

    def _key_of(self, label: str) -> str | None:
        lines = (line.partition(" ") for line in self.screen.splitlines())
        return next((key for key, _, words in lines if key.isdigit() and label in words), None)

    def _turn(self) -> str:
        body = {"session": self._session, "text": self._text}
        answer = requests.post(self._url, json=body, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return str(answer.json()["screen"])
