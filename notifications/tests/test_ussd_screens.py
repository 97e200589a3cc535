"""Every screen: at most 160 characters with its prefix, GSM-7 only, the same in both languages, with a way back."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import transaction

from contracts import disputes
from contracts.agreements import PartyDraft
from contracts.models import Contract
from notifications import commands
from notifications.gsm import ALPHABET
from notifications.tests.dialling import Dialled
from notifications.ussd import labels, screens
from notifications.ussd.places import QUESTIONS
from notifications.ussd.screens import ENDS, GOES_ON, LONGEST, Option, Screen, TooLong
from notifications.ussd.states import HOME, State, Step
from payments import endings, escrow
from payments.proof import Place
from tests.factories import checked_out, completed, confirmed, drafted, locked, new_phone, pay_out
from voicepact.kernel.money import Money

LANGUAGES = ("en", "sw")
SOURCES = {
    language: {path.stem: path.read_text() for path in (screens.DIRECTORY / language).glob("*.txt")}
    for language in LANGUAGES
}
TEMPLATES = sorted(SOURCES["en"])
PLACEHOLDER = re.compile(r"{{ ([a-z_]+)|{% (?:el)?if ([a-z_]+)")
NAMES = ("buyer", "seller", "product", "unit")
AMOUNT = Money(Decimal(500_000))
LONGEST_FACTS = {
    "deal": "AG-2026-123456",
    "amount": AMOUNT,
    "buyer_pays": AMOUNT,
    "seller_gets": AMOUNT,
    "kept": AMOUNT,
    "part": AMOUNT,
    "so_far": AMOUNT,
    "total": AMOUNT,
    "least": Money(Decimal(10)),
    "most": AMOUNT,
    "each": "KES 499,999.99",
    "quantity": "1,234,567.5",
    "short": "1,234,566.5",
    "day": "31/12",
    "at": "24 Nov 23:59",
    "by": max((labels.label(role, language) for role in ("buyer", "seller") for language in LANGUAGES), key=len),
    "why": "x" * 20,
    "code": "ABCDEF01",
    "left": 3,
    "gives_back": True,
    "cooling": False,
    "hours": 24,
    "reply": "NIMEPOKEA-AG-2026-123456",
    "final": False,
    "words": "x" * 120,
}
"""The longest that a screen may have to carry; the rest are names, which are cut."""
ENDINGS = ("done_", "pin_locked", "pin_cooling", "pin_none", "pin_no_code", "refused", "sell_too", "sell_refused")
LAST_WORDS = ("bye", "our_fault", "other_phone", "too_long", "session_over")
BARE = ("help", "money_", "payment_")
"""Screens after which the call is over, and those on which nothing is to be chosen but the way back."""
CHOICES = [name for name, words in labels.LABELS.items() if "{" not in words[0]]
MANY_WORDS = "Wanjikũ wa Kamau-Nyambura & Sons — {{ deal }} 🙂 李 magunia ya kilo tisini"


def test_every_language_has_every_screen():
    assert {language: sorted(SOURCES[language]) for language in LANGUAGES} == dict.fromkeys(LANGUAGES, TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_screen_says_the_same_in_every_language(name):
    said = [
        {found for pair in PLACEHOLDER.findall(SOURCES[each][name]) for found in pair if found} for each in LANGUAGES
    ]

    assert said[0] == said[1]
    assert said[0] <= {*LONGEST_FACTS, *NAMES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_screen_fits_with_the_longest_ids_amounts_and_names(name, language):
    for without in ("", "so_far", "quantity", "unit", "day", "at"):
        source = SOURCES[language][name]
        if not without or f"if {without} " in source:
            assert_fits(name, language, source, given=without)


def assert_fits(name: str, language: str, source: str, *, given: str) -> None:
    """The screen is one also where it is not said what `given` would say."""
    facts = {key: value for key, value in LONGEST_FACTS.items() if key != given}
    if name == "sell_sure":
        facts["buyer"] = "0712345678"
    names = {key: MANY_WORDS for key in NAMES if key not in (given, *facts)}
    ends = name.startswith(ENDINGS) or name in LAST_WORDS
    longest = max((labels.label(each, language) for each in CHOICES), key=len)
    options = () if ends or name.startswith(BARE) else (Option(longest, Step(HOME)),) * 3

    text, _ = screens.show(Screen(name, facts, names, options, ends=ends), (Step(HOME), Step("deal")), language)

    assert_is_a_screen(text, language, home=False)
    for key in {found for pair in PLACEHOLDER.findall(source) for found in pair} & {"deal", "code", "kept"}:
        assert str(LONGEST_FACTS[key]) in text


REASONS = {
    "sell": (
        "not_a_phone",
        "own_phone",
        "asked_in_vain",
        "not_goods",
        "not_only_goods",
        "not_a_quantity",
        "not_a_price",
        "not_above_zero",
        "not_whole",
        "not_in_limits",
    ),
    "pin": (
        "wrong_pin",
        "not_four_digits",
        "not_six_digits",
        "weak_pin",
        "pins_differ",
        "wrong_code",
        "code_over",
        "code_sent",
    ),
    "short": ("not_short",),
    "words": ("not_words",),
    "home": ("no_such_deal", "finished"),
}
"""Why a question is asked once more, by how the names of its screens begin."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in TEMPLATES if not name.startswith((*ENDINGS, *LAST_WORDS))])
def test_a_screen_that_is_shown_once_more_has_room_for_the_reason(name, language):
    asks = name in (*QUESTIONS, "sell_buyer", HOME)
    own = next((reasons for prefix, reasons in REASONS.items() if asks and name.startswith(prefix)), ())
    option = "yes" if "sure_" in name else {"pin": "forgot", "pin_code": "send_again", "pin_forgotten": "yes"}.get(name)
    options = (Option(labels.label(option, language), Step(HOME)),) if option else ()
    for reason in ("choose", *own):
        if name in {reason for reasons in REASONS.values() for reason in reasons} | {"choose"}:
            continue
        facts = {**LONGEST_FACTS, "buyer": "0712345678"} if name == "sell_sure" else LONGEST_FACTS
        names = {key: MANY_WORDS for key in NAMES if key not in facts}
        screen = Screen(name, facts, names, options, reason=reason)

        text, _ = screens.show(screen, (Step(HOME), Step(name)), language)

        assert_is_a_screen(text, language, home=name == HOME)
        assert text != screens.show(replace(screen, reason=""), (Step(HOME), Step(name)), language)[0]


def test_the_words_of_choices_are_plain_in_both_languages():
    for name, words in labels.LABELS.items():
        assert len(words) == len(LANGUAGES), name
        assert all(each and set(each.format(deal="AG-2026-123456")) <= ALPHABET for each in words)


def test_there_is_a_screen_for_whatever_a_command_answers():
    answers = set(re.findall(r'"([a-z_]+)"', inspect.getsource(commands)))
    named = {f"done_{answer}" for answer in answers} & set(TEMPLATES)
    replies = {f"done_{answer}" for answer in answers if answer.startswith("reply_")}
    agreed = {f"done_{answer}" for answer in commands.AGREED.values()}
    others = {"done_cancelled", "done_dispute_opened", "done_dispute_over"}
    assert (
        named == replies | agreed | others == {name for name in TEMPLATES if name.startswith("done_")} - {"done_opened"}
    )
    assert {f"money_{place.value}" for place in Place} <= set(TEMPLATES)


def test_names_are_cut_and_ids_and_amounts_never():
    facts = {"deal": "AG-2026-123456", "seller_gets": AMOUNT, "quantity": "100", "day": "31/12"}
    screen = Screen("deal_agree_seller", facts, dict.fromkeys(NAMES, MANY_WORDS), (Option("Agree", Step(HOME)),) * 2)

    text, _ = screens.show(screen, (Step(HOME), Step("deal")), "en")

    assert len(text) <= LONGEST
    assert "AG-2026-123456" in text
    assert "KES 500,000" in text
    assert MANY_WORDS not in text


def test_what_cannot_fit_is_an_error_and_not_half_a_screen():
    with pytest.raises(TooLong):
        screens.show(Screen("refused", {"words": "x" * 200}, ends=True), (Step(HOME),), "en")


def test_choices_that_do_not_fit_are_on_further_pages_with_numbers_of_their_own():
    options = tuple(Option(f"AG-2026-{number:06} Maize agree?", Step("deal", str(number))) for number in range(1, 21))
    path, seen = (Step(HOME), Step("deals")), {}
    for _ in range(20):
        text, state = screens.show(Screen("deals", options=options), path, "en")
        assert len(text) <= LONGEST
        seen |= {key: step for key, step in state.keys.items() if key != "98"}
        if "98" not in state.keys:
            break
        assert "98 More" in text
        path = (*path, state.keys["98"])

    assert [seen[str(number)].deal for number in range(1, 21)] == [str(number) for number in range(1, 21)]


# --- every screen that people can really reach ------------------------------------------------------------------------


def assert_is_a_screen(text: str, language: str, *, home: bool) -> None:
    assert text.startswith((GOES_ON, ENDS))
    assert len(text) <= LONGEST, (len(text), text)
    assert set(text) <= ALPHABET
    assert "{" not in text
    assert "  " not in text.replace("\n", " ")
    if text.startswith(GOES_ON):
        way = labels.label("exit" if home else "way", language)
        assert text.splitlines()[-1].endswith(way)


def people() -> tuple[PartyDraft, ...]:
    return tuple(PartyDraft(role=role, phone=new_phone(), name=MANY_WORDS) for role in ("buyer", "seller"))


def made(state: str) -> Contract:
    """A deal in this state, with the longest words that people can write."""
    terms = {
        "parties": people(),
        "amount": Decimal(499_999),
        "terms": {"product": MANY_WORDS, "quantity": Decimal("9999.5"), "unit": MANY_WORDS},
    }
    if state in ("pending", "confirmed"):
        return {"pending": drafted, "confirmed": confirmed}[state](**terms)
    if state == "prompted":
        return checked_out(**terms).contract
    if state == "completed":
        return completed(**terms).contract
    if state == "paid":
        return pay_out(completed(**terms)).contract
    contract = locked(**terms).contract
    if state in ("delivered", "short"):
        only = Decimal("9998.5") if state == "short" else None
        escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms", only=only)
    if state == "accepted":
        escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    if state == "disputed":
        disputes.open_dispute(contract.pk, phone=contract.buyer.phone, reason=MANY_WORDS, channel="sms")
    if state == "asked":
        endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms")
    if state == "cancelled":
        endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    return contract


STATES = ("pending", "confirmed", "prompted", "locked", "delivered", "short", "accepted", "disputed", "asked")
DEEPEST = 5


def walked(call: Dialled) -> Iterator[str]:
    """Every screen that the keys on the screens lead to; each way is undone before the next is tried."""
    yield call.screen
    text, screen = call.text, call.screen
    if screen.startswith(ENDS) or text.count("*") + 1 >= DEEPEST:
        return
    for line in screen.splitlines()[1:]:
        key = line.partition(" ")[0]
        if key.isdigit() and key not in ("0", "00"):
            with transaction.atomic():
                call.key(key)
                yield from walked(call)
                transaction.set_rollback(True)
            call.text, call.screen = text, screen


@pytest.mark.django_db
@pytest.mark.parametrize("state", [*STATES, "completed", "paid", "cancelled"])
def test_every_screen_of_a_deal_is_a_screen_in_both_languages(state, settings, monkeypatch):
    settings.PROOF_FROM = None
    shown: list[str] = []
    real: Callable[..., tuple[str, State]] = screens.show

    def show(screen: Screen, path: tuple[Step, ...], language: str) -> tuple[str, State]:
        for each in LANGUAGES:
            for reason in {screen.reason} if screen.ends else {screen.reason, "choose"}:
                text, _ = real(replace(screen, reason=reason), path, each)
                assert_is_a_screen(text, each, home=path[-1].place == HOME)
        shown.append(screen.name)
        found: tuple[str, State] = real(screen, path, language)
        return found

    monkeypatch.setattr(screens, "show", show)
    contract = made(state)
    for party in contract.parties.all():
        for screen in walked(_at_deal(party.phone, contract)):
            assert contract.pk in screen
    assert any(name.startswith("deal_") for name in shown)
    assert any(name.startswith("done_") for name in shown) == (state in STATES)


def _at_deal(phone: str, contract: Contract) -> Dialled:
    """The phone has dialled, and looks at the deal."""
    dialled = Dialled(phone)
    if contract.pk not in dialled.screen:
        dialled.choose("My deals")
    dialled.choose(contract.pk)
    return dialled
