"""Words that wait for staff belong to the deal that they name, if it is the sender's own and the only one named."""

from decimal import Decimal

import pytest

from contracts.agreements import PartyDraft
from contracts.models import Contract, Evidence, Party
from notifications import replies
from notifications.models import InboundMessage, Message
from notifications.tests.people import answer_to, heard, messages_to, new_id, say, send, standing
from tests.factories import drafted, locked, new_phone

pytestmark = pytest.mark.django_db


def of_the_same_buyer(phone: str) -> Contract:
    seller = PartyDraft(role=Party.Role.SELLER, phone=new_phone())
    return drafted(parties=(PartyDraft(role=Party.Role.BUYER, phone=phone), seller))


@pytest.mark.parametrize(
    "text",
    [
        "{deal} I have witnesses",
        "EVIDENCE-{deal} see the photo",
        "nina mashahidi wa {deal}, {deal}",
        "accept {deal} but half is missing",
        "ACCEPT-{deal} three bags are wet",
        "help {deal} was never brought",
    ],
)
@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_words_that_name_a_deal_of_the_phone_wait_with_that_deal_and_change_nothing(role, text):
    contract = locked().contract
    sender = contract.party(role)
    of_the_same_buyer(sender.phone)
    before = standing(contract)

    row = say(sender.phone, text.format(deal=contract.pk))

    assert (row.needs_staff, row.contract, row.party) == (True, contract, sender)
    assert standing(contract) == before


@pytest.mark.parametrize(
    "text",
    [
        "{theirs} I have witnesses",
        "{mine} and {other} are late",
        "{mine} or {theirs}?",
        "{mine}0 is late",
        "it is late",
    ],
)
def test_words_that_name_several_deals_another_persons_or_none_wait_with_no_deal(text):
    mine, theirs = drafted(), drafted()
    other = of_the_same_buyer(mine.buyer.phone)

    row = say(mine.buyer.phone, text.format(mine=mine.pk, other=other.pk, theirs=theirs.pk))

    assert (row.needs_staff, row.contract, row.party) == (True, None, None)


def test_whoever_names_one_deal_after_another_gets_no_more_answers():
    mine = drafted()
    deals = [mine, *(of_the_same_buyer(mine.buyer.phone) for _ in range(4))]
    for contract in deals:
        heard(contract)
    told = len(messages_to(mine.buyer.phone))

    rows = [say(mine.buyer.phone, f"{contract.pk} is late") for contract in deals]

    assert [row.contract for row in rows] == deals
    assert len(messages_to(mine.buyer.phone)) == told + replies.UNCLEAR_PER_DAY


def test_a_cry_for_help_about_a_deal_is_no_later_word_that_holds_an_acceptance_back():
    contract = locked(amount=Decimal(1_000)).contract
    buyer = contract.buyer.phone
    send(buyer, f"HELP {contract.pk} what do I do", id=new_id(), date="2026-11-24 10:10:00")
    send(buyer, f"ACCEPT-{contract.pk}", id=new_id(), date="2026-11-24 10:00:00")
    replies.read_due()

    assert InboundMessage.objects.filter(contract=contract, result="done").count() == 2
    assert contract.confirmations.filter(party=contract.buyer, kind="accepted").count() == 1
    assert Message.objects.filter(phone=buyer, kind="reply_help").count() == 1


@pytest.mark.parametrize("role", ["buyer", "seller"])
@pytest.mark.parametrize("text", ["{deal} I have witnesses", "EVIDENCE-{deal} see the photo"])
def test_words_that_name_a_deal_in_dispute_get_the_exact_reply_that_adds_them_and_add_nothing(role, text):
    contract = locked().contract
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} wet")
    heard(contract)
    before, pieces = standing(contract), Evidence.objects.count()

    answer = answer_to(contract.party(role).phone, text.format(deal=contract.pk))

    assert answer == (
        "Our staff will read your SMS. Nothing has changed. To add your words to the dispute, reply"
        f" DISPUTE-{contract.pk} and your words."
    )
    assert (standing(contract), Evidence.objects.count()) == (before, pieces)
    assert "We keep your words" in answer_to(contract.party(role).phone, f"DISPUTE-{contract.pk} I have witnesses")
    assert Evidence.objects.count() == pieces + 1


def test_the_reply_is_in_the_senders_language():
    contract = locked().contract
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} wet")
    say(contract.buyer.phone, "LUGHA SW")
    heard(contract)

    assert f"jibu MGOGORO-{contract.pk} na maneno" in answer_to(contract.buyer.phone, f"{contract.pk} nina mashahidi")


def test_where_no_words_can_be_added_it_is_only_said_that_staff_will_read(monkeypatch):
    calm, full = locked().contract, locked().contract
    say(full.buyer.phone, f"DISPUTE-{full.pk} wet")
    monkeypatch.setattr("contracts.disputes.MOST_EVIDENCE", Evidence.objects.filter(dispute__contract=full).count())
    for contract in (calm, full):
        heard(contract)
        assert answer_to(contract.buyer.phone, f"{contract.pk} I have witnesses").startswith("We are not sure")

    assert answer_to(calm.seller.phone, f"{full.pk} I have witnesses").startswith("We are not sure")


def test_the_answers_about_a_dispute_end():
    contract = locked().contract
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} wet")
    heard(contract)
    told = len(messages_to(contract.seller.phone))

    for _ in range(replies.UNCLEAR_PER_DAY + 3):
        say(contract.seller.phone, f"{contract.pk} I have witnesses")

    assert len(messages_to(contract.seller.phone)) == told + replies.UNCLEAR_PER_DAY
