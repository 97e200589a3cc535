"""Whole deals on the running stack of real processes: nothing faked, and ledger and rail compared."""

from contextlib import suppress

import pytest

from contracts.audit import verify
from contracts.models import Contract, Party
from notifications.models import Message
from payments.models import Callback, Posting, Transfer
from tests.deal import Deal
from voicepact.stack.readiness import NotReady

pytestmark = pytest.mark.usefixtures("committed_db")

RECEIVED = """VoicePact Payment Received:
Contract: {deal}
Amount: KES 350,000.00
Status: Processing
You will receive confirmation shortly."""

RELEASED = """VoicePact Payment Released:
Contract: {deal}
Amount: KES 350,000.00
To: {seller}
Transaction ID: {payment}"""


def test_one_payment_from_checkout_to_payout(stack):
    """Each step writes what the next one needs, and the people read what became true."""
    deal = Deal(stack, amount=350_000).agree()

    # 1, 2, 3: the request makes payment and transfer; a worker brings the prompt to the phone
    answer = deal.checkout()
    assert answer.status_code == 201
    assert answer.json()["status"] == "pending"
    assert [part["amount"] for part in answer.json()["parts"]] == [250_000, 100_000]
    assert answer.json()["external_transaction_id"].startswith("ws_CO_")
    first = Transfer.objects.get(payment__transaction_id=deal.transaction_id)
    assert (first.status, first.part, first.amount) == ("submitted", 1, 250_000)

    # 4, 5, 6: the callback is kept, worked, checked, posted; the next part is prompted
    deal.approve()
    deal.until_text(deal.buyer, "KES 250,000 of 350,000 received")
    assert Callback.objects.get(transfer=first).result == "settled"
    assert deal.payment()["amount_held"] == 250_000
    deal.approve()
    deal.until_payment("locked")
    assert deal.contract()["status"] == "payment_locked"
    into = Posting.objects.filter(payment__transaction_id=deal.transaction_id, source="outside")
    assert sorted(into.values_list("amount", flat=True)) == [100_000, 250_000]

    # 7: people are told, once each
    assert deal.until_text(deal.buyer, "Payment Received") == RECEIVED.format(deal=deal.id)
    deal.until_secured()
    deal.until_text(deal.buyer, "locked")
    deal.until_text(deal.seller, "locked")

    # 8: both confirm; the contract is completed and the payout requested
    deal.confirm_delivery()
    deal.until_contract("completed")

    # 9, 10: money out travels the same road
    payment = deal.until_payment("released")
    assert (payment["amount_held"], payment["amount_released"]) == (0, 350_000)
    assert [t["amount"] for t in deal.transfers("payout")] == [250_000, 100_000]
    released = RELEASED.format(deal=deal.id, seller=deal.seller.phone, payment=deal.transaction_id)
    for handset in (deal.buyer, deal.seller):
        assert deal.until_text(handset, "Payment Released") == released
    deal.until_text(deal.seller, "of 350,000 sent")  # whichever part the rail pays first

    deal.books_agree_with_the_rail()
    assert list(verify(deal.id)) == []
    texts = list(Message.objects.filter(contract_id=deal.id, event__isnull=False).values_list("event", "party", "kind"))
    assert len(texts) == len(set(texts))


# --- numbers with an outcome of their own, as payer -----------------------------------------------------------------


def test_insufficient_funds_are_known_at_checkout_and_a_second_checkout_opens_the_next_payment(stack):
    deal = Deal(stack, buyer="+254711000001").agree()

    refusal = deal.checkout()

    assert refusal.status_code == 402
    assert refusal.json()["code"] == "insufficient_funds"
    first = f"TXN-{deal.id}-001"
    assert refusal.json()["transaction_id"] == first
    failed = deal.api.get(f"/payments/status/{first}").json()
    assert (failed["status"], failed["failure_code"]) == ("failed", "insufficient_funds")
    assert deal.checkout().json()["transaction_id"] == f"TXN-{deal.id}-002"
    assert deal.movements() == []


@pytest.mark.parametrize(
    ("number", "code"),
    [("+254711000002", "no_response"), ("+254711000003", "cancelled"), ("+254711000004", "wrong_pin")],
)
def test_a_payer_who_does_not_pay_fails_the_payment_with_the_reason(stack, number, code):
    deal = Deal(stack, buyer=number).agree()
    assert deal.checkout().status_code == 201
    deal.advance(61)

    failed = deal.until_payment("failed")

    assert failed["failure_code"] == code
    assert failed["failure_reason"] == failed["description"] != ""
    deal.until_text(deal.buyer, f"PAY-{deal.id}")
    second = deal.checkout()
    assert (second.status_code, second.json()["transaction_id"]) == (201, f"TXN-{deal.id}-002")
    assert deal.movements() == []
    deal.advance(61)
    deal.until_payment("failed")


def test_a_lost_callback_does_not_stop_a_deal(stack):
    deal = Deal(stack, buyer="+254711000005").agree()
    assert deal.checkout().status_code == 201

    deal.advance(61)

    deal.until_payment("locked")
    assert not Callback.objects.filter(transfer__payment__transaction_id=deal.transaction_id).exists()
    deal.until_secured()
    deal.confirm_delivery()
    deal.until_payment("released")
    deal.books_agree_with_the_rail()


def test_a_callback_later_than_five_minutes_finds_the_money_locked_already(stack):
    deal = Deal(stack, buyer="+254711000006").agree()
    assert deal.checkout().status_code == 201
    deal.advance(5 * 60 + 1)
    deal.until_payment("locked")
    assert deal.transfers("collection")[0]["receipt_number"] == ""

    deal.advance(2 * 60)

    deal.until(lambda: deal.transfers("collection")[0]["receipt_number"] != "", "the late callback brought no number")
    assert deal.payment()["amount_held"] == 1_000
    deal.books_agree_with_the_rail()


def test_a_callback_that_comes_three_times_locks_once(stack):
    deal = Deal(stack, buyer="+254711000007").agree()
    assert deal.checkout().status_code == 201
    deal.until_payment("locked")

    calls = Callback.objects.filter(transfer__payment__transaction_id=deal.transaction_id)
    deal.until(lambda: calls.exclude(worked_at=None).count() == 3, "three callbacks were not worked")

    assert sorted(calls.values_list("result", flat=True)) == sorted(
        ["settled", "repeated: nothing changed", "repeated: nothing changed"]
    )
    assert Posting.objects.filter(payment__transaction_id=deal.transaction_id).count() == 1
    deal.books_agree_with_the_rail()


def test_money_that_comes_after_a_refusal_goes_back(stack):
    deal = Deal(stack, buyer="+254711000008").agree()
    assert deal.checkout().status_code == 201
    deal.until_payment("failed")

    deal.advance(120)

    deal.until(lambda: deal.payment()["amount_refunded"] == 1_000, "the late money did not go back")
    assert deal.payment()["status"] == "failed"
    assert deal.contract()["status"] == "confirmed"
    deal.books_agree_with_the_rail()


def test_a_callback_that_lies_is_quarantined_and_polls_do_not_walk_round_it(stack):
    deal = Deal(stack, buyer="+254711000009").agree()
    assert deal.checkout().status_code == 201
    deal.until_event("transfer.quarantined")

    for _ in range(3):
        deal.advance(5 * 60)

    kept = Callback.objects.filter(transfer__payment__transaction_id=deal.transaction_id)
    assert kept.filter(result__startswith="quarantined").count() == 1
    assert deal.payment()["status"] == "pending"
    assert deal.contract()["status"] == "confirmed"
    assert not Posting.objects.filter(payment__transaction_id=deal.transaction_id).exists()
    assert deal.checkout().status_code == 409


def test_a_push_whose_answer_is_lost_is_settled_by_its_callback(stack):
    deal = Deal(stack, buyer="+254711000010").agree()
    assert deal.checkout().status_code == 201

    deal.until_payment("locked")

    assert "transfer.unknown" in deal.events() or deal.transfers("collection")[0]["status"] == "succeeded"
    deal.until_secured()
    deal.books_agree_with_the_rail()


# --- numbers with an outcome of their own, as payee -----------------------------------------------------------------


def test_a_payee_who_is_not_registered_is_owed(stack):
    deal = Deal(stack, seller="+254711000001").fund()
    deal.confirm_delivery()

    deal.until_event("payout.owed")

    payment = deal.payment()
    assert (payment["status"], payment["amount_held"], payment["amount_released"]) == ("locked", 1_000, 0)
    (payout,) = deal.transfers("payout")
    assert (payout["status"], payout["failure_code"]) == ("failed", "recipient_not_registered")
    deal.books_agree_with_the_rail()


@pytest.mark.parametrize("number", ["+254711000002", "+254711000005"])
def test_a_payout_whose_result_is_lost_or_late_is_found_and_never_sent_again(stack, number):
    deal = Deal(stack, seller=number).fund()
    deal.confirm_delivery()
    deal.until_event("transfer.submitted", count=2)

    deal.advance(61)

    deal.until_payment("released")
    assert len(deal.transfers("payout")) == 1
    deal.books_agree_with_the_rail()


# --- deals that end otherwise -----------------------------------------------------------------------------------------


def test_the_sellers_cancel_sends_the_money_back(stack):
    deal = Deal(stack, amount=350_000).fund()
    asked = deal.api.post(
        "/payments/refund",
        {"transaction_id": deal.transaction_id, "reason": "mutual agreement", "initiated_by": deal.buyer.phone},
    )
    assert (asked.status_code, asked.json()["awaiting"]) == (202, ["seller"])
    deal.until_text(deal.seller, f"CANCEL-{deal.id}")
    assert deal.transfers("reversal") == []

    deal.seller.send_sms(f"CANCEL-{deal.id}")

    payment = deal.until_payment("refunded")
    assert payment["amount_refunded"] == 350_000
    assert deal.contract()["status"] == "cancelled"
    done = deal.api.post(
        "/payments/refund",
        {"transaction_id": deal.transaction_id, "reason": "mutual agreement", "initiated_by": deal.buyer.phone},
    )
    assert (done.status_code, done.json()["status"], done.json()["amount"]) == (200, "refunded", 350_000)
    deal.books_agree_with_the_rail()


def test_a_dispute_freezes_the_deal(stack):
    deal = Deal(stack).fund()
    deal.seller.send_sms(f"DISPUTE-{deal.id} half of it came back")
    deal.until_contract("disputed")

    deal.seller.send_sms(f"DELIVERED-{deal.id}")
    deal.buyer.send_sms(f"ACCEPT-{deal.id}")
    deal.until_event("party.accepted")
    deal.until_event("party.delivered")

    both = [deal.buyer.phone, deal.seller.phone]
    body = {"contract_id": deal.id, "transaction_id": deal.transaction_id, "confirmed_by": both}
    refusal = deal.api.post("/payments/release", body)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "dispute_open")
    assert deal.contract()["status"] == "disputed"
    assert deal.transfers("payout") == []

    deal.buyer.send_sms(f"DISPUTE-{deal.id} it was wet")
    deal.until_text(deal.seller, "has answered the dispute")
    deal.seller.send_sms(f"WITHDRAW-{deal.id}")
    deal.until_payment("released")
    deal.books_agree_with_the_rail()


def test_the_money_of_a_silent_seller_goes_back_once_the_warning_has_arrived(stack):
    deal = Deal(stack).fund()

    deal.advance(6 * 24 * 3600)
    deal.until_text(deal.seller, "or the money goes back")
    deal.until(lambda: Party.objects.get(contract=deal.id, role="seller").warned_at is not None, "no report came")
    assert deal.contract()["status"] == "payment_locked"
    deal.advance(24 * 3600)

    deal.until_contract("cancelled")
    assert deal.until_payment("refunded")["amount_refunded"] == 1_000
    deal.until_text(deal.buyer, "KES 1,000 has gone back")
    deal.books_agree_with_the_rail()


def test_an_unfunded_deal_expires_after_72_hours_and_its_part_goes_back(stack):
    deal = Deal(stack, amount=350_000).agree()
    assert deal.checkout().status_code == 201
    deal.approve()
    deal.until_text(deal.buyer, "KES 250,000 of 350,000 received")
    deal.buyer.answer(deal.prompt(), "cancel")
    deal.until(lambda: deal.payment()["description"] == "KES 250,000 of 350,000 received", "part 2 is still open")

    deal.advance(72 * 3600)

    deal.until_contract("expired")
    payment = deal.until_payment("refunded")
    assert payment["amount_refunded"] == 250_000
    deal.books_agree_with_the_rail()


# --- processes that die -----------------------------------------------------------------------------------------------


def test_a_worker_killed_at_every_step_loses_nothing_and_pays_once(stack):
    deal = Deal(stack, amount=350_000)
    stack.kill("worker")
    deal.agree()
    deal.checkout(Prefer="respond-async")
    stack.kill("worker")
    _approve_after_all(deal)
    stack.kill("worker")
    _approve_after_all(deal)
    stack.kill("worker")
    deal.until_secured()
    deal.seller.send_sms(f"DELIVERED-{deal.id}")
    deal.buyer.send_sms(f"ACCEPT-{deal.id}")
    deal.until(lambda: bool(deal.transfers("payout")), "no payout was requested")
    stack.kill("worker")

    deal.advance(301)

    deal.until(lambda: deal.payment()["status"] == "released" or _asked_about(deal), "the payout did not end")
    assert len(deal.transfers("payout")) == 2
    deal.until_books_agree()
    assert Contract.objects.get(pk=deal.id).status == "completed"


def _approve_after_all(deal: Deal) -> None:
    """The prompt is approved. A worker may have died with it in its hands: then it is perhaps sent, no other comes
    until it is given up, and the buyer is asked again.
    """
    with suppress(NotReady):
        deal.prompt()
    if not deal.buyer.open_prompts():
        _give_up_the_lost_prompt(deal)
        assert deal.checkout(Prefer="respond-async").status_code == 201
    deal.approve()


def _give_up_the_lost_prompt(deal: Deal) -> None:
    deal.advance(600)
    deal.until(lambda: deal.transfers("collection")[-1]["status"] == "failed", "the lost prompt was not given up")


def _asked_about(deal: Deal) -> bool:
    """A payout that the worker may or may not have sent when it died is unknown: asked about, never sent again."""
    return any(transfer["status"] == "unknown" for transfer in deal.transfers("payout"))
