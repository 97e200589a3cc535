import pytest
import requests

from voicepact.simulator.application import Application
from voicepact.simulator.refusals import ControlRefused


class Answer:
    def __init__(self, body: object) -> None:
        self._body = body

    def json(self) -> object:
        if isinstance(self._body, Exception):
            raise self._body
        return self._body


def test_an_empty_ledger_is_taken_on_the_applications_word(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def get(url: str, **options: object) -> Answer:
        asked.append(url)
        return Answer({"postings": False})

    monkeypatch.setattr(requests, "get", get)
    Application("http://127.0.0.1:8000").check_no_postings()

    assert asked == ["http://127.0.0.1:8000/readyz"]


@pytest.mark.parametrize("body", [{"postings": True}, {}, [], {"postings": None}, ValueError("no JSON")])
def test_anything_else_is_taken_for_postings(monkeypatch: pytest.MonkeyPatch, body: object) -> None:
    monkeypatch.setattr(requests, "get", lambda url, **options: Answer(body))

    with pytest.raises(ControlRefused) as refused:
        Application("http://127.0.0.1:8000").check_no_postings()

    assert refused.value.http == 409


def test_an_application_that_is_down_is_taken_for_postings(monkeypatch: pytest.MonkeyPatch) -> None:
    def get(url: str, **options: object) -> Answer:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "get", get)

    with pytest.raises(ControlRefused):
        Application("http://127.0.0.1:8000").check_no_postings()
