"""Africa's Talking's door: SMS from people and delivery reports, kept as they came and answered at once.

Source of the fields: Africa's Talking's SMS documentation. It repeats an SMS until it is answered 200, with the same
id.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from contracts import contact
from notifications import doors
from notifications.doors import ABSURD, LONGEST_ID
from notifications.models import DeliveryReport, InboundMessage
from voicepact.kernel import phones
from voicepact.kernel.dispatch import Task, nudge

LONGEST_TEXT = 2_000
CUT = " [cut]"  # so that what is left of a longer text is no whole command


@csrf_exempt
@require_POST
def inbound(request: HttpRequest, secret: str) -> HttpResponse:
    """An SMS from a phone: kept once per id. One that no phone can have sent is answered and forgotten."""
    doors.admit(secret)
    if doors.is_absurd(request):
        return _malformed(ABSURD)
    message_id, text = request.POST.get("id", ""), request.POST.get("text", "")
    if not 0 < len(message_id) <= LONGEST_ID or "from" not in request.POST or "text" not in request.POST:
        return _malformed("An SMS has id, from and text.")
    phone = _phone(request.POST["from"])
    if phone is None:
        return HttpResponse("ignored", content_type="text/plain")
    contact.wrote(phone)
    row = InboundMessage(message_id=message_id, phone=phone, text=_kept(text), raw=_raw(request))
    InboundMessage.objects.bulk_create([row], ignore_conflicts=True)
    nudge(Task.READ_REPLIES)
    return HttpResponse("ok", content_type="text/plain")


@csrf_exempt
@require_POST
def delivery(request: HttpRequest, secret: str) -> HttpResponse:
    """What became of a message of ours."""
    doors.admit(secret)
    if doors.is_absurd(request):
        return _malformed(ABSURD)
    provider_id, status = request.POST.get("id", ""), request.POST.get("status", "")
    if not 0 < len(provider_id) <= LONGEST_ID or not 0 < len(status) <= LONGEST_ID:
        return _malformed("A delivery report has id and status.")
    reason = request.POST.get("failureReason", "")[:LONGEST_ID]
    DeliveryReport.objects.create(provider_id=provider_id, status=status[:30], failure_reason=reason, raw=_raw(request))
    nudge(Task.READ_REPLIES)
    return HttpResponse("ok", content_type="text/plain")


def _phone(sender: str) -> str | None:
    """The sender in E.164; None for a name, a short code, and ourselves."""
    if sender in (settings.AT_SENDER_ID, settings.AT_SECOND_SENDER_ID):
        return None
    try:
        return phones.parse(sender)
    except phones.InvalidPhone:
        return None


def _kept(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - len(CUT)] + CUT


def _raw(request: HttpRequest) -> dict[str, str]:
    """What came besides that which stands in columns of its own."""
    kept = {"from", "text", "id"}
    return {name[:50]: str(value)[:500] for name, value in request.POST.dict().items() if name not in kept}


def _malformed(detail: str) -> JsonResponse:
    return doors.malformed("malformed_sms", detail)
