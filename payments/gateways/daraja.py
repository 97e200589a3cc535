"""M-Pesa through Safaricom's Daraja: STK push and query, B2C v3, reversal, transaction status, account balance, C2B and
pull.

Source of every field: Safaricom's Daraja portal, the page of each API. Amounts are whole shillings, phones have no plus
sign, the time of the password is Nairobi's.
"""

import base64
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings

from payments.gateways import daraja_http, daraja_words
from payments.gateways.base import (
    Acknowledgement,
    Asked,
    GatewayRejected,
    GatewayUnavailable,
    HandPayment,
    Instruction,
    Outcome,
    OutcomeUnknown,
    Unreadable,
    WalletReport,
)
from voicepact.kernel.clock import NAIROBI, now

SHORTCODE_IDENTIFIER = "4"
REVERSAL_IDENTIFIER = "11"
MOST_PAGES = 1000
READERS = {
    "stk": daraja_words.prompt_callback,
    "b2c": daraja_words.payout_callback,
    "b2c-timeout": daraja_words.queue_timeout,
    "reversal": daraja_words.reversal_callback,
    "reversal-timeout": daraja_words.queue_timeout,
    "status": daraja_words.status_answer,
    "status-timeout": daraja_words.question_timeout,
}


class Daraja:
    """The gateway `daraja`; see `base.Gateway` for what each call promises."""

    name = "daraja"

    def collect(self, order: Instruction) -> Acknowledgement:
        answer = daraja_http.post(
            "/mpesa/stkpush/v1/processrequest",
            {
                **_password(),
                "TransactionType": "CustomerPayBillOnline",
                "Amount": _shillings(order),
                "PartyA": _msisdn(order.phone),
                "PartyB": settings.DARAJA_SHORTCODE,
                "PhoneNumber": _msisdn(order.phone),
                "CallBackURL": _callback("stk", order.token),
                "AccountReference": order.reference,
                "TransactionDesc": "Escrow",
            },
        )
        return Acknowledgement(_identifier(answer, "CheckoutRequestID"))

    def pay(self, order: Instruction) -> Acknowledgement:
        answer = daraja_http.post(
            "/mpesa/b2c/v3/paymentrequest",
            {
                "OriginatorConversationID": order.own_id,
                "InitiatorName": settings.DARAJA_INITIATOR_NAME,
                "SecurityCredential": _security_credential(),
                "CommandID": "BusinessPayment",
                "Amount": _shillings(order),
                "PartyA": settings.DARAJA_SHORTCODE,
                "PartyB": _msisdn(order.phone),
                "Remarks": f"Escrow {order.reference}",
                "QueueTimeOutURL": _callback("b2c-timeout", order.token),
                "ResultURL": _callback("b2c", order.token),
                "Occassion": order.reference,
            },
        )
        return Acknowledgement(_identifier(answer, "ConversationID"))

    def reverse(self, order: Instruction) -> Acknowledgement:
        body = {
            "CommandID": "TransactionReversal",
            "TransactionID": order.receipt_number,
            "Amount": _shillings(order),
            "ReceiverParty": settings.DARAJA_SHORTCODE,
            "RecieverIdentifierType": REVERSAL_IDENTIFIER,
            **_initiator("reversal", order.token),
        }
        return Acknowledgement(_identifier(daraja_http.post("/mpesa/reversal/v1/request", body), "ConversationID"))

    def ask(self, order: Instruction) -> Outcome | Asked:
        if order.kind == "collection" and order.external_id:
            body = {**_password(), "CheckoutRequestID": order.external_id}
            return daraja_words.prompt_answer(daraja_http.ask("/mpesa/stkpushquery/v1/query", body))
        return self._ask_status(order)

    def _ask_status(self, order: Instruction) -> Asked:
        """A collection by its receipt number, a reversal by the rail's id, anything else by that or by our own."""
        if order.kind == "collection":
            about = {"TransactionID": order.receipt_number}
        else:
            about = {"OriginalConversationID": order.external_id or order.own_id}
        body = {
            "CommandID": "TransactionStatusQuery",
            **about,
            "Occasion": order.reference,
            **_inquiry("status", order.token),
        }
        return Asked(_identifier(daraja_http.ask("/mpesa/transactionstatus/v1/query", body), "ConversationID"))

    def ask_balance(self, token: str) -> WalletReport | Asked:
        body = {"CommandID": "AccountBalance", **_inquiry("balance", token)}
        return Asked(_identifier(daraja_http.ask("/mpesa/accountbalance/v1/query", body), "ConversationID"))

    def read(self, kind: str, body: str) -> Outcome:
        if kind not in READERS:
            raise Unreadable(f"daraja sends no {kind} about a transfer")
        return READERS[kind](body)

    def name_behind(self, phone: str, body: str) -> str:
        return daraja_words.name_behind(phone, body)

    def read_balance(self, body: str) -> WalletReport:
        return daraja_words.balance_answer(body)

    def read_hand_payment(self, body: str) -> HandPayment:
        return daraja_words.hand_payment(body)

    def register_urls(self, token: str) -> None:
        """In production once for ever: the rail then refuses with "already registered".

        `Completed` takes the money when our validation does not answer: what fits nothing waits in suspense.
        """
        body = {
            "ShortCode": settings.DARAJA_SHORTCODE,
            "ResponseType": "Completed",
            "ConfirmationURL": _callback("c2b-confirmation", token),
            "ValidationURL": _callback("c2b-validation", token),
        }
        daraja_http.ask("/mpesa/c2b/v2/registerurl", body)

    def pull(self, start: datetime, end: datetime) -> list[HandPayment]:
        """The rail keeps 48 hours, and tells them in pages, of which an empty or repeated one is the last."""
        found: dict[str, HandPayment] = {}
        page: list[dict[str, Any]] = []
        told = 0
        for _ in range(MOST_PAGES):
            body = {
                "ShortCode": settings.DARAJA_SHORTCODE,
                "StartDate": _nairobi(start),
                "EndDate": _nairobi(end),
                "OffSetValue": str(told),
            }
            answer = daraja_http.ask("/pulltransactions/v1/query", body, daraja_words.PULLED)
            before, page = page, daraja_words.pulled(answer)
            if not page or page == before:
                return list(found.values())
            found |= {payment.receipt_number: payment for payment in map(daraja_words.pulled_payment, page) if payment}
            told += len(page)
        raise OutcomeUnknown("The rail's list of payments has no end")


def _callback(kind: str, token: str) -> str:
    return f"{settings.PUBLIC_URL}/api/v1/payments/callbacks/daraja/{kind}/{token}"


def _nairobi(moment: datetime) -> str:
    return moment.astimezone(NAIROBI).strftime("%Y-%m-%d %H:%M:%S")


def _password() -> dict[str, str]:
    timestamp = now().astimezone(NAIROBI).strftime("%Y%m%d%H%M%S")
    plain = f"{settings.DARAJA_SHORTCODE}{settings.DARAJA_PASSKEY}{timestamp}"
    return {
        "BusinessShortCode": settings.DARAJA_SHORTCODE,
        "Password": base64.b64encode(plain.encode()).decode(),
        "Timestamp": timestamp,
    }


def _inquiry(kind: str, token: str) -> dict[str, str]:
    ours = {"PartyA": settings.DARAJA_SHORTCODE, "IdentifierType": SHORTCODE_IDENTIFIER}
    return {**ours, **_initiator(kind, token)}


def _initiator(kind: str, token: str) -> dict[str, str]:
    return {
        "Initiator": settings.DARAJA_INITIATOR_NAME,
        "SecurityCredential": _security_credential(),
        "ResultURL": _callback(kind, token),
        "QueueTimeOutURL": _callback(f"{kind}-timeout", token),
        "Remarks": "Escrow",
    }


def _shillings(order: Instruction) -> str:
    if not order.money.is_whole or order.money.currency != "KES":
        raise GatewayRejected("not_whole_shillings", f"M-Pesa carries whole shillings only, not {order.money}")
    return str(int(order.money.amount))


def _msisdn(phone: str) -> str:
    return phone.removeprefix("+")


def _identifier(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value or len(value) > 100:
        raise OutcomeUnknown(f"The rail accepted the request without a {name}")
    return value


def _security_credential() -> str:
    """The initiator's password under M-Pesa's public key: RSA PKCS#1 v1.5, base64."""
    try:
        key = _public_key(settings.DARAJA_CERTIFICATE)
        encrypted = key.encrypt(settings.DARAJA_INITIATOR_PASSWORD.encode(), padding.PKCS1v15())
    except (OSError, ValueError) as error:
        why = "DARAJA_CERTIFICATE cannot be read or used"
        raise GatewayUnavailable(why, retry_after=60, rails_fault=False) from error
    return base64.b64encode(encrypted).decode()


@cache
def _public_key(path: str) -> rsa.RSAPublicKey:
    key = x509.load_pem_x509_certificate(Path(path).read_bytes()).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError(f"{path} holds no RSA key")
    return key
