"""How we stand with a phone: the language that it is written to."""

from dataclasses import replace

import pytest

from contracts import contact
from contracts.agreements import PartyDraft
from contracts.models import Contract, Party
from tests.factories import drafted, new_phone

pytestmark = pytest.mark.django_db


def deal(person: PartyDraft) -> Contract:
    return drafted(parties=(person, PartyDraft(role=Party.Role.SELLER, phone=new_phone())))


def test_a_phone_speaks_its_language_in_all_its_deals_and_in_those_to_come():
    person = PartyDraft(role=Party.Role.BUYER, phone=new_phone())
    before = [deal(person), deal(person)]

    contact.speaks(person.phone, "sw")

    assert [contract.parties.get(role="buyer").language for contract in (*before, deal(person))] == ["sw"] * 3
    assert contact.language_of(person.phone) == "sw"
    assert {contract.parties.get(role="seller").language for contract in before} == {"en"}


def test_a_deal_that_names_a_language_keeps_it():
    person = PartyDraft(role=Party.Role.BUYER, phone=new_phone())
    deal(person)
    contact.speaks(person.phone, "sw")

    assert deal(replace(person, language="en")).buyer.language == "en"


def test_a_phone_in_no_deal_has_the_default_language(settings):
    settings.DEFAULT_LANGUAGE = "sw"
    assert contact.language_of(new_phone()) == "sw"
