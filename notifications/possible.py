"""Which commands make sense to a party now: what it is offered when it asks, or writes what is not quite a command."""

from itertools import islice

from contracts import contact
from contracts.models import Confirmation, Contract, Dispute, Party
from notifications.parsing import QUESTIONS

Kind, Role, Status = Confirmation.Kind, Party.Role, Contract.Status
SHOWN_DEALS = 3


def commands(contract: Contract, party: Party) -> list[str]:
    """The commands about the deal by their names in English, first the one that the deal waits for."""
    if contract.status == Status.PENDING:
        return ["NO"] if _said(party, Kind.AGREED) else ["YES", "NO"]
    pays = ["PAY"] if contract.status == Status.CONFIRMED and party.role != Role.SELLER else []
    trades = _of_traders(contract, party) if party.role != Role.PAYER else []
    return [*pays, *trades]


def makes_sense(verb: str, contract: Contract, party: Party) -> bool:
    return verb in QUESTIONS or verb in commands(contract, party)


def open_deals(phone: str) -> list[Party]:
    """The phone's part in each of its deals that are not over, newest first."""
    mine = Party.objects.filter(phone=phone).exclude(contract__status__in=contact.OVER)
    return list(mine.select_related("contract").order_by("-contract__created_at", "-contract_id"))


def deals_for(verb: str, phone: str) -> list[str]:
    """The open deals of the phone in which this command makes sense now, newest first, as many as one SMS names."""
    fit = (party.contract_id for party in open_deals(phone) if makes_sense(verb, party.contract, party))
    return list(islice(fit, SHOWN_DEALS))


def _of_traders(contract: Contract, party: Party) -> list[str]:
    if contract.status == Status.CONFIRMED:
        return ["CANCEL"]
    if contract.status not in contact.HELD:
        return []
    seller = party.role == Role.SELLER
    due = _delivery(party)
    if contract.status != Status.DISPUTED:
        return [*due, "DISPUTE", "CANCEL"]
    own = Dispute.objects.filter(contract=contract, closed_at=None, opened_by=party).exists()
    return [*due, "DISPUTE", *(["WITHDRAW"] if own else []), *(["CANCEL"] if seller else [])]


def _delivery(party: Party) -> list[str]:
    """The party's own word about the delivery, as long as it has not said it."""
    if party.role == Role.SELLER:
        return [] if _said(party, Kind.DELIVERED) else ["DELIVERED"]
    return [] if _said(party, Kind.ACCEPTED) else ["ACCEPT"]


def _said(party: Party, kind: Confirmation.Kind) -> bool:
    return Confirmation.objects.filter(party=party, kind=kind).exists()
