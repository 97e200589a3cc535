"""The columns of what was agreed."""

from collections.abc import Sequence
from typing import Any

from notifications import costs
from voicepact.console.exports.columns import Rows, json, number, phone, plain, text, time


class ContractRows(Rows):
    """With what the deal's SMS have cost; where the provider told more than one currency the others are in words."""

    id = plain("pk")
    status = plain("status")
    contract_type = plain("contract_type")
    amount = number("amount")
    buyer_fee = number("buyer_fee")
    seller_fee = number("seller_fee")
    currency = plain("currency")
    buyer_name = text("buyer__name")
    buyer_phone = phone("buyer__phone")
    seller_name = text("seller__name")
    seller_phone = phone("seller__phone")
    terms = json("terms")
    delivery_location = text("delivery_location")
    delivery_deadline = time("delivery_deadline")
    gateway = plain("gateway")
    fees_paid_by = plain("fees_paid_by")
    client = plain("owner__username")
    created_at = time("created_at")
    confirmed_at = time("confirmed_at")
    locked_at = time("locked_at")
    delivered_at = time("delivered_at")
    ended_at = time("ended_at")
    contract_hash = plain("contract_hash")
    sms_taken = number("sms__taken")
    sms_cost = number("sms__amount")
    sms_cost_currency = plain("sms__currency")
    sms_other_costs = plain("sms__others")
    sms_of_unknown_cost = number("sms__untold")
    related = ("owner",)

    def prepare(self, rows: Sequence[Any]) -> None:
        told = costs.of_deals([row.pk for row in rows])
        for row in rows:
            row.sms = told[row.pk]


class SerialRows(Rows):
    series = plain("series")
    last = number("last")


class PartyRows(Rows):
    id = number("pk")
    contract = plain("contract_id")
    role = plain("role")
    name = text("name")
    masked_phone = phone("phone")
    language = plain("language")
    unreachable_since = time("unreachable_since")


class ConfirmationRows(Rows):
    id = number("pk")
    contract = plain("contract_id")
    party = plain("party__role")
    said = plain("kind")
    channel = plain("channel")
    at = time("at")
    related = ("party",)


class DisputeRows(Rows):
    id = number("pk")
    contract = plain("contract_id")
    opened_by = plain("by")
    channel = plain("channel")
    reason = text("reason")
    opened_at = time("opened_at")
    answered_at = time("answered_at")
    closed_at = time("closed_at")
    outcome = plain("outcome")
    seller_amount = number("seller_amount")
    buyer_amount = number("buyer_amount")
    related = ("opened_by",)


class EvidenceRows(Rows):
    id = number("pk")
    contract = plain("dispute__contract_id")
    dispute = number("dispute_id")
    party = plain("party__role")
    actor = plain("actor")
    channel = plain("channel")
    words = text("text")
    file_name = text("file_name")
    content_type = plain("content_type")
    size = number("size")
    sha256 = plain("sha256")
    added_at = time("added_at")
    related = ("dispute", "party")


class DeadlineRows(Rows):
    id = number("pk")
    contract = plain("contract_id")
    kind = plain("kind")
    subject = text("subject")
    due_at = time("due_at")
    times_moved = number("times_moved")
    closed_at = time("closed_at")


class EventRows(Rows):
    id = number("pk")
    chain = plain("chain")
    serial = number("serial")
    kind = plain("kind")
    actor = plain("actor")
    channel = plain("channel")
    at = time("at")
    payload = json("payload")
    previous_hash = plain("previous_hash")
    hash = plain("hash")
    signature = plain("signature")


class OutboxRows(Rows):
    id = number("pk")
    reader = plain("reader")
    chain = plain("event__chain")
    serial = number("event__serial")
    kind = plain("event__kind")
    at = time("event__at")
    attempts = number("attempts")
    not_before = time("not_before")
    related = ("event",)


class ChainRows(Rows):
    name = text("name")
    serial = number("serial")
    head = plain("head")
