"""A small API to test with: an echo, one that refuses, one that breaks, and a list."""

from typing import Any, ClassVar

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from voicepact.kernel.api.fields import AmountField, InstantField, PhoneField
from voicepact.kernel.api.idempotency import idempotent
from voicepact.kernel.api.pagination import CursorPages
from voicepact.kernel.api.problems import Problem
from voicepact.kernel.api.schema import ApiSchema
from voicepact.kernel.errors import Refusal
from voicepact.kernel.models import IdempotencyRecord
from voicepact.kernel.site import site


class OutOfStock(Refusal):
    code = "out_of_stock"


class RailDown(Refusal):
    code = "rail_down"
    status = 503


class PartySerializer(serializers.Serializer[Any]):
    phone = PhoneField()


class OrderSerializer(serializers.Serializer[Any]):
    amount = AmountField()
    note = serializers.CharField(required=False)
    at = InstantField(required=False)
    parties = PartySerializer(many=True, required=False)


class Orders(APIView):
    """POST answers with what was understood and counts how often it worked; GET lists."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": "contracts:read", "POST": "contracts:write"}
    schema = ApiSchema()
    worked: ClassVar[list[dict[str, Any]]] = []

    @extend_schema(request=OrderSerializer, responses={201: OrderSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        order = OrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        note = order.validated_data.get("note")
        self.worked.append(order.validated_data)
        self._refuse(note)
        number = len(self.worked)
        return Response({**order.data, "number": number}, status=201, headers={"Location": f"/orders/{number}"})

    @extend_schema(responses=OrderSerializer(many=True))
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        rows = pages.paginate_queryset(IdempotencyRecord.objects.filter(path="/list"), request, view=self)
        return pages.get_paginated_response([row.key for row in rows])

    def _refuse(self, note: str | None) -> None:
        match note:
            case "refuse":
                raise OutOfStock("There is none left.", left=0)
            case "402":
                raise Problem(402, "insufficient_funds", "Insufficient funds.", transaction_id="TXN-1")
            case "503":
                raise RailDown("The rail is away.", retry_after=30)
            case "403":
                raise PermissionDenied("Not this one.")
            case "break":
                raise RuntimeError("a fault of ours")


class Undeclared(APIView):
    def get(self, request: Request) -> Response:
        return Response({"never": "seen"})


class Words(APIView):
    """Asks the database about a word from the URL."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": "contracts:read"}

    def get(self, request: Request, word: str) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::text", [word])
            return Response({"word": cursor.fetchone()[0]})


def page(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault of ours")


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/orders", Orders.as_view()),
    path("api/undeclared", Undeclared.as_view()),
    path("api/words/<str:word>", Words.as_view()),
    path("page", page),
    path("admin/desk/", include("voicepact.console.urls")),  # the menu of every page of the site leads there
    path("admin/", site.urls),
]
handler400 = "voicepact.kernel.api.handlers.bad_request"
handler403 = "voicepact.kernel.api.handlers.permission_denied"
handler404 = "voicepact.kernel.api.handlers.not_found"
handler500 = "voicepact.kernel.api.handlers.server_error"
