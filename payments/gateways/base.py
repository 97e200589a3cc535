"""What every rail can do for us, in its own words turned into ours.

A gateway makes one call and tells what came of it. It keeps nothing, decides nothing and opens no transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from voicepact.kernel.money import Money


class GatewayRejected(Exception):
    """A final no to the request itself: nothing was and nothing will be moved by it."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code, self.description = code, description


class GatewayUnavailable(Exception):
    """Certainly not sent: try again, not before `retry_after` seconds.

    `rails_fault` is False where the rail itself is well: one phone is busy, or we cannot send.
    """

    def __init__(self, description: str, *, retry_after: float = 10, rails_fault: bool = True) -> None:
        super().__init__(description)
        self.retry_after, self.rails_fault = retry_after, rails_fault


class OutcomeUnknown(Exception):
    """Perhaps sent: never send again, ask."""


class NotTold(OutcomeUnknown):
    """The rail did answer, and says that it cannot tell: no use in asking at once again."""


class Unreadable(Exception):
    """A callback that does not have the rail's form."""


class Verdict(StrEnum):
    """What the rail says became of a transfer.

    `UNCLEAR` is a code that nobody has explained to us; `DENIED` says that the rail knows of no such transfer.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNDERWAY = "underway"
    DENIED = "denied"
    UNCLEAR = "unclear"


class Source(StrEnum):
    """Where an outcome comes from: a callback is a claim, an answer to our own question is the rail's word."""

    CALLBACK = "callback"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One amount to be moved, or asked about, as a gateway needs to know it.

    `kind` is collection, payout, refund or reversal; `own_id` is ours and unique for ever; `token` is the secret in the
    callback address; `phone` is E.164; `reference` is shown to the payer (12 characters); `external_id` is the rail's
    own id, empty until it has acknowledged; `receipt_number` is the network's: of a reversal that of the collection to
    send back, of a collection its own where it is known.
    """

    kind: str
    own_id: str
    token: str
    money: Money
    phone: str
    reference: str
    external_id: str = ""
    receipt_number: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The rail has taken the request; accepted is not done."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rail says of one transfer. Empty fields are what it did not say.

    `amount` is in whole units of the transfer's currency, `phone` E.164 and the other side's, `inquiry_id` the id of
    the question that this answers. `money_out` is whether the money left our account rather than reached it,
    `done_before` that an earlier request of ours has done it already.
    """

    verdict: Verdict
    source: Source
    code: str = ""
    description: str = ""
    amount: Decimal | None = None
    phone: str = ""
    receipt_number: str = ""
    external_id: str = ""
    inquiry_id: str = ""
    money_out: bool | None = None
    done_before: bool = False


@dataclass(frozen=True, slots=True)
class WalletReport:
    """The rail's word on our own money there, in whole units of the gateway's currency."""

    available: Decimal
    charges_paid: Decimal


@dataclass(frozen=True, slots=True)
class Asked:
    """The question was taken; the answer comes to a callback, marked with `inquiry_id`."""

    inquiry_id: str


@dataclass(frozen=True, slots=True)
class HandPayment:
    """What a rail says that somebody paid by hand.

    A callback is a claim, and masks the payer's `phone` (E.164); the rail's own list gives it, and when it was paid.
    """

    receipt_number: str
    amount: Decimal
    reference: str
    shortcode: str
    phone: str = ""
    paid_at: datetime | None = None


class Gateway(Protocol):
    """Every call has a time-out and raises GatewayRejected, GatewayUnavailable or OutcomeUnknown."""

    name: str

    def collect(self, order: Instruction) -> Acknowledgement:
        """The payer's phone shows a prompt for the amount."""

    def pay(self, order: Instruction) -> Acknowledgement:
        """The rail has taken the order to pay the amount out."""

    def reverse(self, order: Instruction) -> Acknowledgement:
        """The rail has taken the order to send the collection `receipt_number` back, whole."""

    def ask(self, order: Instruction) -> Outcome | Asked:
        """What became of a transfer, known by `external_id`, `own_id` or `receipt_number`.

        Some rails answer at once, others to the callback `status`.
        """

    def ask_balance(self, token: str) -> WalletReport | Asked:
        """Our wallet at the rail; some rails answer at once, others to the callback `balance`."""

    def read(self, kind: str, body: str) -> Outcome:
        """A callback of `kind` about one transfer, as an outcome. Raises Unreadable."""

    def name_behind(self, phone: str, body: str) -> str:
        """The name that a callback gives to the owner of the phone; empty if it gives none. Raises Unreadable."""

    def read_balance(self, body: str) -> WalletReport:
        """The callback `balance`. Raises Unreadable."""

    def read_hand_payment(self, body: str) -> HandPayment:
        """The callbacks `c2b-validation` and `c2b-confirmation`. Raises Unreadable."""

    def register_urls(self, token: str) -> None:
        """What is paid by hand is told to our callbacks `c2b-validation` and `c2b-confirmation` from now on."""

    def pull(self, start: datetime, end: datetime) -> list[HandPayment]:
        """Everything that was paid to us from `start` to `end`, as the rail has written it down."""
