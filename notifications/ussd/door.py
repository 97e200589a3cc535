"""Africa's Talking's door for USSD: a turn, answered with a screen; and what the network says of a call that is over.

Source of the fields: Africa's Talking's USSD documentation. Any status but 200, and any body that begins with neither
`CON ` nor `END `, ends the call without a word.
"""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notifications import doors
from notifications.doors import ABSURD, LONGEST_ID
from notifications.models import UssdSession
from notifications.transports.africastalking import COST
from notifications.ussd import turns
from notifications.ussd.turns import Call
from voicepact.kernel import phones
from voicepact.kernel.clock import now

FREE = frozenset({"text", "input", "lastAppResponse"})
MOST = 2_000_000_000


@csrf_exempt
@require_POST
def turn(request: HttpRequest, secret: str) -> HttpResponse:
    """The screen that follows what was put in so far."""
    doors.admit(secret)
    if doors.is_absurd(request, free=FREE):
        return _malformed(ABSURD)
    call = _call(request)
    if call is None or "text" not in request.POST:
        return _malformed("A USSD turn has sessionId, phoneNumber and text.")
    return HttpResponse(turns.answer(call), content_type="text/plain; charset=utf-8")


@csrf_exempt
@require_POST
def event(request: HttpRequest, secret: str) -> HttpResponse:
    """A call is over: how it ended, how long it was, what it cost; what was put in is not kept."""
    doors.admit(secret)
    if doors.is_absurd(request, free=FREE):
        return _malformed(ABSURD)
    call, status = _call(request), request.POST.get("status", "")
    if call is None or status not in UssdSession.Status.values:
        return _malformed("The end of a USSD session has sessionId, phoneNumber and status.")
    session = turns.session_of(call)
    if session.phone == call.phone:
        cost = COST.match(request.POST.get("cost", ""))
        UssdSession.objects.filter(pk=session.pk).update(
            status=status,
            hops=_count(request, "hopsCount"),
            duration_ms=_count(request, "durationInMillis"),
            cost=Decimal(cost[2]) if cost else None,
            cost_currency=cost[1] if cost else "",
            error=request.POST.get("errorMessage", "")[:LONGEST_ID],
            ended_at=now(),
        )
    return HttpResponse("ok", content_type="text/plain")


def _call(request: HttpRequest) -> Call | None:
    """What the network says of the call; None where it names no session, or no phone."""
    said = request.POST
    try:
        phone = phones.parse(said.get("phoneNumber", ""))
    except phones.InvalidPhone:
        return None
    session_id = said.get("sessionId", "")
    if not 0 < len(session_id) <= LONGEST_ID:
        return None
    return Call(
        session_id, phone, said.get("text", ""), said.get("serviceCode", "")[:30], said.get("networkCode", "")[:10]
    )


def _count(request: HttpRequest, name: str) -> int | None:
    said = request.POST.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 10 and int(said) < MOST else None


def _malformed(detail: str) -> JsonResponse:
    return doors.malformed("malformed_ussd", detail)
