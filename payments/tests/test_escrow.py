"""The story of a payment: what each step makes true, and what it refuses to touch."""

from decimal import Decimal

import pytest

from contracts.disputes import open_dispute
from contracts.errors import DisputeOpen, NotAParty, WrongState
from contracts.models import Contract, Event
from payments import checkout, endings, escrow, ledger
from payments.errors import AlreadyReleased, AmountMismatch, ContractNotConfirmed, PayerMismatch, PaymentPending
from payments.gateways.base import Source
from payments.ledger import Standing
from payments.models import Payment, Posting, Transfer
from payments.settlement import settle
from payments.tests.states import paid_twice
from tests.factories import (
    CLIENT,
    acknowledge,
    answered,
    checked_out,
    completed,
    confirmed,
    drafted,
    fund,
    locked,
    new_phone,
    open_transfer,
    pay_out,
    prompted,
    refused,
    succeeded,
)
from voicepact.kernel.money import Money

pytestmark = pytest.mark.django_db

WHOLE = Decimal(350_000)


def state(payment: Payment) -> tuple[str, str, Standing]:
    fresh = Payment.objects.select_related("contract").get(pk=payment.pk)
    return fresh.contract.status, fresh.status, ledger.standing(fresh)


def test_the_pages_deal_is_collected_and_paid_out_in_two_parts():
    payment = pay_out(completed())

    parts = payment.transfers.order_by("created_at", "part").values_list("kind", "part", "amount", "status")
    assert list(parts) == [
        ("collection", 1, 250_000, "succeeded"),
        ("collection", 2, 100_000, "succeeded"),
        ("payout", 1, 250_000, "succeeded"),
        ("payout", 2, 100_000, "succeeded"),
    ]
    assert state(payment) == ("completed", "released", Standing(released=WHOLE))


def test_second_part_is_prompted_only_when_the_first_is_in():
    payment = prompted()
    first = open_transfer(payment)
    assert first.part == 1

    settle(first.pk, succeeded(first))

    assert state(payment) == ("confirmed", "pending", Standing(held=Decimal(250_000)))
    assert open_transfer(payment).part == 2


def test_money_is_locked_when_the_whole_amount_is_in():
    payment = fund(checked_out())

    assert state(payment) == ("payment_locked", "locked", Standing(held=WHOLE))


@pytest.mark.parametrize("first", ["deliver", "accept"])
def test_both_confirm_in_either_order_and_release_starts_by_itself(first):
    payment = locked()
    contract = payment.contract
    seller = lambda: escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")  # noqa: E731
    buyer = lambda: escrow.accept(contract.pk, phone=contract.buyer.phone, channel="ussd")  # noqa: E731
    one, other = (seller, buyer) if first == "deliver" else (buyer, seller)

    one()
    assert not payment.transfers.filter(kind="payout").exists()
    other()

    assert state(payment) == ("completed", "locked", Standing(in_transit=WHOLE))


def test_no_payout_before_the_rail_has_confirmed_each_collection():
    payment = fund(checked_out(), confirm=False)
    contract = payment.contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    first, second = payment.transfers.collections().order_by("part")
    settle(first.pk, answered(first))
    assert state(payment) == ("completed", "locked", Standing(held=WHOLE))

    settle(second.pk, answered(second))

    assert state(payment) == ("completed", "locked", Standing(in_transit=WHOLE))


def test_saying_it_again_pays_nothing_twice():
    payment = completed()
    contract = payment.contract

    for _ in range(3):
        escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
        escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert payment.transfers.filter(kind="payout").count() == 2


def test_a_disputed_deal_stays_frozen_whatever_the_parties_say():
    payment = locked()
    contract = payment.contract
    open_dispute(contract.pk, phone=contract.seller.phone, reason="half of it was sent back", channel="sms")

    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    with pytest.raises(DisputeOpen):
        endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert state(payment) == ("disputed", "locked", Standing(held=WHOLE))
    assert not payment.transfers.filter(kind="payout").exists()


@pytest.mark.parametrize("verb", [escrow.deliver, escrow.accept])
def test_strangers_and_the_wrong_party_confirm_nothing(verb):
    payment = locked()
    contract = payment.contract
    wrong = contract.buyer.phone if verb is escrow.deliver else contract.seller.phone

    for phone in (wrong, new_phone()):
        with pytest.raises(NotAParty):
            verb(contract.pk, phone=phone, channel="sms")

    assert not contract.confirmations.exclude(kind="agreed").exists()
    assert state(payment) == ("payment_locked", "locked", Standing(held=WHOLE))


def test_delivery_is_confirmed_only_once_the_money_is_locked():
    contract = confirmed()

    with pytest.raises(WrongState):
        escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")

    assert not contract.confirmations.filter(kind="delivered").exists()


# --- checkout ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"money": Money(Decimal(349_999))}, AmountMismatch),
        ({"phone": "+254700000001"}, PayerMismatch),
    ],
)
def test_a_wrong_checkout_makes_nothing(wrong, error):
    contract = confirmed()
    right = {"phone": contract.buyer.phone, "money": contract.money}

    with pytest.raises(error):
        escrow.open_checkout(contract.pk, **{**right, **wrong}, actor=CLIENT)

    assert not contract.payments.exists()


def test_an_unconfirmed_contract_cannot_be_paid():
    contract = drafted()

    with pytest.raises(ContractNotConfirmed):
        escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)

    assert not contract.payments.exists()


def test_every_state_in_which_a_contract_is_not_paid_has_its_own_words():
    assert checkout.WHY_NOT.keys() == set(Contract.Status) - {Contract.Status.CONFIRMED}


def test_a_checkout_of_a_disputed_deal_is_not_told_to_wait_for_an_agreement():
    contract = locked().contract
    open_dispute(contract.pk, phone=contract.buyer.phone, reason="half of it is missing", channel="sms")
    before = list(Posting.objects.values_list("pk", flat=True)), contract.payments.count()

    with pytest.raises(ContractNotConfirmed) as refusal:
        escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)

    assert str(refusal.value).startswith(f"{contract.pk} is disputed; its money is locked until the dispute is settled")
    assert (list(Posting.objects.values_list("pk", flat=True)), contract.payments.count()) == before


def test_second_checkout_while_a_prompt_is_open_names_the_first():
    payment = prompted()
    contract = payment.contract

    with pytest.raises(PaymentPending) as refusal:
        escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)

    assert refusal.value.extra == {"transaction_id": payment.transaction_id}
    assert contract.payments.count() == payment.transfers.count() == 1


def test_a_failed_payment_leaves_room_for_the_next():
    payment = prompted()
    contract = payment.contract
    transfer = open_transfer(payment)
    settle(transfer.pk, refused(transfer, "1032"))
    assert state(payment) == ("confirmed", "failed", Standing())

    second = escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)

    assert second.transaction_id == f"TXN-{contract.pk}-002"


def test_a_part_paid_payment_is_continued_under_its_own_id():
    payment = prompted()
    contract = payment.contract
    first = open_transfer(payment)
    settle(first.pk, succeeded(first))
    second = acknowledge(open_transfer(payment))
    settle(second.pk, refused(second, "1037"))
    assert state(payment) == ("confirmed", "pending", Standing(held=Decimal(250_000)))

    again = escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)

    assert again.pk == payment.pk
    assert open_transfer(payment).part == 2


@pytest.mark.parametrize("code", ["17", "26", "1001"])
def test_what_is_not_the_buyers_fault_is_prompted_again_three_times(code):
    payment = checked_out()

    for attempt in range(4):
        transfer = acknowledge(open_transfer(payment))
        settle(transfer.pk, refused(transfer, code))
        assert state(payment)[1] == ("pending" if attempt < 3 else "failed")

    assert payment.transfers.count() == 4


# --- deals that end otherwise ---------------------------------------------------------------------------------------


def test_cancel_before_any_money_ends_the_deal():
    contract = confirmed()

    assert endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms") == []

    assert Contract.objects.get(pk=contract.pk).status == "cancelled"


def test_sellers_cancel_gives_every_collection_back_to_whoever_paid_it():
    payment = locked()
    contract = payment.contract

    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")

    refunds = payment.transfers.filter(kind="reversal").order_by("part")
    assert [(t.amount, t.phone, t.original.part) for t in refunds] == [
        (250_000, contract.buyer.phone, 1),
        (100_000, contract.buyer.phone, 2),
    ]
    assert state(payment) == ("cancelled", "locked", Standing(in_transit=WHOLE))
    pay_out(payment)
    assert state(payment) == ("cancelled", "refunded", Standing(refunded=WHOLE))


def test_buyers_cancel_after_locking_only_asks_the_seller():
    payment = locked()
    contract = payment.contract

    assert endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms") == ["seller"]
    assert endings.cancel_for_client(contract.pk, reason="mutual", actor=CLIENT) == ["seller"]

    assert state(payment) == ("payment_locked", "locked", Standing(held=WHOLE))
    assert Event.objects.filter(contract=contract, kind="cancellation.asked").count() == 1


def test_a_completed_deal_is_not_cancelled():
    payment = completed()
    contract = payment.contract

    with pytest.raises(AlreadyReleased):
        endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")

    assert not payment.transfers.filter(kind="reversal").exists()


def test_money_on_a_prompt_that_was_open_when_the_deal_was_cancelled_goes_back():
    payment = prompted()
    contract = payment.contract
    transfer = open_transfer(payment)
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    assert state(payment) == ("cancelled", "pending", Standing())

    settle(transfer.pk, succeeded(transfer))
    assert state(payment) == ("cancelled", "pending", Standing(held=Decimal(250_000)))
    assert not payment.transfers.filter(kind="reversal").exists(), "a callback's claim sends nothing back"
    settle(transfer.pk, answered(transfer))
    assert state(payment) == ("cancelled", "pending", Standing(in_transit=Decimal(250_000)))

    pay_out(payment)
    assert state(payment) == ("cancelled", "refunded", Standing(refunded=Decimal(250_000)))


def test_a_prompt_that_was_open_at_cancel_and_ends_empty_fails_the_payment():
    payment = prompted()
    transfer = open_transfer(payment)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    settle(transfer.pk, refused(transfer, "1037"))

    assert state(payment) == ("cancelled", "failed", Standing())


def test_a_prompt_that_nobody_sent_is_withdrawn_at_cancel():
    payment = checked_out()

    endings.cancel(payment.contract_id, phone=payment.contract.buyer.phone, channel="sms")

    assert state(payment) == ("cancelled", "failed", Standing())
    assert not payment.transfers.open().exists()


def test_late_money_on_a_failed_payment_is_posted_and_sent_back():
    payment = prompted()
    transfer = open_transfer(payment)
    settle(transfer.pk, refused(transfer, "1037"))

    settle(transfer.pk, succeeded(transfer))
    settle(transfer.pk, answered(transfer))

    assert state(payment) == ("confirmed", "failed", Standing(in_transit=Decimal(250_000)))
    pay_out(payment)
    assert state(payment) == ("confirmed", "failed", Standing(refunded=Decimal(250_000)))


def test_money_on_two_prompts_for_one_part_is_kept_once_and_returned_once():
    payment = prompted(amount=Decimal(1_000))
    contract = payment.contract
    first = open_transfer(payment)
    settle(first.pk, refused(first, "1037"))
    payment = escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)
    second = acknowledge(open_transfer(payment))

    settle(second.pk, succeeded(second))
    settle(second.pk, answered(second))
    settle(first.pk, succeeded(first))
    settle(first.pk, answered(first))

    assert state(payment) == ("payment_locked", "locked", Standing(held=Decimal(1_000)))
    assert Event.objects.filter(contract=contract, kind="payment.secured").count() == 1
    back = Transfer.objects.get(kind="reversal", payment__contract=contract)
    assert (back.original_id, back.amount) == (first.pk, 1_000)


def test_unwanted_money_that_waits_for_the_rail_does_not_hold_up_the_seller():
    payment = prompted(amount=Decimal(1_000))
    contract = payment.contract
    first = open_transfer(payment)
    settle(first.pk, refused(first, "1037"))
    payment = escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)
    fund(payment)
    settle(first.pk, succeeded(first))

    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert payment.transfers.filter(kind="payout").count() == 1


def test_a_refused_payout_is_held_and_owed_and_never_sent_again_by_itself():
    payment = completed(amount=Decimal(1_000))
    payout = acknowledge(open_transfer(payment))

    settle(payout.pk, refused(payout, "2040"))
    assert state(payment)[2] == Standing(in_transit=Decimal(1_000)), "a callback's refusal only makes us ask"
    settle(payout.pk, refused(payout, "", Source.ANSWER))

    assert state(payment) == ("completed", "locked", Standing(held=Decimal(1_000)))
    fresh = Transfer.objects.get(pk=payout.pk)
    assert (fresh.status, fresh.failure_code) == ("failed", "recipient_not_registered")
    escrow.accept(payment.contract_id, phone=payment.contract.buyer.phone, channel="sms")
    assert payment.transfers.filter(kind="payout").count() == 1


def test_nothing_but_postings_ever_moves_money():
    payment = pay_out(completed())

    moved = Posting.objects.filter(payment=payment).order_by("id").values_list("source", "destination", "amount")
    held = f"held:{payment.transaction_id}"
    into, out = (
        payment.transfers.collections().order_by("part"),
        payment.transfers.filter(kind="payout").order_by("part"),
    )
    assert list(moved) == [
        *[("outside", held, t.amount) for t in into],
        *[(held, f"in_transit:{t.pk}", t.amount) for t in out],
        *[(f"in_transit:{t.pk}", "outside", t.amount) for t in out],
    ]


def test_a_cancel_withdraws_no_refund_that_waits_to_be_sent():
    payment = paid_twice()
    waiting = payment.transfers.get(kind="reversal")

    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    assert Transfer.objects.get(pk=waiting.pk).status == "requested"
    pay_out(payment)
    assert state(payment) == ("cancelled", "refunded", Standing(refunded=Decimal(500_000)))


def test_money_on_its_way_back_does_not_stop_the_next_part():
    payment = paid_twice()
    contract = payment.contract
    prompt = acknowledge(payment.transfers.collections().open().get())
    settle(prompt.pk, refused(prompt, "1037"))
    assert payment.transfers.open().get().kind == "reversal"

    escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)

    assert payment.transfers.collections().open().get().part == 2


def test_a_refund_after_one_that_failed_has_a_part_of_its_own():
    payment = paid_twice()
    extra = acknowledge(payment.transfers.get(kind="reversal"))
    settle(extra.pk, refused(extra, "R000002", Source.ANSWER))
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    ways_back = payment.transfers.exclude(kind="collection").order_by("kind", "part")
    assert list(ways_back.values_list("kind", "part", "status")) == [
        ("refund", 1, "requested"),
        ("reversal", 1, "failed"),
        ("reversal", 2, "requested"),
    ]
