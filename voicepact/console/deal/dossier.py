"""All that a deal's page shows beside its tables, read once."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from contracts import tables
from contracts.models import Contract
from notifications import costs
from payments import ledger
from payments.models import Transfer
from payments.proof import Place, place_of
from voicepact.console.deal import cast, chain, clocks, diagram, moneybar, terms, timeline
from voicepact.console.deal.outlook import Outlook
from voicepact.console.deal.sentences import codes
from voicepact.kernel.display import list_address, veiled

SHOWN = 200
FEES = {
    Contract.FeesPaidBy.PLATFORM: "We bear the fees.",
    Contract.FeesPaidBy.BUYER: "The buyer bears the fees.",
    Contract.FeesPaidBy.SELLER: "The seller bears the fees.",
    Contract.FeesPaidBy.SPLIT: "Buyer and seller share the fees.",
}


class Told(StrEnum):
    """How much of the time-line is told."""

    STORY = "story"
    MESSAGES = "messages"
    EVERYTHING = "everything"


CHOICES = {
    Told.STORY: "What happened",
    Told.MESSAGES: "Messages only",
    Told.EVERYTHING: "Everything, with the technical steps",
}


@dataclass(frozen=True, slots=True)
class Choice:
    words: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the template names; every text in it is plain, and every phone masked."""

    contract: Contract
    goods: str
    terms: list[tuple[str, str]]
    facts: list[tuple[str, object]]
    status: SafeString
    now: str
    next: str
    stops: list[str]
    people: list[cast.Person]
    bars: list[moneybar.Bar]
    diagram: diagram.Diagram
    clocks: list[clocks.Clock]
    entries: list[timeline.Entry]
    choices: list[Choice]
    lists: list[tuple[str, str]]
    seal: chain.Seal
    audio: str
    transcript: str


def read(contract: Contract, *, told: str = "") -> Dossier:
    """What the page of the deal shows now; `told` chooses what of the time-line."""
    chosen = Told(told) if told in set(Told) else Told.STORY
    payments = list(contract.payments.order_by("serial"))
    where = ledger.standings(payments)
    deadlines = list(contract.deadlines.filter(closed_at=None).order_by("due_at")[: clocks.MOST])
    outlook = Outlook(
        contract,
        deadlines=deadlines,
        confirmations=contract.confirmations.all(),
        paid=[(payment, where[payment.pk]) for payment in payments],
        checking=any(place_of(payment, where[payment.pk]) == Place.CHECKING for payment in payments[-1:]),
        doubted=_doubted(contract),
    )
    return Dossier(
        contract=contract,
        goods=terms.goods(contract),
        terms=terms.others(contract),
        facts=_facts(contract),
        status=tables.contract_status(contract),
        now=outlook.now,
        next=outlook.next,
        stops=_stops(contract),
        people=cast.people(contract),
        bars=[moneybar.bar(payment, where[payment.pk]) for payment in reversed(payments)],
        diagram=diagram.draw(contract),
        clocks=clocks.running(deadlines, contract),
        entries=_newest_first(contract, chosen),
        choices=[Choice(words, f"?told={name.value}#story", name == chosen) for name, words in CHOICES.items()],
        lists=_lists(contract),
        seal=chain.check(contract),
        audio=_audio(contract.audio_url),
        transcript=veiled(contract.transcript),
    )


def _doubted(contract: Contract) -> QuerySet[Transfer]:
    """Its prompts in quarantine, of which money came in, or may have."""
    prompts = Transfer.objects.collections().filter(payment__contract=contract, quarantined_at__isnull=False)
    return prompts.exclude(status=Transfer.Status.FAILED)


def _facts(contract: Contract) -> list[tuple[str, object]]:
    fees = FEES[Contract.FeesPaidBy(contract.fees_paid_by)]
    facts = [
        ("Price", contract.money),
        ("Fees", fees),
        ("Buyer pays", contract.buyer_pays),
        ("Seller gets", contract.seller_gets),
        ("Paid through", codes.gateway(contract.gateway)),
        ("Reference", contract.payment_reference),
        ("Kind", contract.get_contract_type_display()),
        ("Delivered to", veiled(contract.delivery_location)),
        ("Delivery by", contract.delivery_deadline),
        ("Made by", str(contract.owner)),
        ("Made on", contract.created_at),
        ("Called off because", veiled(contract.cancellation_reason)),
        ("SMS so far", str(costs.of_deal(contract))),
    ]
    return [(name, value) for name, value in facts if value]


def _stops(contract: Contract) -> list[str]:
    """What keeps the money of this deal, in words: who stopped it shows on the time-line."""
    standing = contract.payout_stops.filter(lifted_at=None)
    return [f"Payouts of this deal are stopped: {veiled(stop.reason) or codes.reason(stop.code)}." for stop in standing]


def _newest_first(contract: Contract, chosen: Told) -> list[timeline.Entry]:
    told = reversed(timeline.entries(contract))
    if chosen == Told.MESSAGES:
        told = (entry for entry in told if entry.kind == timeline.Kind.MESSAGE)
    elif chosen == Told.STORY:
        told = (entry for entry in told if not entry.is_step)
    return [entry for _, entry in zip(range(SHOWN), told, strict=False)]


def _lists(contract: Contract) -> list[tuple[str, str]]:
    """The full lists behind the time-line, which shows the newest entries only."""
    key = contract.pk
    lists = (
        ("All events", list_address("contracts.Event", contract__id__exact=key)),
        ("All SMS to the parties", list_address("notifications.Message", contract__id__exact=key)),
        ("All SMS from the parties", list_address("notifications.InboundMessage", q=key)),
        ("All transfers", list_address("payments.Transfer", payment__contract__id__exact=key)),
    )
    return [(words, address) for words, address in lists if address]


def _audio(address: str) -> str:
    """The recording's address, if it is one that a browser may open."""
    return address if urlsplit(address).scheme in ("http", "https") else ""
