"""Deals that do not go straight, on the running stack: each ends by comparing the books with the rail's statement."""

from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command

from contracts.models import Dispute
from payments import approvals
from payments.models import Callback, Payment, PayoutStop, Proposal, Transfer
from tests.deal import Deal
from tests.factories import new_phone
from tests.stack import Stack
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

pytestmark = pytest.mark.usefixtures("committed_db")

Kind = Proposal.Kind
HOUR = 3600


def staff(name: str) -> User:
    user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    return user


def agreed(kind: Proposal.Kind, subject: object, **more: object) -> None:
    """One member of staff has proposed it and another approved."""
    proposal = approvals.propose(kind, subject, by=staff("amina"), reason="as the papers show", **more)  # type: ignore[arg-type]
    approvals.approve(proposal.pk, by=staff("brian"))


def payment_of(deal: Deal) -> Payment:
    return Payment.objects.get(transaction_id=deal.transaction_id)


def disputed(deal: Deal) -> Dispute:
    """The deal is funded, and the buyer quarrels about it."""
    deal.fund()
    deal.buyer.send_sms(f"DISPUTE-{deal.id} half of it is missing")
    deal.until_contract("disputed")
    return Dispute.objects.get(contract=deal.id)


# --- money that goes back ---------------------------------------------------------------------------------------------


def test_both_cancel_and_each_collection_is_reversed(stack: Stack) -> None:
    deal = Deal(stack, amount=350_000).fund()
    deal.buyer.send_sms(f"CANCEL-{deal.id}")
    deal.until_text(deal.seller, f"CANCEL-{deal.id}")
    deal.seller.send_sms(f"CANCEL-{deal.id}")

    payment = deal.until_payment("refunded")

    assert [(t["kind"], t["amount"]) for t in deal.transfers("reversal")] == [
        ("reversal", 250_000),
        ("reversal", 100_000),
    ]
    assert payment["amount_refunded"] == 350_000
    deal.until_text(deal.seller, "KES 350,000 has gone back")
    deal.books_agree_with_the_rail()


def test_a_part_goes_back_by_payout_and_the_rest_to_the_seller(stack: Stack) -> None:
    deal = Deal(stack).fund()
    asked = {"transaction_id": deal.transaction_id, "reason": "a bag short", "initiated_by": deal.buyer.phone}
    answer = deal.api.post("/payments/refund", {**asked, "amount": 300})
    assert (answer.status_code, answer.json()["awaiting"]) == (202, ["staff"])
    assert deal.transfers("refund") == []

    agreed(Kind.PARTIAL_REFUND, payment_of(deal), details={"amount": 300})

    deal.until(lambda: deal.payment()["amount_refunded"] == 300, "the part did not go back")
    deal.confirm_delivery()
    payment = deal.until_payment("released")
    assert (payment["amount_released"], payment["amount_refunded"]) == (700, 300)
    deal.books_agree_with_the_rail()


def test_a_reversal_whose_answer_was_lost_is_sent_again_and_reverses_once(stack: Stack) -> None:
    deal = Deal(stack).fund()
    with stack.faults(lose_ack=1, drop_callback=1):
        deal.seller.send_sms(f"CANCEL-{deal.id}")
        deal.until_event("transfer.unknown")

    deal.advance(10 * 60)
    deal.until(lambda: deal.transfers("reversal")[0]["external_id"] != "", "the reversal was not sent again")
    deal.advance(10 * 60)

    assert deal.until_payment("refunded")["amount_refunded"] == 1_000
    assert len(deal.movements()) == 2
    deal.books_agree_with_the_rail()


# --- decided by people ------------------------------------------------------------------------------------------------


def test_a_dispute_is_split_to_the_shilling(stack: Stack) -> None:
    deal = Deal(stack, amount=350_000)
    dispute = disputed(deal)

    agreed(Kind.DECISION, dispute, details={"seller_amount": 123_456, "buyer_amount": 226_544})

    payment = deal.until_payment("released")
    assert (payment["amount_released"], payment["amount_refunded"]) == (123_456, 226_544)
    deal.until_text(deal.buyer, "split")
    deal.books_agree_with_the_rail()


def test_an_unknown_payout_is_settled_by_two_people_with_the_rails_statement(stack: Stack) -> None:
    deal = Deal(stack).fund()
    with stack.faults(lose_ack=1, drop_callback=1, query_noise=1):
        deal.confirm_delivery()
        deal.until_event("transfer.unknown")
        payout = Transfer.objects.get(payment__transaction_id=deal.transaction_id, kind="payout")
        deal.until(lambda: any(line["kind"] == "payout" for line in deal.movements()), "the rail did not pay")
    [line] = [line for line in deal.movements() if line["kind"] == "payout"]

    proof = ContentFile(b"the rail's statement", name="statement.pdf")
    details = {"outcome": "succeeded", "receipt_number": line["receipt"]}
    agreed(Kind.MARK_TRANSFER, payout, details=details, attachment=proof)

    assert deal.until_payment("released")["amount_released"] == 1_000
    deal.books_agree_with_the_rail()


def test_a_seller_with_a_new_phone_is_paid_there_after_a_day(stack: Stack) -> None:
    deal = Deal(stack, seller="+254711000001").fund()
    deal.confirm_delivery()
    deal.until_event("payout.owed")
    deal.until_text(deal.buyer, "owed")

    seller = payment_of(deal).contract.seller
    agreed(Kind.PHONE_CHANGE, seller, details={"phone": new_phone()})
    deal.advance(24 * HOUR)

    assert deal.until_payment("released")["amount_released"] == 1_000
    deal.books_agree_with_the_rail()


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_seller_whose_purse_is_full_is_paid_the_next_morning(stack: Stack) -> None:
    deal = Deal(stack)
    deal.seller.holds(499_500)
    deal.fund().confirm_delivery()
    deal.until_event("payout.owed")
    assert deal.payment()["status"] == "locked"
    deal.until_text(deal.seller, "tomorrow")

    deal.seller.holds(0)
    deal.advance(32 * HOUR)

    assert deal.until_payment("released")["amount_released"] == 1_000
    assert [t["failure_code"] for t in deal.transfers("payout")] == ["recipient_full", ""]
    deal.books_agree_with_the_rail()


def test_two_deals_of_one_buyer_are_prompted_one_after_the_other(stack: Stack) -> None:
    first = Deal(stack, amount=1_000).agree()
    second = Deal(stack, amount=2_000, buyer=first.buyer.phone).agree()
    assert first.checkout().status_code == second.checkout().status_code == 201
    first.prompt()
    assert [prompt.amount for prompt in first.buyer.open_prompts()] == [1_000]

    first.approve()
    first.until_payment("locked")
    second.until(lambda: [p.amount for p in second.buyer.open_prompts()] == [2_000], "the second prompt did not come")
    second.approve()

    second.until_payment("locked")
    for deal in (first, second):
        deal.until_secured()
        deal.books_agree_with_the_rail()


# --- the rail is out --------------------------------------------------------------------------------------------------


def test_two_hours_of_a_rail_that_fails_lose_nothing_and_everything_completes_afterwards(stack: Stack) -> None:
    unpaid, delivered, cancelled = Deal(stack).agree(), Deal(stack).fund(), Deal(stack).fund()
    with stack.faults(http_500=1):
        assert unpaid.checkout(Prefer="respond-async").status_code == 201
        delivered.confirm_delivery()
        cancelled.seller.send_sms(f"CANCEL-{cancelled.id}")
        for deal in (unpaid, delivered, cancelled):
            deal.until_event("transfer.unknown")
        for _ in range(8):
            unpaid.advance(15 * 60)
            unpaid.until(lambda: unpaid.payment()["status"] == "pending", "the payment is lost")

    for _ in range(12):
        unpaid.advance(10 * 60)
        delivered.until(lambda: not _is_asked_about(), "the rail is not asked")
    assert unpaid.checkout().status_code == 201
    unpaid.approve()
    unpaid.until_payment("locked")
    assert delivered.until_payment("released")["amount_released"] == 1_000
    assert cancelled.until_payment("refunded")["amount_refunded"] == 1_000
    for deal in (unpaid, delivered, cancelled):
        deal.books_agree_with_the_rail()


def _is_asked_about() -> bool:
    """A question is due, or an answer has still to be worked."""
    asked = Transfer.objects.filter(status="unknown", next_ask_at__lte=now())
    return asked.exists() or Callback.objects.filter(worked_at=None, not_before__lte=now()).exists()


# --- paid by hand -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def by_hand(stack: Stack) -> None:
    """The rail tells us what people pay to the Pay Bill by hand."""
    call_command("register_paybill", stdout=StringIO())


def test_a_buyer_without_a_prompt_pays_the_pay_bill_by_hand(stack: Stack, by_hand: None) -> None:
    deal = Deal(stack).agree()
    reference = deal.contract()["payment_reference"]
    assert deal.buyer.pay_by_hand(999, reference)["code"] == "C2B00013"
    assert deal.buyer.pay_by_hand(1_000, "NOSUCHDEAL00")["code"] == "C2B00012"

    assert deal.buyer.pay_by_hand(1_000, reference)["result"] == "accepted"

    deal.until_contract("payment_locked")
    deal.transaction_id = f"TXN-{deal.id}-001"
    deal.until_secured()
    deal.seller.send_sms(f"CANCEL-{deal.id}")
    assert deal.until_payment("refunded")["amount_refunded"] == 1_000
    assert [t["kind"] for t in deal.payment()["transfers"]] == ["collection", "reversal"]
    deal.books_agree_with_the_rail()


def test_the_same_money_seen_by_prompt_and_by_hand_counts_once(stack: Stack, by_hand: None) -> None:
    deal = Deal(stack).agree()
    with stack.faults(c2b_for_prompts=1):
        deal.checkout()
        deal.approve()
        deal.until_payment("locked")
        seen = Callback.objects.filter(kind="c2b-confirmation", body__contains=deal.payment()["reference"])
        deal.until(lambda: seen.exclude(worked_at=None).exists(), "no confirmation came")
    deal.until_secured()
    deal.advance(60)

    deal.confirm_delivery()
    assert deal.until_payment("released")["amount_released"] == 1_000
    assert len(deal.transfers("collection")) == 1
    deal.books_agree_with_the_rail()


# --- the page's own rail ----------------------------------------------------------------------------------------------


def test_the_pages_deal_goes_in_one_push_on_the_africas_talking_rail(stack: Stack) -> None:
    deal = Deal(stack, amount=350_000, gateway="africastalking").fund()
    assert [part["amount"] for part in deal.payment()["parts"]] == [350_000]
    assert deal.payment()["external_transaction_id"].startswith("ATPid_")

    deal.confirm_delivery()

    assert deal.until_payment("released")["amount_released"] == 350_000
    deal.books_agree_with_the_rail()
    balance = deal.api.get("/payments/balance?gateway=africastalking")
    assert balance.status_code == 200
    assert deal.api.get("/payments/balance?gateway=nobody").status_code == 400


# --- fees -------------------------------------------------------------------------------------------------------------


def test_the_seller_bears_the_fees_and_reads_so_at_once(stack: Stack) -> None:
    deal = Deal(stack, amount=10_000, fees_paid_by="seller")
    quote = deal.api.get("/payments/fees?amount=10000&fees_paid_by=seller").json()
    assert deal.contract()["seller_gets"] == quote["seller_gets"] == 10_000 - quote["seller_fee"]
    deal.until_text(deal.seller, f"{quote['seller_gets']:,}")

    deal.fund().confirm_delivery()

    payment = deal.until_payment("released")
    assert payment["amount_released"] == quote["seller_gets"] < 10_000
    deal.books_agree_with_the_rail()


# --- bad days ---------------------------------------------------------------------------------------------------------


def test_paused_payouts_wait_and_leave_when_two_people_say_so(stack: Stack) -> None:
    deal = Deal(stack).fund()
    call_command("pause_payouts", "--reason", "a drill", stdout=StringIO())
    try:
        deal.confirm_delivery()
        deal.until_event("payout.delayed")
        assert deal.transfers("payout")[0]["status"] == "requested"
    finally:
        stop = PayoutStop.objects.get(lifted_at=None, gateway="", contract=None)
        agreed(Kind.RESUME_PAYOUTS, stop)

    deal.advance(60)
    assert deal.until_payment("released")["amount_released"] == 1_000
    deal.books_agree_with_the_rail()


# --- after all of this ------------------------------------------------------------------------------------------------


def test_the_ledger_agrees_with_the_statement_of_both_rails(stack: Stack) -> None:
    """Whatever this file has done before: it runs last in it."""
    last = Deal(stack).fund()
    said = StringIO()

    call_command("check_ledger", "--statement", f"{stack.simulator_url}/statement", stdout=said)

    assert "statement of daraja: no difference" in said.getvalue()
    assert last.movements()
