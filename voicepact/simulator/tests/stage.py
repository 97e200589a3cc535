"""A simulator that tests hold in their hands."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from voicepact.simulator.application import Application, Reply
from voicepact.simulator.books import Books
from voicepact.simulator.certificate import Certificate
from voicepact.simulator.checkouts import CheckoutRequest
from voicepact.simulator.config import Config
from voicepact.simulator.express import PushRequest
from voicepact.simulator.jobs import Post
from voicepact.simulator.outcomes import Answer
from voicepact.simulator.payouts import Payout, PayoutRequest
from voicepact.simulator.registrations import Registration
from voicepact.simulator.reversals import Reversal, ReversalRequest
from voicepact.simulator.ringing import Rung
from voicepact.simulator.world import build

BUYER = "254712345678"
SELLER = "254723456789"
TIMESTAMP = "20261123231500"

CONFIG = Config(
    books=Path("unused"),
    certificate=Path("unused"),
    public_url="http://127.0.0.1:8000",
    shortcode="174379",
    passkey="simpasskey0001",
    consumer_key="key",
    consumer_secret="secret",
    initiator_name="testapi",
    initiator_password="initiator password",
    at_username="sandbox",
    at_api_key="at key",
    at_sender_id="VoicePact",
    at_second_sender_id="VOICE2",
    at_product="escrow",
    callback_secret="first",
    webhook_secret="webhook secret",
    delay=timedelta(seconds=1),
    auto_approve=False,
    fees=False,
    opening_float=0,
)


class Stage:
    """`posts` are the callbacks so far; `status` is what the application answers each of them with.

    `asked` are the posts whose answer counts; `reply` is that answer, None where there is none in time.
    """

    def __init__(self, config: Config, certificate: Certificate, path: Path | None = None) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.posts: list[Post] = []
        self.status = 200
        self.asked: list[Post] = []
        self.reply: Reply | None = None
        self.books = Books(path)
        self.world = build(
            config,
            books=self.books,
            certificate=certificate,
            clock=lambda: self.now,
            advance=self._advance,
            application=Application(config.public_url),
            post=self._post,
            ask=self._ask,
            spawn=lambda call: call(),
            random=Random(7),
        )

    def later(self, **time: float) -> None:
        """So much clock time has passed, and what came due in it has happened."""
        self._advance(timedelta(**time))
        self.world.delivery.run_due()

    def push(self, msisdn: str = BUYER, amount: int = 1000, *, reference: str = "A7F5C3D8E9B2") -> Rung:
        url = f"http://127.0.0.1:8000/cb/stk/{msisdn}"
        return self.world.express.push(PushRequest(msisdn=msisdn, amount=amount, reference=reference, callback_url=url))

    def collect(self, amount: int, *, msisdn: str = "254711000000") -> None:
        """The shortcode holds so much more."""
        self.push(msisdn, amount)
        self.later(seconds=1)

    def approve(self, pushed: Rung) -> None:
        self.answer(pushed, Answer.APPROVE)

    def checkout(self, msisdn: str = BUYER, amount: int = 1000, *, metadata: Mapping[str, str] | None = None) -> Rung:
        request = CheckoutRequest(msisdn=msisdn, amount=amount, metadata=metadata or {})
        return self.world.checkouts.checkout(request)

    def answer(self, pushed: Rung, action: Answer) -> None:
        self.world.phones.answer(pushed.prompt.msisdn, pushed.prompt.checkout_id, action=action)

    def pay_out(
        self, originator_id: str, msisdn: str = SELLER, amount: int = 1000, *, authorised: bool = True
    ) -> Payout:
        return self.world.payouts.request(
            PayoutRequest(
                originator_id=originator_id,
                msisdn=msisdn,
                amount=amount,
                result_url=f"http://127.0.0.1:8000/cb/b2c/{originator_id}",
                timeout_url=f"http://127.0.0.1:8000/cb/b2c-timeout/{originator_id}",
                authorised=authorised,
            )
        )

    def reverse(self, receipt: str, amount: int = 1000, *, authorised: bool = True) -> Reversal:
        return self.world.reversals.request(
            ReversalRequest(
                original=receipt,
                amount=amount,
                result_url=f"http://127.0.0.1:8000/cb/reversal/{receipt}",
                timeout_url=f"http://127.0.0.1:8000/cb/reversal-timeout/{receipt}",
                authorised=authorised,
            )
        )

    def register(self, *, response_type: str = "Completed", validated: bool = False) -> None:
        """The application has told where it wants to hear of payments by hand."""
        addresses = "http://127.0.0.1:8000/cb"
        self.world.registrations.write(
            Registration(
                response_type=response_type,
                confirmation_url=f"{addresses}/c2b-confirmation/secret",
                validation_url=f"{addresses}/c2b-validation/secret" if validated else "",
            )
        )

    def receipt(self) -> str:
        """The receipt number of what moved last."""
        return self.world.ground.movements.statement()[-1].receipt

    def codes(self) -> list[int | str]:
        """The result codes of the callbacks so far."""
        return [_head(json.loads(post.body))["ResultCode"] for post in self.posts]

    def last(self) -> dict[str, Any]:
        """The head of the last callback."""
        return _head(json.loads(self.posts[-1].body))

    def notices(self) -> list[dict[str, Any]]:
        """The notifications of the wallet so far."""
        return [json.loads(post.body) for post in self.posts if post.url.endswith("/payments/webhook")]

    def last_form(self) -> dict[str, str]:
        return dict(parse_qsl(self.posts[-1].body))

    def moved(self) -> list[tuple[str, int]]:
        return [(movement.kind, movement.amount) for movement in self.world.ground.movements.statement()]

    def _advance(self, delta: timedelta) -> datetime:
        self.now += delta
        return self.now

    def _post(self, post: Post) -> int:
        self.posts.append(post)
        return self.status

    def _ask(self, post: Post, patience_s: float) -> Reply:
        self.asked.append(post)
        if self.reply is None:
            raise TimeoutError
        return self.reply


def _head(body: dict[str, Any]) -> dict[str, Any]:
    head: dict[str, Any] = body["Result"] if "Result" in body else body["Body"]["stkCallback"]
    return head


def items(head: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a push's callback by name."""
    return {item["Name"]: item.get("Value") for item in head["CallbackMetadata"]["Item"]}


def parameters(head: dict[str, Any]) -> dict[str, Any]:
    """The first value of each parameter of a result."""
    pairs = reversed(head["ResultParameters"]["ResultParameter"])
    return {pair["Key"]: pair.get("Value") for pair in pairs}
