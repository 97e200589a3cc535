"""Money that goes back is told when it is there: part by part to whoever paid, and at the end to both sides."""

from decimal import Decimal

import pytest

from contracts import audit
from contracts.audit import CLOCK
from contracts.models import Contract
from notifications.models import Message
from notifications.tests.people import announced, text_of
from payments import endings
from payments.models import Deposit, Payment, Transfer
from payments.settlement import settle
from tests.factories import acknowledge, locked, new_phone, new_receipt, succeeded

pytestmark = pytest.mark.django_db
SMALL = Decimal(1_000)


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
    assert "KES 500 that you paid by hand" in text_of(contract, "buyer", text)
    assert not Message.objects.filter(phone=strangers.phone).exists()
