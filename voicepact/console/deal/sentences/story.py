"""What the time-line of one deal is told from: fetched at once, in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Model

from contracts.models import Contract, Dispute, Event, Evidence, Party
from payments.models import Deposit, Payment, Proposal, Transfer
from voicepact.kernel.models import User

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Story:
    """The events of a deal, oldest first, and the rows that they name, each by its key as events write it."""

    contract: Contract | None
    events: tuple[Event, ...] = ()
    parties: Mapping[str, Party] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    payments: Mapping[str, Payment] = field(default_factory=dict)
    transfers: Mapping[str, Transfer] = field(default_factory=dict)
    disputes: Mapping[str, Dispute] = field(default_factory=dict)
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    deposits: Mapping[str, Deposit] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        return self.contract.currency if self.contract else "KES"

    def role_of(self, phone: str) -> str:
        """`buyer`, `seller` or `payer`: who has this phone now; empty when it is nobody's of the deal."""
        return next((party.role for party in self.parties.values() if party.phone == phone), "")


def read(contract: Contract, *, most: int) -> Story:
    """The story of the contract's last `most` events."""
    events = tuple(reversed(contract.events.order_by("-serial")[:most]))
    payments = {payment.pk: payment for payment in contract.payments.all()}
    transfers = list(Transfer.objects.filter(payment__contract=contract).order_by("-created_at")[:most])
    for transfer in transfers:
        transfer.payment = payments[transfer.payment_id or 0]
    return Story(
        contract=contract,
        events=events,
        parties={str(party.pk): party for party in contract.parties.all()},
        users=_by_key(User.objects.filter(pk__in=_actors(events))),
        payments={payment.transaction_id: payment for payment in payments.values()},
        transfers=_by_key(transfers),
        disputes=_by_key(contract.disputes.all()[:most]),
        evidence=_by_key(Evidence.objects.filter(dispute__contract=contract).order_by("-pk")[:most]),
        proposals=_by_key(contract.proposals.order_by("-pk")[:most]),
        deposits=_by_key(Deposit.objects.filter(pk__in=_named(events, "deposit"))),
    )


def _by_key(rows: Iterable[M]) -> dict[str, M]:
    return {str(row.pk): row for row in rows}


def _actors(events: Iterable[Event]) -> set[int]:
    """Members of staff and clients, whose names are in no event."""
    told = (event.actor.partition(":") for event in events)
    return {int(key) for kind, _, key in told if kind in ("staff", "client") and key.isdigit()}


def _named(events: Iterable[Event], name: str) -> set[int]:
    return {int(event.payload[name]) for event in events if name in event.payload}
