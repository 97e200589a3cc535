"""CANCEL by SMS: free before the money is locked, then with the seller's word, and never once all is done."""

import pytest

from notifications.tests.people import answer_to, heard, messages_to, standing, status
from tests.factories import SMALL, completed, confirmed, locked, open_transfer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_either_party_cancels_before_the_money_is_locked(role):
    contract = confirmed(amount=SMALL)
    heard(contract)

    assert "is cancelled" in answer_to(contract.party(role).phone, f"CANCEL-{contract.pk}")

    assert status(contract) == "cancelled"


def test_the_buyers_cancel_of_a_locked_deal_asks_the_seller_whose_cancel_sends_the_money_back():
    payment = locked(amount=SMALL)
    contract = payment.contract
    heard(contract)

    assert "asked the seller" in answer_to(contract.buyer.phone, f"CANCEL-{contract.pk}")
    assert status(contract) == "payment_locked"
    assert f"CANCEL-{contract.pk}" in messages_to(contract.seller.phone)[-1]
    assert "is cancelled" in answer_to(contract.seller.phone, f"CANCEL-{contract.pk}")

    assert status(contract) == "cancelled"
    assert open_transfer(payment).kind == "reversal"
    assert "is cancelled" in answer_to(contract.seller.phone, f"CANCEL-{contract.pk}")
    assert payment.transfers.filter(kind="reversal").count() == 1


def test_a_completed_deal_is_not_cancelled():
    contract = completed(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    assert "is completed" in answer_to(contract.seller.phone, f"CANCEL-{contract.pk}")

    assert standing(contract) == before
