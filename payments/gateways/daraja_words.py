"""What Daraja's callbacks and answers say, read by name and never by position.

Source of shapes: Safaricom's Daraja portal, sample callbacks of M-Pesa Express, B2C, Reversal, Transaction Status,
Account Balance, C2B and Pull Transactions. Codes come as numbers in one place and as strings in the next: they are
compared as strings.
"""

import json
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from payments.gateways.base import HandPayment, Outcome, OutcomeUnknown, Source, Unreadable, Verdict, WalletReport
from payments.outcomes import COLLECTION_FAILURES, PAYOUT_FAILURES, REVERSAL_FAILURES

SUCCESS = "0"
NO_ANSWER = frozenset({"4999", "500.001.1001"})  # to a query: still underway, or noise
ALREADY_REVERSED = "R000001"
NO_SUCH_TRANSACTION = "R000002"
FINAL_REFUSALS = frozenset({"Cancelled", "Declined", "Expired", "Failed"})
RECEIPT_NUMBER = re.compile(r"[A-Za-z0-9]{1,30}")
NAMING = frozenset({"ReceiverPartyPublicName", "CreditPartyName", "DebitPartyName"})
PULLED = frozenset({"1000", "1001"})  # found, and nothing found
LOCAL_DIGITS = 9  # of a Kenyan number without 254
TOO_MUCH = Decimal(10) ** 13  # more than any account of ours can hold


def prompt_callback(body: str) -> Outcome:
    """The callback of an STK push. Raises Unreadable."""
    said = _object(_object(_json(body), "Body"), "stkCallback")
    external_id = _text(said.get("CheckoutRequestID"))
    if not external_id:
        raise Unreadable("no CheckoutRequestID")
    code = _text(said.get("ResultCode"))
    items = _pairs(said.get("CallbackMetadata"), "Item", "Name")
    return Outcome(
        verdict=_verdict(code, COLLECTION_FAILURES),
        source=Source.CALLBACK,
        code=code,
        description=_text(said.get("ResultDesc")),
        amount=_amount(items.get("Amount")),
        phone=_phone(items.get("PhoneNumber")),
        receipt_number=_receipt_number(items.get("MpesaReceiptNumber")),
        external_id=external_id,
    )


def prompt_answer(answer: dict[str, Any]) -> Outcome:
    """The answer to an STK query; it names neither amount nor receipt number."""
    code = _text(answer.get("ResultCode"))
    verdict = Verdict.UNDERWAY if code in NO_ANSWER else _verdict(code, COLLECTION_FAILURES)
    return Outcome(
        verdict=verdict,
        source=Source.ANSWER,
        code=code,
        description=_text(answer.get("ResultDesc")),
        external_id=_text(answer.get("CheckoutRequestID")),
    )


def payout_callback(body: str) -> Outcome:
    """The result of a B2C payment. Raises Unreadable."""
    result = _result(body)
    code = _text(result.get("ResultCode"))
    items = _pairs(result.get("ResultParameters"), "ResultParameter", "Key")
    return Outcome(
        verdict=_verdict(code, PAYOUT_FAILURES),
        source=Source.CALLBACK,
        code=code,
        description=_text(result.get("ResultDesc")),
        amount=_amount(items.get("TransactionAmount")),
        phone=_phone(items.get("ReceiverPartyPublicName")),
        receipt_number=_receipt_number(items.get("TransactionReceipt")),
        external_id=_text(result.get("ConversationID")),
    )


def reversal_callback(body: str) -> Outcome:
    """The result of a reversal; `R000001`, already reversed, is a success. Raises Unreadable.

    Its receipt number is its own; what it names besides is the money of the collection that went back.
    """
    result = _result(body)
    code = _text(result.get("ResultCode"))
    items = _pairs(result.get("ResultParameters"), "ResultParameter", "Key")
    verdict = Verdict.SUCCEEDED if code == ALREADY_REVERSED else _verdict(code, REVERSAL_FAILURES)
    return Outcome(
        verdict=verdict,
        source=Source.CALLBACK,
        code=code,
        description=_text(result.get("ResultDesc")),
        amount=_amount(items.get("Amount")),
        receipt_number=_receipt_number(result.get("TransactionID")) if code == SUCCESS else "",
        external_id=_text(result.get("ConversationID")),
        done_before=code == ALREADY_REVERSED,
    )


def hand_payment(body: str) -> HandPayment:
    """What C2B's validation and confirmation say; the phone is masked or hashed there. Raises Unreadable."""
    said = _json(body)
    amount, receipt = _amount(said.get("TransAmount")), _receipt_number(said.get("TransID"))
    if amount is None or not 0 < amount < TOO_MUCH or not receipt:
        raise Unreadable("no TransID or TransAmount")
    reference = _text(said.get("BillRefNumber")).strip()[:30]
    return HandPayment(receipt, amount, reference, _text(said.get("BusinessShortCode")))


def pulled(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries in one page of what was paid to us; the rail nests its list twice. Raises OutcomeUnknown."""
    pages = answer.get("Response", [])
    if not isinstance(pages, list):
        raise OutcomeUnknown("The rail's list of payments is none")
    lists = [page for page in pages if isinstance(page, list)]
    return [entry for page in lists for entry in page if isinstance(entry, dict)]


def pulled_payment(entry: dict[str, Any]) -> HandPayment | None:
    """One entry as a payment to our short code; None for what is no such payment."""
    amount, receipt = _amount(entry.get("amount")), _receipt_number(entry.get("transactionId"))
    if amount is None or not 0 < amount < TOO_MUCH or not receipt:
        return None
    if not _text(entry.get("transactiontype")).lower().startswith("c2b"):
        return None
    phone = _text(entry.get("msisdn"))
    return HandPayment(
        receipt_number=receipt,
        amount=amount,
        reference=_text(entry.get("billreference")).strip()[:30],
        shortcode=settings.DARAJA_SHORTCODE,
        phone=_phone(f"254{phone}" if len(phone) == LOCAL_DIGITS else phone),
        paid_at=_moment(entry.get("trxDate")),
    )


def queue_timeout(body: str) -> Outcome:
    """The queue's time-out: the request may or may not be worked yet. Raises Unreadable."""
    _json(body)
    return Outcome(verdict=Verdict.UNCLEAR, source=Source.CALLBACK, description="The rail's queue timed out")


def question_timeout(body: str) -> Outcome:
    """A question of ours was lost in the queue; it says nothing of the transfer. Raises Unreadable."""
    _json(body)
    return Outcome(verdict=Verdict.UNDERWAY, source=Source.CALLBACK, description="The rail's queue timed out")


def status_answer(body: str) -> Outcome:
    """The result of a transaction status query, about money in either direction. Raises Unreadable.

    One side is our short code, the other a phone: which of them was debited tells the direction.
    """
    result = _result(body)
    items = _pairs(result.get("ResultParameters"), "ResultParameter", "Key")
    status = _text(items.get("TransactionStatus"))
    verdict = Verdict.DENIED if _text(result.get("ResultCode")) == NO_SUCH_TRANSACTION else Verdict.UNDERWAY
    if _text(result.get("ResultCode")) == SUCCESS and status == "Completed":
        verdict = Verdict.SUCCEEDED
    elif _text(result.get("ResultCode")) == SUCCESS and status in FINAL_REFUSALS:
        verdict = Verdict.FAILED
    debited, credited = _sides(result)
    money_out = _money_out(debited, credited)
    return Outcome(
        verdict=verdict,
        source=Source.ANSWER,
        description=status or _text(result.get("ResultDesc")),
        amount=_amount(items.get("Amount")),
        phone=_phone(debited) if money_out is False else _phone(credited) or _phone(debited),
        receipt_number=_receipt_number(items.get("ReceiptNo")) if verdict == Verdict.SUCCEEDED else "",
        inquiry_id=_text(result.get("ConversationID")),
        money_out=money_out,
    )


def name_behind(phone: str, body: str) -> str:
    """The name that a result gives to the owner of the phone; empty if it names nobody so. Raises Unreadable."""
    told = _listed(_result(body).get("ResultParameters"), "ResultParameter", "Key")
    parties = (_text(value) for key, value in told if key in NAMING and _phone(value) == phone)
    return next((party.partition(" - ")[2].strip() for party in parties), "")


def _sides(result: dict[str, Any]) -> tuple[str, str]:
    """Who was debited and who credited. `DebitPartyName` comes twice, and then the second is the other party."""
    listed = _listed(result.get("ResultParameters"), "ResultParameter", "Key")
    debited = [_text(value) for key, value in listed if key == "DebitPartyName"]
    credited = [_text(value) for key, value in listed if key == "CreditPartyName"]
    return next(iter(debited), ""), next(iter(credited + debited[1:]), "")


def _money_out(debited: str, credited: str) -> bool | None:
    """Whether our short code was debited, and not credited; None if both or neither is ours."""
    out, into = (side.split(" ")[0] == settings.DARAJA_SHORTCODE for side in (debited, credited))
    return out if out != into else None


def balance_answer(body: str) -> WalletReport:
    """The result of an account balance query: `name|KES|current|available|…&name|…`. Raises Unreadable."""
    result = _result(body)
    items = _pairs(result.get("ResultParameters"), "ResultParameter", "Key")
    accounts = {}
    for line in str(items.get("AccountBalance")).split("&"):
        fields = line.split("|")
        if len(fields) > 3:
            accounts[fields[0]] = _amount(fields[3])
    available, charges_paid = accounts.get("Utility Account"), accounts.get("Charges Paid Account") or Decimal(0)
    if available is None or max(abs(available), abs(charges_paid)) >= TOO_MUCH:
        raise Unreadable("no utility account in the balance, or an absurd one")
    return WalletReport(available=available, charges_paid=charges_paid)


def _verdict(code: str, failures: dict[str, Any]) -> Verdict:
    if code == SUCCESS:
        return Verdict.SUCCEEDED
    return Verdict.FAILED if code in failures else Verdict.UNCLEAR


def _result(body: str) -> dict[str, Any]:
    return _object(_json(body), "Result")


def _json(body: str) -> dict[str, Any]:
    try:
        value = json.loads(body, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return value


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    inner = value.get(name)
    if not isinstance(inner, dict):
        raise Unreadable(f"no {name}")
    return inner


def _pairs(container: Any, name: str, key: str) -> dict[str, Any]:
    """`[{key: …, "Value": …}]` as a dict."""
    return dict(_listed(container, name, key))


def _listed(container: Any, name: str, key: str) -> list[tuple[str, Any]]:
    """`[{key: …, "Value": …}]` in order. A lone object stands for a list of one; a pair may have no value."""
    pairs = container.get(name) if isinstance(container, dict) else None
    if isinstance(pairs, dict):
        pairs = [pairs]
    if not isinstance(pairs, list):
        return []
    named = [pair for pair in pairs if isinstance(pair, dict) and isinstance(pair.get(key), str)]
    return [(pair[key], pair.get("Value")) for pair in named]


def _text(value: Any) -> str:
    """At most 100 characters that a database can hold: no U+0000, no half of a surrogate pair."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value)[:100].replace("\0", "").encode("utf-8", "replace").decode()


def _receipt_number(value: Any) -> str:
    """Ten letters and digits on M-Pesa; empty for what can be no such number."""
    text = _text(value)
    return text if RECEIPT_NUMBER.fullmatch(text) else ""


def _amount(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool | dict | list):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _phone(value: Any) -> str:
    """E.164 from `254712345678` or `254712345678 - NAME`; empty when the rail masked it or said something else."""
    digits = _text(value).split(" ")[0]
    return f"+{digits}" if digits.isascii() and digits.isdigit() and len(digits) == 12 else ""


def _moment(value: Any) -> datetime | None:
    """An instant such as `2026-11-23T10:13:00Z`; None for one without a zone."""
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
