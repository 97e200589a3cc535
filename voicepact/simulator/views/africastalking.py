"""Africa's Talking over HTTP. Its SDK reads JSON only under the bare content type `application/json`."""

import json
import time

from django.http import HttpRequest, HttpResponse

from voicepact.simulator import world
from voicepact.simulator.messaging import Recipient
from voicepact.simulator.refusals import PlainRefused

LATE_S = 10.0  # the SDK waits 9.05 seconds
TEXT = "text/plain; charset=UTF-8"


def messaging(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse("HTTP method not allowed, supported methods: POST", status=405, content_type=TEXT)
    here = world.current()
    faults = here.ground.faults
    if faults.strikes(faults.read().http_500):
        return HttpResponse("There was an internal server error.", status=500, content_type=TEXT)
    try:
        sent = here.sms.send(request.POST.dict(), api_key=request.headers.get("apiKey", ""))
    except PlainRefused as refused:
        return refusal(refused)
    if sent.is_late:
        time.sleep(LATE_S)
    data = {"Message": sent.message, "Recipients": [_recipient(recipient) for recipient in sent.recipients]}
    return HttpResponse(json.dumps({"SMSMessageData": data}), status=201, content_type="application/json")


def _recipient(recipient: Recipient) -> dict[str, object]:
    return {
        "statusCode": recipient.status_code,
        "number": recipient.number,
        "status": recipient.status,
        "cost": recipient.cost,
        "messageId": recipient.message_id,
    }


def refusal(refused: PlainRefused) -> HttpResponse:
    answer = HttpResponse(refused.message, status=refused.http, content_type=TEXT)
    if refused.http == 401:
        answer["WWW-Authenticate"] = "Basic"
    return answer
