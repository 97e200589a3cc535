"""Daraja's C2B and Pull Transactions over HTTP: addresses for payments by hand, and the list of what came in."""

from datetime import UTC

from django.http import HttpResponseBase, JsonResponse

from voicepact.simulator import fields, limits
from voicepact.simulator.identities import merchant_id
from voicepact.simulator.movements import Movement
from voicepact.simulator.pulls import PullQuery
from voicepact.simulator.refusals import NothingRegistered, no_urls
from voicepact.simulator.registrations import Registration
from voicepact.simulator.views.daraja import ACCEPTED, api
from voicepact.simulator.views.skin import JsonObject
from voicepact.simulator.world import World


@api("status", first_field="ShortCode")
def register_urls(here: World, body: JsonObject) -> HttpResponseBase:
    here.registrations.write(Registration.read(body, shortcode=here.ground.config.shortcode))
    return _accepted("Success")


@api("status", first_field="ShortCode")
def simulate(here: World, body: JsonObject) -> HttpResponseBase:
    """Accepted whatever becomes of it, as in the sandbox; a payment that went through is confirmed."""
    fields.one_of(body, "ShortCode", here.ground.config.shortcode)
    fields.one_of(body, "CommandID", "CustomerPayBillOnline")
    amount = fields.amount(body, lowest=limits.PUSH_MINIMUM, highest=limits.PER_TRANSACTION)
    msisdn = fields.msisdn(body, "Msisdn")
    reference = fields.text(body, "BillRefNumber", longest=20)
    try:
        here.by_hand.pay(msisdn, amount, reference=reference)
    except NothingRegistered:
        raise no_urls() from None
    return _accepted(ACCEPTED)


@api("status", first_field="ShortCode")
def register_pull(here: World, body: JsonObject) -> HttpResponseBase:
    known = here.pulls.register(body)
    return JsonResponse(
        {
            "ResponseRefID": merchant_id(),
            "ResponseStatus": "1001" if known else "1000",
            "ShortCode": here.ground.config.shortcode,
            "ResponseDescription": "ShortCode already Registered" if known else "ShortCode Registered Successfully",
        }
    )


@api("status", first_field="ShortCode", answer_may_be_lost=False)
def pull(here: World, body: JsonObject) -> HttpResponseBase:
    pulled = here.pulls.pull(PullQuery.read(body, shortcode=here.ground.config.shortcode))
    return JsonResponse(
        {
            "ResponseRefID": merchant_id(),
            "ResponseCode": "1000" if pulled else "1001",
            "ResponseMessage": "Success" if pulled else "No transactions found",
            "Response": [[_row(movement) for movement in pulled]],
        }
    )


def _row(movement: Movement) -> dict[str, object]:
    return {
        "transactionId": movement.receipt,
        "trxDate": f"{movement.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "msisdn": int(movement.payer.removeprefix("254")),
        "sender": "MPESA",
        "transactiontype": "c2b-pay-bill-debit",
        "billreference": movement.reference,
        "amount": f"{movement.amount}.00",
        "organizationname": "SIMULATED PAY BILL",
    }


def _accepted(words: str) -> JsonResponse:
    """`Coversation` is Daraja's own spelling here."""
    return JsonResponse({"OriginatorCoversationID": merchant_id(), "ResponseCode": "0", "ResponseDescription": words})
