"""Each party reads and writes its own language, Swahili or English."""

from decimal import Decimal

import pytest

from contracts.agreements import PartyDraft
from contracts.models import Contract, Party
from notifications import phrases
from notifications.tests.people import announced, answer_to, say, standing, text_of
from payments.settlement import settle
from tests.factories import drafted, locked, new_phone, open_transfer, prompted, refused

pytestmark = pytest.mark.django_db
SMALL = Decimal(1_000)


def people(*, buyer: str, seller: str) -> tuple[PartyDraft, ...]:
    return (
        PartyDraft(role=Party.Role.BUYER, phone=new_phone(), name="Wanjiku", language=buyer),
        PartyDraft(role=Party.Role.SELLER, phone=new_phone(), name="Otieno", language=seller),
    )


def test_each_side_reads_its_own_language():
    contract = drafted(parties=people(buyer="sw", seller="en"))

    assert f"Jibu NDIYO-{contract.pk} au HAPANA-{contract.pk}" in text_of(contract, "buyer", "asked_to_agree")
    assert f"Reply YES-{contract.pk} or NO-{contract.pk}" in text_of(contract, "seller", "asked_to_agree")


def test_a_deal_is_agreed_delivered_and_accepted_in_swahili():
    agreed = drafted(parties=people(buyer="sw", seller="sw"))
    announced(agreed)
    say(agreed.buyer.phone, f"ndiyo-{agreed.pk}")
    assert "Usipeleke mzigo bado" in answer_to(agreed.seller.phone, f"NDIYO {agreed.pk.lower()}")
    contract = locked(amount=SMALL, parties=people(buyer="sw", seller="sw")).contract
    announced(contract)

    assert "Tumemwomba mnunuzi" in answer_to(contract.seller.phone, f"NIMELETA-{contract.pk}")
    assert "pesa inaenda kwa muuzaji" in answer_to(contract.buyer.phone, f"NIMEPOKEA-{contract.pk}")
    assert Contract.objects.get(pk=contract.pk).status == "completed"


def test_a_word_in_swahili_without_its_deal_changes_nothing_and_is_answered_with_the_reply_to_send():
    contract = locked(amount=SMALL, parties=people(buyer="sw", seller="sw")).contract
    announced(contract)
    before = standing(contract)

    assert answer_to(contract.buyer.phone, "NIMEPOKEA").endswith(f"jibu hivi hasa: NIMEPOKEA-{contract.pk}")
    assert standing(contract) == before


def test_a_failed_payment_says_why_in_the_language_of_whoever_reads_it():
    for language, why in (("sw", "pesa kwenye M-Pesa haitoshi"), ("en", "Insufficient funds")):
        payment = prompted(amount=SMALL, parties=people(buyer=language, seller="en"))
        prompt = open_transfer(payment)
        settle(prompt.pk, refused(prompt, "1"))
        assert why in text_of(payment.contract, "buyer", "payment_failed")


def test_a_reason_without_words_in_swahili_is_left_out():
    payment = prompted(amount=SMALL)
    payment.failure_code, payment.failure_reason = "something_new", "Something new"
    assert (phrases.why_failed(payment, "sw"), phrases.why_failed(payment, "en")) == ("", "Something new")
