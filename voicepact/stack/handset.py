"""A person's phone at the simulator: its M-Pesa prompts and its SMS."""

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
