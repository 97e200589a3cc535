"""Events become messages: once per event and party, to those whom it concerns, and never ahead of the money."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from contracts import agreements, audit
from contracts.audit import CLOCK, Actor, party_actor
from contracts.disputes import add_evidence, open_by_clock, open_by_staff, open_dispute
from contracts.models import Event, Outbox
from notifications import announcements, texts
from notifications.models import Message
from notifications.tests.people import announced, text_of
from payments import endings, escrow
from payments.models import Payment
from payments.settlement import settle
from tests.factories import (
    CLIENT,
    SMALL,
    acknowledge,
    answered,
    checked_out,
    completed,
    confirmed,
    drafted,
    fund,
    locked,
    open_transfer,
    pay_out,
    prompted,
    refused,
    succeeded,
    with_payer,
)

pytestmark = pytest.mark.django_db

AGREED = [("buyer", "asked_to_agree"), ("seller", "asked_to_agree"), ("buyer", "agreed_pay"), ("seller", "agreed_wait")]
FUNDED = [*AGREED, ("buyer", "payment_received"), ("buyer", "locked_buyer"), ("seller", "locked_seller")]


# --- the story --------------------------------------------------------------------------------------------------------


def test_the_pages_deal_tells_everybody_what_they_need_in_order():
    contract = pay_out(completed()).contract

    assert announced(contract) == [
        *AGREED,
        ("buyer", "part_received"),
        ("buyer", "payment_received"),
        ("buyer", "locked_buyer"),
        ("seller", "locked_seller"),
        ("buyer", "delivered"),
        ("seller", "part_sent"),
        ("buyer", "payment_released"),
        ("seller", "payment_released"),
    ]


def test_the_pages_own_texts_are_to_the_letter():
    payment = pay_out(completed())
    deal, seller = payment.contract_id, payment.contract.seller.phone

    assert text_of(payment.contract, "buyer", "payment_received") == (
        f"VoicePact Payment Received:\nContract: {deal}\nAmount: KES 350,000.00\nStatus: Processing\n"
        "You will receive confirmation shortly."
    )
    for role in ("buyer", "seller"):
        assert text_of(payment.contract, role, "payment_released") == (
            f"VoicePact Payment Released:\nContract: {deal}\nAmount: KES 350,000.00\nTo: {seller}\n"
            f"Transaction ID: TXN-{deal}-001"
        )


def test_the_invitation_says_the_deal_and_the_exact_replies():
    contract = drafted()

    text = text_of(contract, "seller", "asked_to_agree")

    assert text == (
        f"VoicePact {contract.pk}: Wanjiku buys 100 bags of Maize from Otieno for KES 350,000."
        f" Agree? Reply YES-{contract.pk} or NO-{contract.pk}."
    )


def test_each_message_goes_to_the_partys_own_phone_and_names_its_event():
    contract = confirmed()
    announced(contract)

    message = Message.objects.get(contract=contract, kind="agreed_wait")

    assert (message.phone, message.party, message.status) == (contract.seller.phone, contract.seller, "queued")
    assert message.event is not None
    assert message.event.kind == "contract.confirmed"


# --- money in part ----------------------------------------------------------------------------------------------------


def test_only_sums_that_have_arrived_are_stated():
    payment = prompted()
    contract = payment.contract
    assert announced(contract) == AGREED

    first = open_transfer(payment)
    settle(first.pk, succeeded(first))

    assert announced(contract) == [*AGREED, ("buyer", "part_received")]
    assert "KES 250,000 of 350,000 received" in text_of(contract, "buyer", "part_received")


def test_nobody_is_told_to_deliver_before_the_rail_itself_has_confirmed_the_money():
    payment = fund(checked_out(amount=SMALL), confirm=False)

    assert announced(payment.contract) == [*AGREED, ("buyer", "payment_received")]


def test_a_part_that_was_paid_out_is_told_to_the_seller_and_release_when_all_is_there():
    payment = completed()
    first, second = payment.transfers.open().order_by("part")
    acknowledge(first)
    settle(first.pk, succeeded(first))
    announced(payment.contract)
    assert "KES 250,000 of 350,000 sent" in text_of(payment.contract, "seller", "part_sent")
    assert not Message.objects.filter(contract=payment.contract, kind="payment_released").exists()

    acknowledge(second)
    settle(second.pk, succeeded(second))

    assert announced(payment.contract)[-2:] == [("buyer", "payment_released"), ("seller", "payment_released")]


# --- in another order -------------------------------------------------------------------------------------------------


def test_accepting_before_delivery_tells_the_seller_and_delivery_then_asks_the_buyer_nothing():
    contract = locked(amount=SMALL).contract
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")

    assert announced(contract) == [*FUNDED, ("seller", "accepted_early")]


def test_nobody_is_told_to_deliver_what_was_delivered_or_disputed_before_the_rail_confirmed():
    delivered = fund(checked_out(amount=SMALL), confirm=False).contract
    escrow.deliver(delivered.pk, phone=delivered.seller.phone, channel="sms")
    disputed = fund(checked_out(amount=SMALL), confirm=False).contract
    open_dispute(disputed.pk, phone=disputed.buyer.phone, reason="", channel="sms")
    for contract in (delivered, disputed):
        collected = contract.payments.get().transfers.get()
        settle(collected.pk, answered(collected))

    assert ("seller", "locked_seller") not in announced(delivered)
    assert ("buyer", "locked_buyer") not in announced(disputed)
    assert ("seller", "locked_seller") not in announced(disputed)


# --- failures ---------------------------------------------------------------------------------------------------------


def test_a_failed_payment_says_why_and_how_to_try_again():
    payment = prompted(amount=SMALL)
    transfer = open_transfer(payment)
    settle(transfer.pk, refused(transfer, "2001"))

    text = text_of(payment.contract, "buyer", "payment_failed")

    deal = payment.contract_id
    pay_bill = f"Pay Bill 174379, account {payment.reference}"
    assert text == f"VoicePact {deal}: payment failed: Wrong PIN. Reply PAY-{deal} or {pay_bill}."


def test_a_deal_that_is_off_asks_nobody_to_pay_again():
    payment = prompted(amount=SMALL)
    transfer = open_transfer(payment)
    endings.cancel(payment.contract_id, phone=payment.contract.buyer.phone, channel="sms")
    settle(transfer.pk, refused(transfer, "1032"))

    assert announced(payment.contract) == [*AGREED, ("buyer", "cancelled"), ("seller", "cancelled")]


def test_money_that_comes_too_late_is_told_to_whoever_paid_it():
    contract = confirmed(parties=with_payer(), amount=SMALL)
    payer = contract.party("payer").phone
    payment = escrow.open_checkout(contract.pk, phone=payer, money=contract.money, actor=CLIENT)
    transfer = acknowledge(open_transfer(payment))
    endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms")

    settle(transfer.pk, succeeded(transfer))

    assert announced(contract)[-1] == ("payer", "not_wanted")
    assert "KES 1,000 came in when it was no longer needed" in text_of(contract, "payer", "not_wanted")


def test_an_agreed_payer_is_told_what_concerns_the_prompts_on_that_phone():
    contract = confirmed(parties=with_payer(), amount=SMALL)
    payment = escrow.open_checkout(contract.pk, phone=contract.party("payer").phone, money=contract.money, actor=CLIENT)
    transfer = acknowledge(open_transfer(payment))
    settle(transfer.pk, refused(transfer, "1032"))

    assert announced(contract)[-2:] == [("buyer", "payment_failed"), ("payer", "payment_failed")]


def test_an_agreed_payer_hears_what_whoever_pays_must_hear():
    contract = confirmed(parties=with_payer(), amount=SMALL)
    payer = contract.party("payer").phone
    payment = escrow.open_checkout(contract.pk, phone=payer, money=contract.money, actor=CLIENT)
    pay_out(completed_by_both(fund(payment)))

    told = [kind for role, kind in announced(contract) if role == "payer"]

    assert told == ["asked_to_agree", "agreed_payer", "payment_received", "locked_payer"]
    assert f"PAY-{contract.pk}" in text_of(contract, "payer", "agreed_payer")
    assert ("buyer", "payment_received") in announced(contract)


def test_an_agreed_payer_who_is_never_prompted_is_told_of_no_money():
    contract = confirmed(parties=with_payer(), amount=SMALL)
    buyer = contract.buyer.phone
    payment = escrow.open_checkout(contract.pk, phone=buyer, money=contract.money, actor=CLIENT)
    pay_out(completed_by_both(fund(payment)))

    assert [kind for role, kind in announced(contract) if role == "payer"] == ["asked_to_agree", "agreed_payer"]


def completed_by_both(payment: Payment) -> Payment:
    contract = payment.contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    return payment


# --- deals that end otherwise -----------------------------------------------------------------------------------------


def test_a_refund_is_told_when_it_has_arrived():
    payment = locked(amount=SMALL)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    assert announced(payment.contract)[-1] == ("seller", "cancelled")

    pay_out(payment)

    assert announced(payment.contract)[-2:] == [("buyer", "payment_refunded"), ("seller", "payment_refunded")]
    assert "KES 1,000 has gone back" in text_of(payment.contract, "buyer", "payment_refunded")


def test_the_seller_is_asked_when_the_buyer_wants_to_cancel():
    contract = locked(amount=SMALL).contract
    endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert announced(contract) == [*FUNDED, ("seller", "cancellation_asked")]
    assert f"CANCEL-{contract.pk}" in text_of(contract, "seller", "cancellation_asked")


# --- disputes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("opener", "other"), [("buyer", "seller"), ("seller", "buyer")])
def test_a_dispute_is_told_to_both_and_the_other_side_is_asked_for_its_own(opener, other):
    contract = locked(amount=SMALL).contract
    opened = open_dispute(
        contract.pk, phone=contract.party(opener).phone, reason="not paid for transport", channel="sms"
    )

    assert sorted(announced(contract)[len(FUNDED) :]) == sorted(
        [(opener, "dispute_opened"), (other, "dispute_to_answer")]
    )
    answer_by = texts.moment(opened.opened_at + timedelta(hours=72))
    asked = text_of(contract, other, "dispute_to_answer")
    assert f"the {opener} opened a dispute" in asked
    assert f"by {answer_by}: reply DISPUTE-{contract.pk}" in asked


def test_a_dispute_of_the_clocks_or_staffs_asks_both_sides():
    silent, watched = locked(amount=SMALL).contract, locked(amount=SMALL).contract
    open_by_clock(silent, reason="silence")
    open_by_staff(watched.pk, reason="odd", actor=Actor("staff:1", "staff"))

    assert announced(silent)[-2:] == [("buyer", "dispute_of_clock_buyer"), ("seller", "dispute_of_clock_seller")]
    assert announced(watched)[-2:] == [("buyer", "dispute_to_answer"), ("seller", "dispute_to_answer")]
    assert "our staff opened a dispute" in text_of(watched, "buyer", "dispute_to_answer")


def test_an_answer_is_told_to_the_opener_and_further_evidence_to_nobody():
    contract = locked(amount=SMALL).contract
    opened = open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="sms")
    before = len(announced(contract))
    for _ in range(2):
        add_evidence(opened.pk, party=contract.seller, actor=party_actor(contract.seller, "sms"), text="They were dry.")

    assert announced(contract)[before:] == [("buyer", "dispute_answered")]


@pytest.mark.parametrize(
    ("opener", "said", "heard"),
    [
        ("buyer", (), [("buyer", "dispute_over_buyer"), ("seller", "dispute_over_seller")]),
        (
            "seller",
            ("deliver",),
            [("buyer", "dispute_over_buyer"), ("seller", "dispute_over"), ("buyer", "delivered")],
        ),
        ("seller", ("accept",), [("buyer", "dispute_over"), ("seller", "dispute_over_seller")]),
        ("seller", ("deliver", "accept"), [("buyer", "dispute_over"), ("seller", "dispute_over")]),
    ],
)
def test_when_a_dispute_is_over_each_side_hears_what_is_left_to_do(opener, said, heard):
    contract = locked(amount=SMALL).contract
    open_dispute(contract.pk, phone=contract.party(opener).phone, reason="wet", channel="sms")
    for verb in said:
        who = contract.seller if verb == "deliver" else contract.buyer
        getattr(escrow, verb)(contract.pk, phone=who.phone, channel="sms")
    before = len(announced(contract))

    endings.withdraw(contract.pk, phone=contract.party(opener).phone, channel="sms")

    assert announced(contract)[before:] == heard


def test_a_seller_who_gives_in_ends_dispute_and_deal_in_one_text():
    contract = locked(amount=SMALL).contract
    open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="sms")
    before = len(announced(contract))

    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")

    assert announced(contract)[before:] == [("buyer", "cancelled"), ("seller", "cancelled")]


@pytest.mark.parametrize("outcome", ["released", "refunded", "split"])
def test_a_decision_is_told_to_both_without_a_sum_that_has_not_arrived(outcome):
    contract = locked(amount=SMALL).contract
    payload = {"dispute": 1, "proposal": 1, "outcome": outcome, "seller_amount": 400, "buyer_amount": 600}
    audit.record("dispute.resolved", contract=contract, actor=CLOCK, payload=payload)

    assert announced(contract)[-2:] == [("buyer", f"dispute_{outcome}"), ("seller", f"dispute_{outcome}")]
    assert "KES" not in text_of(contract, "buyer", f"dispute_{outcome}")


# --- clocks -----------------------------------------------------------------------------------------------------------


def test_who_is_silent_is_reminded_of_the_exact_reply():
    contract = locked(amount=SMALL).contract
    for role, what in (("buyer", "accept"), ("seller", "confirm")):
        payload = {"party": role, "what": what, "number": 1}
        audit.record("party.reminded", contract=contract, actor=CLOCK, payload=payload)

    assert announced(contract)[-2:] == [("buyer", "reminded_accept"), ("seller", "reminded_confirm")]
    assert f"ACCEPT-{contract.pk}" in text_of(contract, "buyer", "reminded_accept")
    assert f"DELIVERED-{contract.pk}" in text_of(contract, "seller", "reminded_confirm")


def test_the_seller_is_warned_of_the_hour_in_nairobi():
    contract = locked(amount=SMALL).contract
    audit.record("seller.warned", contract=contract, actor=CLOCK, payload={"refund_at": "2026-11-24T07:05:00Z"})

    assert announced(contract)[-1:] == [("seller", "seller_warned")]
    assert f"DELIVERED-{contract.pk} by 24 Nov 10:05" in text_of(contract, "seller", "seller_warned")


def test_a_dispute_that_waits_for_staff_is_told_to_both():
    contract = locked(amount=SMALL).contract
    opened = open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="sms")
    audit.record("dispute.unanswered", contract=contract, actor=CLOCK, payload={"dispute": opened.pk})
    payload = {"dispute": opened.pk, "person": "amina"}
    audit.record("dispute.undecided", contract=contract, actor=CLOCK, payload=payload)

    assert announced(contract)[-4:] == [
        ("buyer", "dispute_unanswered"),
        ("seller", "dispute_unanswered"),
        ("buyer", "dispute_undecided"),
        ("seller", "dispute_undecided"),
    ]


# --- once -------------------------------------------------------------------------------------------------------------


def test_the_outbox_is_empty_afterwards_and_a_second_run_says_nothing():
    contract = confirmed()
    once = announced(contract)

    assert not Outbox.objects.filter(event__contract=contract).exists()
    assert announced(contract) == once


def test_an_event_that_is_read_twice_is_told_once():
    contract = confirmed()
    once = announced(contract)
    reader = Outbox.Reader.ANNOUNCEMENTS
    Outbox.objects.bulk_create(Outbox(event=event, reader=reader) for event in contract.events.all())

    assert announced(contract) == once


def test_the_database_itself_refuses_to_tell_it_twice():
    contract = drafted()
    announced(contract)
    message = Message.objects.filter(contract=contract).first()
    assert message is not None
    message.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        message.save(force_insert=True)


def test_a_text_that_cannot_be_made_waits_and_does_not_silence_the_others(monkeypatch, later):
    broken, sound = drafted(), drafted()
    about = announcements.texts.about

    def sometimes(contract, **asked):
        if contract.pk == broken.pk:
            raise LookupError("no such deal")
        return about(contract, **asked)

    monkeypatch.setattr(announcements.texts, "about", sometimes)
    assert announced(sound) == AGREED[:2]
    assert announced(broken) == []
    assert Outbox.objects.filter(event__contract=broken).count() == 1

    monkeypatch.undo()
    later(minutes=1)
    assert announced(broken) == AGREED[:2]


def test_texts_that_cannot_be_made_silence_nobody_however_many_they_are(monkeypatch):
    monkeypatch.setattr(announcements, "BATCH", 2)
    broken, sound = [drafted() for _ in range(5)], drafted()
    about = announcements.texts.about

    def sometimes(contract, **asked):
        if contract in broken:
            raise LookupError("no such deal")
        return about(contract, **asked)

    monkeypatch.setattr(announcements.texts, "about", sometimes)

    assert announced(sound) == AGREED[:2]
    assert Outbox.objects.filter(event__contract__in=broken).count() == len(broken)


def test_events_that_concern_nobody_make_no_message():
    contract = drafted()
    announced(contract)
    agreements.agree(contract.pk, phone=contract.buyer.phone, channel="sms")
    audit.record("rail.paused", contract=None, actor=CLOCK)

    assert announced(contract) == AGREED[:2]
    assert not Outbox.objects.filter(event=Event.objects.get(kind="rail.paused")).exists()


def test_a_batch_is_followed_by_the_next(monkeypatch):
    monkeypatch.setattr(announcements, "BATCH", 3)
    contracts = [drafted() for _ in range(5)]

    assert [len(announced(contract)) for contract in contracts] == [2] * 5
