"""A payment's status over HTTP: each state in words and sums; and a contract's whole history."""

from decimal import Decimal
from operator import itemgetter
from typing import Any

import pytest
import time_machine

from payments.gateways.base import Source
from payments.models import Payment
from payments.settlement import settle
from payments.tests import states
from payments.tests.client import API, MORNING, WHOLE, checkout, status
from payments.tests.states import (
    expired_in_quarantine,
    failed,
    first_part,
    in_quarantine,
    note_acknowledgement,
    refunding,
    second_prompt_refused,
)
from tests.factories import (
    acknowledge,
    checked_out,
    completed,
    confirmed,
    fund,
    locked,
    open_transfer,
    pay_out,
    prompted,
    refused,
)

pytestmark = pytest.mark.django_db


def test_a_payment_is_told_with_every_field(caller, client_owner):
    with time_machine.travel(MORNING, tick=False):
        payment = pay_out(completed(owner=client_owner, amount=Decimal(1_000)))
        found = status(caller, payment)
    contract = payment.contract

    collection, payout = sorted(found.pop("transfers"), key=itemgetter("kind"))  # both of one moment
    assert found == {
        "transaction_id": f"TXN-{contract.pk}-001",
        "external_transaction_id": found["external_transaction_id"],
        "contract_id": contract.pk,
        "status": "released",
        "description": "Payment released",
        "amount": 1000,
        "currency": "KES",
        "buyer_fee": 0,
        "seller_fee": 0,
        "amount_held": 0,
        "amount_released": 1000,
        "amount_refunded": 0,
        "payer_phone": contract.buyer.phone,
        "recipient_phone": contract.seller.phone,
        "reference": payment.reference,
        "payment_type": "escrow",
        "payment_method": "mpesa_daraja",
        "created_at": "2026-11-23T10:30:00Z",
        "confirmed_at": "2026-11-23T10:30:00Z",
        "released_at": "2026-11-23T10:30:00Z",
        "refunded_at": None,
        "failure_code": "",
        "failure_reason": "",
        "retry_count": 0,
        "metadata": {},
        "parts": [{"amount": 1000, "not_before": "2026-11-23T10:30:00Z"}],
    }
    assert (collection["kind"], payout["kind"]) == ("collection", "payout")
    transfer = payment.transfers.get(kind="payout")
    assert payout == {
        "id": str(transfer.pk),
        "kind": "payout",
        "part": 1,
        "amount": 1000,
        "status": "succeeded",
        "external_id": transfer.external_id,
        "receipt_number": transfer.receipt_number,
        "failure_code": "",
        "created_at": "2026-11-23T10:30:00Z",
        "finished_at": "2026-11-23T10:30:00Z",
    }


def paid_twice(**terms: Any) -> Payment:
    """A payment of one part, which is in twice."""
    return states.paid_twice(amount=Decimal(1_000), **terms)


@pytest.mark.parametrize(
    ("state", "words", "amounts"),
    [
        (checked_out, "Waiting for user to confirm payment", (0, 0, 0)),
        (prompted, "Waiting for user to confirm payment", (0, 0, 0)),
        (second_prompt_refused, "KES 250,000 of 350,000 received", (250_000, 0, 0)),
        (locked, "Payment held in escrow", (WHOLE, 0, 0)),
        (completed, "Payment on its way to seller", (WHOLE, 0, 0)),
        (
            lambda **terms: first_part(completed(**terms), "payout"),
            "KES 250,000 of 350,000 sent to seller",
            (100_000, 250_000, 0),
        ),
        (lambda **terms: pay_out(completed(**terms)), "Payment released", (0, WHOLE, 0)),
        (refunding, "Payment on its way back to buyer", (WHOLE, 0, 0)),
        (lambda **terms: pay_out(refunding(**terms)), "Payment refunded", (0, 0, WHOLE)),
        (failed, "Insufficient funds in mobile money account", (0, 0, 0)),
        (paid_twice, "Payment held in escrow", (2_000, 0, 0)),
        (in_quarantine, "Payment being checked with the network, do not pay again", (0, 0, 0)),
        (expired_in_quarantine, "Payment being checked with the network, do not pay again", (0, 0, 0)),
        (
            lambda **terms: fund(checked_out(**terms), confirm=False),
            "Payment received, being checked with the network",
            (WHOLE, 0, 0),
        ),
    ],
)
def test_each_state_is_told_in_words_and_sums(caller, client_owner, state, words, amounts):
    found = status(caller, state(owner=client_owner))

    assert found["description"] == words
    assert (found["amount_held"], found["amount_released"], found["amount_refunded"]) == amounts


def test_while_a_payment_is_checked_the_status_stays_and_nobody_is_asked_to_pay_again(caller, client_owner):
    payment = in_quarantine(owner=client_owner)

    assert status(caller, payment)["status"] == "pending"
    answer = checkout(caller, payment.contract)
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_pending")
    assert answer.json()["detail"] == (
        "A payment is being checked with the network. Nothing is asked for until it is clear."
    )
    assert payment.transfers.count() == 1


def test_a_failure_is_told_by_code_and_in_words(caller, client_owner):
    found = status(caller, failed(owner=client_owner))

    assert (found["status"], found["failure_code"]) == ("failed", "insufficient_funds")
    assert found["failure_reason"] == found["description"]


def test_the_first_acknowledged_id_stays_and_each_part_has_its_own(caller, client_owner):
    payment = checked_out(owner=client_owner)
    acknowledge(open_transfer(payment))
    note_acknowledgement(payment.contract)
    first = open_transfer(payment).external_id

    payment = fund(payment)

    found = status(caller, payment)
    own = [transfer["external_id"] for transfer in found["transfers"]]
    assert found["external_transaction_id"] == first == own[0]
    assert len(set(own)) == 2


def test_the_rails_own_refusal_is_what_makes_a_payout_owed(caller, client_owner):
    payment = completed(owner=client_owner, amount=Decimal(1_000))
    transfer = acknowledge(open_transfer(payment))
    settle(transfer.pk, refused(transfer, "2040", Source.ANSWER))

    found = status(caller, payment)

    assert (found["status"], found["amount_held"]) == ("locked", 1_000)
    assert found["transfers"][-1]["failure_code"] == "recipient_not_registered"


# --- history ----------------------------------------------------------------------------------------------------------


def test_history_lists_a_contracts_payments_oldest_first(caller, client_owner):
    contract = failed(owner=client_owner).contract
    second = checkout(caller, contract).json()["transaction_id"]

    found = caller.get(f"{API}/history/{contract.pk}").json()

    assert list(found) == ["contract_id", "transactions"]
    assert found["contract_id"] == contract.pk
    assert [row["transaction_id"] for row in found["transactions"]] == [f"TXN-{contract.pk}-001", second]
    assert found["transactions"] == [status(caller, payment) for payment in contract.payments.order_by("serial")]


def test_a_contract_without_payments_has_an_empty_history(caller, client_owner):
    contract = confirmed(owner=client_owner)

    assert caller.get(f"{API}/history/{contract.pk}").json() == {"contract_id": contract.pk, "transactions": []}
