"""Turns that come at the same moment: one effect at most."""

import pytest

from contracts.models import Contract, Event
from notifications.models import UssdSession, UssdTurn
from notifications.tests.dialling import Dialled
from tests.factories import drafted, new_phone
from tests.together import at_once

pytestmark = pytest.mark.usefixtures("committed_db")


def test_the_same_turn_twice_at_once_has_one_effect():
    contract = drafted()
    dialled = Dialled(contract.buyer.phone)
    dialled.choose(contract.pk)

    screens = at_once(*[lambda: dialled.turn("1*1")] * 4)

    assert len(set(screens)) == 1
    assert screens[0].startswith(f"END {contract.pk}: thank you, you have agreed")
    assert Event.objects.filter(contract=contract, kind="party.agreed").count() == 1
    assert UssdTurn.objects.filter(session__session_id=dialled.session_id).count() == 3


def test_the_first_turn_twice_at_once_is_one_call():
    phone, id = new_phone(), f"first-{new_phone()}"

    screens = at_once(*[lambda: Dialled(phone, session_id=id).screen] * 4)

    assert len(set(screens)) == 1
    assert UssdTurn.objects.filter(session=UssdSession.objects.get(session_id=id)).count() == 1


def test_a_sale_that_is_confirmed_in_one_call_and_continued_in_another_is_opened_once():
    for _ in range(3):
        seller, buyer = new_phone(), new_phone()
        first = Dialled(seller)
        first.key("1", buyer, "Maize", "10 bags", "100", "3")
        second = Dialled(seller)
        assert "Continue selling?" in second.screen

        at_once(lambda call=first: call.key("1"), lambda call=second: call.key("1"))
        second.key("1")

        assert Contract.objects.filter(parties__phone=seller).count() == 1


def test_two_calls_of_one_phone_say_the_same_once():
    contract = drafted()
    calls = [Dialled(contract.buyer.phone), Dialled(contract.buyer.phone)]
    for call in calls:
        call.choose(contract.pk)

    screens = at_once(*[lambda call=call: call.choose("Agree") for call in calls])

    assert all(screen.startswith("END ") for screen in screens)
    assert Event.objects.filter(contract=contract, kind="party.agreed").count() == 1
