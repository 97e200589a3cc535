"""Fees in the money: what is collected, what the seller gets, and what stays with us."""

from decimal import Decimal

import pytest

from contracts.models import Event
from notifications import announcements
from notifications.models import Message
from payments import bookcheck, endings, escrow, fees, ledger, refunds
from payments.gateways.base import Source
from payments.ledger import Standing
from payments.models import Payment, Posting
from payments.settlement import settle
from tests.factories import (
    acknowledge,
    checked_out,
    completed,
    fund,
    locked,
    open_transfer,
    pay_out,
    prompted,
    refused,
    succeeded,
)
from voicepact.kernel.money import Money

pytestmark = pytest.mark.django_db

PRICE = Decimal(10_000)  # its payout costs 11
WHOLE = Decimal(350_000)  # its two payouts cost 40 by `tariffs_told`


@pytest.fixture(autouse=True)
def our_fee(settings) -> None:
    settings.PLATFORM_FEE = Decimal(50)


def faults() -> list[str]:
    checks = (bookcheck.balances(), bookcheck.totals(), bookcheck.transfers(), bookcheck.payments())
    return [fault for check in checks for fault in check]


def fee_postings(payment: Payment) -> list[tuple[str, str, Decimal]]:
    rows = payment.postings.filter(transfer=None).order_by("pk")
    return list(rows.values_list("source", "destination", "amount"))


def told(payment: Payment, kind: str) -> list[str]:
    announcements.announce_due()
    return list(Message.objects.filter(contract=payment.contract_id, kind=kind).values_list("text", flat=True))


# --- from one end to the other ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "collected", "released"),
    [("platform", 10_000, 10_000), ("buyer", 10_061, 10_000), ("seller", 10_000, 9_939), ("split", 10_030, 9_969)],
)
def test_what_is_collected_and_not_the_sellers_is_ours(by, collected, released):
    payment = pay_out(completed(amount=PRICE, fees_paid_by=by))

    where = ledger.standing(payment)
    assert payment.status == "released"
    assert where == Standing(released=Decimal(released), fees=Decimal(collected - released))
    assert where.collected == collected
    assert faults() == []


@pytest.mark.parametrize(
    ("by", "collections", "payouts"),
    [
        ("buyer", [250_000, 100_090], [250_000, 100_000]),
        ("seller", [250_000, 100_000], [250_000, 99_910]),
        ("split", [250_000, 100_045], [250_000, 99_955]),
    ],
)
def test_parts_are_made_of_what_is_really_carried(tariffs_told, by, collections, payouts):
    payment = pay_out(completed(amount=WHOLE, fees_paid_by=by))

    def amounts(kind: str) -> list[Decimal]:
        return list(payment.transfers.filter(kind=kind).order_by("part").values_list("amount", flat=True))

    assert (amounts("collection"), amounts("payout")) == (collections, payouts)
    assert payment.status == "released"
    assert faults() == []


def test_a_buyers_fee_alone_may_make_a_second_part(tariffs_told):
    payment = prompted(amount=Decimal(249_950), fees_paid_by="buyer")

    assert open_transfer(payment).amount == 250_000
    payment = fund(payment)
    assert [t.amount for t in payment.transfers.order_by("part")] == [250_000, 20]
    assert payment.status == "locked"


def test_the_price_alone_locks_nothing_when_the_buyer_bears_the_fee(tariffs_told):
    payment = prompted(amount=Decimal(250_000), fees_paid_by="buyer")

    settle(open_transfer(payment).pk, succeeded(open_transfer(payment)))

    assert (Payment.objects.get(pk=payment.pk).status, open_transfer(payment).amount) == ("pending", 70)


def test_a_payment_keeps_the_fees_with_which_it_began(settings):
    payment = checked_out(amount=PRICE, fees_paid_by="split")
    settings.PLATFORM_FEE = Decimal(0)

    assert (payment.buyer_fee, payment.seller_fee) == (30, 31)
    assert (payment.money, payment.to_collect, payment.to_pay_out, payment.fee) == tuple(
        Money(Decimal(amount)) for amount in (10_000, 10_030, 9_969, 61)
    )


# --- when it is taken -------------------------------------------------------------------------------------------------


def test_the_fee_is_held_until_the_payout_is_requested_and_taken_with_it():
    payment = locked(amount=PRICE, fees_paid_by="buyer")
    assert ledger.standing(payment) == Standing(held=PRICE + 61)

    escrow.deliver(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    escrow.accept(payment.contract_id, phone=payment.contract.buyer.phone, channel="sms")

    assert ledger.standing(payment) == Standing(in_transit=PRICE, fees=Decimal(61))
    assert fee_postings(payment) == [(ledger.held(payment), "fees", 61)]


def test_a_fee_is_taken_once():
    payment = completed(amount=PRICE, fees_paid_by="seller")
    before = Posting.objects.count()

    fees.take(payment)
    escrow.release(payment.contract, payment)

    assert Posting.objects.count() == before


def test_without_fee_there_is_no_posting_of_one():
    assert fee_postings(completed(amount=PRICE)) == []


# --- when it goes back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["buyer", "seller", "split"])
def test_a_full_refund_returns_the_buyers_fee_too(by):
    payment = locked(amount=PRICE, fees_paid_by=by)
    collected = payment.to_collect.amount

    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    payment = pay_out(payment)

    assert (payment.status, ledger.standing(payment)) == ("refunded", Standing(refunded=collected))
    assert fee_postings(payment) == []
    assert faults() == []


def test_a_fee_that_was_taken_goes_back_with_everything_else():
    payment = completed(amount=PRICE, fees_paid_by="buyer")
    payout = acknowledge(open_transfer(payment))
    settle(payout.pk, refused(payout, "2040", Source.ANSWER))
    assert ledger.standing(payment) == Standing(held=PRICE, fees=Decimal(61))

    refunds.want_back(payment, "decided")

    assert ledger.standing(payment) == Standing(in_transit=PRICE + 61)
    assert [posting[:2] for posting in fee_postings(payment)] == [
        (ledger.held(payment), "fees"),
        ("fees", ledger.held(payment)),
    ]
    assert (pay_out(payment).status, ledger.standing(payment).fees) == ("refunded", 0)
    assert faults() == []


# --- what people are told ---------------------------------------------------------------------------------------------


def test_the_parties_agree_to_what_each_pays_and_gets():
    payment = prompted(amount=PRICE, fees_paid_by="split")
    deal = payment.contract_id

    assert set(told(payment, "asked_to_agree_with_fees")) == {
        f"VoicePact {deal}: Wanjiku pays KES 10,030 for 100 bags of Maize, Otieno gets 9,969."
        f" Reply YES-{deal} or NO-{deal}."
    }
    assert told(payment, "asked_to_agree") == []
    assert "Pay KES 10,030 at" in told(payment, "agreed_pay")[0]


def test_without_fees_the_first_text_is_the_plain_one():
    payment = prompted(amount=PRICE)

    assert len(told(payment, "asked_to_agree")) == 2
    assert told(payment, "asked_to_agree_with_fees") == []


def test_texts_state_what_came_in_and_what_reached_the_seller():
    payment = pay_out(completed(amount=PRICE, fees_paid_by="split"))

    assert "Amount: KES 10,030.00" in told(payment, "payment_received")[0]
    assert "KES 10,030 is locked" in told(payment, "locked_buyer")[0]
    assert "KES 9,969 is locked for you" in told(payment, "locked_seller")[0]
    assert all("Amount: KES 9,969.00" in text for text in told(payment, "payment_released"))


def test_sums_so_far_are_of_what_is_carried(tariffs_told):
    payment = pay_out(completed(amount=WHOLE, fees_paid_by="split"))

    assert told(payment, "part_received")[0].startswith(f"VoicePact {payment.contract_id}: KES 250,000 of 350,045")
    assert told(payment, "part_sent")[0].startswith(f"VoicePact {payment.contract_id}: KES 250,000 of 349,955")
    arrived = Event.objects.filter(contract=payment.contract_id, kind="payout.arrived").order_by("serial")
    assert [(event.payload["so_far"], event.payload["total"]) for event in arrived] == [
        (250_000, 349_955),
        (349_955, 349_955),
    ]


# --- what the checks find ---------------------------------------------------------------------------------------------


def test_a_released_payment_without_its_fee_is_found(monkeypatch):
    monkeypatch.setattr(fees, "take", lambda _: None)
    payment = pay_out(completed(amount=PRICE, fees_paid_by="seller"))
    assert payment.status == "locked", "what is still held keeps a payment open"

    payment.release()
    payment.save(update_fields=["status", "released_at"])

    assert any(payment.transaction_id in fault for fault in bookcheck.payments())


def test_a_fee_on_money_that_goes_back_is_found():
    payment = locked(amount=PRICE, fees_paid_by="buyer")
    ledger.post(ledger.held(payment), ledger.FEES, Money(Decimal(60)), payment=payment)

    assert any(payment.transaction_id in fault for fault in bookcheck.payments())
