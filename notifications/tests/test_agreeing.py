"""YES and NO by SMS: the deal is on when all have said yes, off when one says no, and each reads what comes next."""

import pytest

from contracts.agreements import agree
from notifications.tests.people import answer_to, heard, messages_to, standing, status
from tests.factories import confirmed, drafted, with_payer

pytestmark = pytest.mark.django_db


def test_yes_from_both_confirms_the_deal_and_says_what_comes_next():
    contract = drafted()
    heard(contract)

    first = answer_to(contract.buyer.phone, f"YES-{contract.pk}")
    assert "waits for the other side" in first
    second = answer_to(contract.seller.phone, f"yes-{contract.pk.lower()}")

    assert status(contract) == "confirmed"
    assert "Do not deliver yet" in second
    assert messages_to(contract.buyer.phone)[-1].startswith(f"VoicePact {contract.pk} is agreed. Pay KES 350,000")


def test_a_yes_that_comes_twice_is_answered_twice_and_counts_once():
    contract = confirmed()
    heard(contract)
    before = standing(contract)

    assert f"PAY-{contract.pk}" in answer_to(contract.buyer.phone, f"YES-{contract.pk}")
    assert "Do not deliver yet" in answer_to(contract.seller.phone, f"YES-{contract.pk}")

    assert standing(contract) == before


def test_no_cancels_and_both_read_it_once():
    contract = drafted()
    heard(contract)

    assert "is cancelled" in answer_to(contract.seller.phone, f"NO-{contract.pk}")
    assert "is cancelled" in answer_to(contract.seller.phone, f"NO-{contract.pk}")

    assert status(contract) == "cancelled"
    assert ["is cancelled" in text for text in messages_to(contract.buyer.phone)].count(True) == 1


def test_no_after_agreement_changes_nothing_and_says_how_to_call_it_off():
    contract = confirmed()
    heard(contract)
    before = standing(contract)

    assert f"CANCEL-{contract.pk}" in answer_to(contract.seller.phone, f"NO-{contract.pk}")

    assert standing(contract) == before


def test_a_payer_who_agrees_last_or_again_reads_how_to_pay():
    contract = drafted(parties=with_payer())
    for party in (contract.buyer, contract.seller):
        agree(contract.pk, phone=party.phone, channel="sms")
    heard(contract)

    for _ in range(2):
        answer = answer_to(contract.party("payer").phone, f"YES-{contract.pk}")
        assert f"reply PAY-{contract.pk}" in answer
        assert "until the buyer accepts" in answer
