"""The columns of what we said to people, what they said to us, and who was called."""

from voicepact.console.exports.columns import Rows, number, phone, plain, text, time, yes_no


class MessageRows(Rows):
    id = number("pk")
    contract = plain("contract_id")
    party = plain("party__role")
    kind = plain("kind")
    masked_phone = phone("phone")
    language = plain("language")
    words = text("text")
    status = plain("status")
    failure_reason = text("failure_reason")
    retry = number("retry")
    sender = plain("sender")
    provider_id = plain("provider_id")
    cost = number("cost")
    cost_currency = plain("cost_currency")
    attempts = number("attempts")
    created_at = time("created_at")
    sent_at = time("sent_at")
    finished_at = time("finished_at")
    related = ("party",)


class InboundMessageRows(Rows):
    id = number("pk")
    contract = plain("contract_id")
    party = plain("party__role")
    masked_phone = phone("phone")
    words = text("text")
    command = plain("command")
    result = text("result")
    needs_staff = yes_no("needs_staff")
    received_at = time("received_at")
    worked_at = time("worked_at")
    related = ("party",)


class UssdSessionRows(Rows):
    id = number("pk")
    masked_phone = phone("phone")
    language = plain("language")
    status = plain("status")
    hops = number("hops")
    duration_ms = number("duration_ms")
    cost = number("cost")
    cost_currency = plain("cost_currency")
    started_at = time("started_at")
    ended_at = time("ended_at")


class DeliveryReportRows(Rows):
    id = number("pk")
    provider_id = plain("provider_id")
    status = plain("status")
    failure_reason = text("failure_reason")
    received_at = time("received_at")
    worked_at = time("worked_at")


class AlertRows(Rows):
    id = number("pk")
    subject = text("subject")
    contract = plain("event__contract_id")
    event = plain("event__kind")
    created_at = time("created_at")
    related = ("event",)


class OptOutRows(Rows):
    id = number("pk")
    masked_phone = phone("phone")
    since = time("since")
