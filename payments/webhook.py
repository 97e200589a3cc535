"""The notification of the Africa's Talking rail, in the product's names or in the rail's own, as JSON or as a form.

`transactionId` is the rail's id; our transfer token travels in `requestMetadata`; `amount` and `value` are the same sum
in words (`KES 350000.00`), `phoneNumber` is the other side's, in the rail's names `source` or `destination`;
`providerRefId` is the network's receipt number.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from payments.gateways import africastalking_words
from payments.gateways.africastalking import TOKEN_NAME
from payments.gateways.base import Outcome, Source
from payments.models import Transfer
from voicepact.kernel.money import Money
from voicepact.kernel.rails import AFRICASTALKING, RAILS

GATEWAY = AFRICASTALKING.name
KIND = "webhook"


class Malformed(Exception):
    """The body is not a notification."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What a notification says: which transfer it is about, and what became of it, which is a claim."""

    transaction_id: str
    token: str
    outcome: Outcome


def read(body: str) -> Notification:
    """The notification in `body`, which is JSON or a form. Raises Malformed."""
    said = _json(body) if body.lstrip().startswith(("{", "[")) else _form(body)
    transaction_id = africastalking_words.matching(africastalking_words.IDENTIFIER, said.get("transactionId"))
    if not transaction_id:
        raise Malformed("transactionId is missing, or is none")
    if said.get("status") not in ("Success", "Failed"):
        raise Malformed("status is neither Success nor Failed")
    if len(africastalking_words.phones(said)) > 1:
        raise Malformed("phoneNumber, source and destination name two phones")
    metadata = said.get("requestMetadata")
    token = metadata.get(TOKEN_NAME) if isinstance(metadata, dict) else None
    return Notification(
        transaction_id=transaction_id,
        token=africastalking_words.matching(africastalking_words.IDENTIFIER, token),
        outcome=africastalking_words.outcome(said, source=Source.CALLBACK, amount=_amount(said)),
    )


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


def _amount(said: dict[str, Any]) -> Decimal | None:
    """The one sum that it names, if any. Raises Malformed."""
    sums = {_sum(said[name]) for name in ("amount", "value") if said.get(name) is not None}
    if len(sums) > 1:
        raise Malformed("amount and value differ")
    if any(found.currency != AFRICASTALKING.currency for found in sums):
        raise Malformed(f"this rail carries {AFRICASTALKING.currency} only")
    return next((found.amount for found in sums), None)


def _sum(text: Any) -> Money:
    try:
        return africastalking_words.money(text if isinstance(text, str) else "")
    except ValueError as error:
        raise Malformed("an amount is not written like KES 350000.00") from error
