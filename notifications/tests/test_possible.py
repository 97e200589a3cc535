"""Which commands make sense now is found out with few questions to the database, however many deals a phone has."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts import disputes
from contracts.agreements import PartyDraft
from contracts.audit import Actor
from contracts.models import Contract
from notifications import inquiries, possible
from payments import endings
from tests.factories import locked, new_phone

pytestmark = pytest.mark.django_db


def paid_for(phone: str, count: int) -> list[Contract]:
    """So many deals of this buyer, whose money is locked."""
    people = [(PartyDraft("buyer", phone), PartyDraft("seller", new_phone())) for _ in range(count)]
    return [locked(parties=parties).contract for parties in people]


@pytest.mark.parametrize(
    "ask",
    [
        lambda phone: inquiries.exact_replies(phone, "en"),
        lambda phone: possible.deals_for("ACCEPT", phone),
        lambda phone: possible.deals_for("WITHDRAW", phone),
    ],
)
def test_more_deals_are_no_more_questions(ask: Callable[[str], list[str]]) -> None:
    few, many = new_phone(), new_phone()
    counted = []
    for phone, count in ((few, 1), (many, 6)):
        for contract in paid_for(phone, count):
            disputes.open_dispute(contract.pk, phone=contract.seller.phone, reason="unfair", channel="sms")
        with CaptureQueriesContext(connection) as queries:
            ask(phone)
        counted.append(len(queries))

    assert counted[0] == counted[1]


def test_only_whoever_opened_the_dispute_that_is_open_is_offered_to_take_it_back() -> None:
    (contract,) = paid_for(new_phone(), 1)
    disputes.open_dispute(contract.pk, phone=contract.seller.phone, reason="unfair", channel="sms")
    contract = Contract.objects.get(pk=contract.pk)

    assert "WITHDRAW" in possible.commands(contract, contract.seller)
    assert "WITHDRAW" not in possible.commands(contract, contract.buyer)


def test_who_has_asked_to_cancel_is_not_told_to_ask_again() -> None:
    (contract,) = paid_for(new_phone(), 1)
    buyer, seller = contract.buyer, contract.seller
    assert "CANCEL" in possible.commands(contract, buyer)

    endings.cancel(contract.pk, phone=buyer.phone, channel="sms")

    contract = Contract.objects.get(pk=contract.pk)
    assert "CANCEL" not in possible.commands(contract, buyer)
    assert possible.deals_for("CANCEL", buyer.phone) == []
    assert "CANCEL" in possible.commands(contract, seller)


def test_nobody_is_told_to_add_words_to_a_dispute_that_takes_no_more() -> None:
    (contract,) = paid_for(new_phone(), 1)
    dispute = disputes.open_dispute(contract.pk, phone=contract.seller.phone, reason="unfair", channel="sms")
    for number in range(disputes.MOST_EVIDENCE):
        assert possible.deals_for("DISPUTE", contract.buyer.phone) == [contract.pk]
        disputes.add_evidence(dispute.pk, party=None, actor=Actor("staff:test", "desk"), text=f"no. {number}")

    assert possible.deals_for("DISPUTE", contract.buyer.phone) == []
    assert inquiries.exact_replies(contract.buyer.phone, "en") == [f"ACCEPT-{contract.pk}"]
