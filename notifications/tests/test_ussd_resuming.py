"""A call that broke off goes on where it was, with fresh data; one that came to its end is not offered."""

import pytest

from contracts import agreements
from contracts.models import Contract, Event
from notifications.models import UssdSession
from notifications.tests.dialling import Dialled
from tests.factories import drafted, new_phone

pytestmark = pytest.mark.django_db


def test_a_deal_is_offered_and_shown_as_it_is_now():
    contract = drafted()
    Dialled(contract.buyer.phone).choose(contract.pk)
    for party in contract.parties.all():
        agreements.agree(contract.pk, phone=party.phone, channel="sms")

    again = Dialled(contract.buyer.phone)

    assert f"1 Continue {contract.pk}?" in again.screen
    assert "Pay KES 350,000" in again.key("1")
    assert "1 Pay now" in again.screen


def test_a_sale_goes_on_with_everything_that_was_said():
    seller, buyer = new_phone(), new_phone()
    Dialled(seller).key("1", buyer, "Maize", "100 bags")

    again = Dialled(seller)
    assert "1 Continue selling?" in again.screen
    assert "Price in KES for one (bags)? You sell 100." in again.key("1")
    again.key("3500", "3")
    again.choose("Yes")

    assert Contract.objects.get(parties__phone=seller).amount == 350_000


def test_back_after_continuing_leads_the_way_that_led_there():
    contract = drafted()
    Dialled(contract.buyer.phone).choose(contract.pk, "Decline")
    again = Dialled(contract.buyer.phone)
    again.key("1")

    assert "1 Agree" in again.key("0")
    assert again.key("0").startswith("CON VoicePact")


def test_home_instead_begins_anew():
    contract = drafted()
    Dialled(contract.buyer.phone).choose(contract.pk)

    assert Dialled(contract.buyer.phone).key("00").startswith("CON VoicePact")


def test_a_call_that_came_to_its_end_is_not_offered():
    contract = drafted()
    Dialled(contract.buyer.phone).choose(contract.pk, "Agree")

    assert Dialled(contract.buyer.phone).screen.startswith("CON VoicePact")


def test_a_call_that_was_left_is_not_offered():
    contract = drafted()
    Dialled(contract.buyer.phone).choose(contract.pk)
    Dialled(contract.buyer.phone).key("00", "0")

    assert Dialled(contract.buyer.phone).screen.startswith("CON VoicePact")


@pytest.mark.parametrize("keys", [[], ["2"], ["5"]])
def test_a_menu_without_a_deal_is_nothing_to_go_back_to(keys):
    contract = drafted()
    Dialled(contract.buyer.phone).key(*keys)

    assert "broke off" not in Dialled(contract.buyer.phone).screen


def test_after_some_minutes_it_is_not_offered_any_more(later):
    contract = drafted()
    Dialled(contract.buyer.phone).choose(contract.pk)

    later(minutes=11)

    assert Dialled(contract.buyer.phone).screen.startswith("CON VoicePact")


def test_another_phone_is_offered_nothing():
    contract = drafted()
    Dialled(contract.buyer.phone).choose(contract.pk)

    assert "Continue" not in Dialled(contract.seller.phone).screen


def test_somebody_who_dials_the_way_is_not_asked():
    contract = drafted()
    Dialled(contract.buyer.phone).choose(contract.pk)

    assert "you buy" in Dialled(contract.buyer.phone, text="1").screen


def test_what_was_continued_takes_no_turn_in_the_call_before():
    contract = drafted()
    first = Dialled(contract.buyer.phone)
    first.choose(contract.pk)
    second = Dialled(contract.buyer.phone)
    second.key("1")

    assert first.key("1").startswith("END This call is over")
    assert not Event.objects.filter(contract=contract, kind="party.agreed").exists()
    old = UssdSession.objects.get(session_id=first.session_id)
    assert old.continued_in == UssdSession.objects.get(session_id=second.session_id)


def test_a_call_that_ended_while_its_continuation_was_offered_is_not_continued():
    contract = drafted()
    first = Dialled(contract.buyer.phone)
    first.choose(contract.pk)
    second = Dialled(contract.buyer.phone)
    assert "Continue" in second.screen
    first.choose("Agree")

    answer = second.key("1")

    assert answer.startswith("CON That was finished already.")
    assert Event.objects.filter(contract=contract, kind="party.agreed").count() == 1


def test_a_call_that_broke_off_twice_is_still_continued():
    contract = drafted()
    Dialled(contract.buyer.phone).choose(contract.pk, "Decline")
    Dialled(contract.buyer.phone)
    third = Dialled(contract.buyer.phone)
    assert "you do not want this deal?" in third.key("1")
    fourth = Dialled(contract.buyer.phone)

    assert "you do not want this deal?" in fourth.key("1")
    fourth.choose("Yes")
    assert Contract.objects.get(pk=contract.pk).status == "cancelled"
