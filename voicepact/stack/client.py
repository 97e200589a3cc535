"""The product as a marketplace sees it: its REST API, over HTTP."""

from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import requests

TIMEOUT_S = 15


class Refused(Exception):
    """The API answered with a problem; the message is its status, code and detail."""


@dataclass(frozen=True, slots=True)
class Person:
    role: str
    name: str
    phone: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ContractView:
    contract_id: str
    status: str


@dataclass(frozen=True, slots=True)
class PaymentView:
    transaction_id: str
    status: str
    description: str
    parts: tuple[Decimal, ...]


class Client:
    """Calls with one API key. Every method raises Refused when the answer is a problem."""

    def __init__(self, base_url: str, key: str) -> None:
        self._root = f"{base_url}/api/v1"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {key}"

    def make_contract(self, *, product: str, bags: int, unit_price: int, parties: tuple[Person, ...]) -> ContractView:
        """A pending contract for so many bags; its amount is bags times unit price, in KES."""
        body = {
            "contract_type": "agricultural_supply",
            "amount": bags * unit_price,
            "currency": "KES",
            "terms": {"product": product, "quantity": bags, "unit": "bags", "unit_price": unit_price},
            "delivery_location": "Nakuru",
            "parties": [
                {"role": one.role, "phone": one.phone, "name": one.name, "language": one.language} for one in parties
            ],
        }
        return _contract(self._ask("POST", "/contracts", body))

    def contract(self, contract_id: str) -> ContractView:
        return _contract(self._ask("GET", f"/contracts/{contract_id}"))

    def checkout(self, *, contract_id: str, phone: str, amount: int) -> PaymentView:
        """The buyer's first prompt is on its way."""
        body = {"contract_id": contract_id, "phone_number": phone, "amount": amount, "currency_code": "KES"}
        return _payment(self._ask("POST", "/payments/checkout", body))

    def payment(self, transaction_id: str) -> PaymentView:
        return _payment(self._ask("GET", f"/payments/status/{transaction_id}"))

    def knows_me(self) -> bool:
        """Whether the key is still good here."""
        answer = self._session.get(f"{self._root}/contracts", params={"limit": 1}, timeout=TIMEOUT_S)
        return answer.status_code == HTTPStatus.OK

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._session.request(method, f"{self._root}{path}", json=body, timeout=TIMEOUT_S)
        if not answer.ok:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        found: dict[str, Any] = answer.json(parse_float=Decimal)
        return found


def _contract(found: dict[str, Any]) -> ContractView:
    return ContractView(found["contract_id"], found["status"])


def _payment(found: dict[str, Any]) -> PaymentView:
    parts = tuple(Decimal(part["amount"]) for part in found.get("parts", ()))
    return PaymentView(found["transaction_id"], found["status"], found.get("description", ""), parts)
