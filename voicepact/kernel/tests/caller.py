"""A REST client for tests."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.test import Client

from voicepact.kernel.models import ApiKey, Scope, User


@dataclass
class Caller:
    """Sends requests with one key. `key` is the ApiKey, `text` what stands in the header."""

    key: ApiKey
    text: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=self._headers(headers))

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """`body` is sent as it is when it is bytes or text, else as JSON; `Idempotency_Key` names a header."""
        raw = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post(path, data=raw, content_type="application/json", headers=self._headers(headers))

    def upload(self, path: str, fields: dict[str, Any], **headers: str) -> Any:
        """The fields, of which some are files, are sent as a form."""
        return self.client.post(path, data=fields, headers=self._headers(headers))

    def _headers(self, named: dict[str, str]) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.text}",
            **{name.replace("_", "-"): text for name, text in named.items()},
        }


def new_caller(*, scopes: list[str] | None = None, rate: int = 600, days: int = 365) -> Caller:
    """A new client with a new key, of all scopes unless named."""
    user = User.objects.create(username=f"client-{uuid4().hex[:12]}")
    key, text = ApiKey.objects.issue(
        user, name="test", scopes=list(Scope.values) if scopes is None else scopes, rate=rate, days=days
    )
    return Caller(key, text)


def refusal(answer: Any) -> tuple[int, str]:
    """The status of a problem, and its code."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]
