"""The notification of the Africa's Talking rail, in the product's names or in the rail's own, as JSON or as a form.

`transactionId` is the rail's id; our transfer token travels in `requestMetadata`; `amount` and `value` are the same sum
in words (`KES 350000.00`), `source` is the rail's name for the payer's phone.
"""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from payments.models import Transfer
from voicepact.kernel.money import Money
from voicepact.kernel.rails import RAILS

GATEWAY = "africastalking"
KIND = "webhook"
TOKEN_NAME = "transfer_token"  # noqa: S105 - a member of requestMetadata
MONEY = re.compile(r"([A-Z]{3}) ([0-9]{1,13}(?:\.[0-9]{1,2}0{0,2})?)")
IDENTIFIER = re.compile(r"[!-~]{1,100}")  # printable ASCII


class Malformed(Exception):
    """The body is not a notification."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What a notification says that we use: which transfer to ask the rail about."""

    transaction_id: str
    token: str


def read(body: str) -> Notification:
    """The notification in `body`, which is JSON or a form. Raises Malformed."""
    said = _json(body) if body.lstrip().startswith(("{", "[")) else _form(body)
    transaction_id = said.get("transactionId")
    if not isinstance(transaction_id, str) or not IDENTIFIER.fullmatch(transaction_id):
        raise Malformed("transactionId is missing, or is none")
    if said.get("status") not in ("Success", "Failed"):
        raise Malformed("status is neither Success nor Failed")
    sums = {_sum(said[name]) for name in ("amount", "value") if said.get(name) is not None}
    if len(sums) > 1:
        raise Malformed("amount and value differ")
    metadata = said.get("requestMetadata")
    token = metadata.get(TOKEN_NAME) if isinstance(metadata, dict) else None
    return Notification(transaction_id, token if isinstance(token, str) and IDENTIFIER.fullmatch(token) else "")


def transfer_of(notification: Notification) -> Transfer | None:
    """The transfer that the notification is about, by the rail's id, else by our token."""
    by_id = Transfer.objects.filter(gateway__in=RAILS, external_id=notification.transaction_id).first()
    if by_id or not notification.token:
        return by_id
    return Transfer.objects.filter(token=notification.token).first()


def _json(body: str) -> dict[str, Any]:
    try:
        said = json.loads(body, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(said, dict):
        raise Malformed("not a JSON object")
    return said


def _form(body: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = dict(parse_qsl(body, keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise Malformed("not a form") from error
    if "requestMetadata" in said:
        said["requestMetadata"] = _json(said["requestMetadata"])
    return said


def _sum(text: Any) -> Money:
    match = MONEY.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Malformed("an amount is not written like KES 350000.00")
    return Money(Decimal(match[2]), match[1])
