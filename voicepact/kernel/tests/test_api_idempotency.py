import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from voicepact.kernel.api import idempotency
from voicepact.kernel.api.problems import Problem
from voicepact.kernel.models import IdempotencyRecord
from voicepact.kernel.tests.caller import Caller, new_caller
from voicepact.kernel.tests.views import Orders

pytestmark = pytest.mark.urls("voicepact.kernel.tests.views")
ORDER = {"amount": 10}


@pytest.fixture
def caller(db: None) -> Caller:
    return new_caller()


def test_without_a_key_each_request_works(caller: Caller) -> None:
    assert caller.post("/api/orders", ORDER).json()["number"] < caller.post("/api/orders", ORDER).json()["number"]


def test_a_repetition_gets_the_same_answer_and_does_nothing(caller: Caller) -> None:
    first = caller.post("/api/orders", {"amount": 10.5}, Idempotency_Key="k1")
    worked = len(Orders.worked)
    second = caller.post("/api/orders", {"amount": 10.5}, Idempotency_Key="k1")
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert first.status_code == 201
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Content-Type"] == first.headers["Content-Type"] == "application/json"
    assert len(Orders.worked) == worked


@pytest.mark.parametrize("note", ["refuse", "402"])
def test_a_refusal_is_an_answer_too(caller: Caller, note: str) -> None:
    first = caller.post("/api/orders", {"amount": 10, "note": note}, Idempotency_Key="k1")
    worked = len(Orders.worked)
    second = caller.post("/api/orders", {"amount": 10, "note": note}, Idempotency_Key="k1")
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["Content-Type"] == "application/problem+json"
    assert len(Orders.worked) == worked


@pytest.mark.parametrize(("note", "status"), [("503", 503), ("403", 403), ("break", 500)])
def test_an_answer_that_settles_nothing_frees_the_key(caller: Caller, note: str, status: int) -> None:
    body = {"amount": 10, "note": note}
    before = len(Orders.worked)
    answers = [caller.post("/api/orders", body, Idempotency_Key="k1").status_code for _ in range(2)]
    assert answers == [status, status]
    assert len(Orders.worked) == before + 2
    assert not IdempotencyRecord.objects.filter(user=caller.key.user).exists()


def test_the_same_key_for_another_body_is_422_and_does_nothing(caller: Caller) -> None:
    caller.post("/api/orders", ORDER, Idempotency_Key="k1")
    worked = len(Orders.worked)
    for path, body in (("/api/orders", {"amount": 11}), ("/api/orders?a=1", ORDER)):
        answer = caller.post(path, body, Idempotency_Key="k1")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(Orders.worked) == worked


def test_a_key_belongs_to_its_client(caller: Caller) -> None:
    first = caller.post("/api/orders", ORDER, Idempotency_Key="k1")
    other = new_caller().post("/api/orders", ORDER, Idempotency_Key="k1")
    assert other.status_code == 201
    assert other.json()["number"] > first.json()["number"]


def test_while_the_first_is_at_work_the_second_is_409(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile: list[Any] = []

    def repeat_in_the_middle(view: Orders, note: str | None) -> None:
        meanwhile.append(caller.post("/api/orders", ORDER, Idempotency_Key="k1"))

    monkeypatch.setattr(Orders, "_refuse", repeat_in_the_middle)
    assert caller.post("/api/orders", ORDER, Idempotency_Key="k1").status_code == 201
    [second] = meanwhile
    assert (second.status_code, second.json()["code"]) == (409, "request_in_progress")
    assert second.headers["Retry-After"] == "1"


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "é", "a\tb"])
def test_a_key_that_is_none_is_400(caller: Caller, key: str) -> None:
    before = len(Orders.worked)
    answer = caller.post("/api/orders", ORDER, Idempotency_Key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert len(Orders.worked) == before


def test_a_key_may_have_255_characters(caller: Caller) -> None:
    assert caller.post("/api/orders", ORDER, Idempotency_Key="a" * 255).status_code == 201


def crashed(caller: Caller, *, seconds_ago: float) -> IdempotencyRecord:
    """The claim of a process that died so long ago."""
    record = idempotency.claim(caller.key.user, key="k1", call=("POST", "/api/orders"), body=b'{"amount": 10}')
    record.claimed_until -= timedelta(seconds=seconds_ago)
    record.save(update_fields=["claimed_until"])
    return record


def test_a_crashed_request_blocks_its_key_for_a_minute_and_no_longer(caller: Caller) -> None:
    crashed(caller, seconds_ago=58)
    assert caller.post("/api/orders", ORDER, Idempotency_Key="k1").status_code == 409
    IdempotencyRecord.objects.all().delete()
    crashed(caller, seconds_ago=61)
    assert caller.post("/api/orders", ORDER, Idempotency_Key="k1").status_code == 201


def test_of_two_that_take_over_a_crashed_claim_one_works(caller: Caller) -> None:
    held = crashed(caller, seconds_ago=61)
    rivals = [IdempotencyRecord(claimed_until=held.claimed_until + timedelta(hours=1)) for _ in range(2)]
    assert idempotency._take_over(held, rivals[0]).claim == rivals[0].claim
    with pytest.raises(Problem):
        idempotency._take_over(held, rivals[1])


def test_a_request_that_lost_its_claim_stores_nothing(caller: Caller) -> None:
    slow = crashed(caller, seconds_ago=61)
    answer = caller.post("/api/orders", ORDER, Idempotency_Key="k1")
    idempotency._finish(slow, HttpResponse("too late", status=200))
    idempotency._release(slow)
    assert IdempotencyRecord.objects.get(pk=slow.pk).body == answer.content.decode()


def test_a_body_that_is_too_large_is_refused_with_a_key_too(caller: Caller) -> None:
    for size in (300_000, 3_000_000):
        answer = caller.post("/api/orders", b'"' + b"a" * size + b'"', Idempotency_Key=f"k{size}")
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.fixture
def committed_caller(committed_db: None) -> Caller:
    """A client that other connections see too."""
    return new_caller()


def test_of_many_at_once_exactly_one_works(committed_caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Orders, "_refuse", lambda view, note: time.sleep(0.2))
    before = len(Orders.worked)

    def ask(_: int) -> tuple[int, Any]:
        try:
            caller = Caller(committed_caller.key, committed_caller.text, Client(raise_request_exception=False))
            answer = caller.post("/api/orders", ORDER, Idempotency_Key="k1")
            return answer.status_code, answer.json().get("number")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(16)))
    assert len(Orders.worked) == before + 1
    assert {status for status, _ in answers} <= {201, 409}
    assert {number for status, number in answers if status == 201} == {before + 1}
