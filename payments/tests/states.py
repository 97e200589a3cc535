"""Payments half way, in trouble and on the way back, reached through the real verbs."""

from typing import Any

from django.db import transaction

from contracts.models import Contract, Deadline
from payments import endings, escrow
from payments.locks import lock_transfer
from payments.models import Payment
from payments.outcomes import NO_ANSWER, Failure
from payments.settlement import fail, settle
from tests.factories import (
    CLIENT,
    acknowledge,
    answered,
    checked_out,
    locked,
    open_transfer,
    prompted,
    refused,
    succeeded,
)
from voicepact.kernel.locking import lock


def first_part(payment: Payment, kind: str) -> Payment:
    """The first part of the collection, payout or refund has arrived."""
    transfer = acknowledge(payment.transfers.get(kind=kind, part=1))
    settle(transfer.pk, succeeded(transfer))
    return fresh(payment)


def second_prompt_refused(**terms: Any) -> Payment:
    payment = first_part(checked_out(**terms), "collection")
    transfer = acknowledge(open_transfer(payment))
    settle(transfer.pk, refused(transfer, "1032"))
    return fresh(payment)


def failed(**terms: Any) -> Payment:
    payment = prompted(**terms)
    settle(open_transfer(payment).pk, refused(open_transfer(payment), "1"))
    return fresh(payment)


def paid_twice(**terms: Any) -> Payment:
    """Part 1 is in twice, on two prompts: one is kept, the other's refund is requested and not sent yet."""
    payment = prompted(**terms)
    contract = payment.contract
    first = open_transfer(payment)
    fail(lock_transfer(first.pk), Failure(NO_ANSWER, "The rail never answered"))
    payment = escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)
    second = acknowledge(open_transfer(payment))
    for transfer in (second, first):
        settle(transfer.pk, succeeded(transfer))
        settle(transfer.pk, answered(transfer))
    return fresh(payment)


def in_quarantine(**terms: Any) -> Payment:
    """Its first prompt was answered with another amount than was asked for."""
    payment = prompted(**terms)
    asked = open_transfer(payment)
    settle(asked.pk, succeeded(asked, amount=asked.amount - 1))
    return fresh(payment)


def expired_in_quarantine(**terms: Any) -> Payment:
    payment = in_quarantine(**terms)
    with transaction.atomic():
        endings.expire(lock(Contract, payment.contract_id), Deadline.Kind.FUNDING)
    return fresh(payment)


def note_acknowledgement(contract: Contract) -> None:
    """The worker has written down that the first prompt was acknowledged."""
    payment = contract.payments.get()
    payment.external_transaction_id = open_transfer(payment).external_id
    payment.save(update_fields=["external_transaction_id"])


def refunding(**terms: Any) -> Payment:
    payment = locked(**terms)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return fresh(payment)


def fresh(payment: Payment) -> Payment:
    return Payment.objects.get(pk=payment.pk)
