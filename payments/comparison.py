"""What the rail says, compared with what was asked of it and with what is counted already."""

from contracts.models import Event
from payments import suspense
from payments.gateways.base import Outcome, Source, Verdict
from payments.models import Transfer

Status = Transfer.Status
ANOTHER_RECEIPT = "another receipt number"
ANOTHER_TRANSFERS = "the receipt number of another transfer"
OTHER_MONEYS = "the receipt number of other money"
ABOUT_RECEIPTS = (ANOTHER_TRANSFERS, OTHER_MONEYS)
"""Doubts that only a receipt number of its own can settle."""


def is_further(transfer: Transfer, outcome: Outcome) -> bool:
    """Whether a callback tells of more money by a prompt that is settled: the caller has to follow that receipt number.

    So it is when the prompt was answered after the same amount had been paid by hand. Where only people have said what
    the receipt number is, another one may be theirs mistyped, and the money the same: that is for people to compare.
    """
    settled = transfer.is_collection and transfer.status == Status.SUCCEEDED and transfer.receipt_number
    claim = outcome.source == Source.CALLBACK and outcome.verdict == Verdict.SUCCEEDED and outcome.receipt_number
    if not settled or not claim or outcome.amount != transfer.amount:
        return False
    return outcome.receipt_number != transfer.receipt_number and not _is_marked(transfer)


def _is_marked(transfer: Transfer) -> bool:
    """Whether people have said what became of it, and not the rail."""
    assert transfer.payment is not None, "a collection has its payment"
    told = Event.objects.filter(contract=transfer.payment.contract_id, kind="transfer.marked")
    return told.filter(payload__transfer=str(transfer.pk)).exists()


def is_counted(transfer: Transfer, outcome: Outcome) -> bool:
    """Whether a prompt that had ended without money was paid after all, and the same money came by another road."""
    if transfer.payment is None or not transfer.is_collection or transfer.status != Status.FAILED:
        return False
    if outcome.amount is None or not outcome.receipt_number:
        return False
    counted = Transfer.objects.collections().succeeded().filter(payment__contract=transfer.payment.contract_id)
    by_hand = counted.filter(gateway=transfer.gateway, deposit__isnull=False, amount=outcome.amount)
    return by_hand.filter(receipt_number=outcome.receipt_number).exists()


def mismatch(transfer: Transfer, outcome: Outcome) -> str:
    """Why the outcome cannot be about this transfer; empty if it can."""
    if outcome.external_id:
        if transfer.external_id and outcome.external_id != transfer.external_id and not transfer.repeated_at:
            return "another id"
        others = Transfer.objects.filter(gateway=transfer.gateway).exclude(pk=transfer.pk)
        if others.filter(external_id=outcome.external_id).exists():
            return "the id of another transfer"
    if outcome.verdict != Verdict.SUCCEEDED:
        return ""
    if outcome.receipt_number and (reason := _other_receipt(transfer, outcome.receipt_number)):
        return reason
    return _other_money(transfer, outcome)


def _other_receipt(transfer: Transfer, number: str) -> str:
    """Why the receipt number is not this transfer's; empty if it can be."""
    if transfer.receipt_number and number != transfer.receipt_number:
        return ANOTHER_RECEIPT
    others = Transfer.objects.filter(gateway=transfer.gateway).exclude(pk=transfer.pk)
    if others.filter(receipt_number=number, status=Status.SUCCEEDED).exists():
        return ANOTHER_TRANSFERS
    if transfer.is_collection and suspense.is_denied(transfer, number):
        return OTHER_MONEYS
    return ""


def _other_money(transfer: Transfer, outcome: Outcome) -> str:
    """Why what moved is not what was asked for; empty if it is, as far as the rail says."""
    if outcome.money_out is not None and outcome.money_out == transfer.is_collection:
        return "money in the other direction"
    if outcome.amount is not None and outcome.amount != transfer.amount:
        return "another amount"
    if outcome.phone and outcome.phone != transfer.phone:
        return "another phone"
    return ""
