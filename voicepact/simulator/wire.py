"""The JSON that M-Pesa sends to the application: shapes, names and number formats. Source: Daraja portal samples."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voicepact.simulator import identities, results
from voicepact.simulator.jobs import Post

Pair = tuple[str, object]

_CENTS = re.compile(r'"\\u0000(-?\d+\.\d\d)"')
NO_VALUE = object()


def cents(amount: int) -> str:
    """A whole amount that will be written as the number `125000.00`, which Python's own JSON cannot write exactly."""
    return f"\x00{amount}.00"


def write(body: object) -> str:
    return _CENTS.sub(r"\1", json.dumps(body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The head of an asynchronous result; `pairs` are its parameters, `NO_VALUE` for a key that comes without one."""

    code: str
    words: str
    originator_id: str
    conversation_id: str
    receipt: str
    pairs: Sequence[Pair] = ()
    codes_as_text: bool = False


def express_callback(
    url: str, *, shortcode: str, merchant_id: str, checkout_id: str, code: str, items: Sequence[Pair]
) -> Post:
    """The callback of a push; `items` only when money moved."""
    callback: dict[str, Any] = {
        "MerchantRequestID": merchant_id,
        "CheckoutRequestID": checkout_id,
        "ResultCode": results.number_or_text(code),
        "ResultDesc": results.words(code),
    }
    if items:
        callback["CallbackMetadata"] = {"Item": [_named("Name", item) for item in items]}
    headers = {"Content-Type": "application/json;charset=UTF-8", "Businessshortcode": shortcode}
    return Post(url, write({"Body": {"stkCallback": callback}}), headers)


def result(url: str, outcome: Outcome) -> Post:
    """The result of a payout, a status question or a balance question."""
    body: dict[str, Any] = {
        "ResultType": "0" if outcome.codes_as_text else 0,
        "ResultCode": outcome.code if outcome.codes_as_text else results.number_or_text(outcome.code),
        "ResultDesc": outcome.words,
        "OriginatorConversationID": outcome.originator_id,
        "ConversationID": outcome.conversation_id,
        "TransactionID": outcome.receipt,
    }
    if outcome.pairs:
        body["ResultParameters"] = {"ResultParameter": [_named("Key", pair) for pair in outcome.pairs]}
    body["ReferenceData"] = {"ReferenceItem": {"Key": "Occasion"}}
    return Post(url, write({"Result": body}), {"Content-Type": "application/json;charset=UTF-8"})


def pay_bill(
    url: str,
    *,
    receipt: str,
    shortcode: str,
    msisdn: str,
    amount: int,
    reference: str,
    at: datetime,
    balance: str = "",
    third_party_id: str = "",
) -> Post:
    """C2B's validation and confirmation, version 2: all text, the phone masked, no balance while it is validated."""
    body = {
        "TransactionType": "Pay Bill",
        "TransID": receipt,
        "TransTime": str(identities.short_date(at)),
        "TransAmount": f"{amount}.00",
        "BusinessShortCode": shortcode,
        "BillRefNumber": reference,
        "InvoiceNumber": "",
        "OrgAccountBalance": balance,
        "ThirdPartyTransID": third_party_id,
        "MSISDN": f"{msisdn[:4]} ***** {msisdn[-3:]}",
        "FirstName": "SIMULATED",
        "MiddleName": "",
        "LastName": "",
    }
    return Post(url, write(body), {"Content-Type": "application/json"})


def queue_timeout(url: str, *, originator_id: str, conversation_id: str) -> Post:
    """Word that a request waited too long; it says nothing about the money. No official sample of this body exists."""
    body = {
        "OriginatorConversationID": originator_id,
        "ConversationID": conversation_id,
        "ResponseDescription": "The request timed out while awaiting processing in the queue.",
    }
    return Post(url, write(body), {"Content-Type": "application/json;charset=UTF-8"})


def _named(key: str, pair: Pair) -> dict[str, object]:
    name, value = pair
    return {key: name} if value is NO_VALUE else {key: name, "Value": value}
