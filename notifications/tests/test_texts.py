"""The texts: each can be sent as plain SMS, and two of them are the product page's own."""

from decimal import Decimal

import pytest
from django.template import TemplateDoesNotExist

from notifications import replies, texts
from notifications.announcements import ANNOUNCEMENTS
from notifications.gsm import ALPHABET, ONE_SMS, cut, fold
from voicepact.kernel.money import Money

TEMPLATES = sorted(path.stem for path in (texts.DIRECTORY / "en").glob("*.txt"))
LONGEST_DEAL = "AG-2026-123456"
AMOUNT = Money(Decimal(500_000))
LONGEST = {
    "deal": LONGEST_DEAL,
    "amount": AMOUNT,
    "amount_with_cents": AMOUNT.with_cents(),
    "buyer": cut("Wanjikũ wa Kamau-Nyambura", texts.LONGEST_NAME),
    "seller": cut("Ochieng’ Otieno & Sons {Ltd}", texts.LONGEST_NAME),
    "product": cut("Mahindi meupe — magunia ya kilo tisini", texts.LONGEST_PRODUCT),
    "moved_amount": AMOUNT,
    "moved_so_far": Money(Decimal(250_000)),
    "moved_released": AMOUNT,
    "moved_refunded": AMOUNT,
    "moved_total": "500,000",
    "recipient": "+254723456789",
    "transaction_id": f"TXN-{LONGEST_DEAL}-001",
    "reason": "The same amount was asked of this phone less than two minutes ago"[:60],
    "replies": [f"DELIVERED-AG-2026-12345{number}" for number in range(replies.SHOWN_DEALS)],
}
"""The longest that a text may have to carry."""


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_text_is_one_sms_in_gsm_7(name):
    text = texts.render(name, language="en", **LONGEST)

    assert set(text) <= ALPHABET
    assert len(text) <= ONE_SMS
    assert "{" not in text
    assert "  " not in text


def test_every_announcement_has_its_text():
    named = {one.text for announcements in ANNOUNCEMENTS.values() for one in announcements}

    assert named <= set(TEMPLATES)
    assert "payment_received" in named


def test_a_language_without_the_text_falls_back_to_english():
    assert texts.render("reply_stranger", language="sw") == texts.render("reply_stranger", language="en")


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
