"""What a party is told who asks: is the money there, what has happened so far, what can be done now. Changes nothing.

The answers are read off the ledger and the deal's own records, never off what anybody claims: so a faked M-Pesa message
cannot make us say that money is locked.
"""

from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Max, Min

from contracts.models import Confirmation, Contract, Dispute, Party
from notifications import possible, texts
from notifications.parsing import word_in
from payments import checkout, ledger, prompts, proof, refunds
from payments.models import Transfer
from payments.proof import Place, Proof
from voicepact.kernel.money import Money

Kind, Status = Transfer.Kind, Contract.Status
MOST_REPLIES = 4
STEPS_BY_PLACE = {
    Place.CHECKING: "next_checking",
    Place.PAYING: "next_paying",
    Place.PAID: "next_paid",
    Place.RETURNING: "next_returning",
    Place.RETURNED: "next_returned",
    Place.OFF: "next_off",
}
"""What comes next where that depends on the money alone."""


def status(party: Party) -> str:
    """Whether the deal's money is locked, with the code that proves our word, and who has to do what: one SMS."""
    contract = Contract.objects.get(pk=party.contract_id)
    given = proof.of(contract)
    about = texts.about(contract, language=party.language, reader=party) | {"given_back": _given_back(contract)}
    may_accept = "ACCEPT" in possible.commands(contract, party)
    about["prompt_at"] = texts.prompt_at(contract)
    step = texts.render(next_step(contract, party, given), language=party.language, may_accept=may_accept, **about)
    said = {"locked": given.locked, "kept": given.amount, "check_code": given.code, "step": step}
    return texts.render("reply_status", language=party.language, **about, **said)


def next_step(contract: Contract, party: Party, given: Proof) -> str:
    """The name of the text that says what comes next, and who has to do it."""
    if step := STEPS_BY_PLACE.get(given.place):
        return step
    if contract.status == Status.PENDING:
        return "next_agree" if "YES" in possible.commands(contract, party) else "next_others_agree"
    if contract.status == Status.CONFIRMED:
        return _next_of_late(contract) if checkout.is_late(contract) else "next_pay"
    if contract.status == Status.DISPUTED:
        return "next_dispute"
    return "next_accept" if contract.status == Status.DELIVERED else "next_deliver"


def _next_of_late(contract: Contract) -> str:
    """No prompt is to be had any more, but one that was asked for in time still counts."""
    return "next_prompt" if prompts.open_for(contract) else "next_late"


def statement(party: Party) -> str:
    """What has happened in the deal so far, with sums and times: two SMS at most."""
    contract = Contract.objects.get(pk=party.contract_id)
    about = texts.about(contract, language=party.language, reader=party)
    return texts.render("reply_statement", language=party.language, **about, **_story(contract))


def exact_replies(phone: str, language: str) -> list[str]:
    """The commands that make sense for this phone now, as they are sent: of its newest deals first."""
    said = (
        f"{word_in(verb, language)}-{party.contract_id}"
        for party in possible.open_deals(phone)
        for verb in possible.commands(party.contract, party)
    )
    return list(islice(said, MOST_REPLIES))


def _given_back(contract: Contract) -> Money | None:
    """What people have decided to give back of a payment that goes to the seller otherwise, as in a split."""
    payment = contract.payments.order_by("-pk").first()
    given = refunds.given(payment) if payment else Decimal(0)
    return Money(given, contract.currency) if given else None


def _story(contract: Contract) -> dict[str, Any]:
    """When each thing happened, and how much money has moved; empty where it has not."""
    where = ledger.standings(contract.payments.all()).values()
    story = {
        "agreed_at": contract.confirmed_at,
        "paid_at": _moved_at(contract, Kind.COLLECTION),
        "delivered_at": _said_at(contract, Confirmation.Kind.DELIVERED),
        "accepted_at": _said_at(contract, Confirmation.Kind.ACCEPTED),
        "disputed_at": Dispute.objects.filter(contract=contract).aggregate(first=Min("opened_at"))["first"],
        "released_at": _moved_at(contract, Kind.PAYOUT),
        "returned_at": _moved_at(contract, Kind.REFUND, Kind.REVERSAL),
        "off_at": contract.ended_at if contract.status in (Status.CANCELLED, Status.EXPIRED) else None,
    }
    sums = {
        "paid": sum((one.collected for one in where), start=Decimal(0)),
        "released": sum((one.released for one in where), start=Decimal(0)),
        "returned": sum((one.refunded for one in where), start=Decimal(0)),
    }
    moments = {name: texts.moment(at) if at else "" for name, at in story.items()}
    return moments | {f"sum_{name}": Money(amount, contract.currency) for name, amount in sums.items()}


def _moved_at(contract: Contract, *kinds: Transfer.Kind) -> datetime | None:
    """When the last money of these kinds arrived."""
    arrived = Transfer.objects.filter(payment__contract=contract, kind__in=kinds, status=Transfer.Status.SUCCEEDED)
    last: datetime | None = arrived.aggregate(last=Max("finished_at"))["last"]
    return last


def _said_at(contract: Contract, kind: Confirmation.Kind) -> datetime | None:
    return Confirmation.objects.filter(contract=contract, kind=kind).values_list("at", flat=True).first()
