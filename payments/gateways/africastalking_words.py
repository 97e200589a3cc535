"""What Africa's Talking's answers and notifications say of one transaction, read by name.

Source of fields: Africa's Talking's documentation of its payments API: find transaction, wallet balance, notification.
Sums are words (`KES 2900.0000`). It passes M-Pesa's refusals on as sentences, not as codes.
"""

import re
from decimal import Decimal
from typing import Any

from payments.gateways.africastalking_http import harmless
from payments.gateways.base import Outcome, OutcomeUnknown, Source, Verdict, WalletReport
from voicepact.kernel.money import Money
from voicepact.kernel.rails import AFRICASTALKING

MONEY = re.compile(r"([A-Z]{3}) ([0-9]{1,13}(?:\.[0-9]{1,2}0{0,2})?)")
PHONE = re.compile(r"\+[0-9]{10,14}")
RECEIPT_NUMBER = re.compile(r"[A-Za-z0-9]{1,30}")
IDENTIFIER = re.compile(r"[!-~]{1,100}")  # printable ASCII
VERDICTS = {"Success": Verdict.SUCCEEDED, "Failed": Verdict.FAILED}
UNDERWAY = frozenset({"PendingConfirmation", "PendingValidation", "Queued"})
INTO, OUT = frozenset({"MobileCheckout", "MobileC2B"}), frozenset({"MobileB2C"})
CODES = {
    "insufficient": "1",
    "maximum transaction amount": "3",
    "daily transfer limit": "4",
    "maximum balance": "8",
    "rule limited": "17",
    "system busy": "26",
    "unable to lock subscriber": "1001",
    "has expired": "1019",
    "cancelled by user": "1032",
    "no response from user": "1037",
    "ds timeout": "1037",
    "initiator information is invalid": "2001",
    "customer type": "2040",
    "credential is locked": "8006",
    "operator does not exist": "SFC_IC0003",
}
"""M-Pesa's code by what its sentence says; a sentence without one is a refusal with no reason that we can act on."""


def found(answer: dict[str, Any]) -> Outcome:
    """The answer to "find transaction". Raises OutcomeUnknown unless it tells of one in our currency."""
    said = answer.get("data")
    if answer.get("status") != "Success" or not isinstance(said, dict):
        raise OutcomeUnknown("The rail found no such transaction")
    sums = _sum(said.get("value"))
    if sums is None or sums.currency != AFRICASTALKING.currency:
        raise OutcomeUnknown("The rail's answer names no sum in our currency")
    return outcome(said, source=Source.ANSWER, amount=sums.amount)


def outcome(said: dict[str, Any], *, source: Source, amount: Decimal | None) -> Outcome:
    """One transaction, as find and notification tell it, in the rail's names or in the product page's."""
    status, category = said.get("status"), said.get("category")
    verdict = Verdict.UNDERWAY if status in UNDERWAY else VERDICTS.get(str(status), Verdict.UNCLEAR)
    description = said.get("description")
    words = harmless(description) if isinstance(description, str) and verdict == Verdict.FAILED else ""
    return Outcome(
        verdict=verdict,
        source=source,
        code=next((code for fragment, code in CODES.items() if fragment in words.lower()), ""),
        description=_storable(words),
        amount=amount,
        phone=next(iter(sorted(phones(said))), ""),
        receipt_number=matching(RECEIPT_NUMBER, said.get("providerRefId")) if verdict == Verdict.SUCCEEDED else "",
        external_id=matching(IDENTIFIER, said.get("transactionId")),
        money_out=True if category in OUT else False if category in INTO else None,
    )


def phones(said: dict[str, Any]) -> set[str]:
    """The other side: one phone, under the page's name or the rail's; our own side is a wallet."""
    named = (matching(PHONE, said.get(name)) for name in ("phoneNumber", "source", "destination"))
    return {phone for phone in named if phone}


def balance(answer: dict[str, Any]) -> WalletReport:
    """The answer to "wallet balance"; the rail's charges are taken from the wallet itself. Raises OutcomeUnknown."""
    held = _sum(answer.get("balance"))
    if answer.get("status") != "Success" or held is None or held.currency != AFRICASTALKING.currency:
        raise OutcomeUnknown("The rail's answer names no balance")
    return WalletReport(available=held.amount, charges_paid=Decimal(0))


def money(text: str) -> Money:
    """`KES 2900.0000` as money. Raises ValueError."""
    match = MONEY.fullmatch(text)
    if match is None:
        raise ValueError("a sum is not written like KES 350000.00")
    return Money(Decimal(match[2]), match[1])


def matching(form: re.Pattern[str], value: Any) -> str:
    """The text if it has that form, else nothing."""
    return value if isinstance(value, str) and form.fullmatch(value) else ""


def _sum(text: Any) -> Money | None:
    try:
        return money(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _storable(words: str) -> str:
    """Text that a database can hold: no U+0000, no half of a surrogate pair."""
    return words.replace("\0", "").encode("utf-8", "replace").decode()
