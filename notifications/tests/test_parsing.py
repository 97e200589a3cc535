"""What is read in an SMS: forgiving of how people write, and never of what they mean."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agreements import PREFIXES
from notifications.commands import HANDLERS
from notifications.parsing import LANGUAGES, OF_THE_PHONE, QUESTIONS, WORDS, Reading, Sense, read

DEAL = "AG-2026-000123"
BARE = sorted(word for word in WORDS if WORDS[word][0] not in OF_THE_PHONE)
ABOUT_A_DEAL = st.sampled_from(BARE)
DEALS = st.builds(
    "{}-{}-{:06d}".format, st.sampled_from(sorted(PREFIXES.values())), st.integers(2026, 2999), st.integers(1, 999_999)
)


def understood(text: str) -> tuple[str, str, str, str]:
    found = read(text)
    return found.sense.value, found.word, found.deal, found.words


# --- complete commands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "ACCEPT-AG-2026-000123",
        "  accept-ag-2026-000123  ",
        "accept ag 2026 000123",
        "ACCEPTAG-2026-000123",
        "acceptag2026000123",
        "accept - AG-2026-123",
        "Accept - AG-2026-000123.",
        "Accept: AG/2026/000123",
        "ACCEPT AG.2026.000123",
        "Accept, AG-2026-000123!!",
        "ACCEPT\u2013AG\u20142026-000123",
        "ACCEPT\u00a0AG\u00ad-2026-000123",
        "ACCEPT AG-2O26-OOO123",
        "AG-2026-000123 accept",
        "AG-2026-123. Accept.",
        "please accept AG-2026-000123 thank you",
        "I accept AG-2026-000123",
        "AC CEPT AG-2026-000123",
        "accept accept AG-2026-000123",
        "\uff21\uff23\uff23\uff25\uff30\uff34 AG-2026-000123",
        "ACCEPT-AG-2026-000123 \U0001f44d\U0001f3fe\U0001f64f",
        'ACCEPT "AG-2026-000123"',
        "accept\nAG-2026-000123",
    ],
)
def test_however_it_is_written_the_same_is_read(text):
    assert understood(text) == ("exact", "ACCEPT", DEAL, "")


@pytest.mark.parametrize(
    ("text", "word", "verb"),
    [
        ("NIMEPOKEA AG2026000123", "NIMEPOKEA", "ACCEPT"),
        ("nime pokea AG-2026-123", "NIMEPOKEA", "ACCEPT"),
        ("ndio ag-2026-000123", "NDIO", "YES"),
        ("yes please AG-2026-000123", "YES", "YES"),
        ("Tafadhali ghairi AG-2026-000123 asante", "GHAIRI", "CANCEL"),
        ("Hali ya AG-2026-000123?", "HALI", "STATUS"),
        ("status AG-2026-000123 where is my money?", "STATUS", "STATUS"),
    ],
)
def test_the_words_of_both_languages_are_the_same_commands(text, word, verb):
    found = read(text)
    assert (found.sense, found.word, found.verb, found.deal) == (Sense.EXACT, word, verb, DEAL)


def test_every_command_has_a_word_in_each_language():
    said = {verb: {language for other, language in WORDS.values() if other == verb} for verb, _ in WORDS.values()}
    assert said == {verb: {"en", "sw"} for verb in {*HANDLERS, *QUESTIONS, *OF_THE_PHONE}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DISPUTE-AG-2026-000123 half of it - missing", "half of it - missing"),
        ("dispute-ag-2026-000123\nhalf is missing", "half is missing"),
        ("DISPUTE  ag\u20132026-000123 half of it - missing", "half of it - missing"),
        ("dispute ag 2026 123: he will not pay, I accept nothing!", "he will not pay, I accept nothing!"),
        ("AG-2026-000123 dispute 3 bags short", "3 bags short"),
        ("please dispute AG-2026-000123 3 bags short", "3 bags short"),
        ("Dispute, half of it is missing. AG-2026-000123", "half of it is missing."),
        ("DISPUTE-AG-2026-000123", ""),
        ("DISPUTE-AG-2026-000123 like AG-2026-000077", "like AG-2026-000077"),
    ],
)
def test_a_dispute_keeps_the_words_that_come_with_it(text, words):
    assert understood(text) == ("exact", "DISPUTE", DEAL, words)


@pytest.mark.parametrize(
    "text",
    [
        "ACCEPT-AG-2026-000123 4821",
        "ACCEPT-AG-2026-000123-4821",
        "accept ag 2026 123 code: 4821.",
        "ACCEPT AG-2026-000123 48 21 please",
        "ACCEPT-AG-2026-000123 4-8-2-1",
    ],
)
def test_what_moves_money_carries_its_code(text):
    assert understood(text) == ("exact", "ACCEPT", DEAL, "4821")


@pytest.mark.parametrize("text", ["ACCEPT-AG-2026-000123 482", "ACCEPT AG-2026-12 3456", "PAY-AG-2026-000123 4821"])
def test_other_numbers_are_no_code(text):
    assert read(text).sense == Sense.MEANT


@pytest.mark.parametrize(
    ("text", "sense", "words"),
    [
        ("DELIVERED-AG-2026-000123 45 bags", "part", "45 bags"),
        ("nimeleta AG-2026-000123: magunia 45. Asante!", "part", "magunia 45"),
        ("DELIVERED-AG-2026-000123 45", "part", "45"),
        ("DELIVERED-AG-2026-000123 half", "part", "half"),
        ("DELIVERD-AG-2026-000123 45 bags", "meant", "45 bags"),
        ("DELIVERED-AG-2026-000123 45 bags?", "meant", "45 bags?"),
        ("DELIVERED 45 bags AG-2026-000123", "meant", ""),
        ("AG-2026-000123 delivered 45 bags", "meant", "delivered 45 bags"),
        ("DELIVERED 45 bags", "meant", ""),
        ("DELIVERED-AG-2026-000123 thanks!", "exact", ""),
    ],
)
def test_words_behind_a_delivery_may_be_how_much_of_it(text, sense, words):
    found = read(text)
    assert (found.sense, found.verb, found.words) == (sense, "DELIVERED", words)


@pytest.mark.parametrize("word", BARE)
def test_a_bare_word_names_no_deal(word):
    assert understood(f" {word.lower()}. ") == ("exact", word, "", "")


@pytest.mark.parametrize(
    ("text", "language"),
    [("LUGHA SW", "sw"), ("lugha-en", "en"), ("Language: English please", "en"), ("lugha kiingereza", "en")],
)
def test_a_language_is_asked_for_by_its_name_in_either(text, language):
    found = read(text)
    assert (found.sense, found.verb, found.words) == (Sense.EXACT, "LANGUAGE", language)


# --- what is asked back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word", "deal", "talk"),
    [
        ("ACEPT AG-2026-000123", "ACCEPT", DEAL, False),
        ("NIMEPOKA-AG-2026-000123", "NIMEPOKEA", DEAL, False),
        ("ACEPTAG-2026-000123", "ACCEPT", "", False),
        ("yess", "YES", "", False),
        ("ACCEPT AG-2026-00012X", "ACCEPT", "", True),
        ("ACCEPT 000123", "ACCEPT", "", False),
        ("ACCEPT AG-2026-0000123", "ACCEPT", "", False),
        ("ACCEPT AG-2026-00012", "ACCEPT", "", False),
        ("ACCEPT AG 2026 000 123", "ACCEPT", "", False),
        ("ACCEPT AG 2026 12 3", "ACCEPT", "", False),
        ("ACCEPT BAG-2026-000123", "ACCEPT", "", True),
        ("accept AG-2026-000123?", "ACCEPT", DEAL, False),
        ("accept AG-2026-000123 half is missing", "ACCEPT", DEAL, True),
        ("PAY AG-2026-000123 500", "PAY", DEAL, True),
        ("accept AG-2026-000123 and AG-2026-000124", "ACCEPT", DEAL, True),
        ("accept AG-2026-000123 \U0001f44e", "ACCEPT", DEAL, True),
        ("You may ACCEPT-AG-2026-000123 when all is there", "ACCEPT", DEAL, True),
        ("LUGHA", "LUGHA", "", False),
        ("LUGHA FR", "LUGHA", "", True),
        ("STOPP", "STOP", "", False),
        ("help me with my money", "HELP", "", True),
    ],
)
def test_what_is_nearly_a_command_is_not_taken_for_one(text, word, deal, talk):
    found = read(text)
    assert (found.sense, found.word, found.deal, found.talk) == (Sense.MEANT, word, deal, talk)


def test_an_id_that_was_begun_is_noticed():
    assert read("HALI AG-2026").half
    assert read("DISPUTE 2026-000123 wet").half
    assert not read("HALI").half
    assert not read(f"HALI {DEAL}").half


# --- what only a person understands -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "don't accept AG-2026-000123",
        "I do not accept AG-2026-000123",
        "accept AG-2026-000123 but half is missing",
        "YES-AG-2026-000123 if he pays first",
        "NIMEPOKEA AG-2026-000123 lakini nusu",
        "si nimepokea AG-2026-000123",
        "ACCEPT AG-2026-000123 CANCEL AG-2026-000123",
        "yes accept AG-2026-000123",
        "NDIYO CANCEL AG-2026-000123",
        "DISPUTE-AG-2026-000123 ACCEPT-AG-2026-000123",
        "STOP AG-2026-000123",
        "stop the payment",
        "VoicePact AG-2026-000123: All there? Reply ACCEPT-AG-2026-000123. A problem? Reply DISPUTE-AG-2026-000123",
    ],
)
def test_two_commands_or_a_word_against_one_are_not_taken_for_any(text):
    assert read(text).sense == Sense.UNCLEAR


@pytest.mark.parametrize(
    "text",
    ["", "-", "hello?", "niko njiani", "I will pay tomorrow", "PAID-AG-2026-000123", DEAL, "\U0001f642", "not now",
     "' OR 1=1 --", "HABARI " * 400, "nimelipa", "Sijapokea mzigo AG-2026-000123", "\0", "5", "123456"],
)  # fmt: skip
def test_what_is_no_command_is_none(text):
    assert read(text).sense == Sense.OTHER


# --- of any text ------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from([*WORDS, *LANGUAGES, "AG", "AG-", "2026", "000123", DEAL, "-", " ", "O", "\u2013", "not", "?"])
MIXED = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12).map("".join)


@given(st.one_of(st.text(), MIXED, st.text().map(lambda text: text * 500)))
def test_no_text_is_too_strange_to_be_read(text):
    assert isinstance(read(text), Reading)


@given(st.one_of(st.text(), MIXED))
def test_no_deal_is_found_that_was_not_written(text):
    found = read(text)
    if found.deal:
        prefix, year, serial = found.deal.split("-")
        digits = re.sub(r"[^0-9]", "", text.upper().replace("O", "0").translate(WIDE))
        assert prefix in text.upper().translate(WIDE)
        assert f"{year}{serial}" in digits or f"{year}{int(serial)}" in digits


WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


@given(
    word=ABOUT_A_DEAL,
    deal=DEALS,
    between=st.sampled_from(["-", " ", " - ", "", ": ", "\u2013", "\n"]),
    parts=st.sampled_from(["-", " ", "", "/", "\u2011"]),
    style=st.sampled_from([str.lower, str.upper, str.title]),
    short=st.booleans(),
    letter=st.booleans(),
    first=st.sampled_from(["", " ", "Please ", "tafadhali, "]),
    last=st.sampled_from(["", ".", " !", " asante", " thanks."]),
    turned=st.booleans(),
)
def test_however_it_is_written_it_is_the_exact_command(
    word, deal, between, parts, style, short, letter, first, last, turned
):
    prefix, year, serial = deal.split("-")
    serial = str(int(serial)) if short else serial
    number = parts.join([prefix, year, serial]).replace("0", "O") if letter else parts.join([prefix, year, serial])
    command = f"{number} {word}" if turned else f"{word}{between}{number}"

    found, exact = read(f"{first}{style(command)}{last}"), read(f"{word}-{deal}")

    assert (found.sense, found.word, found.deal) == (exact.sense, exact.word, exact.deal) == (Sense.EXACT, word, deal)
