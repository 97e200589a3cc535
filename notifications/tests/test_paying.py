"""PAY by SMS: one prompt to the phone of whoever may pay, and none before its time."""

import pytest

from notifications.tests.people import answer_to, heard, standing
from payments import breaker
from payments.settlement import settle
from tests.factories import SMALL, confirmed, drafted, open_transfer, prompted, refused, with_payer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("word", ["PAY", "lipa"])
def test_pay_sends_the_prompt_for_the_whole_amount_to_the_buyers_phone(word):
    contract = confirmed(amount=SMALL)
    heard(contract)

    assert "prompt is coming" in answer_to(contract.buyer.phone, f"{word}-{contract.pk}")

    payment = contract.payments.get()
    assert (payment.amount, payment.payer_phone) == (SMALL, contract.buyer.phone)
    assert open_transfer(payment).phone == contract.buyer.phone


def test_pay_from_the_agreed_payer_prompts_the_payers_phone():
    contract = confirmed(parties=with_payer())
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
