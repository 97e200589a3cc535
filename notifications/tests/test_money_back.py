"""Money that goes back is told when it is there: part by part to whoever paid, and at the end to both sides."""

from decimal import Decimal

import pytest
from django.db import transaction

from contracts import audit
from contracts.audit import CLOCK
from contracts.disputes import close, open_dispute
from contracts.models import Contract, Dispute
from notifications.models import Message
from notifications.tests.people import announced, text_of
from payments import endings, escrow
from payments.models import Deposit, Payment, Transfer
from payments.settlement import settle
from tests.factories import (
    CLIENT,
    SMALL,
    acknowledge,
    confirmed,
    fund,
    locked,
    new_phone,
    new_receipt,
    succeeded,
    with_payer,
)
from voicepact.kernel.locking import lock

pytestmark = pytest.mark.django_db


def last_told(contract: Contract, before: int) -> list[tuple[str, str]]:
    return announced(contract)[before:]


def arrives(transfer: Transfer) -> None:
    settle(acknowledge(transfer).pk, succeeded(transfer))


def test_each_part_but_the_last_is_told_to_whoever_paid_and_the_whole_to_both():
    payment = locked()
    contract = payment.contract
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    so_far = len(announced(contract))
    first, last = payment.transfers.open().order_by("part")

    arrives(first)
    assert last_told(contract, so_far) == [("buyer", "part_refunded")]
    assert "KES 250,000 has gone back to your M-Pesa. The rest follows." in text_of(contract, "buyer", "part_refunded")

    arrives(last)
    assert last_told(contract, so_far + 1) == [("buyer", "payment_refunded"), ("seller", "payment_refunded")]
    assert "KES 350,000 has gone back" in text_of(contract, "seller", "payment_refunded")


def _gone_back(payment: Payment, *, original: Transfer | None, amount: int) -> None:
    """Money has gone back of a payment that goes on."""
    back = Transfer.objects.create(
        payment=payment,
        kind=Transfer.Kind.REFUND,
        part=1,
        original=original,
        gateway=payment.gateway,
        phone=payment.payer_phone,
        amount=amount,
        originator_conversation_id=f"VP-{new_receipt()}",
    )
    said = {"payment": payment.transaction_id, "transfer": str(back.pk), "part": 1, "amount": amount}
    said |= {"so_far": amount, "total": 1000}
    audit.record("refund.arrived", contract=payment.contract, actor=CLOCK, payload=said)


def test_a_part_that_was_decided_to_go_back_is_told_to_both_and_promises_no_rest():
    payment = locked(amount=SMALL)
    so_far = len(announced(payment.contract))
    _gone_back(payment, original=None, amount=400)

    assert last_told(payment.contract, so_far) == [("buyer", "refund_arrived"), ("seller", "refund_arrived")]
    assert "KES 400 in all has gone back" in text_of(payment.contract, "seller", "refund_arrived")


def test_what_nobody_wanted_is_told_to_whoever_paid_it_and_to_nobody_else():
    payment = locked(amount=SMALL)
    so_far = len(announced(payment.contract))
    _gone_back(payment, original=payment.transfers.get(), amount=1000)

    assert last_told(payment.contract, so_far) == [("buyer", "unwanted_returned")]


def test_the_buyers_share_of_a_split_is_told_to_the_buyer_alone():
    payment = locked(amount=SMALL)
    dispute = open_dispute(payment.contract_id, phone=payment.payer_phone, reason="Half is wet", channel="sms")
    close(dispute, Dispute.Outcome.SPLIT, seller_amount=Decimal(600), buyer_amount=Decimal(400))
    so_far = len(announced(payment.contract))
    _gone_back(payment, original=None, amount=400)

    assert last_told(payment.contract, so_far) == [("buyer", "share_returned")]
    said = text_of(payment.contract, "buyer", "share_returned")
    assert said.endswith("KES 400 in all has gone back to your M-Pesa. The seller gets the rest.")


# --- to whom, and why -------------------------------------------------------------------------------------------------


def test_each_reads_where_the_money_goes_as_they_would_say_it():
    payment = locked(amount=SMALL)
    contract = payment.contract
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")

    assert text_of(contract, "buyer", "cancelled").endswith("What was paid goes back to your M-Pesa.")
    assert text_of(contract, "seller", "cancelled").endswith("What was paid goes back to the buyer.")
    for transfer in payment.transfers.open():
        arrives(transfer)
    assert text_of(contract, "seller", "payment_refunded").endswith("KES 1,000 has gone back to the buyer.")


def test_what_the_agreed_payer_paid_goes_back_to_the_payer():
    people = with_payer()
    contract = confirmed(amount=SMALL, parties=people)
    phone = contract.party("payer").phone
    fund(escrow.open_checkout(contract.pk, phone=phone, money=contract.money, actor=CLIENT))
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")

    assert text_of(contract, "payer", "cancelled").endswith("back to your M-Pesa.")
    assert text_of(contract, "buyer", "cancelled").endswith("back to the payer.")


def test_a_deal_that_is_off_before_any_money_came_in_says_so():
    contract = confirmed(amount=SMALL)
    endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert text_of(contract, "seller", "cancelled").endswith("No money came in. Do not pay, and do not deliver.")


def test_the_refund_of_a_silent_sellers_deal_says_why():
    payment = locked(amount=SMALL)
    contract = Contract.objects.get(pk=payment.contract_id)
    so_far = len(announced(contract))
    with transaction.atomic():
        endings.call_off(lock(Contract, contract.pk), CLOCK)

    assert last_told(contract, so_far) == [("buyer", "not_delivered"), ("seller", "not_delivered")]
    to_buyer, to_seller = (text_of(contract, role, "not_delivered") for role in ("buyer", "seller"))
    assert to_buyer.endswith(
        "the seller did not deliver in time, so the deal is off. KES 1,000 goes back to your M-Pesa."
    )
    assert to_seller.endswith(
        "you did not reply DELIVERED in time, so the deal is off. KES 1,000 goes back to the buyer."
    )


# --- paid by hand -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text"), [("suspense.matched", "suspense_matched"), ("suspense.returned", "suspense_returned")]
)
def test_whoever_paid_by_hand_is_told_what_became_of_it(kind, text):
    payment = locked(amount=SMALL)
    contract = payment.contract
    so_far = len(announced(contract))
    mine, strangers, nobodys = [
        Deposit.objects.create(gateway="daraja", receipt_number=new_receipt(), amount=500, phone=phone)
        for phone in (contract.buyer.phone, new_phone(), "")
    ]
    for deposit in (mine, strangers, nobodys):
        said = {"deposit": deposit.pk, "amount": 500, "payment": payment.transaction_id}
        audit.record(kind, contract=contract, actor=CLOCK, payload=said)
        audit.record(kind, contract=None, actor=CLOCK, payload=said)

    assert last_told(contract, so_far) == [("buyer", text)]
    assert "KES 500 that you paid to our Pay Bill" in text_of(contract, "buyer", text)
    assert not Message.objects.filter(phone=strangers.phone).exists()
