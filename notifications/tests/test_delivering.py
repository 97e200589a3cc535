"""DELIVERED and ACCEPT by SMS: each speaks for itself, and both together complete the deal, once."""

import pytest

from notifications.tests.people import answer_to, heard, messages_to, standing, status
from notifications.tests.proving import funded
from tests.factories import SMALL, completed, confirmed, locked

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("order", [("DELIVERED", "ACCEPT"), ("ACCEPT", "DELIVERED")])
def test_delivered_and_accept_complete_the_deal_in_either_order(order):
    payment = locked(amount=SMALL)
    contract = payment.contract
    phones = {"DELIVERED": contract.seller.phone, "ACCEPT": contract.buyer.phone}
    heard(contract)

    first, second = (answer_to(phones[word], f"{word}-{contract.pk}") for word in order)

    assert first.startswith("Thank you.")
    assert "delivered and accepted" in second
    assert status(contract) == "completed"
    assert payment.transfers.filter(kind="payout").count() == 1


def test_the_other_side_is_told_by_the_announcement_and_only_by_it():
    contract = funded(amount=SMALL)
    told = len(messages_to(contract.buyer.phone))

    answer_to(contract.seller.phone, f"DELIVERED-{contract.pk}")

    (asked,) = messages_to(contract.buyer.phone)[told:]
    assert f"ACCEPT-{contract.pk}" in asked


def test_saying_it_again_is_answered_and_pays_nothing_twice():
    contract = completed(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    assert "delivered and accepted" in answer_to(contract.seller.phone, f"DELIVERED-{contract.pk}")
    assert "delivered and accepted" in answer_to(contract.buyer.phone, f"ACCEPT-{contract.pk}")

    assert standing(contract) == before


@pytest.mark.parametrize(("role", "word"), [("buyer", "DELIVERED"), ("seller", "ACCEPT")])
def test_neither_can_speak_for_the_other(role, word):
    contract = funded(amount=SMALL)
    before = standing(contract)

    only = "seller" if word == "DELIVERED" else "buyer"
    assert f"only the {only} can do this" in answer_to(contract.party(role).phone, f"{word}-{contract.pk}")

    assert standing(contract) == before


@pytest.mark.parametrize("word", ["DELIVERED", "ACCEPT"])
def test_delivery_is_not_confirmed_before_the_money_is_locked(word):
    contract = confirmed(amount=SMALL)
    phone = contract.seller.phone if word == "DELIVERED" else contract.buyer.phone
    heard(contract)
    before = standing(contract)

    assert "the money is not locked yet" in answer_to(phone, f"{word}-{contract.pk}")

    assert standing(contract) == before
