"""A deal played on the running stack: over HTTP as a marketplace, over SMS and prompts as buyer and seller."""

import secrets
from collections.abc import Callable
from typing import Any

import requests

from tests.factories import ClientFactory, new_phone
from tests.stack import Stack
from voicepact.kernel.models import ApiKey, Scope
from voicepact.stack.handset import Handset, Prompt
from voicepact.stack.readiness import wait_until

PATIENCE_S = 60


class Api:
    """The REST API with one client's key; `get` and `post` return the response as it is."""

    def __init__(self, stack: Stack, key: str) -> None:
        self.key = key
        self._root = f"{stack.base_url}/api/v1"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {self.key}"

    def get(self, path: str) -> requests.Response:
        return self._session.get(self._root + path, timeout=PATIENCE_S)

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        return self._session.post(self._root + path, json=body, headers=headers, timeout=PATIENCE_S)

    def upload(self, path: str, fields: dict[str, str], *, name: str, content: bytes) -> requests.Response:
        """Form fields and one file are sent as `multipart/form-data`."""
        files = {"file": (name, content)}
        return self._session.post(self._root + path, data=fields, files=files, timeout=PATIENCE_S)

    @classmethod
    def of_new_client(cls, stack: Stack) -> "Api":
        """With the key of a client that nobody else uses."""
        _, key = ApiKey.objects.issue(ClientFactory.create(), name="tests", scopes=list(Scope.values), rate=100_000)
        return cls(stack, key)


class Deal:
    """One contract with its two phones, which may be the simulator's numbers with an outcome of their own."""

    def __init__(
        self,
        stack: Stack,
        *,
        amount: int = 1_000,
        buyer: str = "",
        seller: str = "",
        api: Api | None = None,
        names: tuple[str, str] = ("Wanjiku", "Otieno"),
        **terms: object,
    ) -> None:
        self.stack, self.amount, self.api = stack, amount, api or Api.of_new_client(stack)
        self.buyer = Handset(stack.simulator_url, buyer or new_phone())
        self.seller = Handset(stack.simulator_url, seller or new_phone())
        body = {
            "contract_type": "agricultural_supply",
            "amount": amount,
            "currency": "KES",
            "terms": {"product": "Maize", "quantity": 100, "unit": "bags"},
            "parties": [
                {"role": "buyer", "phone": self.buyer.phone, "name": names[0]},
                {"role": "seller", "phone": self.seller.phone, "name": names[1]},
            ],
            **terms,
        }
        made = self.api.post("/contracts", body)
        assert made.status_code == 201, made.text
        self.id: str = made.json()["contract_id"]
        self.transaction_id = ""

    # --- what people do -----------------------------------------------------------------------------------------------

    def agree(self) -> "Deal":
        self.buyer.send_sms(f"YES-{self.id}")
        self.seller.send_sms(f"YES-{self.id}")
        self.until_contract("confirmed")
        return self

    def checkout(self, **headers: str) -> requests.Response:
        body = {"contract_id": self.id, "phone_number": self.buyer.phone, "amount": self.amount}
        answer = self.api.post("/payments/checkout", body, **headers)
        found = answer.json()
        self.transaction_id = found.get("transaction_id", self.transaction_id)
        return answer

    def prompt(self) -> Prompt:
        """The open prompt on the buyer's phone, once it is there."""
        self.until(lambda: bool(self.buyer.open_prompts()), "the prompt did not reach the phone")
        return self.buyer.open_prompts()[0]

    def approve(self) -> None:
        self.buyer.answer(self.prompt(), "approve")

    def fund(self) -> "Deal":
        """From agreement to a payment locked and confirmed by the rail."""
        self.agree()
        assert self.checkout().status_code == 201
        for _ in self.payment()["parts"]:
            self.approve()
        self.until_secured()
        return self

    def confirm_delivery(self) -> None:
        self.seller.send_sms(f"DELIVERED-{self.id}")
        self.until_contract("delivered")
        self.buyer.send_sms(f"ACCEPT-{self.id}")

    # --- what is seen -------------------------------------------------------------------------------------------------

    def contract(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/contracts/{self.id}").json()
        return found

    def payment(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/payments/status/{self.transaction_id}").json()
        return found

    def events(self) -> list[str]:
        return [event["kind"] for event in self.api.get(f"/contracts/{self.id}/events?limit=200").json()["results"]]

    def transfers(self, kind: str) -> list[dict[str, Any]]:
        return [transfer for transfer in self.payment()["transfers"] if transfer["kind"] == kind]

    def movements(self) -> list[dict[str, Any]]:
        """The rail's statement about the two phones of this deal, in lines that came after the deal began."""
        payment = self.payment()
        own_ids = {f"VP-{transfer['id']}" for transfer in payment["transfers"]}
        receipts = {transfer[name] for transfer in payment["transfers"] for name in ("receipt_number", "external_id")}
        lines = requests.get(f"{self.stack.simulator_url}/statement", timeout=PATIENCE_S).json()
        return [line for line in lines if line["reference"] in {payment["reference"], *own_ids, *receipts}]

    def books_agree_with_the_rail(self) -> None:
        """Each succeeded transfer is one movement on the statement, with its amount, and there is no other movement."""
        assert self._ours() == self._theirs()

    def until_books_agree(self) -> None:
        """As above, while the rail may have moved what it has not told us yet."""
        self.until(lambda: self._ours() == self._theirs(), "the books and the rail's statement differ")

    def _ours(self) -> list[tuple[bool, int]]:
        return sorted((t["kind"] != "collection", t["amount"]) for t in self.payment()["transfers"] if _moved(t))

    def _theirs(self) -> list[tuple[bool, int]]:
        return sorted((line["kind"] != "collection", line["amount"]) for line in self.movements())

    def texts(self, handset: Handset) -> list[str]:
        """The SMS on this phone that are about this deal."""
        return [message.text for message in handset.messages() if self.id in message.text]

    # --- what is waited for -------------------------------------------------------------------------------------------

    def until(self, happened: Callable[[], bool], what: str) -> None:
        wait_until(happened, what=f"{self.id}: {what}", within_s=PATIENCE_S, every_s=0.05)

    def until_contract(self, status: str) -> None:
        self.until(lambda: self.contract()["status"] == status, f"the contract did not become {status}")

    def until_payment(self, status: str) -> dict[str, Any]:
        self.until(lambda: self.payment()["status"] == status, f"the payment did not become {status}")
        return self.payment()

    def until_event(self, kind: str, count: int = 1) -> None:
        self.until(lambda: self.events().count(kind) >= count, f"no event {kind}")

    def until_secured(self) -> None:
        self.until_event("payment.secured")

    def until_text(self, handset: Handset, words: str) -> str:
        """The first SMS about this deal on the phone that has these words, once it is there."""
        self.until(lambda: any(words in text for text in self.texts(handset)), f"no SMS with {words!r}")
        return next(text for text in self.texts(handset) if words in text)

    def advance(self, seconds: int) -> None:
        pass_time(self.stack, seconds)


def pass_time(stack: Stack, seconds: int) -> None:
    """Business time passes, for the whole stack."""
    url = f"{stack.simulator_url}/clock"
    requests.post(url, json={"advance_s": seconds}, timeout=PATIENCE_S).raise_for_status()


def _moved(transfer: dict[str, Any]) -> bool:
    return bool(transfer["status"] == "succeeded")


def unique_key() -> str:
    return secrets.token_hex(8)
