from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from voicepact.kernel.tests.views import Orders, urlpatterns


@pytest.fixture
def schema() -> dict[str, Any]:
    orders = [pattern for pattern in urlpatterns if getattr(pattern.callback, "cls", None) is Orders]
    generated: dict[str, Any] = SchemaGenerator(patterns=orders).get_schema(public=True)
    return generated


def test_the_schema_is_valid_openapi(schema: dict[str, Any]) -> None:
    validate_schema(schema)
    assert list(schema["paths"]) == ["/api/orders"]


def test_the_key_is_a_bearer_token_and_its_scope_is_named(schema: dict[str, Any]) -> None:
    post = schema["paths"]["/api/orders"]["post"]
    [[name]] = post["security"]
    scheme = schema["components"]["securitySchemes"][name]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert "contracts:write" in post["description"]


def test_each_refusal_is_a_problem(schema: dict[str, Any]) -> None:
    responses = schema["paths"]["/api/orders"]["post"]["responses"]
    for code in ("400", "401", "402", "403", "404", "409", "422", "429", "503"):
        assert responses[code]["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
    assert "code" in schema["components"]["schemas"]["Problem"]["required"]


def test_the_idempotency_key_is_a_header_of_posts_only(schema: dict[str, Any]) -> None:
    def headers(method: str) -> list[str]:
        parameters = schema["paths"]["/api/orders"][method].get("parameters", [])
        return [parameter["name"] for parameter in parameters if parameter["in"] == "header"]

    assert (headers("post"), headers("get")) == (["Idempotency-Key"], [])
