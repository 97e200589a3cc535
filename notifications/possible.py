"""Which commands make sense to a party now: what it is offered when it asks, or writes what is not quite a command.

The menu by USSD offers the same. Only of a payment it knows more: whether a prompt is open; PAY is answered with that.
"""

from itertools import islice

from django.db.models import Prefetch

from contracts import contact, disputes
from contracts.models import Confirmation, Contract, Dispute, Evidence, Party
from notifications.parsing import QUESTIONS
from payments import checkout

Kind, Role, Status = Confirmation.Kind, Party.Role, Contract.Status
SHOWN_DEALS = 3


def commands(contract: Contract, party: Party) -> list[str]:
    """The commands about the deal by their names in English, first the one that the deal waits for."""
    if contract.status == Status.PENDING:
        return ["NO"] if _said(contract, party, Kind.AGREED) else ["YES", "NO"]
    pays = ["PAY"] if _may_pay(contract, party) else []
    trades = _of_traders(contract, party) if party.role != Role.PAYER else []
    return [*pays, *trades]


def makes_sense(verb: str, contract: Contract, party: Party) -> bool:
    return verb in QUESTIONS or verb in commands(contract, party)


def adds_words(contract: Contract, party: Party) -> bool:
    """Whether the deal is in dispute, and takes more words of this party."""
    in_dispute = any(each.is_open for each in contract.disputes.all())
    return in_dispute and makes_sense("DISPUTE", contract, party)


def open_deals(phone: str) -> list[Party]:
    """The phone's part in each of its deals that are not over, newest first; in a fixed number of queries."""
    mine = Party.objects.filter(phone=phone).exclude(contract__status__in=contact.OVER)
    pieces = Prefetch("contract__disputes__evidence", Evidence.objects.only("dispute"))  # counted, not read
    deals = mine.select_related("contract").prefetch_related("contract__confirmations", pieces)
    return list(deals.order_by("-contract__created_at", "-contract_id"))


def deals_for(verb: str, phone: str) -> list[str]:
    """The open deals of the phone in which this command makes sense now, newest first, as many as one SMS names."""
    fit = (party.contract_id for party in open_deals(phone) if makes_sense(verb, party.contract, party))
    return list(islice(fit, SHOWN_DEALS))


def _may_pay(contract: Contract, party: Party) -> bool:
    return contract.status == Status.CONFIRMED and party.role != Role.SELLER and not checkout.is_late(contract)


def _of_traders(contract: Contract, party: Party) -> list[str]:
    if contract.status == Status.CONFIRMED:
        return ["CANCEL"]
    if contract.status not in contact.HELD:
        return []
    dispute = next((each for each in contract.disputes.all() if each.is_open), None)
    if dispute is not None:
        return _in_dispute(contract, party, dispute)
    asked = _said(contract, party, Kind.CANCELLED)
    return [*_delivery(contract, party), "DISPUTE", *([] if asked else ["CANCEL"])]


def _in_dispute(contract: Contract, party: Party, dispute: Dispute) -> list[str]:
    """A buyer who has accepted ends a dispute of its own by taking it back or, when that is over, by accepting anew."""
    own = dispute.opened_by_id == party.pk
    back = own and disputes.may_take_back(contract, party)
    due = _delivery(contract, party)
    anew = ["ACCEPT"] if own and not back and not due and party.role == Role.BUYER else []
    words = [] if disputes.is_full(dispute) else ["DISPUTE"]
    cancel = ["CANCEL"] if party.role == Role.SELLER else []
    return [*due, *anew, *words, *(["WITHDRAW"] if back else []), *cancel]


def _delivery(contract: Contract, party: Party) -> list[str]:
    """The party's own word about the delivery, as long as it has not said it."""
    if party.role == Role.SELLER:
        return [] if _said(contract, party, Kind.DELIVERED) else ["DELIVERED"]
    return [] if _said(contract, party, Kind.ACCEPTED) else ["ACCEPT"]


def _said(contract: Contract, party: Party, kind: Confirmation.Kind) -> bool:
    return any(each.party_id == party.pk and each.kind == kind for each in contract.confirmations.all())
