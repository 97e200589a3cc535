"""The public page tells whether a deal's money is there, in two languages, and nothing else about anybody."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import TimeMachineFixture

from contracts import disputes
from contracts.models import Contract, Event
from payments import check_page, escrow, proof
from payments.check_words import WORDS
from payments.proof import Place
from tests import factories

pytestmark = pytest.mark.django_db
DIRTY = ["0000000", "x" * 300, "%00%00%00%00%00%00%00%00", "........", "%E2%82%AC" * 8, "%27%20OR%201"]


@pytest.fixture(autouse=True)
def somebody(settings: Any) -> None:
    """An address that no other test looks from, and as many looks as it wants."""
    settings.CHECKS_PER_MINUTE, settings.DEFAULT_LANGUAGE = 1_000_000, "en"


def address(contract: Contract, code: str = "") -> str:
    return f"/check/{contract.pk}/{code or proof.of(contract).code}"


def look(path: str, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(path, headers=headers)


def text(answer: Any) -> str:
    """What a reader reads of the page."""
    body = re.sub(r"<head>.*</head>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


# --- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "not_locked", "locked"), [("en", "NOT LOCKED", "LOCKED"), ("sw", "HAIJAFUNGWA", "IMEFUNGWA")]
)
def test_it_says_in_large_whether_the_money_is_there_and_how_much(language: str, not_locked: str, locked: str) -> None:
    payment = factories.checked_out()
    before = look(f"{address(payment.contract)}?lang={language}")
    assert verdict(before) == not_locked
    factories.fund(payment)
    after = look(f"{address(payment.contract)}?lang={language}")
    assert verdict(after) == locked
    for answer in (before, after):
        assert answer.status_code == 200
        assert "KES 350,000" in text(answer)
        assert f'<html lang="{language}">' in answer.content.decode()


def verdict(answer: Any) -> str:
    found = re.search(r'<p class="word">([^<]+)</p>', answer.content.decode())
    assert found
    return found[1]


def test_an_old_code_is_genuine_and_shows_what_is_so_now(time_machine: TimeMachineFixture, settings: Any) -> None:
    settings.CLOCK_MOVABLE = False
    time_machine.move_to(datetime(2026, 11, 24, 22, 30, tzinfo=UTC), tick=False)
    payment = factories.locked()
    contract = payment.contract
    old = proof.of(contract).code
    time_machine.move_to(datetime(2026, 11, 26, 9, 0, tzinfo=UTC), tick=False)
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    contract = Contract.objects.get(pk=contract.pk)
    assert proof.of(contract).code != old

    answer = look(address(contract, old))

    assert verdict(answer) == "NOT LOCKED"
    assert f"{old} is ours, made on 25 Nov 2026, 01:30" in text(answer)
    assert "Now, in Nairobi 26 Nov 2026, 12:00" in text(answer)


def test_every_code_that_was_ever_given_is_good_in_either_case_and_so_is_the_id() -> None:
    contract = factories.locked().contract
    for event in Event.objects.filter(contract=contract):
        assert verdict(look(address(contract, event.hash[:8]))) == "LOCKED"
        assert verdict(look(address(contract, event.hash[:8].upper()).lower())) == "LOCKED"


def test_whatever_people_make_of_id_and_code_is_understood() -> None:
    contract = factories.locked().contract
    code = proof.of(contract).code
    prefix, year, serial = contract.pk.split("-")
    ids = (
        f"{prefix}-{year}-{int(serial)}",
        f"{prefix.lower()} {year} {serial}",
        f"{prefix}{year}{serial}",
        contract.pk,
    )
    misread = code.replace("0", "O").replace("1", "l")
    codes = (f"{code[:4]} {code[4:]}", f"{code[:4]}-{code[4:]}", f" {code} ", misread)
    for id, typed in zip(ids, codes, strict=True):
        for path in (f"/check/{id}/{typed}", f"/check/{id}/{typed}/"):
            shown = look(path)
            assert verdict(shown) == "LOCKED"
            assert f"Deal {contract.pk} Code {code} is ours" in text(shown)
        form = Client().get("/check", {"deal": id, "code": typed})
        assert form.headers["Location"] == f"/check/{contract.pk}/{code}?lang=en"


def test_an_address_without_its_code_asks_for_it_and_does_not_say_whether_there_is_such_a_deal() -> None:
    contract = factories.locked().contract
    pages = [look(path) for path in (f"/check/{contract.pk}", "/check/ag-2026-999999/")]
    forms = [page.content.decode() for page in pages]
    assert [page.status_code for page in pages] == [200, 200]
    assert f'name="deal" value="{contract.pk}"' in forms[0]
    assert forms[0].replace(contract.pk, "AG-2026-999999") == forms[1]
    assert 'name="deal" value=""' in look("/check/%3Cscript%3E").content.decode()


def test_it_names_nobody_and_no_goods() -> None:
    payment = factories.pay_out(factories.completed(terms={"product": "Maize"}))
    contract = payment.contract
    for language in WORDS:
        page = look(f"{address(contract)}?lang={language}").content.decode()
        for secret in ("Wanjiku", "Otieno", "Maize", contract.buyer.phone, contract.seller.phone):
            assert secret not in page


def test_each_place_of_the_money_has_words_in_each_language() -> None:
    for words in WORDS.values():
        assert set(words.places) == set(Place)
        assert len(set(words.places.values())) == len(Place)


def test_only_one_place_is_called_locked() -> None:
    assert [place for place in Place if place.value == "locked"] == [Place.LOCKED]
    for place in set(Place) - {Place.LOCKED, Place.PAYING, Place.PAID}:
        assert "Do not hand over" in WORDS["en"].places[place]
        assert "Usitoe mzigo" in WORDS["sw"].places[place]


@pytest.mark.parametrize(
    ("query", "browser", "ours", "shown"),
    [
        ("?lang=sw", "en-GB", "en", "sw"),
        ("?lang=en", "sw-KE", "sw", "en"),
        ("", "sw-KE,sw;q=0.9", "en", "sw"),
        ("", "fr-FR", "sw", "sw"),
        ("?lang=fr", "", "en", "en"),
        ("", "", "fr", "en"),
    ],
)
def test_the_language_is_the_addresss_then_the_browsers_then_ours(
    settings: Any, query: str, browser: str, ours: str, shown: str
) -> None:
    settings.DEFAULT_LANGUAGE = ours
    answer = look(f"/check{query}", Accept_Language=browser)
    assert f'<html lang="{shown}">' in answer.content.decode()
    other = "sw" if shown == "en" else "en"
    assert f'href="?lang={other}"' in answer.content.decode()


# --- what is not ours -------------------------------------------------------------------------------------------------


def test_a_wrong_id_and_a_wrong_code_are_answered_alike_so_that_nobody_learns_which_deals_there_are() -> None:
    contract = factories.locked().contract
    code = proof.of(contract).code
    other = proof.of(factories.drafted()).code
    answers = [
        look(path)
        for path in (
            f"/check/{contract.pk}/00000000",
            f"/check/{contract.pk}/{other}",
            f"/check/AG-2026-999999/{code}",
            f"/check/system/{code}",
            f"/check/{contract.pk}/00000000/",
            f"/check/AG-2026-0/{code}/",
            *(f"/check/{contract.pk}/{code}" for code in DIRTY),
            f"/check/%00/{code}",
            f"/check/{'x' * 3000}/{code}",
            f"/check?deal={contract.pk}&code=zz",
            f"/check?deal=&code={code}",
            f"/check?deal=a%2Fb&code={code}",
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "This is not from us" in text(answers[0])
    assert "Do not hand over the goods" in text(answers[0])


def test_it_takes_as_many_queries_for_a_wrong_id_as_for_a_wrong_code() -> None:
    contract = factories.locked().contract
    counts = []
    for path in (f"/check/{contract.pk}/00000000", "/check/AG-2026-999999/00000000", "/check/ag 2026 9/00000000/"):
        with CaptureQueriesContext(connection) as captured:
            look(path)
        counts.append(len(captured))
    assert counts == [1, 1, 1]


def test_a_story_of_any_length_takes_the_same_few_queries() -> None:
    counts = []
    for contract in (factories.drafted(), factories.locked(amount=Decimal(1_000)).contract):
        with CaptureQueriesContext(connection) as captured:
            look(address(contract, Event.objects.filter(contract=contract).first().hash[:8]))  # type: ignore[union-attr]
        counts.append(len(captured))
    assert max(counts) <= 8


# --- the form ---------------------------------------------------------------------------------------------------------


def test_who_types_both_is_led_to_the_page_of_that_code_in_the_same_language() -> None:
    contract = factories.locked().contract
    code = proof.of(contract).code
    assert 'name="deal"' in look("/check").content.decode()
    answer = look(f"/check?deal=+{contract.pk.lower()}+&code=+{code.lower()}&lang=sw")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/check/{contract.pk}/{code}?lang=sw")


def test_nothing_is_posted_and_nothing_needs_a_script() -> None:
    assert Client().post("/check").status_code == 405
    assert Client().post("/check/AG-2026-000123/00000000").status_code == 405
    for path in ("/check", "/check/AG-2026-000123/00000000"):
        page = look(path).content.decode()
        assert "<script" not in page
        assert "style=" not in page


# --- how often, and for how long --------------------------------------------------------------------------------------


def test_an_address_that_looks_too_often_waits_and_no_other_does(settings: Any, monkeypatch: Any) -> None:
    settings.CHECKS_PER_MINUTE = 3
    monkeypatch.setattr("voicepact.kernel.api.throttling.time.time", lambda: 1_900_000_015.0)
    path = address(factories.drafted())
    mine, others = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="203.0.113.8")
    answers = [mine.get(path) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].headers["Retry-After"] == "5"
    assert "Wait a minute" in text(answers[3])
    assert mine.get("/check/AG-2026-999999/00000000").status_code == 429
    assert others.get(path).status_code == 200


def test_nobody_keeps_a_copy() -> None:
    path = address(factories.locked().contract)
    for answer in map(look, (path, "/check", "/check/AG-2026-999999/00000000", "/check?deal=AG-1&code=00000000")):
        assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(("month", "en", "sw"), [(1, "Jan", "Jan"), (3, "Mar", "Mac"), (12, "Dec", "Des")])
def test_months_are_named_in_the_language(month: int, en: str, sw: str) -> None:
    at = datetime(2026, month, 5, 6, 7, tzinfo=UTC)
    assert [check_page._moment(at, WORDS[language]) for language in ("en", "sw")] == [
        f"5 {name} 2026, 09:07" for name in (en, sw)
    ]


def test_a_dispute_is_told_beside_the_amount() -> None:
    contract = factories.locked().contract
    disputes.open_dispute(contract.pk, phone=contract.buyer.phone, reason="half is missing", channel="sms")

    shown = text(look(address(contract)))

    assert "LOCKED" in shown
    assert WORDS["en"].disputed in shown
    assert WORDS["sw"].disputed in text(look(f"{address(contract)}?lang=sw"))
