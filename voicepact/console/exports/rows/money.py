"""The columns of where the money is, and of what the rails said of it."""

from voicepact.console.exports.columns import Rows, json, number, phone, plain, text, time


class PaymentRows(Rows):
    transaction_id = plain("transaction_id")
    contract = plain("contract_id")
    status = plain("status")
    amount = number("amount")
    buyer_fee = number("buyer_fee")
    seller_fee = number("seller_fee")
    currency = plain("currency")
    payer_phone = phone("payer_phone")
    recipient_phone = phone("recipient_phone")
    reference = text("reference")
    external_transaction_id = plain("external_transaction_id")
    gateway = plain("gateway")
    created_at = time("created_at")
    confirmed_at = time("confirmed_at")
    released_at = time("released_at")
    refunded_at = time("refunded_at")
    failure_code = plain("failure_code")
    failure_reason = text("failure_reason")


class TransferRows(Rows):
    id = plain("pk")
    contract = plain("payment__contract_id")
    transaction_id = plain("payment__transaction_id")
    kind = plain("kind")
    part = number("part")
    status = plain("status")
    amount = number("amount")
    currency = plain("currency")
    masked_phone = phone("phone")
    receipt_number = plain("receipt_number")
    external_id = plain("external_id")
    gateway = plain("gateway")
    created_at = time("created_at")
    submitted_at = time("submitted_at")
    rail_confirmed_at = time("rail_confirmed_at")
    finished_at = time("finished_at")
    failure_code = plain("failure_code")
    failure_reason = text("failure_reason")
    quarantined_at = time("quarantined_at")
    quarantine_reason = text("quarantine_reason")
    return_reason = text("return_reason")
    related = ("payment",)


class DepositRows(Rows):
    receipt_number = plain("receipt_number")
    gateway = plain("gateway")
    status = plain("status")
    amount = number("amount")
    currency = plain("currency")
    reference = text("reference")
    masked_phone = phone("phone")
    created_at = time("created_at")
    confirmed_at = time("confirmed_at")
    finished_at = time("finished_at")


class PostingRows(Rows):
    id = number("pk")
    source = plain("source")
    destination = plain("destination")
    amount = number("amount")
    currency = plain("currency")
    transaction_id = plain("payment__transaction_id")
    transfer = plain("transfer_id")
    receipt_number = plain("transfer__receipt_number")
    at = time("at")
    related = ("payment", "transfer")


class BalanceRows(Rows):
    account = plain("account")
    amount = number("amount")
    currency = plain("currency")


class WalletRows(Rows):
    gateway = plain("gateway")
    currency = plain("currency")
    available = number("available")
    charges_paid = number("charges_paid")
    charges_opening = number("charges_opening")
    charges_gap = number("charges_gap")
    asked_at = time("asked_at")
    updated_at = time("updated_at")


class CallbackRows(Rows):
    """Without what the rail wrote: that is read on the callback's own page."""

    id = number("pk")
    gateway = plain("gateway")
    kind = plain("kind")
    transfer = plain("transfer_id")
    transaction_id = plain("transfer__payment__transaction_id")
    contract = plain("transfer__payment__contract_id")
    deposit = number("deposit_id")
    received_at = time("received_at")
    worked_at = time("worked_at")
    attempts = number("attempts")
    result = text("result")
    related = ("transfer__payment",)


class ProposalRows(Rows):
    id = number("pk")
    kind = plain("kind")
    subject = text("subject")
    contract = plain("contract_id")
    status = plain("status")
    details = json("details")
    reason = text("reason")
    attachment_sha256 = plain("attachment_sha256")
    proposed_by = plain("proposed_by__username")
    proposed_at = time("proposed_at")
    expires_at = time("expires_at")
    decided_by = plain("decided_by__username")
    decided_at = time("decided_at")
    note = text("note")
    related = ("proposed_by", "decided_by")


class PayoutStopRows(Rows):
    id = number("pk")
    gateway = plain("gateway")
    contract = plain("contract_id")
    code = plain("code")
    reason = text("reason")
    stopped_by = plain("stopped_by")
    stopped_at = time("stopped_at")
    lifted_by = plain("lifted_by")
    lifted_at = time("lifted_at")
