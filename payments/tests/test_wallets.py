"""Our own money at the rail: its last word, and when it is asked for another."""

from decimal import Decimal
from typing import Any

import pytest

from payments import gateways, wallets
from payments.gateways.base import Unreadable
from payments.models import Wallet
from payments.tests.conftest import Later
from payments.tests.rail import BALANCE, Rail, hangs_up, refuses
from payments.tests.words import balance_found
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """The tasks for which a worker was woken."""
    tasks: list[Task] = []
    monkeypatch.setattr(wallets, "nudge", tasks.append)
    return tasks


@pytest.fixture(autouse=True)
def never_asked() -> None:
    Wallet.objects.update_or_create(gateway="daraja", defaults={"asked_at": None, "updated_at": None})


def told(available: str) -> Wallet:
    """The rail has just told us what we have."""
    wallets.update(gateways.by_name("daraja"), balance_found(available))
    return Wallet.objects.get(pk="daraja")


def test_the_wallet_is_what_the_rail_said_last(later: Later, nudged: list[Task]) -> None:
    told("228037.50")
    later(minutes=1)
    told("-12.00")

    wallet = wallets.wallet("daraja")

    assert (wallet.available, wallet.charges_paid, wallet.updated_at) == (Decimal("-12.00"), Decimal(0), now())
    assert nudged == []


def test_an_old_word_is_given_and_another_asked_for(later: Later, nudged: list[Task]) -> None:
    told("228037.50")
    later(minutes=5, seconds=1)

    assert wallets.wallet("daraja").available == Decimal("228037.50")

    assert nudged == [Task.ASK_BALANCE]


def test_a_rail_that_has_said_nothing_yet_is_asked(nudged: list[Task]) -> None:
    assert wallets.wallet("daraja").updated_at is None

    assert nudged == [Task.ASK_BALANCE]


def test_the_rail_is_asked_when_its_word_is_old_and_not_twice_in_a_moment(rail: Rail, later: Later) -> None:
    wallets.ask_due()
    wallets.ask_due()
    assert len(rail.to(BALANCE)) == 1
    assert rail.to(BALANCE)[0].body["ResultURL"].endswith(f"/balance/{gateways.own_token('daraja')}")

    later(seconds=31)
    wallets.ask_due()
    assert len(rail.to(BALANCE)) == 2

    told("1.00")
    later(minutes=5)
    wallets.ask_due()
    assert len(rail.to(BALANCE)) == 2
    later(seconds=1)
    wallets.ask_due()
    assert len(rail.to(BALANCE)) == 3


@pytest.mark.parametrize(
    "act",
    [
        refuses(500, "500.003.02", "Error Occurred: Spike Arrest Violation"),
        refuses(400, "400.002.02", "Bad Request - Invalid InitiatorName"),
    ],
)
def test_a_rail_that_does_not_take_the_question_is_asked_again_later(rail: Rail, later: Later, act: Any) -> None:
    rail.will(BALANCE, act)
    wallets.ask_due()
    later(seconds=31)

    wallets.ask_due()

    assert len(rail.to(BALANCE)) == 2
    assert Wallet.objects.get(pk="daraja").updated_at is None


def test_a_question_that_gets_no_answer_is_put_again_at_once(rail: Rail, later: Later) -> None:
    rail.will(BALANCE, hangs_up)

    wallets.ask_due()

    assert len(rail.to(BALANCE)) == 2


@pytest.mark.parametrize("body", ["", "{}", balance_found("x"), balance_found("1e13"), balance_found("NaN")])
def test_a_word_that_cannot_be_read_changes_nothing(later: Later, body: str) -> None:
    before = told("5.00")
    later(minutes=1)

    with pytest.raises(Unreadable):
        wallets.update(gateways.by_name("daraja"), body)

    after = Wallet.objects.get(pk="daraja")
    assert (after.available, after.updated_at) == (before.available, before.updated_at)
