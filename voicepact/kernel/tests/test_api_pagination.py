from datetime import timedelta
from typing import Any

import pytest

from voicepact.kernel import clock
from voicepact.kernel.models import IdempotencyRecord
from voicepact.kernel.tests.caller import Caller, new_caller

pytestmark = [pytest.mark.django_db, pytest.mark.urls("voicepact.kernel.tests.views")]


@pytest.fixture
def caller() -> Caller:
    return new_caller()


def add(caller: Caller, *names: str) -> None:
    """Rows of the list, each a second newer than all before; rows named alike in the first letter are of one moment."""
    start = clock.now()
    for name in names:
        at = start + timedelta(seconds=ord(name[0]))
        IdempotencyRecord.objects.create(
            user=caller.key.user, key=name, path="/list", method="POST", claimed_until=at, created_at=at
        )


def walk(caller: Caller, url: str | None, link: str = "next") -> list[list[str]]:
    """All pages from `url` on, following `link`."""
    pages: list[Any] = []
    while url:
        body = caller.get(url).json()
        pages.append(body["results"])
        url = body[link]
    return pages


def test_newest_first_in_pages_of_the_asked_size(caller: Caller) -> None:
    add(caller, *"abcde")
    assert walk(caller, "/api/orders?limit=2") == [["e", "d"], ["c", "b"], ["a"]]


def test_the_members_of_a_list(caller: Caller) -> None:
    assert caller.get("/api/orders").json() == {"results": [], "next": None, "previous": None}


def test_rows_of_one_moment_are_each_seen_once(caller: Caller) -> None:
    add(caller, "a1", "a2", "a3", "a4", "a5", "b1")
    seen = [name for page in walk(caller, "/api/orders?limit=2") for name in page]
    assert len(seen) == 6
    assert set(seen) == {"a1", "a2", "a3", "a4", "a5", "b1"}


def test_rows_added_meanwhile_move_nothing(caller: Caller) -> None:
    add(caller, *"abcd")
    first = caller.get("/api/orders?limit=2").json()
    add(caller, "x", "y")
    assert first["results"] == ["d", "c"]
    assert walk(caller, first["next"]) == [["b", "a"]]


def test_one_can_go_back(caller: Caller) -> None:
    add(caller, *"abcd")
    second = caller.get(caller.get("/api/orders?limit=2").json()["next"]).json()
    assert walk(caller, second["previous"], "previous") == [["d", "c"]]


def test_the_default_is_50(caller: Caller) -> None:
    add(caller, *[f"a{number}" for number in range(51)])
    assert [len(page) for page in walk(caller, "/api/orders")] == [50, 1]


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1.5", "abc", "", "٣", "1" * 5000])
def test_a_limit_out_of_range_is_400(caller: Caller, limit: str) -> None:
    answer = caller.get(f"/api/orders?limit={limit}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["detail"].startswith("limit")


@pytest.mark.parametrize("cursor", ["", "abc", "cD0yMDI2LTExLTIz", "a:b:c", "%00", "é", ".eJw:1:x"])
def test_a_cursor_that_we_did_not_give_out_is_400(caller: Caller, cursor: str) -> None:
    answer = caller.get(f"/api/orders?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["detail"].startswith("cursor")
