"""What is no whole command changes nothing: it is asked back, waits for staff, or comes from a stranger."""

import itertools
from decimal import Decimal

import pytest

from contracts.agreements import PartyDraft
from contracts.models import Contract, Party
from notifications import answering, commands, replies
from notifications.gsm import ONE_SMS
from notifications.models import InboundMessage
from notifications.tests.conftest import Later
from notifications.tests.people import answer_to, heard, messages_to, say, standing
from tests.factories import (
    confirmed,
    drafted,
    locked,
    new_phone,
)
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)


# --- what changes nothing ---------------------------------------------------------------------------------------------

BARE = sorted(commands.HANDLERS)
MAKE_SENSE = {
    ("payment_locked", "buyer"): {"ACCEPT", "DISPUTE", "CANCEL"},
    ("payment_locked", "seller"): {"DELIVERED", "DISPUTE", "CANCEL"},
    ("pending", "buyer"): {"YES", "NO"},
    ("pending", "seller"): {"YES", "NO"},
    ("confirmed", "buyer"): {"PAY", "CANCEL"},
    ("confirmed", "seller"): {"CANCEL"},
    ("disputed", "buyer"): {"ACCEPT", "DISPUTE", "WITHDRAW"},
    ("disputed", "seller"): {"DELIVERED", "DISPUTE", "CANCEL"},
}


def deal_that_is(state: str) -> Contract:
    if state in ("pending", "confirmed"):
        return drafted(amount=SMALL) if state == "pending" else confirmed(amount=SMALL)
    contract = locked(amount=SMALL).contract
    if state == "disputed":
        say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    return contract


@pytest.mark.parametrize("state", sorted({state for state, _ in MAKE_SENSE}))
def test_a_bare_command_changes_nothing_and_gets_the_exact_reply_to_send_where_it_makes_sense(state):
    contract = deal_that_is(state)
    heard(contract)
    before = standing(contract)

    for word, role in itertools.product(BARE, ("buyer", "seller")):
        answer = answer_to(contract.party(role).phone, word.lower())
        assert "Nothing has changed" in answer
        assert (f"{word}-{contract.pk}" in answer) == (word in MAKE_SENSE[state, role])

    assert standing(contract) == before


@pytest.mark.parametrize(
    "text",
    [
        "ACEPT {deal}",
        "accept",
        "ACCEPT 000123",
        "Accept {deal}?",
        "{deal} aceppt",
        "ACCEPT AG-2026-99999X",
        "accept {no}",
    ],
)
def test_a_typing_error_changes_nothing_and_is_answered_with_the_exact_reply(text):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    answer = answer_to(contract.buyer.phone, text.format(deal=contract.pk, no=f"{contract.pk}0"))

    assert answer == f"Nothing has changed. If you mean it, reply exactly ACCEPT-{contract.pk}"
    assert standing(contract) == before
    assert answer_to(contract.buyer.phone, answer.split()[-1]).startswith("Thank you.")


@pytest.mark.parametrize("text", ["accept {deal} but half is missing", "don't accept {deal}", "yes accept {deal}"])
def test_two_commands_or_a_word_against_one_wait_for_staff(text):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    row = say(contract.buyer.phone, text.format(deal=contract.pk))

    assert (row.needs_staff, row.command, row.result) == (True, "", "not a command: unclear")
    assert "Our staff will read your SMS" in messages_to(contract.buyer.phone)[-1]
    assert standing(contract) == before


@pytest.mark.parametrize(
    "text", ["ACCEPT-{deal} three bags are wet", "you may accept {deal} today", "accept it {deal} or I come"]
)
def test_a_command_with_words_besides_is_asked_back_and_waits_for_staff_too(text):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    row = say(contract.buyer.phone, text.format(deal=contract.pk))

    assert (row.needs_staff, row.result) == (True, "asked back")
    assert "reply exactly" in messages_to(contract.buyer.phone)[-1]
    assert standing(contract) == before


@pytest.mark.parametrize(("role", "text"), [("seller", "DELIVERED-{deal} half of it"), ("buyer", "lugha french")])
def test_what_the_exact_reply_answers_wholly_waits_for_nobody(role, text):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    row = say(contract.party(role).phone, text.format(deal=contract.pk))

    assert (row.needs_staff, row.result) == (False, "asked back")
    assert answering.why_not(row) == "It was a command, which has had its answer."
    assert standing(contract) == before


def test_a_bare_command_names_up_to_three_open_deals_newest_first():
    buyer = PartyDraft(role=Party.Role.BUYER, phone=new_phone())

    def deal() -> Contract:
        return drafted(parties=(buyer, PartyDraft(role=Party.Role.SELLER, phone=new_phone())))

    over, oldest, *newest = [deal() for _ in range(5)]
    say(buyer.phone, f"NO-{over.pk}")
    for contract in (over, oldest, *newest):
        heard(contract)

    answer = answer_to(buyer.phone, "YES")

    assert answer.endswith(" or ".join(f"YES-{contract.pk}" for contract in reversed(newest)))
    assert not any(contract.pk in answer for contract in (over, oldest))
    assert len(answer) <= ONE_SMS


def test_a_bare_command_with_no_open_deal_says_so():
    contract = drafted()
    say(contract.buyer.phone, f"NO-{contract.pk}")
    heard(contract)

    assert "no open deal" in answer_to(contract.buyer.phone, "YES")


@pytest.mark.parametrize(
    "text",
    ["I am late", "niko njiani", "PAID-{deal}", "{deal}", "\U0001f642", "' OR 1=1 --", "MZIGO " * 400, "x" * 9_999],
)
def test_what_is_no_command_waits_for_staff_and_changes_nothing(text):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    row = say(contract.buyer.phone, text.format(deal=contract.pk))

    assert row.needs_staff
    assert "Our staff will read your SMS" in messages_to(contract.buyer.phone)[-1]
    assert standing(contract) == before


@pytest.mark.parametrize("text", ["-", "", "Asante sana!", "\U0001f44d", "ok thanks"])
def test_courtesies_and_nothing_at_all_get_help_and_wait_for_nobody(text):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    assert f"You can reply ACCEPT-{contract.pk}" in answer_to(contract.buyer.phone, text)
    assert not InboundMessage.objects.get(phone=contract.buyer.phone).needs_staff
    assert standing(contract) == before


def test_a_word_that_is_said_over_and_over_is_answered_so_often_in_a_day_and_in_each_deal_anew():
    contract = confirmed()
    phone = contract.buyer.phone
    other = drafted(parties=(PartyDraft(role="buyer", phone=phone), PartyDraft(role="seller", phone=new_phone())))
    for each in (contract, other):
        heard(each)
    told = len(messages_to(phone))
    before = standing(contract)
    for _ in range(replies.HELP_PER_DAY + 5):
        say(phone, f"YES-{contract.pk}")

    assert len(messages_to(phone)) - told == replies.HELP_PER_DAY - 1  # the announcement said it too
    assert standing(contract) == before
    assert "waits for the other side" in answer_to(phone, f"YES-{other.pk}")


def test_answers_end_when_a_machine_answers_every_sms():
    contract = locked(amount=SMALL).contract
    heard(contract)
    told = len(messages_to(contract.buyer.phone))

    for _ in range(15):
        say(contract.buyer.phone, "I am driving and will call you back")
        say(contract.buyer.phone, f"On {now():%d %b} you wrote: reply ACCEPT-{contract.pk}")

    assert len(messages_to(contract.buyer.phone)) == told + replies.UNCLEAR_PER_DAY + replies.HELP_PER_DAY


@pytest.mark.parametrize("word", [*BARE, "HALI", "STATEMENT"])
def test_an_unknown_deal_and_somebody_elses_get_the_same_words_and_nobodys_data(word):
    mine, theirs = drafted(), locked(amount=SMALL).contract
    heard(mine)
    heard(theirs)
    before = standing(theirs)

    answers = {answer_to(mine.buyer.phone, f"{word}-{deal} wet") for deal in ("AG-2019-999999", theirs.pk)}

    assert len(answers) == 1
    assert theirs.pk not in answers.pop()
    assert standing(theirs) == before


def test_an_absurd_id_is_not_repeated_in_the_answer():
    contract = drafted()
    heard(contract)

    assert answer_to(contract.buyer.phone, f"YES-{'<script>' * 50}").endswith(f"reply exactly YES-{contract.pk}")


# --- strangers --------------------------------------------------------------------------------------------------------


def test_a_stranger_gets_one_answer_in_24_hours_and_changes_nothing(later: Later):
    contract = locked(amount=SMALL).contract
    stranger = new_phone()
    before = standing(contract)

    for text in (f"ACCEPT-{contract.pk}", f"CANCEL-{contract.pk}", "hello", "YES"):
        say(stranger, text)

    assert messages_to(stranger) == [
        "VoicePact holds money for deals agreed by phone. This number is in no deal with us. To sell with us dial"
        " *384*1234#"
    ]
    assert standing(contract) == before
    later(hours=24, seconds=1)
    say(stranger, "hello again")
    assert len(messages_to(stranger)) == 2
