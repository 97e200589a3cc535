"""Daraja over HTTP. Paths, answers and error families: Daraja portal pages of each API."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from voicepact.simulator import fields, world
from voicepact.simulator.express import PushRequest
from voicepact.simulator.inquiries import Question
from voicepact.simulator.payouts import PayoutRequest
from voicepact.simulator.refusals import (
    CredentialsRefused,
    Family,
    Refused,
    internal_error,
    invalid,
    malformed,
    spike_arrest,
)
from voicepact.simulator.reversals import ReversalRequest
from voicepact.simulator.tokens import LIFE_S
from voicepact.simulator.views.skin import JsonObject, answer_cut_off, envelope, read_object
from voicepact.simulator.world import World

Call = Callable[[World, JsonObject], HttpResponseBase]
View = Callable[[HttpRequest], HttpResponseBase]

ACCEPTED = "Accept the service request successfully."
PUSH_ACCEPTED = "Success. Request accepted for processing"


def token(request: HttpRequest) -> HttpResponse:
    if request.method != "GET":
        return envelope(_wrong_method(request))
    grant_type = request.GET.get("grant_type", "")
    try:
        granted = world.current().tokens.grant(request.headers.get("Authorization", ""), grant_type=grant_type)
    except Refused as refused:
        return envelope(refused)
    except CredentialsRefused:
        return HttpResponse(status=400)
    return JsonResponse({"access_token": granted, "expires_in": LIFE_S})


def api(family: Family, *, first_field: str, answer_may_be_lost: bool = True) -> Callable[[Call], View]:
    """One POST of this family: token, JSON, the day's faults; `first_field` is what a wrong content type blames."""

    def wrap(call: Call) -> View:
        @wraps(call)
        def view(request: HttpRequest) -> HttpResponseBase:
            here = world.current()
            try:
                answer = call(here, _read(request, here, family=family, first_field=first_field))
            except Refused as refused:
                return envelope(refused)
            boxed = here.ground.faults
            lost = answer_may_be_lost and boxed.strikes(boxed.read().lose_ack)
            return answer_cut_off() if lost else answer

        return view

    return wrap


@api("stk", first_field="BusinessShortCode")
def push(here: World, body: JsonObject) -> HttpResponseBase:
    config = here.ground.config
    pushed = here.express.push(PushRequest.read(body, shortcode=config.shortcode, passkey=config.passkey))
    if pushed.post_first is not None:
        here.delivery.post_now(pushed.post_first)
    if pushed.acknowledgement_lost:
        return answer_cut_off()
    return JsonResponse(
        {
            "MerchantRequestID": pushed.prompt.merchant_id,
            "CheckoutRequestID": pushed.prompt.checkout_id,
            "ResponseCode": "0",
            "ResponseDescription": PUSH_ACCEPTED,
            "CustomerMessage": PUSH_ACCEPTED,
        }
    )


@api("stk", first_field="BusinessShortCode", answer_may_be_lost=False)
def query(here: World, body: JsonObject) -> HttpResponseBase:
    config = here.ground.config
    fields.check_password(body, shortcode=config.shortcode, passkey=config.passkey)
    answer = here.express.query(fields.text(body, "CheckoutRequestID"))
    return JsonResponse(
        {
            "ResponseCode": "0",
            "ResponseDescription": "The service request has been accepted successfully",
            "MerchantRequestID": answer.prompt.merchant_id,
            "CheckoutRequestID": answer.prompt.checkout_id,
            "ResultCode": answer.code,
            "ResultDesc": answer.words,
        }
    )


@api("b2c", first_field="InitiatorName")
def payout(here: World, body: JsonObject) -> HttpResponseBase:
    accepted = here.payouts.request(PayoutRequest.read(body, here.ground))
    return _accepted(accepted.conversation_id, accepted.originator_id)


@api("b2c", first_field="Initiator")
def reversal(here: World, body: JsonObject) -> HttpResponseBase:
    accepted = here.reversals.request(ReversalRequest.read(body, here.ground))
    return _accepted(accepted.conversation_id, accepted.originator_id)


@api("status", first_field="Initiator")
def status(here: World, body: JsonObject) -> HttpResponseBase:
    return _asked(here.inquiries.ask_status(body))


@api("b2c", first_field="Initiator")
def balance(here: World, body: JsonObject) -> HttpResponseBase:
    return _asked(here.inquiries.ask_balance(body))


def _read(request: HttpRequest, here: World, *, family: Family, first_field: str) -> JsonObject:
    if request.method == "GET":
        raise Refused("404.001.04", "Invalid Authentication Header", http=404)
    if request.method != "POST":
        raise _wrong_method(request)
    faults = here.ground.faults
    if faults.strikes(faults.read().http_500):
        raise internal_error()
    if faults.strikes(faults.read().spike_arrest):
        raise spike_arrest()
    here.tokens.check(request.headers.get("Authorization", ""), family=family)
    if request.content_type != "application/json":
        raise invalid(first_field)
    body = read_object(request)
    if body is None:
        raise malformed()
    return body


def _wrong_method(request: HttpRequest) -> Refused:
    return Refused("405.001", f"<{request.method}> Method Not Allowed", http=405)


def _asked(question: Question) -> JsonResponse:
    return _accepted(question.conversation_id, question.originator_id)


def _accepted(conversation_id: str, originator_id: str) -> JsonResponse:
    return JsonResponse(
        {
            "ConversationID": conversation_id,
            "OriginatorConversationID": originator_id,
            "ResponseCode": "0",
            "ResponseDescription": ACCEPTED,
        }
    )
