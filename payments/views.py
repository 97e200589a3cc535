"""Payments over HTTP: check out, follow, release, refund, quote, and cancel a contract. Each makes one domain call."""

from typing import Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from contracts import fees
from contracts.models import Contract
from contracts.views import client, client_actor
from payments import claims, endings, escrow, ledger, proof, waiting, wallets
from payments.errors import BalanceUnknown, InsufficientFunds
from payments.inputs import BalanceIn, CancelIn, CheckoutIn, FeesIn, RefundIn, ReleaseIn
from payments.models import Payment
from payments.serializers import (
    CancelOut,
    CheckoutOut,
    FeesOut,
    HistoryOut,
    PaymentOut,
    ProofOut,
    RefundOut,
    ReleaseOut,
    WalletOut,
)
from voicepact.kernel.api.idempotency import idempotent
from voicepact.kernel.money import Money

RESPOND_ASYNC = "respond-async"


class CheckoutView(APIView):
    required_scopes = {"POST": "payments:write"}

    @extend_schema(request=CheckoutIn, responses={201: CheckoutOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask the buyer for the contract's amount: a prompt appears on the phone."""
        sent = _read(CheckoutIn, request)
        contract = _own_contract(request, sent["contract_id"])
        payment = escrow.open_checkout(
            contract.pk,
            phone=sent["phone_number"],
            money=Money(sent["amount"], sent["currency"]),
            actor=client_actor(request),
            metadata=sent.get("metadata"),
        )
        if RESPOND_ASYNC not in request.headers.get("Prefer", ""):
            waiting.until(lambda: waiting.acknowledged(payment))
        payment = _own_payment(request, payment.transaction_id)
        if payment.status == Payment.Status.FAILED and payment.failure_code == InsufficientFunds.code:
            raise InsufficientFunds(payment.failure_reason, transaction_id=payment.transaction_id)
        return Response(_about(CheckoutOut, payment), status=status.HTTP_201_CREATED)


class StatusView(APIView):
    required_scopes = {"GET": "payments:read"}

    @extend_schema(responses=PaymentOut)
    def get(self, request: Request, transaction_id: str) -> Response:
        """Follow a payment."""
        return Response(_about(PaymentOut, _own_payment(request, transaction_id)))


class HistoryView(APIView):
    required_scopes = {"GET": "payments:read"}

    @extend_schema(responses=HistoryOut)
    def get(self, request: Request, contract_id: str) -> Response:
        """List a contract's payments, oldest first."""
        contract = _own_contract(request, contract_id)
        payments = list(contract.payments.prefetch_related("transfers").order_by("serial"))
        context = {"standings": ledger.standings(payments)}
        answer = HistoryOut({"contract_id": contract.pk, "transactions": payments}, context=context)
        return Response(answer.data)


class ReleaseView(APIView):
    required_scopes = {"POST": "payments:write"}

    @extend_schema(request=ReleaseIn, responses={200: ReleaseOut, 202: ReleaseOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for the payout to the seller.

        It starts by itself when both have confirmed; asking again starts nothing.
        """
        sent = _read(ReleaseIn, request)
        payment = _own_payment(request, sent["transaction_id"])
        if payment.contract_id != sent["contract_id"]:
            raise Http404
        claims.check_release(payment, confirmed_by=set(sent["confirmed_by"]))
        done = payment.status == Payment.Status.RELEASED
        return Response(_about(ReleaseOut, payment), status=_done_or_on_its_way(done))


class RefundView(APIView):
    required_scopes = {"POST": "payments:write"}

    @extend_schema(request=RefundIn, responses={200: RefundOut, 202: RefundOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for the money to go back to the buyer.

        Once it is locked, that takes the seller's own consent; a part of it is for our staff to decide.
        """
        sent = _read(RefundIn, request)
        payment = _own_payment(request, sent["transaction_id"])
        claims.check_refund(payment, initiated_by=sent["initiated_by"], amount=sent.get("amount"))
        awaiting: list[str] = []
        if claims.is_partial(payment, sent.get("amount")):
            awaiting = endings.ask_for_part(payment.pk, amount=sent["amount"], actor=client_actor(request))
        elif payment.status != Payment.Status.REFUNDED:
            awaiting = endings.cancel_for_client(
                payment.contract_id, reason=sent["reason"], actor=client_actor(request)
            )
        payment = _own_payment(request, payment.transaction_id)
        done = payment.status == Payment.Status.REFUNDED
        return Response(_about(RefundOut, payment, awaiting=awaiting), status=_done_or_on_its_way(done))


class CancelView(APIView):
    required_scopes = {"POST": "contracts:write"}

    @extend_schema(request=CancelIn, responses={200: CancelOut, 202: CancelOut})
    @idempotent
    def post(self, request: Request, contract_id: str) -> Response:
        """Call a contract off. Once its money is locked, that takes the seller's own consent."""
        sent = _read(CancelIn, request)
        contract = _own_contract(request, contract_id)
        claims.check_party(contract, sent.get("requested_by"))
        awaiting = endings.cancel_for_client(contract.pk, reason=sent.get("reason", ""), actor=client_actor(request))
        contract = Contract.objects.with_details().get(pk=contract.pk)
        answer = CancelOut(contract, context={"awaiting": awaiting})
        return Response(answer.data, status=_done_or_on_its_way(not awaiting))


class ProofView(APIView):
    required_scopes = {"GET": "contracts:read"}

    @extend_schema(responses=ProofOut)
    def get(self, request: Request, contract_id: str) -> Response:
        """Say whether a contract's money is locked, with a code by which anybody can check it without a key."""
        return Response(ProofOut(proof.of(_own_contract(request, contract_id))).data)


class FeesView(APIView):
    required_scopes = {"GET": "payments:read"}

    @extend_schema(parameters=[FeesIn], responses=FeesOut)
    def get(self, request: Request) -> Response:
        """Quote the fees of a deal about an amount, as they would be fixed if it were made today."""
        asked = FeesIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        quoted = fees.quote(**{"gateway": settings.DEFAULT_GATEWAY, **asked.validated_data})
        return Response(FeesOut(quoted).data)


class BalanceView(APIView):
    required_scopes = {"GET": "balance:read"}

    @extend_schema(parameters=[BalanceIn], responses=WalletOut)
    def get(self, request: Request) -> Response:
        """Our wallet at the rail, as the rail last told it; asked for again when that is old."""
        asked = BalanceIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        name = asked.validated_data.get("gateway", settings.DEFAULT_GATEWAY)
        if wallets.wallet(name).updated_at is None:
            waiting.until(lambda: wallets.wallet(name).updated_at is not None)
        wallet = wallets.wallet(name)
        if wallet.updated_at is None:
            raise BalanceUnknown("The rail has not told our balance yet. Ask again in a moment.", retry_after=5)
        return Response(WalletOut(wallet).data)


def _read(serializer: type[BaseSerializer[Any]], request: Request) -> dict[str, Any]:
    sent = serializer(data=request.data)
    sent.is_valid(raise_exception=True)
    data: dict[str, Any] = sent.validated_data
    return data


def _own_contract(request: Request, contract_id: str) -> Contract:
    return get_object_or_404(Contract.objects.owned_by(client(request)), pk=contract_id)


def _own_payment(request: Request, transaction_id: str) -> Payment:
    payments = Payment.objects.select_related("contract").prefetch_related("transfers")
    return get_object_or_404(payments, transaction_id=transaction_id, contract__owner=client(request))


def _about(serializer: type[BaseSerializer[Any]], payment: Payment, **context: Any) -> dict[str, Any]:
    data: dict[str, Any] = serializer(payment, context={"standings": ledger.standings([payment]), **context}).data
    return data


def _done_or_on_its_way(done: bool) -> int:
    return status.HTTP_200_OK if done else status.HTTP_202_ACCEPTED
