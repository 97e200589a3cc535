"""A release over HTTP: on its way, then done, and refused in words while it may not be."""

import pytest

from contracts.disputes import open_dispute
from payments import escrow
from payments.tests.client import WHOLE, release
from payments.tests.states import failed, refunding
from tests.factories import checked_out, completed, locked, new_phone, pay_out
from tests.holdings import holdings
from voicepact.kernel.tests.caller import refusal

pytestmark = pytest.mark.django_db


def test_a_release_is_on_its_way_then_done_and_asking_starts_nothing(caller, client_owner):
    payment = completed(owner=client_owner)
    before = holdings(client_owner)
    expected = {
        "transaction_id": payment.transaction_id,
        "contract_id": payment.contract_id,
        "amount": WHOLE,
        "currency": "KES",
        "recipient_phone": payment.recipient_phone,
    }

    for _ in range(2):
        answer = release(caller, payment)
        found = answer.json()
        assert (answer.status_code, found["status"]) == (202, "locked")
        assert found["description"] == "Payment on its way to seller"
        assert expected.items() <= found.items()
    assert holdings(client_owner) == before

    pay_out(payment)
    answer = release(caller, payment)
    assert (answer.status_code, answer.json()["status"]) == (200, "released")
    assert expected.items() <= answer.json().items()


@pytest.mark.parametrize(
    ("said", "missing"), [([], ["seller", "buyer"]), (["deliver"], ["buyer"]), (["accept"], ["seller"])]
)
def test_a_release_names_whose_word_is_missing(caller, client_owner, said, missing):
    payment = locked(owner=client_owner)
    contract = payment.contract
    for verb in said:
        phone = contract.seller.phone if verb == "deliver" else contract.buyer.phone
        getattr(escrow, verb)(contract.pk, phone=phone, channel="sms")
    before = holdings(client_owner)

    answer = release(caller, payment)

    assert refusal(answer) == (409, "confirmations_missing")
    assert answer.json()["missing"] == missing
    assert all(role in answer.json()["detail"] for role in missing)
    assert holdings(client_owner) == before


@pytest.mark.parametrize("who", ["nobody", "buyer", "seller", "a stranger too", "strangers"])
def test_confirmed_by_is_checked_and_is_no_evidence(caller, client_owner, who):
    payment = completed(owner=client_owner)
    buyer, seller = payment.contract.buyer.phone, payment.contract.seller.phone
    named = {
        "nobody": [],
        "buyer": [buyer],
        "seller": [seller, seller],
        "a stranger too": [buyer, seller, new_phone()],
        "strangers": [new_phone(), new_phone()],
    }[who]

    assert refusal(release(caller, payment, confirmed_by=named)) == (409, "confirmed_by_mismatch")


def test_nothing_is_released_while_a_dispute_is_open(caller, client_owner):
    payment = locked(owner=client_owner)
    contract = payment.contract
    open_dispute(contract.pk, phone=contract.seller.phone, reason="she sent half back", channel="sms")
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    before = holdings(client_owner)

    assert refusal(release(caller, payment)) == (409, "dispute_open")
    assert holdings(client_owner) == before


@pytest.mark.parametrize("state", [checked_out, failed, lambda **terms: pay_out(refunding(**terms))])
def test_what_is_not_held_is_not_released(caller, client_owner, state):
    payment = state(owner=client_owner)
    before = holdings(client_owner)

    assert refusal(release(caller, payment)) == (409, "payment_not_held")
    assert holdings(client_owner) == before


def test_the_payment_must_be_of_the_contract_that_is_named(caller, client_owner):
    payment, other = completed(owner=client_owner), completed(owner=client_owner)

    assert refusal(release(caller, payment, contract_id=other.contract_id)) == (404, "not_found")
