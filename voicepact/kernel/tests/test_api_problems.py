import pytest
from django.test import Client
from django_fsm import ConcurrentTransition
from rest_framework import serializers

from voicepact.kernel.api.problems import as_problem
from voicepact.kernel.tests.caller import Caller, new_caller

pytestmark = [pytest.mark.django_db, pytest.mark.urls("voicepact.kernel.tests.views")]


@pytest.fixture
def caller() -> Caller:
    return new_caller()


def test_a_refusal_of_the_domain_has_its_code_and_members(caller: Caller) -> None:
    answer = caller.post("/api/orders", {"amount": 10, "note": "refuse"})
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "There is none left.",
        "code": "out_of_stock",
        "left": 0,
    }


def test_a_rail_that_is_away_is_503_with_retry_after(caller: Caller) -> None:
    answer = caller.post("/api/orders", {"amount": 10, "note": "503"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_a_problem_of_a_view_carries_its_members(caller: Caller) -> None:
    body = caller.post("/api/orders", {"amount": 10, "note": "402"}).json()
    assert (body["status"], body["title"], body["transaction_id"]) == (402, "Payment Required", "TXN-1")


def test_each_fault_stands_under_its_field(caller: Caller) -> None:
    body = caller.post("/api/orders", {"parties": [{"phone": "+254712345678"}, {"phone": "12"}]}).json()
    assert (body["status"], body["code"]) == (400, "invalid_request")
    assert body["detail"] == "amount: This field is required."
    assert list(body["errors"]) == ["amount", "parties.1.phone"]


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true", b"", b"[[1]]"])
def test_what_is_not_an_object_is_400(caller: Caller, body: bytes) -> None:
    answer = caller.post("/api/orders", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["detail"]


def test_another_media_type_is_415(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.text}"}
    answer = Client().post("/api/orders", data=b"<a/>", content_type="application/xml", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_an_unknown_address_below_api_is_a_problem() -> None:
    answer = Client().get("/api/nowhere")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_a_fault_of_ours_is_a_500_without_its_reason(caller: Caller) -> None:
    answer = caller.post("/api/orders", {"amount": 10, "note": "break"})
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert b"a fault of ours" not in answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_outside_api_the_pages_are_for_people() -> None:
    client = Client(raise_request_exception=False)
    assert client.get("/nowhere").headers["Content-Type"].startswith("text/html")
    assert client.get("/page").headers["Content-Type"].startswith("text/html")


def test_a_nul_in_the_address_is_400(caller: Caller) -> None:
    assert caller.get("/api/words/maize").json() == {"word": "maize"}
    answer = caller.get("/api/words/ma%00ize")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_row_that_changed_meanwhile_is_409() -> None:
    problem = as_problem(ConcurrentTransition("status"))
    assert problem is not None
    assert (problem.status_code, problem.body()["code"]) == (409, "changed_meanwhile")


def test_a_fault_of_the_whole_request_is_named_without_a_field() -> None:
    problem = as_problem(serializers.ValidationError({"non_field_errors": ["Both differ."], "a": {"b": ["No."]}}))
    assert problem is not None
    assert problem.body()["detail"] == "Both differ."
    assert problem.body()["errors"] == {"non_field_errors": ["Both differ."], "a.b": ["No."]}


def test_the_unexpected_is_not_swallowed() -> None:
    assert as_problem(KeyError("amount")) is None
