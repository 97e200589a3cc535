"""Mobile money through Africa's Talking's payments API: checkout, B2C, find transaction, wallet balance.

The API is discontinued, and kept as the product page shows it. Its notifications come to one address for all transfers,
`payments/webhook`, and name theirs by the rail's id and by our token, which travels in `metadata`.
Source of every field: Africa's Talking's documentation of its payments API and the client that it published.
"""

from datetime import datetime
from typing import Any

from django.conf import settings

from payments.gateways import africastalking_http, africastalking_words
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
from voicepact.kernel.rails import AFRICASTALKING

TOKEN_NAME = "transfer_token"  # noqa: S105 - a member of metadata
TAKEN = frozenset({"PendingConfirmation", "Queued"})
LOCKED_SUBSCRIBER = "unable to lock subscriber"
REFUSED = frozenset({"InvalidRequest", "NotSupported", "Failed"})


class AfricasTalkingPayments:
    """The gateway `africastalking`; see `base.Gateway` for what each call promises."""

    name = AFRICASTALKING.name

    def collect(self, order: Instruction) -> Acknowledgement:
        body = {"productName": settings.AT_PAYMENTS_PRODUCT, **_person(order)}
        return _taken(africastalking_http.post("/mobile/checkout/request", body))

    def pay(self, order: Instruction) -> Acknowledgement:
        """The key makes the rail refuse a second order as a duplicate: it is then asked about, never sent again."""
        recipient = {**_person(order), "reason": "BusinessPayment"}
        body = {"productName": settings.AT_PAYMENTS_PRODUCT, "recipients": [recipient]}
        key = {"Idempotency-Key": order.own_id}
        answer = africastalking_http.post("/mobile/b2c/request", body, **key)
        entries = answer.get("entries")
        return _taken(entries[0] if isinstance(entries, list) and len(entries) == 1 else answer)

    def reverse(self, order: Instruction) -> Acknowledgement:
        raise GatewayRejected("no_reversals", "This rail cannot send a collection back as such")

    def ask(self, order: Instruction) -> Outcome | Asked:
        """The rail knows a transaction by its own id only: one whose id was lost waits for its notification."""
        if not order.external_id:
            raise GatewayRejected("no_id", "The rail's id is not known, and it can be asked by no other")
        return africastalking_words.found(
            africastalking_http.ask("/query/transaction/find", transactionId=order.external_id)
        )

    def ask_balance(self, token: str) -> WalletReport | Asked:
        answer = africastalking_http.ask("/query/wallet/balance")
        if answer.get("status") == "NotAvailable":
            raise GatewayUnavailable("The rail says that this product is not available", retry_after=60)
        return africastalking_words.balance(answer)

    def read(self, kind: str, body: str) -> Outcome:
        raise Unreadable("africastalking tells of transfers at payments/webhook only")

    def name_behind(self, phone: str, body: str) -> str:
        return ""  # this rail tells no names

    def read_balance(self, body: str) -> WalletReport:
        raise Unreadable("africastalking tells the balance when it is asked, and nowhere else")

    def read_hand_payment(self, body: str) -> HandPayment:
        raise Unreadable("nobody pays by hand on africastalking")

    def register_urls(self, token: str) -> None:
        raise GatewayRejected("not_by_hand", "Nobody pays by hand on this rail")

    def pull(self, start: datetime, end: datetime) -> list[HandPayment]:
        return []


def _person(order: Instruction) -> dict[str, Any]:
    if not order.money.is_whole or order.money.currency != AFRICASTALKING.currency:
        raise GatewayRejected("not_whole_shillings", f"This rail carries whole shillings only, not {order.money}")
    return {
        "phoneNumber": order.phone,
        "currencyCode": order.money.currency,
        "amount": int(order.money.amount),
        "metadata": {TOKEN_NAME: order.token},
    }


def _taken(answer: dict[str, Any]) -> Acknowledgement:
    """Raises GatewayRejected for a no, GatewayUnavailable for a busy phone, and OutcomeUnknown for the rest."""
    status = answer.get("status")
    words = " ".join(str(answer[name]) for name in ("errorMessage", "description") if answer.get(name))
    if africastalking_http.DUPLICATE in words.lower():
        raise OutcomeUnknown("The rail has had this request before")
    if status in REFUSED and LOCKED_SUBSCRIBER in words.lower():
        wait = AFRICASTALKING.after_lock_error.total_seconds()
        raise GatewayUnavailable("The phone is busy", retry_after=wait, rails_fault=False)
    if status in REFUSED:
        raise GatewayRejected(str(status), africastalking_http.harmless(words))
    external_id = africastalking_words.matching(africastalking_words.IDENTIFIER, answer.get("transactionId"))
    if status not in TAKEN or not external_id:
        raise OutcomeUnknown("The rail's answer is neither a yes with an id nor a no")
    return Acknowledgement(external_id)
