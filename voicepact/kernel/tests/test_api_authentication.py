from datetime import timedelta

import pytest
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError

from voicepact.kernel import clock
from voicepact.kernel.models import ApiKey
from voicepact.kernel.tests.caller import Caller, new_caller
from voicepact.kernel.tests.views import Orders

pytestmark = [pytest.mark.django_db, pytest.mark.urls("voicepact.kernel.tests.views")]


@pytest.fixture
def caller() -> Caller:
    return new_caller()


def test_a_key_with_the_scope_is_let_in(caller: Caller) -> None:
    assert caller.get("/api/orders").status_code == 200


def test_the_key_is_not_kept_in_the_database(caller: Caller) -> None:
    row = ApiKey.objects.values().get(pk=caller.key.pk)
    assert caller.text not in [str(value) for value in row.values()]
    assert caller.text[len(row["token_key"]) :] not in str(row)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer nonsense",
        "Bearer a b",
        "Bearer \xe9",
        "Bearer " + "a" * 9000,
    ],
)
def test_without_a_good_key_the_answer_is_401(header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = Client().get("/api/orders", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] in {"not_authenticated", "invalid_key"}


def test_a_key_expires_by_business_time(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    late = clock.now() + timedelta(days=365, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    answer = caller.get("/api/orders")
    assert (answer.status_code, answer.json()["code"]) == (401, "expired_key")
    assert ApiKey.objects.filter(pk=caller.key.pk).exists()


def test_a_closed_client_is_refused(caller: Caller) -> None:
    caller.key.user.is_active = False
    caller.key.user.save(update_fields=["is_active"])
    assert caller.get("/api/orders").json()["code"] == "inactive_client"


def test_a_revoked_key_is_refused(caller: Caller) -> None:
    caller.key.delete()
    assert caller.get("/api/orders").status_code == 401


def test_a_missing_scope_is_named_and_nothing_works() -> None:
    reader = new_caller(scopes=["contracts:read"])
    before = len(Orders.worked)
    answer = reader.post("/api/orders", {"amount": 10})
    assert answer.status_code == 403
    assert answer.json()["code"] == "missing_scope"
    assert answer.json()["scope"] == "contracts:write"
    assert len(Orders.worked) == before


def test_a_view_that_declares_no_scope_is_closed(caller: Caller) -> None:
    answer = caller.get("/api/undeclared")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_head_takes_the_scope_of_get_and_options_is_closed(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.text}"}
    without = {"Authorization": f"Bearer {new_caller(scopes=['payments:read']).text}"}
    assert Client().head("/api/orders", headers=headers).status_code == 200
    assert Client().head("/api/orders", headers=without).status_code == 403
    assert Client().options("/api/orders", headers=headers).status_code == 403


def test_an_unknown_method_is_405_with_those_allowed(caller: Caller) -> None:
    answer = Client().delete("/api/orders", headers={"Authorization": f"Bearer {caller.text}"})
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_a_key_over_its_rate_is_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicepact.kernel.api.throttling.time.time", lambda: 1_800_000_015.0)
    slow = new_caller(rate=2)
    assert [slow.get("/api/orders").status_code for _ in range(3)] == [200, 200, 429]
    refused = slow.get("/api/orders")
    assert refused.json()["code"] == "throttled"
    assert refused.headers["Retry-After"] == "45"
    assert new_caller().get("/api/orders").status_code == 200


def test_the_next_minute_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = new_caller(rate=1)
    answers = []
    for moment in (1_800_000_000.0, 1_800_000_059.0, 1_800_000_060.0):
        monkeypatch.setattr("voicepact.kernel.api.throttling.time.time", lambda moment=moment: moment)
        answers.append(slow.get("/api/orders").status_code)
    assert answers == [200, 429, 200]


def test_without_redis_nobody_is_refused(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise RedisConnectionError

    monkeypatch.setattr("voicepact.kernel.api.throttling.cache.add", away)
    assert caller.get("/api/orders").status_code == 200
