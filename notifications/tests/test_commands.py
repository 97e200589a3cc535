"""What each command does that people send by SMS, and who may say it."""

from decimal import Decimal

import pytest

from contracts.agreements import PartyDraft, agree
from contracts.models import Party
from notifications.tests.people import answer_to, heard, messages_to, standing, status
from payments import breaker
from payments.settlement import settle
from tests.factories import (
    completed,
    confirmed,
    drafted,
    locked,
    new_phone,
    open_transfer,
    prompted,
    refused,
)

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)


# --- agreement --------------------------------------------------------------------------------------------------------


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
    assert [text for text in messages_to(contract.buyer.phone) if "is cancelled" in text] != []


def test_no_after_agreement_changes_nothing_and_says_how_to_call_it_off():
    contract = confirmed()
    heard(contract)
    before = standing(contract)

    assert f"CANCEL-{contract.pk}" in answer_to(contract.seller.phone, f"NO-{contract.pk}")

    assert standing(contract) == before


def test_a_payer_who_agrees_last_or_again_reads_how_to_pay():
    people = ((Party.Role.BUYER, "Wanjiku"), (Party.Role.SELLER, "Otieno"), (Party.Role.PAYER, "Mwangi"))
    contract = drafted(parties=tuple(PartyDraft(role=role, phone=new_phone(), name=name) for role, name in people))
    for party in (contract.buyer, contract.seller):
        agree(contract.pk, phone=party.phone, channel="sms")
    heard(contract)

    for _ in range(2):
        answer = answer_to(contract.party("payer").phone, f"YES-{contract.pk}")
        assert f"reply PAY-{contract.pk}" in answer
        assert "until the buyer accepts" in answer


# --- paying -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["PAY", "lipa"])
def test_pay_sends_the_prompt_for_the_whole_amount_to_the_buyers_phone(word):
    contract = confirmed(amount=SMALL)
    heard(contract)

    assert "prompt is coming" in answer_to(contract.buyer.phone, f"{word}-{contract.pk}")

    payment = contract.payments.get()
    assert (payment.amount, payment.payer_phone) == (SMALL, contract.buyer.phone)
    assert open_transfer(payment).phone == contract.buyer.phone


def test_pay_from_the_agreed_payer_prompts_the_payers_phone():
    people = ((Party.Role.BUYER, "Wanjiku"), (Party.Role.SELLER, "Otieno"), (Party.Role.PAYER, "Mwangi"))
    contract = confirmed(parties=tuple(PartyDraft(role=role, phone=new_phone(), name=name) for role, name in people))
    payer = contract.party("payer").phone
    heard(contract)

    answer_to(payer, f"PAY-{contract.pk}")

    assert open_transfer(contract.payments.get()).phone == payer


def test_pay_after_a_missed_prompt_sends_it_again():
    payment = prompted(amount=SMALL)
    transfer = open_transfer(payment)
    settle(transfer.pk, refused(transfer, "1037"))
    heard(payment.contract)

    answer_to(payment.contract.buyer.phone, f"PAY-{payment.contract_id}")

    assert payment.contract.payments.count() == 2


def test_pay_while_a_prompt_is_open_sends_no_second_one():
    contract = prompted(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    assert "already on its way" in answer_to(contract.buyer.phone, f"PAY-{contract.pk}")

    assert standing(contract) == before


def test_pay_while_the_rail_is_left_alone_says_so_and_asks_for_nothing(monkeypatch):
    contract = confirmed(amount=SMALL)
    heard(contract)
    before = standing(contract)
    monkeypatch.setattr(breaker, "retry_after", lambda *_: 45)

    assert "does not answer" in answer_to(contract.buyer.phone, f"PAY-{contract.pk}")

    assert standing(contract) == before


@pytest.mark.parametrize("role", ["seller", "buyer"])
def test_pay_from_the_wrong_party_or_too_early_opens_nothing(role):
    contract = confirmed(amount=SMALL) if role == "seller" else drafted(amount=SMALL)
    heard(contract)
    before = standing(contract)

    answer = answer_to(contract.party(role).phone, f"PAY-{contract.pk}")

    assert ("paid by the buyer" if role == "seller" else "not all have agreed yet") in answer
    assert standing(contract) == before


# --- delivery ---------------------------------------------------------------------------------------------------------


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
    contract = locked(amount=SMALL).contract
    heard(contract)
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
    contract = locked(amount=SMALL).contract
    heard(contract)
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


# --- cancel -----------------------------------------------------------------------------------------------------------


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
