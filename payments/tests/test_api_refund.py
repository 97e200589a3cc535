"""A refund over HTTP: whose word it waits for, what goes back, and what cannot."""

import pytest

from contracts.disputes import open_dispute
from payments import endings
from payments.settlement import settle
from payments.tests.client import WHOLE, refund
from payments.tests.states import failed, second_prompt_refused
from tests.factories import answered, completed, locked, pay_out, prompted
from tests.holdings import holdings
from voicepact.kernel.tests.caller import refusal

pytestmark = pytest.mark.django_db


def test_a_refund_waits_for_the_seller_then_is_on_its_way_then_done(caller, client_owner):
    payment = locked(owner=client_owner)
    contract = payment.contract
    seen = []

    def ask() -> None:
        answer = refund(caller, payment, amount=WHOLE)
        found = answer.json()
        seen.append((answer.status_code, found["status"], found["awaiting"]))
        assert (found["amount"], found["currency"]) == (WHOLE, "KES")
        assert found["recipient_phone"] == payment.payer_phone

    ask()
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    ask()
    pay_out(payment)
    ask()

    assert seen == [(202, "locked", ["seller"]), (202, "locked", []), (200, "refunded", [])]
    assert payment.transfers.filter(kind="reversal").count() == 2


def test_a_refund_of_a_part_paid_payment_says_what_goes_back(caller, client_owner):
    payment = second_prompt_refused(owner=client_owner)
    first = payment.transfers.get(status="succeeded")
    settle(first.pk, answered(first))

    answer = refund(caller, payment)

    assert (answer.status_code, answer.json()["amount"], answer.json()["awaiting"]) == (202, 250_000, [])
    assert pay_out(payment).status == "refunded"
    answer = refund(caller, payment)
    assert (answer.status_code, answer.json()["amount"]) == (200, 250_000)


@pytest.mark.parametrize(
    ("state", "changes", "expected"),
    [
        (second_prompt_refused, {"amount": 100}, (409, "payment_not_held")),
        (completed, {"amount": 100}, (409, "payment_not_held")),
        (locked, {"amount": 350_001}, (400, "amount_mismatch")),
        (second_prompt_refused, {"amount": WHOLE}, (400, "amount_mismatch")),
        (locked, {"initiated_by": "+254700000000"}, (403, "not_a_party")),
        (prompted, {}, (409, "payment_not_held")),
        (failed, {}, (409, "payment_not_held")),
        (completed, {}, (409, "already_released")),
        (lambda **terms: pay_out(completed(**terms)), {}, (409, "payment_not_held")),
    ],
)
def test_what_cannot_go_back_is_refused_and_nothing_moves(caller, client_owner, state, changes, expected):
    payment = state(owner=client_owner)
    before = holdings(client_owner)

    assert refusal(refund(caller, payment, **changes)) == expected
    assert holdings(client_owner) == before


def test_a_part_waits_for_our_staff_who_are_asked_once(caller, client_owner):
    payment = locked(owner=client_owner)

    answers = [refund(caller, payment, amount=100_000) for _ in range(2)]

    for answer in answers:
        assert (answer.status_code, answer.json()["awaiting"], answer.json()["status"]) == (202, ["staff"], "locked")
    asked = payment.contract.events.filter(kind="refund.asked")
    assert [event.payload["amount"] for event in asked] == [100_000]
    assert not payment.transfers.open().exists()


def test_a_disputed_payment_waits_for_the_decision(caller, client_owner):
    payment = locked(owner=client_owner)
    open_dispute(payment.contract_id, phone=payment.payer_phone, reason="rotten", channel="sms")
    before = holdings(client_owner)

    assert refusal(refund(caller, payment)) == (409, "dispute_open")
    assert holdings(client_owner) == before
