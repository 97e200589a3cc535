"""The texts: each can be sent as plain SMS, and two of them are the product page's own."""

import inspect
import itertools
import re
import string
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.template import TemplateDoesNotExist
from hypothesis import given
from hypothesis import strategies as st

from contracts.agreements import PartyDraft
from notifications import (
    codes,
    commands,
    inquiries,
    phrases,
    pins,
    portions,
    possible,
    quantities,
    refusals,
    replies,
    texts,
)
from notifications.announcements import LONGEST_REASON
from notifications.gsm import ALPHABET, ONE_SMS, TWO_SMS, cut, fold
from notifications.occasions import ANNOUNCEMENTS
from notifications.texts import Name
from tests.factories import drafted, new_phone
from voicepact.kernel.money import Money, grouped

LANGUAGES = ("en", "sw")
SOURCES = {
    language: {path.stem: path.read_text() for path in (texts.DIRECTORY / language).glob("*.txt")}
    for language in LANGUAGES
}
TEMPLATES = sorted(SOURCES["en"])
PLACEHOLDER = re.compile(r"{{ ([a-z_]+)|{% (?:el)?if (?!not forloop)([a-z_]+)|{% for \w+ in ([a-z_]+)")
LENGTHS = {"reply_statement": TWO_SMS}  # all else is one
LONGEST_DEAL = "AG-2026-123456"
AMOUNT = Money(Decimal(500_000))
LONGEST = {
    "deal": LONGEST_DEAL,
    "amount": AMOUNT,
    "amount_with_cents": AMOUNT.with_cents(),
    "buyer_pays": AMOUNT,
    "seller_gets": Money(Decimal(499_987)),
    "seller_gets_bare": "499,987",
    "buyer": Name("Wanjikũ wa Kamau-Nyambura"),
    "seller": Name("Ochieng’ Otieno & Sons {Ltd}"),
    "product": Name("Mahindi meupe — magunia ya kilo tisini"),
    "short": "1,234,566.5",
    "quantity": "1,234,567.5",
    "unit": Name("magunia ya kilo tisini"),
    "moved_amount": AMOUNT,
    "moved_so_far": Money(Decimal(250_000)),
    "moved_released": AMOUNT,
    "moved_refunded": AMOUNT,
    "moved_total": "500,000",
    "back": True,
    "why": "stop",
    "party": "seller",
    "counts_at": texts.moment(datetime(2026, 11, 24, 23, 59, tzinfo=UTC)),
    "hour": "08:00",
    "ussd": "*384*12345#",
    "may_accept": True,
    "checking": True,
    "recipient": "+254723456789",
    "transaction_id": f"TXN-{LONGEST_DEAL}-001",
    "reason": "The same amount was asked of this phone less than two minutes ago"[:LONGEST_REASON],
    "opener": "seller",
    "answer_by": "24 Nov 10:30",
    "refund_at": "24 Nov 10:30",
    "replies": [f"NIMEPOKEA-AG-2026-12345{number}" for number in range(possible.SHOWN_DEALS)],
    "with_reason": True,
    "word": "DELIVERED",
    "role": "seller",
    "back_to": max(phrases.BACK_TO["sw"].values(), key=len),
    "came_in": True,
    "final": False,
    "pay_bill": "1743790",
    "reference": "A7F5C3D8E9B2",
    "locked": False,
    "kept": AMOUNT,
    "check_code": "7CEBA5A9",
    "step": "",
    "given_back": AMOUNT,
    **dict.fromkeys(
        ("agreed_at", "paid_at", "delivered_at", "accepted_at", "disputed_at", "released_at", "returned_at", "off_at"),
        "24 Nov 10:30",
    ),
    **dict.fromkeys(("sum_paid", "sum_released", "sum_returned"), AMOUNT),
    "until": "24 Nov 10:30",
    "code": "482193",
    "minutes": 30,
    "problem": True,
    "may_withdraw": True,
    "prompt_at": "24 Nov 10:30",
    "reply": f"NIMEPOKEA-{LONGEST_DEAL}",
    "every": f"DELIVERED-{LONGEST_DEAL}",
    "part": f"DELIVERED-{LONGEST_DEAL} 1,234,566.5 {'x' * portions.LONGEST_UNIT}",
}
"""The longest that a text may have to carry."""


OTHERS = {
    "opener": "staff",
    "party": "payer",
    "why": "circuit",
    "back": False,
    "given_back": None,
    "role": "buyer",
    "locked": True,
    "came_in": False,
    "part": "",
    "final": True,
    "problem": False,
    "may_withdraw": False,
    "prompt_at": "",
}
NONE: dict[str, Any] = {"role": "payer", "paid_at": "", "agreed_at": "", "pay_bill": "", "verb": "ACCEPT"}
CHOICES: tuple[dict[str, Any], ...] = (
    {},
    OTHERS,
    NONE,
    {"role": "buyer", "verb": "DELIVERED", "came_in": False, "checking": False},
)


def test_every_language_has_every_text():
    assert {language: sorted(SOURCES[language]) for language in LANGUAGES} == dict.fromkeys(LANGUAGES, TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_text_says_the_same_in_every_language(name):
    said = [_placeholders(SOURCES[language][name]) for language in LANGUAGES]
    assert all(each == said[0] for each in said)


def _placeholders(source: str) -> set[str]:
    return {name for found in PLACEHOLDER.findall(source) for name in found if name}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_text_is_one_sms_in_gsm_7(name, language):
    for choice in CHOICES:
        text = texts.render(name, language=language, **LONGEST | choice)

        assert set(text) <= ALPHABET
        assert len(text) <= LENGTHS.get(name, ONE_SMS)
        assert "{" not in text
        assert "  " not in text


WRITTEN = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=100)
PREFIX = st.text(string.ascii_uppercase, min_size=2, max_size=2)
QUANTITIES = st.decimals(quantities.FINEST, quantities.MOST, places=2).map(str).map(quantities.read).filter(bool)


@given(
    deal=st.builds("{}-{}-{:06d}".format, PREFIX, st.integers(2026, 2999), st.integers(1, 999_999)),
    amount=st.integers(10, 500_000),
    buyer=WRITTEN,
    seller=WRITTEN,
    product=WRITTEN,
    quantity=QUANTITIES,
    unit=WRITTEN,
    reason=WRITTEN,
)
def test_no_name_or_amount_makes_a_text_longer_than_one_sms(
    deal, amount, buyer, seller, product, quantity, unit, reason
):
    money = Money(Decimal(amount))
    context = LONGEST | {
        "deal": deal,
        "amount": money,
        "amount_with_cents": money.with_cents(),
        "buyer_pays": money,
        "seller_gets": money,
        "seller_gets_bare": grouped(money.amount),
        "buyer": Name(buyer),
        "seller": Name(seller),
        "product": Name(product),
        "quantity": quantities.told(quantity),
        "unit": Name(unit),
        "reason": cut(reason, LONGEST_REASON),
        "moved_amount": money,
        "moved_released": money,
        "moved_refunded": money,
    }

    for language, name in itertools.product(LANGUAGES, TEMPLATES):
        source, text = SOURCES[language][name], texts.render(name, language=language, **context)
        assert set(text) <= ALPHABET
        assert len(text) <= LENGTHS.get(name, ONE_SMS)
        assert text.count(deal) >= texts.render(name, language=language, **context | {"deal": "\0"}).count("\0")
        assert ("{{ quantity }}" in source) <= (quantities.told(quantity) in text)
        assert text.count(str(money)) >= len(re.findall(r"{{ (?:(?:moved_)?amount|buyer_pays|seller_gets) }}", source))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ["buyer", "seller", "payer"])
@pytest.mark.parametrize("step", [name for name in TEMPLATES if name.startswith("next_")])
def test_the_answer_whether_money_is_there_is_one_sms_with_whatever_comes_next(step, role, language):
    for whom in phrases.BACK_TO[language].values():
        context = LONGEST | {"role": role, "back_to": whom}
        comes_next = texts.render(step, language=language, **context)
        assert len(texts.render("reply_status", language=language, **context | {"step": comes_next})) <= ONE_SMS


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_is_one_sms_with_as_many_replies_as_it_names(language):
    context = {"replies": [f"NIMEPOKEA-{LONGEST_DEAL}"] * inquiries.MOST_REPLIES}
    assert len(texts.render("reply_help", language=language, **context)) <= ONE_SMS
    nothing = texts.render("reply_help", language=language, replies=[], ussd=LONGEST["ussd"])
    assert len(nothing) <= ONE_SMS
    assert LONGEST["ussd"] in nothing
    assert "  " not in nothing


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", [LONGEST["part"], ""])
def test_the_whole_unit_stands_in_the_one_sms_that_asks_how_much(part, language):
    unit = "x" * portions.LONGEST_UNIT
    text = texts.render("reply_how_much", language=language, **LONGEST | {"unit": unit, "part": part})
    assert len(text) <= ONE_SMS
    assert text.count(unit) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["Wanjikũ wa Kamau-Nyambura", "李" * 100, "a\nb\tc", "{% now %}{{ deal }}", "🙂" * 100]
)
def test_names_and_products_are_cut_and_amounts_and_ids_never(name):
    people = tuple(PartyDraft(role=role, phone=new_phone(), name=name) for role in ("buyer", "seller"))
    terms = {"product": name, "quantity": 1_000, "unit": name}
    contract = drafted(parties=people, terms=terms, amount=Decimal(499_999))

    text = texts.render("asked_to_agree", language="en", **texts.about(contract, language="en"))

    assert len(text) <= ONE_SMS
    assert set(text) <= ALPHABET
    assert " buys 1,000 " in text
    assert "KES 499,999" in text
    assert text.endswith(f"Agree? Reply YES-{contract.pk} or NO-{contract.pk}.")


@pytest.mark.django_db
@pytest.mark.parametrize("terms", [{}, {"product": ""}, {"product": 7}, {"product": ["maize"]}, {"product": None}])
def test_a_deal_without_a_product_in_words_is_about_the_goods(terms):
    contract = drafted(terms=terms)
    goods = [texts.about(contract, language=language)["product"] for language in ("en", "sw", "lg")]
    assert goods == ["the goods", "bidhaa", "the goods"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("terms", "english", "swahili"),
    [
        ({"product": "Mahindi", "quantity": 100, "unit": "bags"}, "100 bags of Mahindi", "Mahindi bags 100"),
        ({"product": "Goats", "quantity": "12"}, "12 Goats", "Goats 12"),
        ({"quantity": Decimal("2.50"), "unit": "kg"}, "2.5 kg of the goods", "bidhaa kg 2.5"),
        ({"product": "Mahindi", "quantity": "many", "unit": "bags"}, "Mahindi", "Mahindi"),
    ],
)
@pytest.mark.parametrize("text", ["asked_to_agree", "asked_to_agree_with_fees"])
def test_whoever_agrees_reads_how_much_of_what(text, terms, english, swahili):
    contract = drafted(terms=terms)
    about = {language: texts.about(contract, language=language) for language in LANGUAGES}

    in_english, in_swahili = (texts.render(text, language=language, **about[language]) for language in LANGUAGES)

    assert re.search(rf" (buys|for) {english}(,| from) ", in_english)
    assert re.search(rf" {swahili}(:| kwa) ", in_swahili)


def test_names_are_cut_no_further_than_the_text_needs():
    short = LONGEST | {"buyer": Name("Wanjiku"), "seller": Name("Otieno"), "quantity": "100", "unit": Name("bags")}
    text = texts.render("asked_to_agree", language="en", **short | {"product": Name("White maize grade one")})
    assert "Wanjiku buys 100 bags of White maize grade one from Otieno for KES 500,000." in text


def test_every_text_is_used_and_every_text_that_is_used_exists():
    announced = {one.text for announcements in ANNOUNCEMENTS.values() for one in announcements}
    code = "".join(inspect.getsource(module) for module in (codes, commands, inquiries, pins, refusals, replies))
    answered = {name for name in TEMPLATES if f'"{name}"' in code}

    assert announced | answered == set(TEMPLATES)
    assert set(re.findall(r'"((?:reply|next|refused)_\w+)"', code)) - {"reply_refused"} <= set(TEMPLATES)


def test_a_language_without_the_text_falls_back_to_english():
    assert texts.render("reply_stranger", language="lg") == texts.render("reply_stranger", language="en")


def test_a_text_that_does_not_exist_is_an_error_and_not_an_empty_sms():
    with pytest.raises(TemplateDoesNotExist):
        texts.render("no_such_text", language="en")


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Wanjikũ", "Wanjiku"),
        ("Ochieng’", "Ochieng'"),
        ("tea – coffee", "tea - coffee"),
        ("ñ é ö stay", "ñ é ö stay"),
        ("ç", "c"),
        ("茶", "?"),
        ("a\u0301", "a"),
    ],
)
def test_folding_keeps_what_sms_can_say(written, folded):
    assert fold(written) == folded


def test_cut_makes_one_line_of_at_most_that_length():
    assert cut("two\nlines  here", 40) == "two lines here"
    assert cut("x" * 30, 10) == "x" * 9 + "."


def test_nobodys_markup_is_escaped():
    assert "O'Neill & Co" in texts.render("asked_to_agree", language="en", **{**LONGEST, "buyer": "O'Neill & Co"})
