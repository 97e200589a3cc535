from datetime import UTC, datetime

import pytest

from voicepact.simulator.pulls import PullQuery
from voicepact.simulator.refusals import Refused
from voicepact.simulator.tests.stage import BUYER, Stage

ASKED: dict[str, object] = {
    "ShortCode": "174379",
    "StartDate": "2026-11-23 00:00:00",
    "EndDate": "2026-11-30 23:59:59",
    "OffSetValue": "0",
}


def pull(stage: Stage, **change: object) -> list[int]:
    query = PullQuery.read(ASKED | change, shortcode="174379")
    return [movement.amount for movement in stage.world.pulls.pull(query)]


def test_what_came_in_is_pulled_by_whichever_road_it_came(stage: Stage) -> None:
    stage.register()
    stage.collect(1000)
    stage.world.by_hand.pay(BUYER, 2000, reference="A7F5C3D8E9B2")
    stage.pay_out("payout-1", amount=400)
    stage.later(seconds=1)

    assert pull(stage) == [1000, 2000]
    assert pull(stage, OffSetValue="1") == [2000]
    assert pull(stage, OffSetValue=2) == []


def test_only_what_came_between_the_two_moments_is_pulled(stage: Stage) -> None:
    stage.collect(1000)  # at 12:00:01 in Nairobi
    stage.later(minutes=1)
    stage.collect(2000)

    assert pull(stage, EndDate="2026-11-23 12:00:01") == [1000]
    assert pull(stage, StartDate="2026-11-23 12:00:02") == [2000]


def test_nothing_older_than_48_hours_is_pulled(stage: Stage) -> None:
    stage.collect(1000)
    stage.later(hours=47)
    stage.collect(2000)
    stage.later(hours=2)

    assert pull(stage) == [2000]


def test_the_wire_has_nairobis_time() -> None:
    query = PullQuery.read(ASKED, shortcode="174379")

    assert query.start == datetime(2026, 11, 22, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ShortCode": "600000"}, "ShortCode"),
        ({"StartDate": "2026-11-23"}, "StartDate"),
        ({"StartDate": "2026-13-23 00:00:00"}, "StartDate"),
        ({"StartDate": "0001-01-01 00:00:00"}, "StartDate"),
        ({"EndDate": ""}, "EndDate"),
        ({"EndDate": "2026-11-22 00:00:00"}, "EndDate"),
        ({"OffSetValue": "-1"}, "OffSetValue"),
        ({"OffSetValue": ""}, "OffSetValue"),
    ],
)
def test_a_wrong_question_is_refused_by_name(change: dict[str, object], field: str) -> None:
    with pytest.raises(Refused, match=f"Invalid {field}"):
        PullQuery.read(ASKED | change, shortcode="174379")
