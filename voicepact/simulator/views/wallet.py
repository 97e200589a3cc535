"""Africa's Talking's payments API over HTTP, under the paths of its own hosts. Answers: recorded ones, HTTP 201."""

import json
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from voicepact.simulator import accounts, wallet_words, world
from voicepact.simulator.checkouts import CheckoutRequest
from voicepact.simulator.disbursements import Entry
from voicepact.simulator.fields import Body
from voicepact.simulator.refusals import PlainRefused, SubscriberBusy
from voicepact.simulator.views.africastalking import refusal
from voicepact.simulator.views.skin import answer_cut_off, read_object
from voicepact.simulator.wallet import CHANNEL, PROVIDER
from voicepact.simulator.wallet_fields import InvalidValue
from voicepact.simulator.world import World

Call = Callable[[World, Body], HttpResponseBase]
View = Callable[[HttpRequest], HttpResponseBase]

BUSY = "Unable to lock subscriber, a transaction is already in process for the current subscriber"


def api(method: str) -> Callable[[Call], View]:
    """One call of this method: the day's faults, the account, and the members of its JSON or of its address."""

    def wrap(call: Call) -> View:
        @wraps(call)
        def view(request: HttpRequest) -> HttpResponseBase:
            here = world.current()
            try:
                answer = call(here, _read(request, here, method=method))
            except PlainRefused as refused:
                return refusal(refused)
            except InvalidValue as invalid:
                return _json({"status": "InvalidRequest", "description": str(invalid)})
            faults = here.ground.faults
            lost = method == "POST" and faults.strikes(faults.read().lose_ack)
            return answer_cut_off() if lost else answer

        return view

    return wrap


@api("POST")
def checkout(here: World, body: Body) -> HttpResponseBase:
    request = CheckoutRequest.read(body, product=here.ground.config.at_product)
    try:
        rung = here.checkouts.checkout(request)
    except SubscriberBusy:
        return _json({"status": "Failed", "description": BUSY, "providerChannel": CHANNEL})
    if rung.post_first is not None:
        here.delivery.post_now(rung.post_first)
    if rung.acknowledgement_lost:
        return answer_cut_off()
    return _json(
        {
            "transactionId": rung.prompt.checkout_id,
            "status": "PendingConfirmation",
            "description": "Waiting for user input",
            "providerChannel": CHANNEL,
        }
    )


@api("POST")
def b2c(here: World, body: Body) -> HttpResponseBase:
    entries = here.disbursements.request(here.disbursements.read(body))
    queued = [entry.transaction for entry in entries if entry.transaction]
    return _json(
        {
            "numQueued": len(queued),
            "totalValue": wallet_words.money(sum(transaction.amount for transaction in queued)),
            "totalTransactionFee": wallet_words.NO_FEE,
            "entries": [_entry(entry) for entry in entries],
        }
    )


@api("GET")
def find(here: World, body: Body) -> HttpResponseBase:
    found = here.wallet.find(str(body.get("transactionId", "")))
    if found is None:
        return _json({"status": "Failure", "errorMessage": "No such transaction"}, http=200)
    moved = here.ground.movements.find(found.receipt)
    data = wallet_words.described(found, moved, product=here.ground.config.at_product)
    return _json({"status": "Success", "data": data}, http=200)


@api("GET")
def balance(here: World, body: Body) -> HttpResponseBase:
    held = here.ground.purses.read(here.ground.config.wallet).balance
    return _json({"status": "Success", "balance": wallet_words.money(held)}, http=200)


def _entry(entry: Entry) -> dict[str, object]:
    if entry.transaction is None:
        problem = {"status": "InvalidRequest", "errorMessage": entry.disbursement.problem}
        return {"phoneNumber": entry.disbursement.number, **problem}
    return {
        "phoneNumber": entry.disbursement.number,
        "status": "Queued",
        "provider": PROVIDER,
        "providerChannel": CHANNEL,
        "value": wallet_words.money(entry.transaction.amount),
        "transactionId": entry.transaction.id,
        "transactionFee": wallet_words.NO_FEE,
        "errorMessage": None,
    }


def _read(request: HttpRequest, here: World, *, method: str) -> Body:
    if request.method != method:
        raise PlainRefused(f"HTTP method not allowed, supported methods: {method}", http=405)
    faults = here.ground.faults
    if faults.strikes(faults.read().http_500):
        raise PlainRefused("There was an internal server error.", http=500)
    body = read_object(request) if method == "POST" else request.GET.dict()
    if body is None:
        raise PlainRefused("The request content was malformed", http=400)
    accounts.check(here.ground.config, username=body.get("username"), api_key=request.headers.get("apiKey", ""))
    return body


def _json(body: dict[str, object], *, http: int = 201) -> HttpResponse:
    """Bare `application/json`: the SDK reads nothing else as JSON."""
    return HttpResponse(json.dumps(body), status=http, content_type="application/json")
