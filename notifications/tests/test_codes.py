"""One-time codes of commands by SMS: what moves the money of a large deal needs the code that went to that phone."""

import re
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from contracts import disputes
from contracts.agreements import PartyDraft
from contracts.errors import DisputeOpen
from contracts.models import Contract, Party
from notifications import announcements, codes, pins, proofs, resending, sending
from notifications.models import Code, InboundMessage, Message
from notifications.tests.conftest import Later
from notifications.tests.people import answer_to, say, standing
from notifications.tests.provider import Provider
from notifications.tests.proving import another, code_in, funded, open_codes, read, with_pin
from payments import escrow
from payments.models import Transfer
from tests.factories import completed, confirmed, drafted, new_phone

pytestmark = pytest.mark.django_db

LARGE, SMALL = Decimal(35_000), Decimal(9_999)
WORDS = {"buyer": ("ACCEPT", "NIMEPOKEA"), "seller": ("CANCEL", "GHAIRI")}


@pytest.fixture(autouse=True)
def proof_from(settings: Settings) -> None:
    settings.PROOF_FROM = Decimal(10_000)


def people(language: str = "en") -> tuple[PartyDraft, ...]:
    return tuple(PartyDraft(role=role, phone=new_phone(), language=language) for role in ("buyer", "seller"))


def delivered(**terms: Any) -> Contract:
    """A large deal of which the seller has said that it is delivered."""
    contract = funded(**{"amount": LARGE, **terms})
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    announcements.announce_due()
    return contract


def asked(contract: Contract, role: str = "buyer") -> str:
    """The party has sent its command and holds the code for it."""
    party = contract.party(role)
    say(party.phone, f"{WORDS[role][0]}-{contract.pk}")
    return code_in(read(party.phone))


def status(contract: Contract) -> str:
    return str(Contract.objects.get(pk=contract.pk).status)


def payouts(contract: Contract) -> int:
    return Transfer.objects.filter(payment__contract=contract, kind=Transfer.Kind.PAYOUT).count()


# --- which words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "verb", "needed"),
    [
        ("buyer", "ACCEPT", True),
        ("seller", "CANCEL", True),
        ("seller", "ACCEPT", False),
        ("buyer", "CANCEL", False),
        ("seller", "DELIVERED", False),
        ("buyer", "DISPUTE", False),
        ("buyer", "PAY", False),
    ],
)
def test_what_pays_the_seller_or_gives_the_money_back_has_to_be_proven(role: str, verb: str, needed: bool) -> None:
    contract = funded(amount=LARGE)
    assert proofs.needed(contract, contract.party(role), verb) is needed


def test_deals_from_the_amount_on_have_to_be_proven_and_none_where_it_is_empty(settings: Settings) -> None:
    large, small = funded(amount=Decimal(10_000)), funded(amount=SMALL)
    assert proofs.needed(large, large.buyer, "ACCEPT")
    assert not proofs.needed(small, small.buyer, "ACCEPT")
    settings.PROOF_FROM = None
    assert not proofs.needed(large, large.buyer, "ACCEPT")


@pytest.mark.parametrize("make", [drafted, confirmed, lambda **terms: completed(**terms).contract])
def test_nothing_has_to_be_proven_while_no_money_is_held(make: Any) -> None:
    contract = make(amount=LARGE)
    for party, verb in ((contract.buyer, "ACCEPT"), (contract.seller, "CANCEL")):
        assert not proofs.needed(contract, party, verb)


def test_a_disputed_deal_asks_for_the_proof_too() -> None:
    contract = funded(amount=LARGE)
    disputes.open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="sms")
    contract = Contract.objects.get(pk=contract.pk)
    assert proofs.needed(contract, contract.buyer, "ACCEPT")
    assert proofs.needed(contract, contract.seller, "CANCEL")


def test_a_buyer_who_has_accepted_and_then_disputed_does_not_pay_by_taking_that_back_without_the_code() -> None:
    contract = funded(amount=LARGE)
    buyer, seller = contract.buyer.phone, contract.seller.phone
    say(buyer, f"ACCEPT-{contract.pk} {asked(contract)}")
    say(buyer, f"DISPUTE-{contract.pk} it is wet")
    say(seller, f"DELIVERED-{contract.pk}")
    before = standing(contract)

    assert say(buyer, f"WITHDRAW-{contract.pk}").result == "sent a code"
    assert standing(contract) == before

    say(buyer, f"ACCEPT-{contract.pk} {code_in(read(buyer))}")
    assert (status(contract), payouts(contract)) == ("completed", 1)


@pytest.mark.parametrize("has_accepted", [False, True])
def test_who_has_not_accepted_or_not_disputed_takes_back_without_a_code(has_accepted: bool) -> None:
    contract = funded(amount=LARGE)
    if has_accepted:
        escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    opener = contract.seller if has_accepted else contract.buyer
    disputes.open_dispute(contract.pk, phone=opener.phone, reason="wet", channel="sms")

    assert not any(proofs.needed(contract, party, "WITHDRAW") for party in (contract.buyer, contract.seller))


# --- asked for --------------------------------------------------------------------------------------------------------


def test_accept_without_its_code_moves_nothing_and_is_answered_with_the_exact_reply_to_send() -> None:
    contract = delivered()
    before = standing(contract)

    heard = say(contract.buyer.phone, f"ACCEPT-{contract.pk}")

    assert (heard.result, heard.needs_staff) == ("sent a code", False)
    assert standing(contract) == before
    text = read(contract.buyer.phone)
    assert f"reply ACCEPT-{contract.pk} {code_in(text)} within 30 minutes" in text
    assert "To release KES 35,000 to the seller" in text


def test_the_reply_that_it_asks_for_does_what_was_asked_and_pays_the_seller() -> None:
    contract = delivered()
    say(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    text = read(contract.buyer.phone)
    found = re.search(rf"ACCEPT-{contract.pk} \d{{4}}", text)
    assert found
    assert say(contract.buyer.phone, found[0]).result == "done"
    assert (status(contract), payouts(contract)) == ("completed", 1)


def test_the_sellers_cancel_gives_the_money_back_only_with_its_code() -> None:
    contract = funded(amount=LARGE)
    before = standing(contract)
    code = asked(contract, "seller")
    assert standing(contract) == before
    assert "send KES 35,000 back to the buyer" in read(contract.seller.phone)
    assert say(contract.seller.phone, f"CANCEL-{contract.pk} {code}").result == "done"
    assert status(contract) == "cancelled"


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_in_swahili_too(role: str) -> None:
    contract = delivered(parties=people("sw"))
    verb, party = WORDS[role][1], contract.party(role)
    before = standing(contract)
    say(party.phone, f"{verb}-{contract.pk}")
    assert standing(contract) == before
    text = read(party.phone)
    assert f"jibu {verb}-{contract.pk} {code_in(text)} ndani ya dakika 30" in text
    say(party.phone, f"{verb}-{contract.pk} {code_in(text)}")
    assert status(contract) == {"buyer": "completed", "seller": "cancelled"}[role]


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_a_small_deal_asks_for_no_code(role: str) -> None:
    contract = delivered(amount=SMALL)
    say(contract.party(role).phone, f"{WORDS[role][0]}-{contract.pk}")
    assert status(contract) == {"buyer": "completed", "seller": "cancelled"}[role]
    assert not Code.objects.exists()


def test_the_buyers_cancel_asks_the_seller_and_needs_no_code() -> None:
    contract = funded(amount=LARGE)
    say(contract.buyer.phone, f"CANCEL-{contract.pk}")
    assert contract.events.filter(kind="cancellation.asked").count() == 1
    assert not Code.objects.exists()


# --- how it is written ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "ACCEPT-{deal} {a}{b}{c}{d}",
        "accept {deal} {a}{b}{c}{d}",
        "ACCEPT-{deal}-{a}{b}{c}{d}",
        "ACCEPT-{deal}.{a}{b}{c}{d}",
        "ACCEPT-{deal}. {a}{b}{c}{d}.",
        "ACCEPT-{deal} - {a}{b}{c}{d}",
        "ACCEPT-{deal} {a}{b} {c}{d}",
        "ACCEPT-{deal} {a} {b} {c} {d}",
        "ACCEPT-{deal} {a}-{b}-{c}-{d}",
        "ACCEPT-{deal}-{a}-{b}-{c}-{d}",
        "ACCEPT-{deal}\u2013{a}{b}{c}{d}",
        "ACCEPT-{deal} {a}\u2014{b}\u2014{c}\u2014{d}",
        "ACCEPT-{deal}\n{a}{b}{c}{d}",
        "ACCEPT-{deal} code: {a}{b}{c}{d} thanks",
        "Nimepokea {deal} {a}{b}{c}{d}",
    ],
)
def test_a_code_counts_however_people_write_it_and_is_kept_in_no_text(written: str) -> None:
    contract = delivered()
    code = asked(contract)
    heard = say(contract.buyer.phone, written.format(deal=contract.pk, **dict(zip("abcd", code, strict=True))))
    assert heard.result == "done"
    assert status(contract) == "completed"
    assert codes.MASK in heard.text
    assert code not in re.sub(r"\D", "", heard.text.replace(contract.pk, ""))


@pytest.mark.parametrize("words", ["", "thanks", "all 100 bags are here", "since 12.11.2026 10:30", "call 0712345678"])
def test_words_in_the_place_of_a_code_move_nothing_and_are_answered(words: str) -> None:
    contract = delivered()
    before = standing(contract)
    answer_to(contract.buyer.phone, f"ACCEPT-{contract.pk} {words}")
    assert standing(contract) == before


def test_a_code_among_other_words_moves_nothing_and_stands_in_nothing_that_we_keep() -> None:
    contract = delivered()
    code = asked(contract)
    before = standing(contract)
    heard = say(contract.buyer.phone, f"ACCEPT {contract.pk} I was told {code}, is it true?")
    assert standing(contract) == before
    assert code not in heard.text.replace(contract.pk, "")
    assert open_codes(contract.buyer.phone) == [code]


# --- a number where no code is asked for ------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["1500", "(1 500)", "code 1500"])
def test_a_number_beside_a_word_that_needs_no_code_moves_nothing_for_it_may_say_how_much_came(number: str) -> None:
    contract = delivered(amount=SMALL)
    before = standing(contract)
    heard = say(contract.buyer.phone, f"NIMEPOKEA {contract.pk} {number}")
    assert (heard.result, heard.needs_staff) == ("a number that is no code", True)
    assert standing(contract) == before
    assert f"reply exactly ACCEPT-{contract.pk}" in read(contract.buyer.phone)


def test_a_code_that_comes_a_second_time_when_all_is_done_is_answered_as_the_word_alone() -> None:
    contract = completed(amount=LARGE).contract
    heard = say(contract.buyer.phone, f"ACCEPT-{contract.pk} 1500")
    assert (heard.result, heard.needs_staff) == ("done", False)


# --- refused ----------------------------------------------------------------------------------------------------------


def test_an_acceptance_that_waits_for_the_delivery_asks_for_no_other_code() -> None:
    contract = funded(amount=LARGE)
    phone = contract.buyer.phone
    code = asked(contract)
    say(phone, f"ACCEPT-{contract.pk} {code}")
    codes_before = Code.objects.count()

    for again in (f"ACCEPT-{contract.pk} {code}", f"ACCEPT-{contract.pk}"):
        assert say(phone, again).result == "done"

    assert Code.objects.count() == codes_before
    assert contract.confirmations.filter(kind="accepted").count() == 1
    assert (status(contract), payouts(contract)) == ("payment_locked", 0)


def test_a_wrong_code_moves_nothing_and_says_where_the_right_one_is() -> None:
    contract = delivered()
    code = asked(contract)
    before = standing(contract)
    answer = answer_to(contract.buyer.phone, f"ACCEPT-{contract.pk} {another(code)}")
    assert standing(contract) == before
    assert answer.startswith("That code is not right, so nothing has changed.")
    assert f"ACCEPT-{contract.pk}" in answer
    assert say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code}").result == "done"


def test_the_third_wrong_code_voids_the_right_one() -> None:
    contract = delivered()
    code = asked(contract)
    before = standing(contract)
    results = [say(contract.buyer.phone, f"ACCEPT-{contract.pk} {another(code)}").result for _ in range(3)]
    assert results == ["wrong code", "wrong code", "void code"]
    assert say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code}").result == "no code waits"
    assert standing(contract) == before
    assert f"Reply ACCEPT-{contract.pk} without a code" in read(contract.buyer.phone)
    assert say(contract.buyer.phone, f"ACCEPT-{contract.pk} {asked(contract)}").result == "done"


def test_a_code_is_good_for_half_an_hour(later: Later) -> None:
    contract = delivered()
    code = asked(contract)
    before = standing(contract)
    later(minutes=30)
    answer = answer_to(contract.buyer.phone, f"ACCEPT-{contract.pk} {code}")
    assert answer.startswith("That code does not count any more, so nothing has changed.")
    assert standing(contract) == before


def test_a_code_is_good_once() -> None:
    contract = funded(amount=LARGE)
    code = asked(contract)
    assert say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code}").result == "done"
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} it never came")
    before = standing(contract)
    assert say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code}").result == "no code waits"
    assert standing(contract) == before


def test_a_code_is_of_one_deal_one_party_and_one_command() -> None:
    contract = delivered()
    buyer, seller = contract.buyer.phone, contract.seller.phone
    same = (PartyDraft(role="buyer", phone=buyer), PartyDraft(role="seller", phone=seller))
    other = delivered(parties=same)
    for_accept, for_cancel, elsewhere = asked(contract), asked(contract, "seller"), asked(other)
    mine = standing(contract)
    tries = ((buyer, "ACCEPT", for_cancel, for_accept), (seller, "CANCEL", for_accept, for_cancel))
    for phone, verb, theirs, own in (*tries, (buyer, "ACCEPT", elsewhere, for_accept)):
        if theirs != own:  # one pair in ten thousand is the same by chance
            assert say(phone, f"{verb}-{contract.pk} {theirs}").result == "wrong code"
    assert standing(contract) == mine


def test_a_stranger_with_the_right_code_moves_nothing() -> None:
    contract = delivered()
    code = asked(contract)
    before = standing(contract)
    say(new_phone(), f"ACCEPT-{contract.pk} {code}")
    say(contract.seller.phone, f"ACCEPT-{contract.pk} {code}")
    assert standing(contract) == before
    assert open_codes(contract.buyer.phone) == [code]


def test_a_code_sent_to_the_phone_of_before_is_no_good_from_the_new_one() -> None:
    contract = delivered()
    code = asked(contract)
    phone = new_phone()
    Party.objects.filter(pk=contract.buyer.pk).update(phone=phone)
    before = standing(contract)
    assert say(phone, f"ACCEPT-{contract.pk} {code}").result == "no code waits"
    assert standing(contract) == before
    assert say(phone, f"ACCEPT-{contract.pk}").result == "sent a code"
    assert say(phone, f"ACCEPT-{contract.pk} {code_in(read(phone))}").result == "done"


def test_a_command_again_sends_a_new_code_and_ends_the_one_before() -> None:
    contract = delivered()
    first, second = asked(contract), asked(contract)
    assert open_codes(contract.buyer.phone) == [second]
    if first != second:
        assert say(contract.buyer.phone, f"ACCEPT-{contract.pk} {first}").result == "wrong code"


def test_so_many_codes_a_day_and_no_more_and_the_last_one_stays_good(settings: Settings, later: Later) -> None:
    settings.CODES_PER_DAY = 2
    contract = delivered()
    asked(contract)
    code = asked(contract)
    before = standing(contract)
    answer = answer_to(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    assert "too many codes in one day" in answer
    assert standing(contract) == before
    assert open_codes(contract.buyer.phone) == [code]
    later(hours=24)
    assert say(contract.buyer.phone, f"ACCEPT-{contract.pk}").result == "sent a code"


def test_a_command_that_is_refused_does_not_use_up_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = funded(amount=LARGE)
    disputes.open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="sms")
    code = asked(contract)
    original = escrow.accept

    def refuse(*given: Any, **named: Any) -> Contract:
        raise DisputeOpen("not now")

    monkeypatch.setattr(escrow, "accept", refuse)
    heard = say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code}")
    assert heard.result == "refused: dispute_open"
    assert code not in InboundMessage.objects.get(pk=heard.pk).text.replace(contract.pk, "")
    monkeypatch.setattr(escrow, "accept", original)
    assert say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code}").result == "done"


# --- kept secret ------------------------------------------------------------------------------------------------------


def test_the_code_leaves_for_the_phone_and_stands_in_nothing_that_we_keep(provider: Provider) -> None:
    contract = delivered()
    say(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    while sending.send_due():
        pass
    code = code_in(provider.texts_to(contract.buyer.phone)[-1])
    assert open_codes(contract.buyer.phone) == [code]
    message = Message.objects.get(kind="reply_code_accept")
    assert f"ACCEPT-{contract.pk} {codes.MASK} within" in message.text
    assert code not in message.text.replace(contract.pk, "")
    assert code not in re.findall(r"\b\d+\b", str(Code.objects.values_list("salt", "purpose", "tries")))


def test_staff_cannot_have_a_code_sent_once_more() -> None:
    contract = delivered()
    asked(contract)
    message = Message.objects.get(kind="reply_code_accept")
    Message.objects.filter(pk=message.pk).update(status=Message.Status.FAILED)
    message.refresh_from_db()
    assert "right at its moment" in resending.why_not(message)


def test_stars_that_people_write_are_sent_as_they_are() -> None:
    message = Message.objects.create(kind="staff_answer", phone=new_phone(), text="Dial *384# ****")
    assert codes.as_sent(message) == "Dial *384# ****"


@pytest.mark.parametrize("make", [lambda: funded(amount=SMALL), lambda: completed(amount=LARGE).contract])
def test_a_number_that_nobody_asked_for_is_not_kept_either(make: Any) -> None:
    contract = make()
    heard = say(contract.buyer.phone, f"ACCEPT-{contract.pk} 48 26")
    assert heard.text == f"ACCEPT-{contract.pk} ****"


def test_a_code_in_wide_digits_is_taken_and_not_kept() -> None:
    contract = delivered()
    code = asked(contract)
    wide = "".join(chr(ord(digit) + codes.WIDE) for digit in code)
    heard = say(contract.buyer.phone, f"ACCEPT-{contract.pk} {wide}")
    assert (heard.result, heard.text) == ("done", f"ACCEPT-{contract.pk} ****")


# --- while the phone's PIN is locked ----------------------------------------------------------------------------------


def test_no_sms_walks_round_a_pin_that_was_guessed_at(later: Later) -> None:
    contract = delivered()
    phone = contract.buyer.phone
    with_pin(phone)
    code = asked(contract)
    for _ in range(3):
        pins.check(phone, "8137", contract=contract)
    announcements.announce_due()
    before = standing(contract)

    for words in ("ACCEPT-{deal}", "ACCEPT-{deal} {code}"):
        assert "PIN of this phone is locked" in answer_to(phone, words.format(deal=contract.pk, code=code))
    assert (standing(contract), payouts(contract)) == (before, 0)

    later(hours=1)
    say(phone, f"ACCEPT-{contract.pk} {asked(contract)}")
    assert (status(contract), payouts(contract)) == ("completed", 1)
