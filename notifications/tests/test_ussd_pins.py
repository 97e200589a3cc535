"""Choices that move money ask for the PIN last: set on first use, three tries, locked, forgotten, cooling off."""

import json
import logging

import pytest

from contracts import disputes
from contracts.models import Contract
from notifications import announcements, pins
from notifications.models import Code, Message, Pin, UssdTurn
from notifications.tests.dialling import Dialled
from notifications.tests.people import say, standing
from notifications.tests.proving import GOOD_PIN, another, code_in, read, with_pin
from payments import escrow
from tests.factories import locked

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract() -> Contract:
    """A deal that waits for its buyer's acceptance, and is worth a proof."""
    found = locked().contract
    escrow.deliver(found.pk, phone=found.seller.phone, channel="sms")
    return Contract.objects.get(pk=found.pk)


@pytest.fixture(autouse=True)
def proof_is_asked_for(settings):
    settings.PROOF_FROM = 10_000


def accepting(contract: Contract) -> Dialled:
    """The buyer has chosen to accept, and is sure."""
    dialled = Dialled(contract.buyer.phone)
    if "broke off" in dialled.screen:
        dialled.key("00")
    dialled.choose(contract.pk, "Accept goods", "Yes")
    return dialled


def status(contract: Contract) -> str:
    return str(Contract.objects.get(pk=contract.pk).status)


def test_the_pin_is_asked_for_last_and_the_right_one_accepts(contract):
    with_pin(contract.buyer.phone)
    dialled = accepting(contract)
    assert "enter your VoicePact PIN" in dialled.screen
    assert status(contract) == "delivered"

    assert dialled.key(GOOD_PIN).startswith(f"END {contract.pk}: thank you, you have accepted")

    assert status(contract) == "completed"


def test_taking_a_dispute_back_that_stands_before_ones_own_acceptance_asks_for_the_pin_too():
    contract = locked().contract
    buyer, seller = contract.buyer.phone, contract.seller.phone
    with_pin(buyer)
    escrow.accept(contract.pk, phone=buyer, channel="ussd")
    disputes.open_dispute(contract.pk, phone=buyer, reason="wet", channel="ussd")
    escrow.deliver(contract.pk, phone=seller, channel="ussd")

    dialled = Dialled(buyer)
    dialled.choose("My deals", contract.pk, "Take problem back", "Yes")
    assert "enter your VoicePact PIN to pay the seller" in dialled.screen
    assert status(contract) == "disputed"

    dialled.key(GOOD_PIN)
    assert status(contract) == "completed"


def test_the_first_pin_is_set_on_the_way_with_a_code_from_an_sms(contract):
    dialled = accepting(contract)
    assert "6-digit code" in dialled.screen
    assert "4 digits" in dialled.key(code_in(read(contract.buyer.phone)))
    assert "once more" in dialled.key(GOOD_PIN)

    assert dialled.key(GOOD_PIN).startswith(f"END {contract.pk}: thank you, you have accepted")

    assert status(contract) == "completed"
    assert pins.standing(contract.buyer.phone) == pins.Standing.SET


def test_a_wrong_code_is_refused_at_once_and_the_right_one_goes_on(contract):
    dialled = accepting(contract)
    code = code_in(read(contract.buyer.phone))

    screen = dialled.key(another(code))

    assert screen.startswith("CON That code is not right.\nSet a VoicePact PIN: enter the 6-digit code")
    assert status(contract) == "delivered"
    assert pins.standing(contract.buyer.phone) == pins.Standing.NONE
    dialled.key(code, GOOD_PIN, GOOD_PIN)
    assert status(contract) == "completed"


def test_a_wrong_code_counts_once_however_often_its_turn_is_repeated(contract):
    dialled = accepting(contract)
    wrong = another(code_in(read(contract.buyer.phone)))

    screens = {dialled.key(wrong), *(dialled.turn(dialled.text) for _ in range(4))}
    dialled.key("98", "12345")

    assert len(screens) == 1
    assert Code.objects.get(phone=contract.buyer.phone).tries == 1


def test_a_right_code_is_not_used_up_by_being_looked_at_and_counts_no_try(contract):
    dialled = accepting(contract)
    code = code_in(read(contract.buyer.phone))
    for _ in range(5):
        assert "Choose a new PIN" in dialled.key(code)
        dialled.turn(dialled.text)
        assert "6-digit code" in dialled.key("0")

    row = Code.objects.get(phone=contract.buyer.phone)
    assert (row.tries, row.end) == (0, "")
    assert pins.standing(contract.buyer.phone) == pins.Standing.NONE


def test_after_three_wrong_codes_the_right_one_is_no_longer_good_and_another_is(contract):
    dialled = accepting(contract)
    code = code_in(read(contract.buyer.phone))
    assert "not right" in dialled.key(another(code), another(code))
    assert "no longer good" in dialled.key(another(code))
    before = standing(contract)

    assert "no longer good" in dialled.key(code)

    assert standing(contract) == before
    assert "We have sent another." in dialled.choose("Send it again")
    dialled.key(code_in(read(contract.buyer.phone)), GOOD_PIN, GOOD_PIN)
    assert status(contract) == "completed"


def test_a_code_that_was_replaced_before_the_pin_was_set_sets_none(contract):
    dialled = accepting(contract)
    code = code_in(read(contract.buyer.phone))
    dialled.key(code, GOOD_PIN)
    pins.send_code(contract.buyer.phone, language="en")

    assert dialled.key(GOOD_PIN).startswith("CON That code is no longer good.\nSet a VoicePact PIN")

    assert pins.standing(contract.buyer.phone) == pins.Standing.NONE
    assert status(contract) == "delivered"


def test_of_two_calls_that_set_the_first_pin_the_second_resets_nothing(contract):
    first, second = accepting(contract), accepting(contract)
    code = code_in(read(contract.buyer.phone))
    first.key(code, "7391")
    second.key(code, GOOD_PIN)
    assert first.key("7391").startswith(f"END {contract.pk}: thank you, you have accepted")

    assert "no longer good" in second.key(GOOD_PIN)

    assert "enter your VoicePact PIN" in second.choose("Send it again")
    assert pins.standing(contract.buyer.phone) == pins.Standing.SET
    assert pins.check(contract.buyer.phone, "7391", contract=contract) == pins.Verdict.RIGHT


def test_two_pins_that_differ_are_asked_for_anew_and_a_weak_one_is_not_taken(contract):
    dialled = accepting(contract)
    dialled.key(code_in(read(contract.buyer.phone)))
    for weak in ("1234", "0000", contract.buyer.phone[-4:]):
        assert "easy to guess" in dialled.key(weak)
    for no_pin in ("12", "48261", "abcd", ""):
        assert "A PIN has 4 digits." in dialled.key(no_pin)
    dialled.key(GOOD_PIN)

    assert "were not the same" in dialled.key("7391")

    dialled.key("7391", "7391")
    assert status(contract) == "completed"
    assert pins.check(contract.buyer.phone, "7391", contract=contract) == pins.Verdict.RIGHT


def test_a_code_is_sent_again_on_demand_and_not_without_end(contract):
    dialled = accepting(contract)
    sent = Message.objects.filter(phone=contract.buyer.phone, kind="pin_code")
    assert sent.count() == 1
    assert "We have sent another." in dialled.choose("Send it again")
    assert sent.count() == 2
    for _ in range(5):
        if dialled.screen.startswith("CON "):
            dialled.choose("Send it again")

    assert dialled.screen.startswith("END We have sent too many codes today.")
    assert status(contract) == "delivered"


def test_three_wrong_tries_lock_it_for_an_hour_and_both_sides_are_told(contract, later):
    with_pin(contract.buyer.phone)
    dialled = accepting(contract)
    assert "Tries left: 3" in dialled.screen
    assert "That PIN is wrong." in dialled.key("1111")
    assert "Tries left: 2" in dialled.screen
    assert "Tries left: 1" in dialled.key("2222")

    assert dialled.key("3333").startswith(f"END {contract.pk}: too many wrong PINs.")

    announcements.announce_due()
    told = Message.objects.filter(contract=contract, kind__startswith="pin_locked").values_list("phone", flat=True)
    assert set(told) == {contract.buyer.phone, contract.seller.phone}
    assert accepting(contract).screen.startswith(f"END {contract.pk}: too many wrong PINs.")
    assert status(contract) == "delivered"
    later(hours=1, minutes=1)
    assert "Tries left: 3" in accepting(contract).screen


def test_a_wrong_try_that_is_repeated_by_the_network_counts_once(contract):
    with_pin(contract.buyer.phone)
    dialled = accepting(contract)
    dialled.key("1111")

    for _ in range(4):
        dialled.turn(dialled.text)

    assert Pin.objects.get(phone=contract.buyer.phone).tries == 1


def test_something_that_is_no_pin_counts_as_no_try(contract):
    with_pin(contract.buyer.phone)
    dialled = accepting(contract)

    for no_pin in ("48", "48260", "😀", "**"):
        assert "A PIN has 4 digits." in dialled.key(no_pin)

    assert Pin.objects.get(phone=contract.buyer.phone).tries == 0


def reset(contract: Contract) -> str:
    """The buyer has set another PIN while it was asked for its own; returns the last screen."""
    dialled = accepting(contract)
    warned = dialled.choose("I forgot my PIN")
    assert f"in 24 hours, the old one until then. It goes now by SMS: ACCEPT-{contract.pk}" in warned
    dialled.choose("Yes")
    return dialled.key(code_in(read(contract.buyer.phone)), "7391", "7391")


def test_a_forgotten_pin_is_set_anew_and_counts_a_day_later(contract, later):
    with_pin(contract.buyer.phone)

    assert reset(contract).startswith(f"END {contract.pk}: nothing has changed yet. The new PIN counts in 24 hours")

    assert Pin.objects.get(phone=contract.buyer.phone).tries == 0
    assert "That PIN is wrong." in accepting(contract).key("7391")
    assert status(contract) == "delivered"
    later(hours=25)
    accepting(contract).key("7391")
    assert status(contract) == "completed"


def test_nobody_who_asks_for_a_new_pin_holds_up_the_word_of_whoever_knows_the_one_before(contract):
    with_pin(contract.buyer.phone)
    reset(contract)

    accepting(contract).key(GOOD_PIN)

    assert status(contract) == "completed"


def test_while_a_new_pin_does_not_count_the_old_one_is_asked_for(contract, later):
    with_pin(contract.buyer.phone)
    assert "enter your VoicePact PIN" in accepting(contract).screen
    reset(contract)

    assert "enter your old PIN" in accepting(contract).screen

    later(hours=24)
    assert "enter your VoicePact PIN" in accepting(contract).screen


def test_whoever_forgot_the_pin_goes_on_by_sms_meanwhile(contract):
    with_pin(contract.buyer.phone)
    assert reset(contract).endswith(f"Or send now by SMS: ACCEPT-{contract.pk}")

    say(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code_in(read(contract.buyer.phone))}")

    assert status(contract) == "completed"


def test_a_call_that_broke_off_at_the_new_pin_is_continued_at_the_code(contract):
    dialled = accepting(contract)
    code = code_in(read(contract.buyer.phone))
    dialled.key(code, GOOD_PIN)

    again = Dialled(contract.buyer.phone)
    assert "6-digit code" in again.choose(f"Continue {contract.pk}?")
    again.key(code, GOOD_PIN, GOOD_PIN)

    assert status(contract) == "completed"
    assert Message.objects.filter(phone=contract.buyer.phone, kind="pin_code").count() == 1


def test_whoever_goes_on_at_the_pin_reads_what_it_is_for(contract):
    for party in (contract.buyer, contract.seller):
        with_pin(party.phone)
    accepting(contract)
    Dialled(contract.seller.phone).choose("My deals", contract.pk, "Cancel deal", "Yes")

    assert "PIN to pay the seller" in Dialled(contract.buyer.phone).choose("Continue")
    assert "PIN to send the money back" in Dialled(contract.seller.phone).choose("Continue")


@pytest.mark.parametrize("wrong", [3, 2])
def test_a_call_that_broke_off_at_a_pin_that_is_locked_since_says_so(contract, wrong):
    with_pin(contract.buyer.phone)
    accepting(contract)
    for _ in range(wrong):
        pins.check(contract.buyer.phone, "1111", contract=contract)
    again = Dialled(contract.buyer.phone)

    screen = again.choose("Continue")

    assert ("too many wrong PINs" in screen, "Tries left: 1" in screen) == (wrong == 3, wrong == 2)
    assert screen.startswith("END " if wrong == 3 else "CON ")


def test_the_sellers_cancel_of_locked_money_asks_for_the_pin_and_the_buyers_does_not(contract):
    with_pin(contract.seller.phone)
    seller = Dialled(contract.seller.phone)
    seller.choose("My deals", contract.pk, "Cancel deal", "Yes")
    assert "enter your VoicePact PIN" in seller.screen
    assert status(contract) == "delivered"
    seller.key(GOOD_PIN)

    assert status(contract) == "cancelled"


def test_small_deals_go_without(settings, contract):
    settings.PROOF_FROM = 1_000_000

    assert accepting(contract).screen.startswith("END")

    assert status(contract) == "completed"


def test_no_pin_and_no_code_is_kept_or_logged(contract, caplog):
    with caplog.at_level(logging.DEBUG):
        dialled = accepting(contract)
        code = code_in(read(contract.buyer.phone))
        dialled.key(code, GOOD_PIN, "9517", GOOD_PIN, GOOD_PIN)

    kept = json.dumps([*UssdTurn.objects.values_list("screen", "state")])
    for secret in (code, GOOD_PIN, "9517"):
        assert secret not in kept
        assert secret not in caplog.text


def test_a_wrong_pin_moves_nothing(contract):
    with_pin(contract.buyer.phone)
    dialled = accepting(contract)
    before = standing(contract)

    dialled.key("1111", "2222")

    assert standing(contract) == before
