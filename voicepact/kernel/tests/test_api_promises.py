"""What every address of the application keeps, whichever app it belongs to."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from voicepact.kernel.api.authentication import KeyAuthentication
from voicepact.kernel.api.permissions import HasScope, scope_for
from voicepact.kernel.models import Scope

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def views_for_keys(patterns: list[Any]) -> Iterator[type[APIView]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views_for_keys(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if view is not None and KeyAuthentication in view.authentication_classes:
                yield view


@pytest.fixture
def views() -> list[type[APIView]]:
    found = list(views_for_keys(get_resolver().url_patterns))
    assert found, "no address takes an API key"
    return found


def test_every_operation_declares_a_known_scope(views: list[type[APIView]]) -> None:
    for view in views:
        assert HasScope in view.permission_classes, view
        for method in METHODS:
            if hasattr(view, method.lower()):
                assert scope_for(view, method=method) in Scope.values, (view, method)


def test_every_post_takes_an_idempotency_key(views: list[type[APIView]]) -> None:
    for view in views:
        post = getattr(view, "post", None)
        assert post is None or getattr(post, "idempotent", False), view
