"""Disputes over HTTP: open, read, list, bring evidence, ask to withdraw. None of it moves money.

A client opens a dispute in a party's name, because that only protects. To end one takes the party's own word by SMS.
"""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from contracts import attachments, disputes
from contracts.confirmations import trader_by_phone
from contracts.dispute_serializers import (
    OPEN,
    DisputeFilter,
    DisputeIn,
    DisputeOut,
    DisputeWithEvidence,
    EvidenceIn,
    EvidenceOut,
    WithdrawIn,
    WithdrawOut,
)
from contracts.errors import EvidenceTooLarge
from contracts.models import Contract, Dispute, Evidence
from contracts.views import client, client_actor
from voicepact.kernel.api.decimals import DecimalJSONParser
from voicepact.kernel.api.idempotency import idempotent
from voicepact.kernel.api.pagination import CursorPages

FORM_AROUND_A_FILE = 64 * 1024


class DisputePages(CursorPages):
    ordering = ("-opened_at", "-pk")


class DisputesView(APIView):
    pagination_class = DisputePages
    required_scopes = {"GET": "disputes:read", "POST": "disputes:write"}

    @extend_schema(request=DisputeIn, responses={201: DisputeWithEvidence})
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a dispute in the name of a party: the contract is frozen, and nobody is paid until it is settled."""
        sent = _read(DisputeIn, request)
        contract = get_object_or_404(Contract.objects.owned_by(client(request)), pk=sent["contract_id"])
        actor = client_actor(request)
        opened = disputes.open_dispute(
            contract.pk, phone=sent["opened_by"], reason=sent["reason"], channel=actor.channel, actor=actor
        )
        answer = DisputeWithEvidence(_own(request).get(pk=opened.pk))
        return Response(answer.data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[DisputeFilter], responses=DisputeOut(many=True))
    def get(self, request: Request) -> Response:
        """List the disputes about the client's contracts, newest first."""
        asked = DisputeFilter(data=request.query_params)
        asked.is_valid(raise_exception=True)
        pages = self.pagination_class()
        found = _own(request).filter(**_conditions(asked.validated_data))
        rows = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response(DisputeOut(rows, many=True).data)


class DisputeView(APIView):
    required_scopes = {"GET": "disputes:read"}

    @extend_schema(responses=DisputeWithEvidence)
    def get(self, request: Request, dispute_id: int) -> Response:
        """Read a dispute with its evidence."""
        return Response(DisputeWithEvidence(get_object_or_404(_own(request), pk=dispute_id)).data)


class EvidenceParser(MultiPartParser):
    """A form with one file; what is larger than any evidence is not even read."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        length = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        if int(length) > attachments.LARGEST + FORM_AROUND_A_FILE:
            raise EvidenceTooLarge(attachments.TOO_LARGE)
        return super().parse(stream, media_type, parser_context)


class EvidenceView(APIView):
    parser_classes = [DecimalJSONParser, EvidenceParser]
    required_scopes = {"POST": "disputes:write"}

    @extend_schema(
        request={"application/json": EvidenceIn, "multipart/form-data": EvidenceIn}, responses={201: EvidenceOut}
    )
    @idempotent
    def post(self, request: Request, dispute_id: int) -> Response:
        """Bring evidence: words, a file (a picture, PDF, voice note or text of up to 10 MB, as a form), or both."""
        dispute = get_object_or_404(_own(request), pk=dispute_id)
        sent = _read(EvidenceIn, request)
        phone = sent.get("party_phone")
        piece = disputes.add_evidence(
            dispute.pk,
            party=trader_by_phone(dispute.contract, phone) if phone else None,
            actor=client_actor(request),
            text=sent.get("text", ""),
            file=sent.get("file"),
        )
        return Response(EvidenceOut(piece).data, status=status.HTTP_201_CREATED)


class EvidenceFileView(APIView):
    required_scopes = {"GET": "disputes:read"}

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, dispute_id: int, evidence_id: int) -> FileResponse:
        """Fetch the file of a piece of evidence."""
        pieces = Evidence.objects.exclude(file="").filter(dispute__contract__owner=client(request))
        return download(get_object_or_404(pieces, pk=evidence_id, dispute=dispute_id))

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Whatever the caller accepts, it gets the file as it is."""
        return super().perform_content_negotiation(request, force=True)


class WithdrawView(APIView):
    required_scopes = {"POST": "disputes:write"}

    @extend_schema(request=WithdrawIn, responses={200: WithdrawOut, 202: WithdrawOut})
    @idempotent
    def post(self, request: Request, dispute_id: int) -> Response:
        """Ask for a dispute to be withdrawn: whoever opened it is asked by SMS, and only that own answer withdraws."""
        sent = _read(WithdrawIn, request)
        dispute = get_object_or_404(_own(request), pk=dispute_id)
        trader_by_phone(dispute.contract, sent["requested_by"])
        awaiting: list[str] = []
        if dispute.outcome != Dispute.Outcome.WITHDRAWN:
            role = disputes.ask_opener_to_withdraw(dispute.pk, phone=sent["requested_by"], actor=client_actor(request))
            awaiting = [role]
        answer = WithdrawOut(_own(request).get(pk=dispute_id), context={"awaiting": awaiting})
        return Response(answer.data, status=status.HTTP_202_ACCEPTED if awaiting else status.HTTP_200_OK)


def download(piece: Evidence) -> FileResponse:
    """The piece's file, as something to keep and never to show in a page: under a name of ours, and typed by us."""
    name = f"{piece.dispute.contract_id}-evidence-{piece.pk}{attachments.EXTENSIONS[piece.content_type]}"
    answer = FileResponse(piece.file.open("rb"), as_attachment=True, filename=name, content_type=piece.content_type)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _own(request: Request) -> QuerySet[Dispute]:
    found = Dispute.objects.filter(contract__owner=client(request)).select_related("contract", "opened_by")
    return found.prefetch_related("contract__deadlines", "evidence__party")


def _read(serializer: type[BaseSerializer[Any]], request: Request) -> dict[str, Any]:
    sent = serializer(data=request.data)
    sent.is_valid(raise_exception=True)
    data: dict[str, Any] = sent.validated_data
    return data


def _conditions(asked: dict[str, Any]) -> dict[str, Any]:
    lookups = {
        "contract_id": "contract",
        "party_phone": "contract__parties__phone",
        "created_from": "opened_at__gte",
        "created_to": "opened_at__lt",
    }
    found = {lookups[name]: value for name, value in asked.items() if name in lookups}
    if "status" in asked:
        found["closed_at__isnull"] = asked["status"] == OPEN
    return found
