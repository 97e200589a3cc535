"""Payments by hand: a phone pays the Pay Bill from its own menu, and names a reference."""

import json
import re
from dataclasses import dataclass

from voicepact.simulator import identities, limits, outcomes, wire
from voicepact.simulator.application import Ask
from voicepact.simulator.confirmations import Confirmations
from voicepact.simulator.ground import Ground
from voicepact.simulator.jobs import Post
from voicepact.simulator.registrations import COMPLETED, Registration, Registrations

VALIDATION_PATIENCE_S = 8.0
TOO_MUCH = "3"
REFUSED_BY_NOBODY = "C2B00016"  # "other error": what stands where the registered default is to cancel
REFUSAL = re.compile(r"C2B000(1[1-6])")


@dataclass(frozen=True, slots=True)
class HandPaid:
    """`code` is "0" when the money moved, and then there is a `receipt`; else the network's code or the validator's."""

    code: str
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Validated:
    code: str
    third_party_id: str = ""


class HandPayments:
    def __init__(self, ground: Ground, registrations: Registrations, *, confirmations: Confirmations, ask: Ask) -> None:
        self._ground = ground
        self._registrations = registrations
        self._confirmations = confirmations
        self._ask = ask

    def pay(self, msisdn: str, amount: int, *, reference: str) -> HandPaid:
        """The money has moved and its confirmation is on its way, unless network or validator refused it.

        Asks the validator over HTTP: never inside a transaction. Raises NothingRegistered.
        """
        registration = self._registrations.read()
        code = self._code(msisdn, amount)
        if code != "0":
            return HandPaid(code)
        receipt = identities.receipt_number()
        validated = self._validate(registration, self._question(registration, receipt, msisdn, amount, reference))
        if validated.code != "0":
            return HandPaid(validated.code)
        with self._ground.books.transaction():
            code = self._code(msisdn, amount)
            if code != "0":
                return HandPaid(code)
            self._move(msisdn, amount, reference=reference, receipt=receipt)
            self._confirm(receipt, third_party_id=validated.third_party_id)
        return HandPaid("0", receipt)

    def _code(self, msisdn: str, amount: int) -> str:
        ground = self._ground
        if amount > limits.PER_TRANSACTION:
            return TOO_MUCH
        if outcomes.payer(msisdn).is_poor:
            return "1"
        return limits.code_for_payer(msisdn, amount, purses=ground.purses, movements=ground.movements)

    def _question(self, registration: Registration, receipt: str, msisdn: str, amount: int, reference: str) -> Post:
        return wire.pay_bill(
            registration.validation_url,
            receipt=receipt,
            shortcode=self._ground.config.shortcode,
            msisdn=msisdn,
            amount=amount,
            reference=reference,
            at=self._ground.clock(),
        )

    def _validate(self, registration: Registration, question: Post) -> Validated:
        if not registration.validation_url:
            return Validated("0")
        try:
            reply = self._ask(question, VALIDATION_PATIENCE_S)
        except (OSError, ValueError):
            return _unasked(registration)
        validated = _read(reply.body) if reply.status == 200 else None
        return validated or _unasked(registration)

    def _move(self, msisdn: str, amount: int, *, reference: str, receipt: str) -> None:
        self._ground.movements.move(
            "collection",
            amount,
            payer=msisdn,
            payee=self._ground.config.shortcode,
            reference=reference,
            receipt=receipt,
        )

    def _confirm(self, receipt: str, *, third_party_id: str) -> None:
        collected = self._ground.movements.find(receipt)
        assert collected is not None
        fate = outcomes.payer(collected.payer)
        self._confirmations.tell(
            collected,
            third_party_id=third_party_id,
            lie=fate.lie,
            after=self._ground.config.delay + fate.callback_after,
            copies=fate.callbacks,
        )


def _unasked(registration: Registration) -> Validated:
    """What becomes of a payment whose validation got no answer that can be read."""
    return Validated("0" if registration.response_type == COMPLETED else REFUSED_BY_NOBODY)


def _read(body: str) -> Validated | None:
    """The validator's answer, or None where it is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    code = str(said.get("ResultCode"))
    if code != "0" and not REFUSAL.fullmatch(code):
        return None
    third_party_id = said.get("ThirdPartyTransID")
    return Validated(code, third_party_id if isinstance(third_party_id, str) else "")
