"""What the rail says, and what it is allowed to do: claims, answers, contradictions, repetitions."""

from decimal import Decimal

import pytest

from contracts.models import Event
from payments import bookcheck, escrow, ledger, stops
from payments.gateways.base import Outcome, Source, Verdict
from payments.models import Payment, Posting, Transfer
from payments.settlement import Result, ask_soon, settle
from tests.factories import (
    acknowledge,
    answered,
    checked_out,
    completed,
    locked,
    new_phone,
    open_transfer,
    prompted,
    refused,
    succeeded,
)

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def nothing_came_in(transfer: Transfer) -> bool:
    payment = Payment.objects.get(transfers=transfer)
    return payment.status == "pending" and not Posting.objects.filter(payment=payment).exists()


@pytest.mark.parametrize(
    "lie",
    [
        {"amount": Decimal(1)},
        {"amount": Decimal(100_000)},
        {"phone": "+254700000009"},
        {"external_id": "ws_CO_somebody_elses"},
    ],
)
def test_a_callback_that_does_not_match_is_quarantined_and_no_later_answer_walks_round_it(lie):
    transfer = open_transfer(prompted(amount=SMALL))

    assert settle(transfer.pk, succeeded(transfer, **lie)) == Result.QUARANTINED
    assert settle(transfer.pk, answered(transfer)) == Result.HELD_BACK
    assert settle(transfer.pk, succeeded(transfer)) == Result.HELD_BACK

    kept = fresh(transfer)
    assert kept.quarantined_at
    assert (kept.status, kept.next_ask_at) == ("submitted", None)
    assert nothing_came_in(transfer)


def test_a_receipt_number_counts_once():
    first = open_transfer(prompted(amount=SMALL))
    settle(first.pk, succeeded(first, receipt_number="UKN7A1B2C3"))
    second = open_transfer(prompted(amount=SMALL))

    assert settle(second.pk, succeeded(second, receipt_number="UKN7A1B2C3")) == Result.QUARANTINED

    assert nothing_came_in(second)


def test_a_second_callback_changes_nothing():
    payment = prompted(amount=SMALL)
    transfer = open_transfer(payment)
    said = succeeded(transfer)

    assert settle(transfer.pk, said) == Result.SETTLED
    events = Event.objects.filter(contract=payment.contract).count()
    assert settle(transfer.pk, said) == Result.REPEATED
    assert settle(transfer.pk, said) == Result.REPEATED

    assert Posting.objects.filter(payment=payment).count() == 1
    assert Event.objects.filter(contract=payment.contract).count() == events


def test_a_success_without_amount_or_receipt_is_not_believed_but_asked_about():
    transfer = open_transfer(prompted(amount=SMALL))

    assert settle(transfer.pk, succeeded(transfer, amount=None)) == Result.ASKING
    assert settle(transfer.pk, succeeded(transfer, receipt_number="")) == Result.ASKING

    assert nothing_came_in(transfer)
    assert fresh(transfer).next_ask_at


def test_settled_by_query_first_the_receipt_number_fills_the_gap_later_and_adds_no_money():
    payment = prompted(amount=SMALL)
    transfer = open_transfer(payment)
    assert settle(transfer.pk, answered(transfer)) == Result.SETTLED
    assert fresh(transfer).receipt_number == ""

    assert settle(transfer.pk, succeeded(transfer, receipt_number="UKNLATE001")) == Result.REPEATED

    assert fresh(transfer).receipt_number == "UKNLATE001"
    assert ledger.standing(payment).held == SMALL


def test_another_receipt_number_for_settled_money_is_further_money_and_changes_nothing_here():
    payment = prompted(amount=SMALL)
    transfer = open_transfer(payment)
    settle(transfer.pk, succeeded(transfer))

    assert settle(transfer.pk, succeeded(transfer)) == Result.FURTHER

    assert fresh(transfer).quarantined_at is None
    assert ledger.standing(payment).held == SMALL


def test_the_rails_own_answer_with_another_receipt_number_is_quarantined():
    payment = prompted(amount=SMALL)
    transfer = open_transfer(payment)
    settle(transfer.pk, succeeded(transfer))

    assert settle(transfer.pk, succeeded(transfer, source=Source.ANSWER)) == Result.QUARANTINED

    assert ledger.standing(payment).held == SMALL


def test_a_refusal_after_a_success_changes_nothing():
    payment = locked(amount=SMALL)
    transfer = payment.transfers.get()

    assert settle(transfer.pk, refused(transfer, "1032")) == Result.REPEATED

    assert fresh(transfer).status == "succeeded"


def test_a_forged_success_that_the_rail_denies_blocks_the_payout():
    payment = prompted(amount=SMALL)
    contract = payment.contract
    transfer = open_transfer(payment)
    settle(transfer.pk, succeeded(transfer))

    assert settle(transfer.pk, refused(transfer, "1032", Source.ANSWER)) == Result.QUARANTINED

    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    assert not payment.transfers.filter(kind="payout").exists()


def test_a_callback_before_the_pushs_own_answer_settles_all_the_same():
    payment = checked_out(amount=SMALL)
    transfer = open_transfer(payment)
    assert transfer.status == "requested"

    settle(transfer.pk, succeeded(transfer, external_id="ws_CO_early"))

    settled = fresh(transfer)
    assert (settled.status, settled.external_id) == ("succeeded", "ws_CO_early")
    assert ledger.standing(payment).held == SMALL


def test_the_id_of_another_transfer_is_no_proof():
    other = open_transfer(prompted(amount=SMALL))
    transfer = open_transfer(checked_out(amount=SMALL))

    assert settle(transfer.pk, succeeded(transfer, external_id=other.external_id)) == Result.QUARANTINED

    assert nothing_came_in(transfer)


def test_a_code_that_nobody_explained_proves_nothing():
    transfer = open_transfer(prompted(amount=SMALL))
    odd = Outcome(verdict=Verdict.UNCLEAR, source=Source.CALLBACK, code="4242", external_id=transfer.external_id)

    assert settle(transfer.pk, odd) == Result.ASKING

    assert fresh(transfer).status == "unknown"
    assert nothing_came_in(transfer)


@pytest.mark.parametrize("code", ["2040", "1", "SFC_IC0003"])
def test_a_payouts_refusal_by_callback_makes_us_ask_and_moves_nothing(code):
    payment = completed(amount=SMALL)
    payout = acknowledge(open_transfer(payment))

    assert settle(payout.pk, refused(payout, code)) == Result.ASKING

    assert fresh(payout).status == "submitted"
    assert ledger.standing(payment).in_transit == SMALL


def test_a_payout_that_its_callback_calls_paid_after_it_had_failed_is_asked_about_and_moves_nothing():
    payment = completed(amount=SMALL)
    payout = acknowledge(open_transfer(payment))
    settle(payout.pk, refused(payout, "2040", Source.ANSWER))
    postings = Posting.objects.filter(payment=payment).count()

    assert settle(payout.pk, succeeded(payout)) == Result.ASKING

    assert Posting.objects.filter(payment=payment).count() == postings
    assert fresh(payout).status == "failed"


def test_a_payout_that_the_rail_paid_after_it_had_refused_it_comes_out_of_suspense_and_stops_the_deals_payouts():
    payment = completed(amount=SMALL)
    payout = acknowledge(open_transfer(payment))
    settle(payout.pk, refused(payout, "4", Source.ANSWER))  # it is tried again tomorrow
    successor = open_transfer(payment)

    assert settle(payout.pk, answered(payout)) == Result.QUARANTINED
    assert settle(payout.pk, answered(payout)) == Result.HELD_BACK

    assert ledger.balance(ledger.SUSPENSE) == -SMALL
    assert (fresh(payout).status, fresh(successor).status) == ("failed", "requested")
    assert stops.holds(fresh(successor))
    assert payment.contract.events.filter(kind="transfer.contradicted").count() == 1
    assert list(bookcheck.balances()) == list(bookcheck.totals()) == []


def test_a_claim_that_a_payout_was_paid_before_we_have_sent_it_is_quarantined():
    payment = completed(amount=SMALL)
    payout = open_transfer(payment)

    assert settle(payout.pk, succeeded(payout)) == Result.QUARANTINED

    assert (fresh(payout).status, ledger.standing(payment).in_transit) == ("requested", SMALL)


@pytest.mark.parametrize("lie", [{"amount": Decimal(1)}, {"phone": new_phone()}])
def test_a_payout_callback_that_lies_settles_nothing(lie):
    payment = completed(amount=SMALL)
    payout = acknowledge(open_transfer(payment))

    assert settle(payout.pk, succeeded(payout, **lie)) == Result.QUARANTINED

    assert ledger.standing(payment).in_transit == SMALL


def test_a_hint_makes_us_ask_and_is_never_believed():
    transfer = open_transfer(prompted(amount=SMALL))

    assert ask_soon(transfer.pk) == Result.ASKING

    assert nothing_came_in(transfer)
