"""Money that did not move is told as it is: tomorrow, after we have mended our fault, or after a call."""

from decimal import Decimal

import pytest

from contracts import audit
from contracts.audit import CLOCK
from contracts.models import Contract
from notifications.tests.people import announced, text_of
from payments import endings
from payments.gateways.base import Source
from payments.models import Transfer
from payments.settlement import settle
from tests.factories import acknowledge, completed, locked, open_transfer, prompted, refused
from voicepact.kernel.clock import NAIROBI, now

pytestmark = pytest.mark.django_db
SMALL = Decimal(1_000)


def last_told(contract: Contract, before: int) -> list[tuple[str, str]]:
    return announced(contract)[before:]


def refuse_payout(code: str) -> tuple[Contract, list[tuple[str, str]]]:
    """A payout was refused on the rail's own word; the deal, and what that told whom."""
    payment = completed(amount=SMALL)
    so_far = len(announced(payment.contract))
    transfer = acknowledge(open_transfer(payment))
    settle(transfer.pk, refused(transfer, code, Source.ANSWER))
    return payment.contract, last_told(payment.contract, so_far)


# --- out --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["4", "8"])
def test_a_limit_of_the_recipient_is_told_to_both_with_tomorrow(code):
    contract, told = refuse_payout(code)

    assert told == [("buyer", "owed_tomorrow"), ("seller", "owed_tomorrow")]
    assert "cannot send KES 1,000 to the seller today" in text_of(contract, "buyer", "owed_tomorrow")
    text = text_of(contract, "seller", "owed_tomorrow")
    assert "cannot send KES 1,000 to you today" in text
    assert "we try again tomorrow" in text


@pytest.mark.parametrize("code", ["1", "11", "21", "2001", "2006", "2028", "8006"])
def test_our_own_fault_is_told_to_both_and_blames_nobody_else(code):
    contract, told = refuse_payout(code)

    assert told == [("buyer", "owed_our_fault"), ("seller", "owed_our_fault")]
    assert "a fault at M-Pesa or with us" in text_of(contract, "buyer", "owed_our_fault")


@pytest.mark.parametrize("code", ["2040", "SFC_IC0003"])
def test_a_number_that_the_rail_does_not_know_is_told_to_its_owner_who_is_called(code):
    contract, told = refuse_payout(code)

    assert told == [("buyer", "owed"), ("seller", "owed_your_number")]
    assert "does not know your number" in text_of(contract, "seller", "owed_your_number")
    assert "number" not in text_of(contract, "buyer", "owed")


def test_a_refusal_that_nobody_has_explained_is_for_our_staff():
    contract, told = refuse_payout("no such code")

    assert told == [("buyer", "owed"), ("seller", "owed")]
    assert "still owed; our staff look into it" in text_of(contract, "seller", "owed")


@pytest.mark.parametrize(
    ("code", "buyer", "seller"),
    [
        ("recipient_daily_limit", "owed_tomorrow", "owed_tomorrow"),
        ("float_short", "owed_our_fault", "owed_our_fault"),
        ("recipient_unknown", "owed_your_number", "owed"),
        ("refused", "owed", "owed"),
    ],
)
def test_of_a_refund_the_recipient_is_whoever_paid(code, buyer, seller):
    payment = locked(amount=SMALL)
    so_far = len(announced(payment.contract))
    paid = payment.transfers.get()
    said = {"payment": payment.transaction_id, "transfer": str(paid.pk), "amount": 1000, "code": code}
    audit.record("refund.owed", contract=payment.contract, actor=CLOCK, payload=said)

    assert last_told(payment.contract, so_far) == [("buyer", buyer), ("seller", seller)]
    assert "back to the buyer" in text_of(payment.contract, "seller", seller)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("float_short", [("buyer", "owed_our_fault"), ("seller", "owed_our_fault")]),
        ("not_reversible", []),
        ("refused", []),
    ],
)
def test_a_reversal_that_becomes_a_payout_by_itself_worries_nobody(code, told):
    payment = locked(amount=SMALL)
    so_far = len(announced(payment.contract))
    paid = payment.transfers.get()
    said = {"payment": payment.transaction_id, "transfer": str(paid.pk), "amount": 1000, "code": code}
    audit.record("reversal.owed", contract=payment.contract, actor=CLOCK, payload=said)

    assert last_told(payment.contract, so_far) == told


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("stop", "we have stopped sending money for a check"),
        ("circuit", "M-Pesa takes no orders from us just now"),
    ],
)
def test_a_delay_is_told_to_both_with_its_reason(why, words):
    payment = completed(amount=SMALL)
    so_far = len(announced(payment.contract))
    said = {"payment": payment.transaction_id, "why": why}
    audit.record("payout.delayed", contract=payment.contract, actor=CLOCK, payload=said)

    assert last_told(payment.contract, so_far) == [("buyer", "payout_delayed"), ("seller", "payout_delayed")]
    assert words in text_of(payment.contract, "seller", "payout_delayed")


# --- in ---------------------------------------------------------------------------------------------------------------


def _limit_reached(transfer: Transfer) -> None:
    """The rail has called the prompt stopped by the payer's limit, and the payment goes on."""
    assert transfer.payment is not None
    said = {"transfer": str(transfer.pk), "kind": "collection", "part": 1, "code": "daily_limit"}
    audit.record("transfer.failed", contract=transfer.payment.contract, actor=CLOCK, payload=said)


def test_a_limit_of_the_payer_is_told_once_a_day_with_when_the_prompt_comes_again(time_machine, settings):
    settings.CLOCK_MOVABLE = False
    time_machine.move_to(now().astimezone(NAIROBI).replace(hour=9), tick=False)
    payment = prompted(amount=SMALL)
    so_far = len(announced(payment.contract))
    transfer = open_transfer(payment)
    _limit_reached(transfer)
    _limit_reached(transfer)

    assert last_told(payment.contract, so_far) == [("buyer", "prompt_tomorrow")]
    text = text_of(payment.contract, "buyer", "prompt_tomorrow")
    assert f"again tomorrow at 08:00, or when you reply PAY-{payment.contract_id}" in text

    time_machine.shift(24 * 3600)
    _limit_reached(transfer)
    assert last_told(payment.contract, so_far) == [("buyer", "prompt_tomorrow")] * 2


def test_a_limit_that_ends_the_payment_promises_no_prompt():
    payment = prompted(amount=SMALL)
    transfer = open_transfer(payment)
    _limit_reached(transfer)
    failed = {"payment": payment.transaction_id, "code": "daily_limit"}
    audit.record("payment.failed", contract=payment.contract, actor=CLOCK, payload=failed)

    assert ("buyer", "prompt_tomorrow") not in announced(payment.contract)


def test_another_failure_of_a_prompt_is_not_told_as_a_limit():
    payment = prompted(amount=SMALL)
    transfer = open_transfer(payment)
    settle(transfer.pk, refused(transfer, "1032"))

    assert ("buyer", "prompt_tomorrow") not in announced(payment.contract)


def test_money_that_came_late_and_counts_is_not_to_be_paid_again():
    payment = locked(amount=SMALL)
    so_far = len(announced(payment.contract))
    paid = payment.transfers.get()
    said = {"payment": payment.transaction_id, "transfer": str(paid.pk), "amount": 1000}
    audit.record("collection.late", contract=payment.contract, actor=CLOCK, payload=said)

    assert last_told(payment.contract, so_far) == [("buyer", "came_late")]
    assert "do not pay it again" in text_of(payment.contract, "buyer", "came_late")


def test_money_that_came_late_and_goes_back_is_only_told_as_not_wanted():
    payment = locked(amount=SMALL)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    paid = payment.transfers.collections().get()
    said = {"payment": payment.transaction_id, "transfer": str(paid.pk), "amount": 1000}
    audit.record("collection.late", contract=payment.contract, actor=CLOCK, payload=said)

    assert ("buyer", "came_late") not in announced(payment.contract)
