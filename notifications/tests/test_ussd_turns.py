"""A turn happens once, whatever the network repeats, skips, reorders or sends twice at the same moment."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts import agreements
from contracts.agreements import PartyDraft
from contracts.models import Confirmation, Contract, Event
from notifications.models import UssdSession, UssdTurn
from notifications.tests.dialling import Dialled, post
from notifications.tests.people import standing
from notifications.ussd import forgetting
from payments import escrow
from tests.factories import confirmed, drafted, locked, new_phone

pytestmark = pytest.mark.django_db

MOST_OF_A_SCREEN, MOST_OF_AN_ACT = 20, 60


def agreed(contract: Contract, role: str) -> bool:
    return Confirmation.objects.filter(contract=contract, party__role=role, kind="agreed").exists()


def test_a_repeated_turn_shows_the_same_screen_and_changes_nothing():
    contract = drafted()
    dialled = Dialled(contract.buyer.phone)
    first = dialled.key("1")
    done = dialled.key("1")
    assert agreed(contract, "buyer")
    before, kept = standing(contract), list(UssdTurn.objects.order_by("pk").values())

    assert [dialled.turn("1*1"), dialled.turn("1"), dialled.turn("1*1")] == [done, first, done]

    assert standing(contract) == before
    assert list(UssdTurn.objects.order_by("pk").values()) == kept


def test_a_screen_of_before_is_shown_again_word_for_word_though_the_deal_has_gone_on():
    contract = drafted()
    dialled = Dialled(contract.buyer.phone)
    shown = dialled.key("1")
    for party in contract.parties.all():
        Dialled(party.phone).choose(contract.pk, "Agree")
    assert Contract.objects.get(pk=contract.pk).status == "confirmed"

    assert dialled.turn("1") == shown


def test_a_key_means_what_the_screen_said_though_the_deal_has_gone_on():
    contract = drafted()
    dialled = Dialled(contract.buyer.phone)
    dialled.choose(contract.pk)
    for party in contract.parties.all():
        agreements.agree(contract.pk, phone=party.phone, channel="sms")
    before = standing(contract)

    answer = dialled.choose("Agree")  # where there now is "Pay now"

    assert answer.startswith(f"END {contract.pk}: agreed by all")
    assert standing(contract) == before


def test_turns_that_were_skipped_are_made_up_for():
    contract = drafted()

    answer = post(contract.buyer.phone, "1*2", session_id="dialled-" + contract.pk).content.decode()

    assert answer.startswith(f"CON {contract.pk}: you do not want this deal?")
    session = UssdSession.objects.get(session_id="dialled-" + contract.pk)
    assert [turn.number for turn in session.turns.order_by("pk")] == [0, 1, 2]


@pytest.mark.parametrize("text", ["1*1", "1*1*1*1", "1*2*1", "1*2*1*1"])
def test_no_word_is_obeyed_that_was_dialled_before_its_screen_was_seen(text):
    contract = drafted()
    before = standing(contract)

    dialled = Dialled(contract.buyer.phone, text=text)

    assert dialled.screen.startswith(f"CON {contract.pk}: you ")
    assert standing(contract) == before
    assert dialled.key("1").startswith(f"END {contract.pk}")
    assert standing(contract) != before


def test_money_does_not_move_by_a_number_that_somebody_was_told_to_dial():
    contract = locked().contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    before = standing(contract)

    told = Dialled(contract.buyer.phone, text="1*1*1")

    assert "This cannot be undone." in told.screen
    assert standing(contract) == before
    assert told.turn("1*1*1") == told.screen
    assert standing(contract) == before
    assert told.key("1").startswith(f"END {contract.pk}: thank you, you have accepted")


def test_a_sale_that_is_dialled_at_once_is_shown_before_it_is_opened():
    seller = new_phone()

    dialled = Dialled(seller, text=f"1*{new_phone()}*Maize*10 bags*100*3*1")

    assert "KES 1,000 in all. Right?" in dialled.screen
    assert not Contract.objects.filter(parties__phone=seller).exists()
    assert dialled.key("1").startswith("END ")


def test_a_turn_that_comes_late_shows_what_was_made_up_for_it():
    contract = drafted()
    ahead = Dialled(contract.buyer.phone, text="1*2")

    late = ahead.turn("1")

    assert contract.pk in late
    assert UssdTurn.objects.filter(session__session_id=ahead.session_id).count() == 3


def test_what_is_dialled_beyond_the_end_changes_nothing_more():
    contract = drafted()

    dialled = Dialled(contract.buyer.phone)
    dialled.choose(contract.pk)

    answer = dialled.key("1*1*1")

    assert answer.startswith(f"END {contract.pk}: thank you, you have agreed")
    assert Event.objects.filter(contract=contract, kind="party.agreed").count() == 1


def test_a_call_that_is_over_takes_no_other_turn():
    contract = drafted()
    dialled = Dialled(contract.buyer.phone)
    dialled.key("1", "1")
    before = standing(contract)

    assert dialled.turn("2").startswith("END This call is over")
    assert dialled.turn("1*2*1").startswith("END This call is over")

    assert standing(contract) == before


def test_a_session_that_changes_its_number_shows_nothing_and_moves_nothing():
    contract = drafted()
    dialled = Dialled(contract.buyer.phone)
    dialled.choose(contract.pk)
    before, turns = standing(contract), UssdTurn.objects.count()

    for phone in (new_phone(), contract.seller.phone):
        for text in ("", "1", "1*1"):
            answer = post(phone, text, session_id=dialled.session_id).content.decode()
            assert answer.startswith("END Sorry")
            assert contract.pk not in answer

    assert (standing(contract), UssdTurn.objects.count()) == (before, turns)
    assert dialled.choose("Agree").startswith("END")


def test_no_turn_keeps_what_was_put_in():
    dialled = Dialled(new_phone())
    dialled.key("1", "3133731337", "7654321765")

    kept = json.dumps([*UssdTurn.objects.values_list("screen", "state", "digest")])

    assert "3133731337" not in kept
    assert "7654321765" not in kept


def test_the_same_input_has_another_digest_in_another_session():
    phone = new_phone()
    for _ in range(2):
        Dialled(phone).key("1")

    digests = UssdTurn.objects.filter(session__phone=phone, number=1).values_list("digest", flat=True)

    assert len(set(digests)) == 2


def test_old_turns_are_let_go_and_sessions_stay(settings, later):
    old = Dialled(new_phone())
    later(days=31)
    new = Dialled(new_phone())

    assert forgetting.forget_due() == 1

    kept = set(UssdTurn.objects.values_list("session__session_id", flat=True))
    assert new.session_id in kept
    assert old.session_id not in kept
    assert UssdSession.objects.filter(session_id=old.session_id).exists()


def test_a_turn_asks_the_database_few_questions_however_many_deals_there_are():
    contract = confirmed()
    for _ in range(8):
        other = PartyDraft(role="seller", phone=new_phone(), name="Otieno")
        drafted(parties=(PartyDraft(role="buyer", phone=contract.buyer.phone, name="Wanjiku"), other))
    dialled, asked = Dialled(contract.buyer.phone), []
    for keys in ("00", "1", "00", "3", "2"):
        with CaptureQueriesContext(connection) as queries:
            dialled.key(keys)
        asked.append(len(queries))

    assert max(asked) <= MOST_OF_A_SCREEN, asked


def test_the_dearest_turn_asks_the_database_a_bounded_number_of_times():
    contract = confirmed()
    dialled = Dialled(contract.buyer.phone)
    dialled.choose(contract.pk)

    with CaptureQueriesContext(connection) as queries:
        dialled.choose("Pay now")

    assert len(queries) <= MOST_OF_AN_ACT
