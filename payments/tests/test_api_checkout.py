"""A checkout over HTTP: answered in the page's shape, once for each key, and as soon as the push is acknowledged."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from payments import waiting
from payments.models import Transfer
from payments.settlement import settle
from payments.tests.circuits import open_circuit
from payments.tests.client import API, MORNING, WHOLE, checkout, status
from payments.tests.states import note_acknowledgement
from tests.factories import acknowledge, checked_out, confirmed, open_transfer, prompted, refused, succeeded, with_payer
from tests.holdings import holdings
from voicepact.kernel.clock import now
from voicepact.kernel.tests.caller import refusal

pytestmark = pytest.mark.django_db


def test_checkout_is_answered_in_the_pages_shape_with_its_parts(caller, client_owner):
    with time_machine.travel(MORNING, tick=False):
        contract = confirmed(owner=client_owner)
        answer = checkout(caller, contract)

    assert answer.status_code == 201
    assert answer.json() == {
        "transaction_id": f"TXN-{contract.pk}-001",
        "external_transaction_id": None,
        "status": "pending",
        "description": "Waiting for user to confirm payment",
        "amount": WHOLE,
        "currency": "KES",
        "phone_number": contract.buyer.phone,
        "created_at": "2026-11-23T10:30:00Z",
        "parts": [
            {"amount": 250000, "not_before": "2026-11-23T10:30:00Z"},
            {"amount": 100000, "not_before": "2026-11-23T10:30:00Z"},
        ],
    }


def test_while_the_rail_is_left_alone_a_checkout_is_503_and_changes_nothing(caller, client_owner, rail, later):
    contract = confirmed(owner=client_owner)
    open_circuit()
    later(seconds=20)
    before = holdings(client_owner)

    answer = checkout(caller, contract, headers={"Idempotency-Key": "once"})

    assert refusal(answer) == (503, "rail_unavailable")
    assert answer.headers["Retry-After"] == "40"
    assert holdings(client_owner) == before
    later(seconds=40)
    assert checkout(caller, contract, headers={"Idempotency-Key": "once"}).status_code == 201


def test_equal_parts_are_planned_two_minutes_apart(caller, client_owner):
    with time_machine.travel(MORNING, tick=False):
        found = checkout(caller, confirmed(owner=client_owner, amount=Decimal(500_000))).json()

    assert [part["not_before"] for part in found["parts"]] == ["2026-11-23T10:30:00Z", "2026-11-23T10:32:00Z"]


@pytest.mark.parametrize(
    "named", [{"currency_code": "KES"}, {"currency": "KES"}, {"currency_code": "KES", "currency": "KES"}, {}]
)
def test_the_currency_goes_by_either_name(caller, client_owner, named):
    contract = confirmed(owner=client_owner)
    body = {"contract_id": contract.pk, "phone_number": contract.buyer.phone, "amount": WHOLE, **named}

    assert caller.post(f"{API}/checkout", body).json()["currency"] == "KES"


def test_phone_and_amount_are_taken_as_people_write_them(caller, client_owner):
    contract = confirmed(owner=client_owner)

    answer = checkout(caller, contract, phone_number=f"0{contract.buyer.phone[4:]}", amount="350000.00")

    assert answer.json()["phone_number"] == contract.buyer.phone


def test_an_agreed_payer_may_pay_too(caller, client_owner):
    people = with_payer()
    contract = confirmed(owner=client_owner, parties=people)

    answer = checkout(caller, contract, phone_number=people[2].phone)

    assert (answer.status_code, answer.json()["phone_number"]) == (201, people[2].phone)


def test_metadata_is_kept_and_returned_as_it_was_sent(caller, client_owner):
    metadata = {"product": "Maize", "bags": 100, "nested": {"price": "0.10"}, "seller_phone": "+254700000000"}
    contract = confirmed(owner=client_owner)

    checkout(caller, contract, metadata=metadata)

    found = status(caller, contract.payments.get())
    assert found["metadata"] == metadata
    assert found["recipient_phone"] == contract.seller.phone


def test_a_second_checkout_names_the_payment_that_is_pending(caller, client_owner):
    contract = confirmed(owner=client_owner)
    first = checkout(caller, contract).json()
    before = holdings(client_owner)

    answer = checkout(caller, contract)

    assert refusal(answer) == (409, "payment_pending")
    assert answer.json()["transaction_id"] == first["transaction_id"]
    assert holdings(client_owner) == before


def test_a_part_paid_payment_goes_on_under_its_id(caller, client_owner):
    payment = prompted(owner=client_owner)
    settle(open_transfer(payment).pk, succeeded(open_transfer(payment)))
    second = acknowledge(open_transfer(payment))
    settle(second.pk, refused(second, "1037"))
    assert status(caller, payment)["description"] == "KES 250,000 of 350,000 received"

    answer = checkout(caller, payment.contract)

    assert (answer.status_code, answer.json()["transaction_id"]) == (201, payment.transaction_id)
    assert (open_transfer(payment).part, open_transfer(payment).amount) == (2, 100_000)


def test_after_a_failed_payment_the_next_one_opens(caller, client_owner):
    payment = prompted(owner=client_owner)
    settle(open_transfer(payment).pk, refused(open_transfer(payment), "1032"))

    answer = checkout(caller, payment.contract)

    assert (answer.status_code, answer.json()["transaction_id"]) == (201, f"TXN-{payment.contract_id}-002")
    assert status(caller, payment)["status"] == "failed"


def test_the_acknowledgements_id_is_in_the_answer_when_it_comes_in_time(caller, client_owner, monkeypatch):
    contract = confirmed(owner=client_owner)

    def answered_in_time(_: object) -> None:
        acknowledge(open_transfer(contract.payments.get()))
        note_acknowledgement(contract)

    monkeypatch.setattr(waiting, "until", answered_in_time)
    found = checkout(caller, contract).json()

    assert found["external_transaction_id"] == contract.payments.get().external_transaction_id != ""


def test_insufficient_funds_known_at_the_acknowledgement_are_402_with_the_payments_id(
    caller, client_owner, monkeypatch
):
    contract = confirmed(owner=client_owner)

    def poor(_: object) -> None:
        transfer = acknowledge(open_transfer(contract.payments.get()))
        settle(transfer.pk, refused(transfer, "1"))

    monkeypatch.setattr(waiting, "until", poor)
    answer = checkout(caller, contract)

    assert refusal(answer) == (402, "insufficient_funds")
    assert answer.json()["transaction_id"] == f"TXN-{contract.pk}-001"
    assert contract.payments.get().status == "failed"


def test_respond_async_waits_for_nothing(caller, client_owner, monkeypatch):
    monkeypatch.setattr(waiting, "until", lambda _: pytest.fail("it waited"))

    answer = checkout(caller, confirmed(owner=client_owner), headers={"Prefer": "respond-async"})

    assert (answer.status_code, answer.json()["status"]) == (201, "pending")


def test_a_repeated_checkout_with_one_key_is_answered_alike(caller, client_owner):
    contract = confirmed(owner=client_owner)
    key = {"Idempotency-Key": "once"}

    first, second = checkout(caller, contract, headers=key), checkout(caller, contract, headers=key)
    other = checkout(caller, contract, headers=key, metadata={"a": 1})

    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["Idempotent-Replayed"] == "true"
    assert refusal(other) == (422, "idempotency_key_reused")
    assert contract.payments.get().transfers.count() == 1


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_a_checkout_is_acknowledged_when_the_push_was_answered_and_its_callbacks_are_worked():
    payment = checked_out()
    assert not waiting.acknowledged(payment)

    transfer = acknowledge(open_transfer(payment))
    assert waiting.acknowledged(payment)

    kept = transfer.callbacks.create(gateway="daraja", kind="stk", body="{}", received_at=now(), not_before=now())
    assert not waiting.acknowledged(payment)
    kept.worked_at = now()
    kept.save()
    assert waiting.acknowledged(payment)


def test_nobody_waits_for_a_prompt_that_is_due_later():
    payment = checked_out()
    Transfer.objects.filter(payment=payment).update(not_before=now() + timedelta(minutes=2))

    assert waiting.acknowledged(payment)
