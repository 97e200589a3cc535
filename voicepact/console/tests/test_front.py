"""The front page: what everybody sees in the morning, and what it does when something is missing."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pybreaker import STATE_OPEN
from redis.exceptions import ConnectionError as NoConnection

from contracts.models import Contract
from payments import breaker
from payments.models import PayoutStop, Proposal, Transfer
from payments.position import Flow, Owing
from tests import factories
from tests.factories import SMALL
from voicepact.console.front import charts, page, rollup
from voicepact.console.front.figures import DayFigures, RailMoney, Speed
from voicepact.console.front.wallets import rail_row
from voicepact.console.models import Rollup
from voicepact.console.tests import cases
from voicepact.console.tests.desk import list_of, member, propose, wallet
from voicepact.kernel import heartbeat, redis
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db
FRONT, PAUSE = reverse("admin:index"), reverse("desk:pause")


@pytest.fixture(autouse=True)
def no_lives() -> Iterator[None]:
    """Nobody has been seen, and every circuit is closed."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    heartbeat._noted.clear()
    redis.client().delete(heartbeat.KEY, *redis.client().scan_iter("circuit:*"))


def shown(client: Client, address: str = FRONT) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def counts(client: Client) -> dict[str, int]:
    context = client.get(FRONT).context
    return {item.title: item.count for item in [*context["waits"], *context["idle"]]}


# --- the page ---------------------------------------------------------------------------------------------------------


def test_a_new_deployment_says_that_the_figures_come_and_links_to_every_list(viewer: Client) -> None:
    text = shown(viewer)
    assert "for the first time" in text
    assert "Nothing waits for anybody" not in text
    rollup.refresh()
    text = shown(viewer)
    assert "Nothing waits for anybody" in text
    assert "No money has moved in these days" in text


def test_the_page_shows_the_money_and_leads_to_it(viewer: Client) -> None:
    factories.locked()
    cases.owed()
    wallet()
    rollup.refresh()
    context = viewer.get(FRONT).context
    assert [card.value for card in context["cards"]] == ["KES 351,000", "KES 0", "KES 1,000", "KES 0"]
    listed = [len(viewer.get(card.address).context["cl"].result_list) for card in context["cards"]]
    assert listed == [2, 0, 1, 0]


def test_the_deals_of_each_state_are_those_that_its_step_leads_to(viewer: Client) -> None:
    for make in (factories.drafted, factories.confirmed, factories.locked, factories.completed):
        make(amount=SMALL)
    cases.quarrel(amount=SMALL)
    old = factories.completed(amount=SMALL)
    Contract.objects.filter(pk=old.contract_id).update(ended_at=now() - timedelta(days=40))
    rollup.refresh()
    context = viewer.get(FRONT).context
    for step in [*context["funnel"], *context["beside"]]:
        assert len(viewer.get(step.address).context["cl"].result_list) == step.count, step
    counted = {step.title: step.count for step in [*context["funnel"], *context["beside"]]}
    assert counted == {
        **dict.fromkeys(["Pending", "Confirmed", "Payment locked", "Completed", "Disputed"], 1),
        **dict.fromkeys(["Delivered", "Cancelled", "Expired"], 0),
    }


def test_each_member_of_staff_sees_own_and_others_proposals_apart(operator: Client, approver: Client) -> None:
    propose(operator, Proposal.Kind.PAY_AGAIN, cases.owed())
    rollup.refresh()
    assert counts(approver)["Proposals for you to decide"] == 1
    assert counts(approver)["Your own proposals"] == 0
    assert counts(operator)["Proposals of others"] == 0
    assert counts(operator)["Your own proposals"] == 1
    for client, choice, number in ((approver, "others", 1), (operator, "others", 0), (operator, "me", 1)):
        page = client.get(list_of(Proposal), {"state": "open", "by": choice})
        assert len(page.context["cl"].result_list) == number


def test_the_switch_is_there_for_those_who_may_turn_it(viewer: Client, operator: Client) -> None:
    assert PAUSE not in shown(viewer)
    assert PAUSE in shown(operator)


def test_staff_without_a_role_see_no_figure() -> None:
    client = Client()
    client.force_login(User.objects.create(username="nobody", is_staff=True))
    factories.locked()
    rollup.refresh()
    text = shown(client)
    assert "Your role shows nothing" in text
    assert "350,000" not in text


def test_lists_that_a_role_may_not_see_are_not_counted_for_it() -> None:
    client = member("viewer")
    group = User.objects.get(username="viewer").groups.get()
    group.permissions.remove(*group.permissions.filter(codename="view_inboundmessage"))
    rollup.refresh()
    assert "SMS to answer" not in counts(client)
    assert "SMS that failed" in counts(client)


def test_old_figures_are_shown_with_a_warning(viewer: Client) -> None:
    rollup.refresh()
    assert "older than three minutes" not in shown(viewer)
    Rollup.objects.update(at=now() - timedelta(minutes=4))
    assert "older than three minutes" in shown(viewer)


def test_figures_of_another_release_break_no_page(viewer: Client) -> None:
    Rollup.objects.create(pk=Rollup.ONLY, at=now(), figures={"rails": 7})
    assert "for the first time" in shown(viewer)
    assert viewer.get(list_of(Transfer)).status_code == 200


def test_the_page_takes_few_queries_however_much_there_is(operator: Client) -> None:
    for _ in range(3):
        cases.quarrel(amount=SMALL)
        cases.owed()
    PayoutStop.objects.create(code="paused", stopped_by=f"staff:{User.objects.get(username='operator').pk}")
    cases.stopped()
    rollup.refresh()
    shown(operator)  # after which the session is written down once a minute only
    with CaptureQueriesContext(connection) as queries:
        shown(operator)
    assert len(queries) < 15


# --- wallets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("available", "moving", "words"),
    [
        (None, 0, "not told us"),
        (1000, 0, "covers everything"),
        (999, 0, "Short"),
        (900, 100, "on its way just now"),
        (899, 100, "Short"),
    ],
)
def test_a_wallet_that_covers_what_is_other_peoples_is_good(available: int | None, moving: int, words: str) -> None:
    said = None if available is None else Decimal(available)
    rail = RailMoney("daraja", "KES", Owing(held=Decimal(700), suspense=Decimal(300)), said, came_in=Decimal(moving))
    assert words in rail_row(rail, [], ask=False).verdict


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "-"), (0, "at once"), (45, "45 s"), (60, "1 min"), (7260, "2 h 1 min"), (90000, "1 d 1 h")],
)
def test_a_wait_is_told_in_its_largest_units(seconds: int | None, words: str) -> None:
    assert page._speed(Speed(1, seconds, seconds))[:2] == (words, words)


# --- the chart --------------------------------------------------------------------------------------------------------


def _days(*collected: int) -> tuple[DayFigures, ...]:
    begin = date(2026, 11, 1)
    return tuple(DayFigures(begin + timedelta(days=day), Flow(Decimal(sum_))) for day, sum_ in enumerate(collected))


def test_the_highest_bar_stays_below_a_round_top() -> None:
    drawn = charts.chart(_days(0, 350_000, 1), "KES")
    assert str(drawn.top) == "KES 500,000"
    assert [day.bars[0].height for day in drawn.days] == ["0.00", "70.00", "1.00"]
    assert str(drawn.totals[0][2]) == "KES 350,001"


def test_days_without_money_make_no_picture() -> None:
    assert charts.chart(_days(0, 0), "KES").is_empty
    assert charts.chart((), "KES").is_empty


def test_a_sum_that_went_down_by_a_correction_draws_nothing() -> None:
    assert charts.chart(_days(-100, 100), "KES").days[0].bars[0].height == "0.00"


def test_whoever_cannot_see_the_picture_has_a_table(viewer: Client) -> None:
    factories.locked()
    rollup.refresh()
    text = shown(viewer)
    assert 'role="img"' in text
    assert "<td>KES 350,000</td>" in text
    assert " style=" not in text[text.index("<svg") : text.index("</svg>")]


# --- processes and rails ----------------------------------------------------------------------------------------------


def test_processes_that_nobody_has_seen_are_said_to_be_missing(viewer: Client) -> None:
    assert shown(viewer).count("None has been seen") == 2


def test_a_living_worker_and_beat_are_alive(viewer: Client) -> None:
    heartbeat.note(heartbeat.WORKER, "celery@one")
    heartbeat.note(heartbeat.WORKER, "celery@one", worked=True)
    heartbeat.note(heartbeat.BEAT, "one")
    assert all(process.is_well for process in viewer.get(FRONT).context["machinery"].processes)


@pytest.mark.parametrize(("seconds", "well"), [(59, True), (65, False), (125, False)])
def test_a_process_that_died_is_dead_after_a_minute(viewer: Client, monkeypatch: Any, seconds: int, well: bool) -> None:
    _seen(seconds, monkeypatch)
    (worker, _) = viewer.get(FRONT).context["machinery"].processes
    assert worker.is_well == well


def _seen(seconds: int, monkeypatch: Any) -> None:
    real = heartbeat.time.time  # type: ignore[attr-defined]
    with monkeypatch.context() as past:
        past.setattr("voicepact.kernel.heartbeat.time.time", lambda: real() - seconds)
        heartbeat.note(heartbeat.WORKER, "celery@one")
        heartbeat.note(heartbeat.WORKER, "celery@one", worked=True)


def test_a_worker_that_is_there_and_does_nothing_is_not_well(viewer: Client) -> None:
    heartbeat.note(heartbeat.WORKER, "celery@one")
    assert "nothing gets done" in shown(viewer)


def test_a_worker_that_ended_in_good_order_is_forgotten() -> None:
    heartbeat.note(heartbeat.WORKER, "celery@one")
    heartbeat.forget(heartbeat.WORKER, "celery@one")
    assert heartbeat.lives() == []


def test_a_worker_that_died_long_ago_is_forgotten(monkeypatch: Any) -> None:
    _seen(3601, monkeypatch)
    assert heartbeat.lives() == []


def test_without_redis_the_page_says_so_and_shows_the_rest(viewer: Client, monkeypatch: Any) -> None:
    factories.locked()
    rollup.refresh()

    def no_answer() -> list[heartbeat.Life]:
        raise NoConnection

    monkeypatch.setattr(heartbeat, "lives", no_answer)
    text = shown(viewer)
    assert "Redis does not answer" in text
    assert "KES 350,000" in text


def test_an_open_circuit_is_shown(viewer: Client) -> None:
    rollup.refresh()
    storage = breaker.Storage("daraja", breaker.PAY)
    storage.state = STATE_OPEN
    storage.opened_at = now()
    assert "Left alone for 60 s" in shown(viewer)
