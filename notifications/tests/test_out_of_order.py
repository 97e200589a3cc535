"""An SMS that the network kept back means what it meant when it was written: what was written later goes before."""

from decimal import Decimal

import pytest

from contracts.agreements import PartyDraft
from contracts.models import Contract
from notifications import replies
from notifications.models import InboundMessage, Message
from notifications.tests.people import new_id, send, standing
from payments import escrow
from tests.factories import locked

pytestmark = pytest.mark.django_db

EARLIER, LATER = "2026-11-24 10:00:00", "2026-11-24 10:10:00"


@pytest.fixture
def contract() -> Contract:
    """A small deal of which the seller says that it is delivered."""
    found = locked(amount=Decimal(1_000)).contract
    return escrow.deliver(found.pk, phone=found.seller.phone, channel="sms")


def comes(contract: Contract, text: str, *, written: str) -> str:
    """The buyer's SMS arrives, and has been read; returns what became of it."""
    id = new_id()
    assert send(contract.buyer.phone, f"{text}-{contract.pk}", id=id, date=written).status_code == 200
    replies.read_due()
    return InboundMessage.objects.get(message_id=id).result


def test_an_acceptance_from_before_a_dispute_does_not_end_it_and_gets_the_exact_reply_to_send(contract):
    assert comes(contract, "DISPUTE", written=LATER) == "done"
    before = standing(contract)

    assert comes(contract, "ACCEPT", written=EARLIER) == "overtaken by a later SMS"

    assert standing(contract) == before
    answer = Message.objects.filter(phone=contract.buyer.phone).order_by("pk").last()
    assert (answer.kind, f"ACCEPT-{contract.pk}" in answer.text) == ("reply_exactly", True)


def test_sent_once_more_it_is_obeyed(contract):
    comes(contract, "DISPUTE", written=EARLIER)
    assert comes(contract, "ACCEPT", written=LATER) == "done"
    assert Contract.objects.get(pk=contract.pk).status == "completed"


@pytest.mark.parametrize("written", ["", "24/11/2026 09:00", "2026-11-24 9:00", LATER])
def test_a_date_that_cannot_be_compared_and_the_same_one_keep_nothing_back(contract, written):
    comes(contract, "DISPUTE", written=LATER)
    assert comes(contract, "ACCEPT", written=written) == "done"


def test_dates_that_are_written_in_two_ways_are_not_compared(contract):
    comes(contract, "DISPUTE", written=LATER.replace(" ", "T"))
    assert comes(contract, "ACCEPT", written=EARLIER) == "done"


@pytest.mark.parametrize("first", ["STATUS", "WITHDRAW"])
def test_a_question_and_what_was_refused_go_before_nothing(contract, first):
    comes(contract, first, written=LATER)
    assert comes(contract, "ACCEPT", written=EARLIER) == "done"


def test_what_is_about_another_deal_goes_before_nothing(contract):
    other = locked(amount=Decimal(1_000), parties=_same_people(contract)).contract
    comes(other, "DISPUTE", written=LATER)
    assert comes(contract, "ACCEPT", written=EARLIER) == "done"


def _same_people(contract: Contract) -> tuple[PartyDraft, ...]:
    return tuple(PartyDraft(role=party.role, phone=party.phone) for party in contract.parties.all())
