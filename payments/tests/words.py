"""What the rail would post to us about a transfer, and its arrival: kept, then worked."""

import json
from decimal import Decimal
from typing import Any

from django.conf import settings

from payments import callbacks
from payments.models import Callback, Deposit, Transfer
from tests.factories import new_receipt


def prompt_paid(transfer: Transfer, **lies: Any) -> str:
    """The callback of a paid prompt; `Amount=1` or `MpesaReceiptNumber=…` makes it say something else."""
    truth = {
        "Amount": int(transfer.amount),
        "MpesaReceiptNumber": new_receipt(),
        "TransactionDate": 20261123231517,
        "PhoneNumber": int(transfer.phone.removeprefix("+")),
    }
    items = [{"Name": name, "Value": value} for name, value in {**truth, **lies}.items()]
    return _prompt(transfer, 0, {"CallbackMetadata": {"Item": items}})


def prompt_refused(transfer: Transfer, code: int | str) -> str:
    return _prompt(transfer, code, {})


def _prompt(transfer: Transfer, code: int | str, more: dict[str, Any]) -> str:
    named = {"CheckoutRequestID": transfer.external_id or f"ws_CO_{transfer.token}"}
    return json.dumps({"Body": {"stkCallback": {**named, "ResultCode": code, "ResultDesc": "words", **more}}})


def payout_done(transfer: Transfer) -> str:
    said = {
        "TransactionAmount": int(transfer.amount),
        "TransactionReceipt": new_receipt(),
        "ReceiverPartyPublicName": f"{transfer.phone.removeprefix('+')} - OTIENO TEST",
    }
    return _result(transfer.external_id, 0, said)


def reversal_done(transfer: Transfer, code: str = "0") -> str:
    """The result of a reversal; the code R000001 says that it was reversed already."""
    said = {"Amount": int(transfer.amount), "TransCompletedTime": 20261123231517} if code == "0" else {}
    result = json.loads(_result(transfer.external_id or f"AG_{transfer.token}", code, said))
    result["Result"]["TransactionID"] = new_receipt()
    return json.dumps(result)


def payout_refused(transfer: Transfer, code: int | str) -> str:
    return _result(transfer.external_id, code, {})


def status_found(transfer: Transfer, word: str, *, inquiry_id: str) -> str:
    """The answer to the question `inquiry_id` about a payout."""
    said = {
        "CreditPartyName": f"{transfer.phone.removeprefix('+')} - OTIENO TEST",
        "TransactionStatus": word,
        "Amount": f"{transfer.amount:.2f}",
        "ReceiptNo": new_receipt(),
    }
    return _result(inquiry_id, 0, said)


def hand_paid(receipt_number: str, amount: object, reference: str, **lies: Any) -> str:
    """What C2B's validation and confirmation say; the payer's phone is masked."""
    truth = {
        "TransactionType": "Pay Bill",
        "TransID": receipt_number,
        "TransTime": "20261123213325",
        "TransAmount": f"{amount:.2f}" if isinstance(amount, Decimal) else amount,
        "BusinessShortCode": settings.DARAJA_SHORTCODE,
        "BillRefNumber": reference,
        "InvoiceNumber": "",
        "OrgAccountBalance": "",
        "ThirdPartyTransID": "",
        "MSISDN": "2547 ***** 126",
        "FirstName": "WANJIKU",
    }
    return json.dumps({**truth, **lies})


def deposit_found(deposit: Deposit, phone: str, **lies: Any) -> str:
    """The answer to the newest question about what was paid by hand: it came from `phone`; `Amount="1.00"` lies."""
    said = {
        "DebitPartyName": f"{phone.removeprefix('+')} - WANJIKU TEST",
        "CreditPartyName": f"{settings.DARAJA_SHORTCODE} - VoicePact",
        "TransactionStatus": "Completed",
        "Amount": f"{deposit.amount:.2f}",
        "ReceiptNo": deposit.receipt_number,
    }
    return _result(Deposit.objects.get(pk=deposit.pk).inquiry_id, 0, {**said, **lies})


def deposit_not_found(deposit: Deposit) -> str:
    return _result(Deposit.objects.get(pk=deposit.pk).inquiry_id, "2032", {})


def balance_found(available: str, charges: str = "") -> str:
    """What we have; `charges` is the running total of what the rail has charged us, below zero."""
    accounts = f"Working Account|KES|0.00|0.00|0.00|0.00&Utility Account|KES|{available}|{available}|0.00|0.00"
    if charges:
        accounts += f"&Charges Paid Account|KES|{charges}|{charges}|0.00|0.00"
    return _result("AG_balance", "0", {"AccountBalance": accounts})


def _result(conversation_id: str, code: int | str, said: dict[str, Any]) -> str:
    pairs = [{"Key": key, "Value": value} for key, value in said.items()]
    named = {"ConversationID": conversation_id, "ResultType": 0, "ResultCode": code, "ResultDesc": "words"}
    return json.dumps({"Result": {**named, **({"ResultParameters": {"ResultParameter": pairs}} if pairs else {})}})


def arrives(transfer: Transfer, kind: str, body: str) -> str:
    """The body is posted to the transfer's own address; returns what came of it."""
    assert callbacks.keep(gateway=transfer.gateway, kind=kind, token=transfer.token, body=body, address=None)
    callbacks.work_due()
    return Callback.objects.filter(transfer=transfer).latest("id").result
