"""What /api/schema says of every operation besides its own request and answer: refusals and the Idempotency-Key."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from voicepact.kernel.api.idempotency import LONGEST_KEY
from voicepact.kernel.api.permissions import scope_for
from voicepact.kernel.api.problems import CONTENT_TYPE

EVERYWHERE = ("400", "401", "403", "404", "429")
ON_POST = ("402", "409", "422", "503")


TEXT = serializers.CharField
PROBLEM = inline_serializer(  # RFC 9457; `code` is stable, `detail` is for people, some codes carry further members
    "Problem",
    {
        "type": TEXT(),
        "title": TEXT(),
        "status": serializers.IntegerField(),
        "detail": TEXT(),
        "code": TEXT(),
        "errors": serializers.DictField(child=serializers.ListField(child=TEXT()), required=False),
    },
)


class ApiSchema(AutoSchema):
    """AutoSchema for views that authenticate by key."""

    def get_override_parameters(self) -> list[Any]:
        if not getattr(getattr(self.view, "post", None), "idempotent", False) or self.method != "POST":
            return []
        description = "The same key and body get the same answer, with `Idempotent-Replayed: true`."
        schema = {"type": "string", "maxLength": LONGEST_KEY}
        return [OpenApiParameter("Idempotency-Key", schema, OpenApiParameter.HEADER, description=description)]

    def get_description(self) -> str:  # type: ignore[override]
        scope = scope_for(self.view, method=self.method)
        own = super().get_description() or ""
        return f"{own}\n\nScope: `{scope}`".strip() if scope else own

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if scope_for(self.view, method=self.method) is None:
            return bodies
        answer: Any = self._get_response_for_code
        for code in EVERYWHERE + (ON_POST if self.method == "POST" else ()):
            bodies.setdefault(code, answer(PROBLEM, code, [CONTENT_TYPE], direction))
        return bodies


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How keys are sent."""

    target_class = "voicepact.kernel.api.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, as `manage.py create_api_key` prints it.",
        }
