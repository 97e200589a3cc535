"""Contracts over HTTP: make, read, list, and the events of one. A client sees its own; another's is not found."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts import agreements
from contracts.audit import Actor
from contracts.models import Contract
from contracts.serializers import ContractFilter, ContractIn, ContractOut, EventOut
from voicepact.kernel.api.idempotency import idempotent
from voicepact.kernel.api.pagination import CursorPages
from voicepact.kernel.models import User


def client(request: Request) -> User:
    """The REST client that asks; the permission has made sure that there is one."""
    if not isinstance(request.user, User):
        raise TypeError("This view takes authenticated requests only")
    return request.user


def client_actor(request: Request) -> Actor:
    """The REST client as the one who acts."""
    return Actor(f"client:{client(request).pk}", "api")


class ContractsView(APIView):
    pagination_class = CursorPages
    required_scopes = {"GET": "contracts:read", "POST": "contracts:write"}

    @extend_schema(request=ContractIn, responses={201: ContractOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a contract; its parties are asked by SMS to agree."""
        sent = ContractIn(data=request.data)
        sent.is_valid(raise_exception=True)
        made = agreements.draft(sent.draft(), owner=client(request), actor=client_actor(request))
        contract = Contract.objects.with_details().get(pk=made.pk)
        return Response(ContractOut(contract).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[ContractFilter], responses=ContractOut(many=True))
    def get(self, request: Request) -> Response:
        """List the client's contracts, newest first."""
        asked = ContractFilter(data=request.query_params)
        asked.is_valid(raise_exception=True)
        contracts = (
            Contract.objects.owned_by(client(request)).with_details().filter(**_conditions(asked.validated_data))
        )
        pages = self.pagination_class()
        rows = pages.paginate_queryset(contracts, request, view=self)
        return pages.get_paginated_response(ContractOut(rows, many=True).data)


class ContractView(APIView):
    required_scopes = {"GET": "contracts:read"}

    @extend_schema(responses=ContractOut)
    def get(self, request: Request, contract_id: str) -> Response:
        """Read a contract."""
        contracts = Contract.objects.owned_by(client(request)).with_details()
        return Response(ContractOut(get_object_or_404(contracts, pk=contract_id)).data)


class EventPages(CursorPages):
    ordering = ("serial",)


class ContractEventsView(APIView):
    pagination_class = EventPages
    required_scopes = {"GET": "contracts:read"}

    @extend_schema(responses=EventOut(many=True))
    def get(self, request: Request, contract_id: str) -> Response:
        """List what happened to a contract, oldest first: its signed chain of events."""
        contract = get_object_or_404(Contract.objects.owned_by(client(request)), pk=contract_id)
        pages = self.pagination_class()
        rows = pages.paginate_queryset(contract.events.all(), request, view=self)
        return pages.get_paginated_response(EventOut(rows, many=True).data)


def _conditions(asked: dict[str, Any]) -> dict[str, Any]:
    lookups = {
        "status": "status",
        "party_phone": "parties__phone",
        "created_from": "created_at__gte",
        "created_to": "created_at__lt",
    }
    return {lookups[name]: value for name, value in asked.items()}
