"""A phone's PIN: set with a code that went to that phone, guessed three times at most, reset with a day's notice."""

import re
import time

import pytest
from pytest_django import Settings

from contracts.agreements import PartyDraft
from contracts.audit import Actor
from contracts.models import Event
from notifications import codes, pins
from notifications.models import Code, Message, Pin
from notifications.pins import Setting, Standing, Verdict
from notifications.tests.conftest import Later
from notifications.tests.people import announced, say, standing, text_of
from notifications.tests.proving import GOOD_PIN, another, code_in, funded, read, with_pin
from tests.factories import new_phone
from voicepact.kernel import phones
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db

STAFF = Actor("staff:1", "desk")
OTHER_PIN = "7391"


def told(phone: str) -> list[str]:
    return list(Message.objects.filter(phone=phone).order_by("pk").values_list("kind", flat=True))


# --- the first PIN ----------------------------------------------------------------------------------------------------


def test_the_first_pin_counts_at_once_with_the_code_that_the_phone_was_sent() -> None:
    contract = funded()
    phone = contract.buyer.phone
    assert pins.standing(phone) == Standing.NONE
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.NONE

    with_pin(phone)

    assert pins.standing(phone) == Standing.SET
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.RIGHT


@pytest.mark.parametrize(("language", "words"), [("en", "VoicePact code"), ("sw", "Msimbo wa VoicePact")])
def test_the_code_is_sent_in_the_language_of_whoever_dials(language: str, words: str) -> None:
    phone = new_phone()
    pins.send_code(phone, language=language)
    assert read(phone).startswith(words)
    assert len(code_in(read(phone))) == 6


def test_neither_pin_nor_code_is_kept_anywhere() -> None:
    phone = new_phone()
    with_pin(phone)
    code = code_in(read(phone))
    kept = [
        *Pin.objects.filter(phone=phone).values_list(),
        *Code.objects.filter(phone=phone).values_list("purpose", "salt", "tries", "end"),
        *Message.objects.filter(phone=phone).values_list("text"),
        *Event.objects.filter(kind__startswith="pin.").values_list("payload"),
    ]
    assert code not in re.findall(r"\b\d+\b", str(kept))
    assert GOOD_PIN not in re.findall(r"\b\d+\b", str(kept))


def test_two_phones_with_the_same_pin_have_different_hashes_and_neither_opens_the_other() -> None:
    first, second = funded(), funded()
    for contract in (first, second):
        with_pin(contract.buyer.phone)
    mine, other = (Pin.objects.get(phone=contract.buyer.phone) for contract in (first, second))
    assert mine.hash != other.hash
    Pin.objects.filter(pk=mine.pk).update(hash=other.hash)
    assert pins.check(first.buyer.phone, GOOD_PIN, contract=first) == Verdict.WRONG


@pytest.mark.parametrize(
    "pin", ["0000", "7777", "1234", "0123", "6789", "7890", "4321", "9876", "3210", "0987", "", "482", "48261", "4 82"]
)
def test_a_weak_pin_is_refused_and_the_code_stays_good(pin: str) -> None:
    phone = new_phone()
    pins.send_code(phone, language="en")
    code = code_in(read(phone))
    assert pins.set_pin(phone, code=code, pin=pin) == Setting.WEAK_PIN
    assert pins.standing(phone) == Standing.NONE
    assert pins.set_pin(phone, code=code, pin=GOOD_PIN) == Setting.SET


def test_the_last_four_digits_of_the_phone_are_a_weak_pin() -> None:
    phone = "+254712344826"
    assert pins.is_weak("4826", phone)
    assert not pins.is_weak("4826", "+254712344827")


def test_digits_of_another_script_are_no_pin() -> None:
    assert pins.is_weak("٤٨٢٦", new_phone())


def test_checking_a_pin_takes_less_than_a_fifth_of_a_second() -> None:
    contract = funded()
    with_pin(contract.buyer.phone)
    began = time.process_time()
    pins.check(contract.buyer.phone, GOOD_PIN, contract=contract)
    assert time.process_time() - began < 0.2


# --- codes ------------------------------------------------------------------------------------------------------------


def test_a_wrong_code_sets_nothing_and_the_third_voids_it() -> None:
    phone = new_phone()
    pins.send_code(phone, language="en")
    code = code_in(read(phone))
    tries = [pins.set_pin(phone, code=another(code), pin=GOOD_PIN) for _ in range(3)]
    assert tries == [Setting.WRONG_CODE] * 3
    assert pins.set_pin(phone, code=code, pin=GOOD_PIN) == Setting.WRONG_CODE
    assert pins.standing(phone) == Standing.NONE
    assert Code.objects.get(phone=phone).end == Code.End.VOID


def test_a_code_is_good_for_half_an_hour(later: Later) -> None:
    phone = new_phone()
    pins.send_code(phone, language="en")
    code = code_in(read(phone))
    later(minutes=30)
    assert pins.set_pin(phone, code=code, pin=GOOD_PIN) == Setting.WRONG_CODE
    assert pins.standing(phone) == Standing.NONE


def test_a_code_is_good_once() -> None:
    phone = new_phone()
    pins.send_code(phone, language="en")
    code = code_in(read(phone))
    assert pins.set_pin(phone, code=code, pin=GOOD_PIN) == Setting.SET
    assert pins.set_pin(phone, code=code, pin=OTHER_PIN) == Setting.WRONG_CODE
    assert pins.standing(phone) == Standing.SET


def test_a_new_code_ends_the_one_before_and_another_phones_code_is_no_good() -> None:
    phone, stranger = new_phone(), new_phone()
    pins.send_code(phone, language="en")
    first = code_in(read(phone))
    pins.send_code(phone, language="en")
    pins.send_code(stranger, language="en")
    for code in {first, code_in(read(stranger))} - {code_in(read(phone))}:
        assert pins.set_pin(phone, code=code, pin=GOOD_PIN) == Setting.WRONG_CODE
    assert pins.set_pin(phone, code=code_in(read(phone)), pin=GOOD_PIN) == Setting.SET


def test_a_phone_is_sent_so_many_codes_in_a_day_and_no_more(settings: Settings, later: Later) -> None:
    phone = new_phone()
    settings.CODES_PER_DAY = 2
    assert [pins.send_code(phone, language="en") for _ in range(3)] == [True, True, False]
    assert told(phone) == ["pin_code"] * 2
    assert Code.objects.filter(phone=phone, ended_at=None).count() == 1
    later(hours=24)
    assert pins.send_code(phone, language="en")


# --- wrong tries ------------------------------------------------------------------------------------------------------


def test_three_wrong_pins_lock_it_for_an_hour_and_no_money_moves(later: Later) -> None:
    contract = funded()
    phone = contract.buyer.phone
    with_pin(phone)
    before = standing(contract)

    tries = [pins.check(phone, OTHER_PIN, contract=contract) for _ in range(3)]

    assert tries == [Verdict.WRONG, Verdict.WRONG, Verdict.LOCKED]
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.LOCKED
    status, events, *rest = standing(contract)
    assert [status, *rest] == [before[0], *before[2:]]
    assert [row["kind"] for row in events[len(before[1]) :]] == ["pin.locked"]  # type: ignore[index, arg-type]
    later(minutes=59)
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.LOCKED
    later(minutes=1)
    assert pins.standing(phone) == Standing.SET
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.RIGHT


def test_after_the_lock_there_are_three_tries_again(later: Later) -> None:
    contract = funded()
    phone = contract.buyer.phone
    with_pin(phone)
    for _ in range(3):
        pins.check(phone, OTHER_PIN, contract=contract)
    later(hours=1)
    tries = [pins.check(phone, OTHER_PIN, contract=contract) for _ in range(3)]
    assert tries == [Verdict.WRONG, Verdict.WRONG, Verdict.LOCKED]


def test_a_right_pin_forgets_the_wrong_ones() -> None:
    contract = funded()
    phone = contract.buyer.phone
    with_pin(phone)
    for pin in (OTHER_PIN, OTHER_PIN, GOOD_PIN, OTHER_PIN, OTHER_PIN):
        pins.check(phone, pin, contract=contract)
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.RIGHT


@pytest.mark.parametrize("guesser", ["buyer", "seller"])
def test_both_sides_read_of_the_lock_each_in_its_language(guesser: str) -> None:
    people = (
        PartyDraft(role="buyer", phone=new_phone(), language="sw"),
        PartyDraft(role="seller", phone=new_phone(), language="en"),
        PartyDraft(role="payer", phone=new_phone()),
    )
    contract = funded(parties=people)
    announced(contract)
    with_pin(contract.party(guesser).phone)

    for _ in range(3):
        pins.check(contract.party(guesser).phone, OTHER_PIN, contract=contract)

    theirs = "seller" if guesser == "buyer" else "buyer"
    assert set(announced(contract)[-2:]) == {(guesser, "pin_locked"), (theirs, "pin_locked_theirs")}
    starts = {"buyer": "PIN isiyo sahihi imewekwa mara tatu", "seller": "wrong PIN"}
    own, other = text_of(contract, guesser, "pin_locked"), text_of(contract, theirs, "pin_locked_theirs")
    assert starts[guesser] in own
    assert {"buyer": "simu ya muuzaji", "seller": "on the buyer's phone"}[theirs] in other
    assert OTHER_PIN not in own + other


def test_the_event_of_a_lock_names_the_party_and_no_digits_of_anybody() -> None:
    contract = funded()
    phone = contract.buyer.phone
    with_pin(phone)
    for _ in range(3):
        pins.check(phone, OTHER_PIN, contract=contract)
    event = contract.events.get(kind="pin.locked")
    assert (event.actor, event.channel) == (f"party:{contract.buyer.pk}", "ussd")
    until = Pin.objects.get(phone=phone).locked_until
    assert until
    assert event.payload == {"party": "buyer", "until": until.isoformat()}


# --- another PIN ------------------------------------------------------------------------------------------------------


def reset(phone: str, pin: str = OTHER_PIN) -> None:
    pins.send_code(phone, language="en")
    assert pins.set_pin(phone, code=code_in(read(phone)), pin=pin) == Setting.COOLING


def test_a_reset_counts_after_a_day_and_the_pin_before_until_then(later: Later) -> None:
    contract = funded()
    phone = contract.buyer.phone
    with_pin(phone)

    reset(phone)

    assert Pin.objects.get(phone=phone).is_cooling
    assert pins.check(phone, OTHER_PIN, contract=contract) == Verdict.WRONG
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.RIGHT
    later(hours=23, minutes=59)
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.RIGHT
    later(minutes=1)
    assert pins.standing(phone) == Standing.SET
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.WRONG
    assert pins.check(phone, OTHER_PIN, contract=contract) == Verdict.RIGHT


def test_the_phone_reads_of_its_reset_and_how_to_stop_it() -> None:
    contract = funded()
    with_pin(contract.buyer.phone)
    reset(contract.buyer.phone)
    assert told(contract.buyer.phone)[-1] == "pin_resets"
    assert "Not by you? Reply to this SMS now" in read(contract.buyer.phone)
    assert OTHER_PIN not in read(contract.buyer.phone)


def test_what_the_owner_replies_to_it_in_words_waits_for_staff() -> None:
    contract = funded()
    with_pin(contract.buyer.phone)
    reset(contract.buyer.phone)
    heard = say(contract.buyer.phone, "It was not me!")
    assert (heard.needs_staff, heard.result) == (True, "words for staff")


@pytest.mark.parametrize("word", ["NO", "Hapana!", "cancel", "YES"])
def test_one_word_of_the_owner_waits_for_staff_too_though_it_is_a_command_elsewhere(word: str) -> None:
    contract = funded()
    with_pin(contract.buyer.phone)
    reset(contract.buyer.phone)
    heard = say(contract.buyer.phone, word)
    assert (heard.needs_staff, heard.result) == (True, "words for staff")


@pytest.mark.parametrize("word", ["STOP", "acha", "HELP", "Msaada!"])
def test_stop_and_help_are_obeyed_and_staff_read_them_too_for_they_may_be_about_the_reset(word: str) -> None:
    contract = funded()
    with_pin(contract.buyer.phone)
    reset(contract.buyer.phone)
    heard = say(contract.buyer.phone, word)
    assert (heard.needs_staff, heard.result) == (True, "done")
    assert told(contract.buyer.phone)[-1] in ("reply_stopped", "reply_help")
    assert not say(contract.seller.phone, word).needs_staff


def test_whole_commands_and_questions_are_obeyed_meanwhile() -> None:
    contract = funded()
    with_pin(contract.buyer.phone)
    reset(contract.buyer.phone)
    for written in ("STATUS", "LUGHA SW", f"DISPUTE-{contract.pk} wet"):
        assert say(contract.buyer.phone, written).result == "done"


def test_a_reset_during_a_lock_lifts_it_no_sooner(later: Later) -> None:
    contract = funded()
    phone = contract.buyer.phone
    with_pin(phone)
    for _ in range(3):
        pins.check(phone, OTHER_PIN, contract=contract)
    reset(phone)
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.LOCKED
    later(hours=1)
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.RIGHT
    later(hours=23)
    assert pins.check(phone, OTHER_PIN, contract=contract) == Verdict.RIGHT


def test_a_reset_that_is_called_off_leaves_the_pin_before_and_the_phone_reads_so(later: Later) -> None:
    contract = funded()
    phone = contract.buyer.phone
    with_pin(phone)
    reset(phone)

    assert pins.call_off(phone, actor=STAFF)

    assert told(phone)[-1] == "pin_stays"
    assert pins.check(phone, GOOD_PIN, contract=contract) == Verdict.RIGHT
    later(hours=25)
    assert pins.check(phone, OTHER_PIN, contract=contract) == Verdict.WRONG
    assert not pins.call_off(phone, actor=STAFF)


def test_a_reset_that_counts_is_not_called_off(later: Later) -> None:
    contract = funded()
    with_pin(contract.buyer.phone)
    reset(contract.buyer.phone)
    later(hours=24)
    assert not pins.call_off(contract.buyer.phone, actor=STAFF)
    assert pins.check(contract.buyer.phone, OTHER_PIN, contract=contract) == Verdict.RIGHT


def test_setting_and_resetting_stand_in_the_trail_under_a_digest_of_the_phone() -> None:
    phone = funded().buyer.phone
    with_pin(phone)
    reset(phone)
    events = Event.objects.filter(payload__phone=phones.digest(phone)).order_by("serial")
    assert [event.kind for event in events] == ["pin.set", "pin.reset_asked"]
    assert {(event.contract_id, event.channel) for event in events} == {(None, "ussd")}
    assert phone[1:] not in str([event.payload for event in events])


# --- sent by SMS, which nobody asks for -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["{pin}", "My PIN is {pin}, pay him", "2026 nimesahau {pin}", "{deal} {pin}"])
def test_a_pin_that_its_owner_sends_us_is_not_kept(text: str) -> None:
    contract = funded()
    with_pin(contract.buyer.phone)

    heard = say(contract.buyer.phone, text.format(pin=GOOD_PIN, deal=contract.pk))

    assert heard.text == text.format(pin="****", deal=contract.pk)


def test_a_pin_in_wide_digits_is_not_kept_either() -> None:
    phone = funded().buyer.phone
    with_pin(phone)
    wide = "".join(chr(ord(digit) + codes.WIDE) for digit in GOOD_PIN)
    assert say(phone, f"my pin {wide}").text == "my pin ****"


def test_a_new_pin_that_is_cooling_off_is_not_kept_either() -> None:
    phone = funded().buyer.phone
    with_pin(phone)
    reset(phone)
    assert say(phone, f"old {GOOD_PIN} new {OTHER_PIN}").text == "old **** new ****"


def test_numbers_that_are_not_the_phones_pin_are_kept_and_so_is_the_deals_year() -> None:
    contract, other = funded(), funded()
    with_pin(contract.buyer.phone, f"{now().year}")
    with_pin(other.buyer.phone)
    written = f"about {contract.pk}: {GOOD_PIN} bags came"
    assert say(contract.buyer.phone, written).text == written
