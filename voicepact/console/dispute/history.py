"""What a phone has done in other deals: the first thing that staff look at when two people say the opposite."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from contracts.models import Contract, Dispute, Party
from voicepact.kernel.money import Money

MOST_DEALS = 200
WON = {
    Party.Role.SELLER: (Dispute.Outcome.RELEASED, Dispute.Outcome.ACCEPTED),
    Party.Role.BUYER: (Dispute.Outcome.REFUNDED, Dispute.Outcome.CANCELLED),
}
TRADERS = (Party.Role.BUYER, Party.Role.SELLER)


@dataclass(frozen=True, slots=True)
class History:
    """Counts over the last MOST_DEALS deals of one phone, the present one aside; `more` when there are others.

    A dispute is won by whoever gets all the money; a split, or one taken back, is neither won nor lost.
    """

    deals: int = 0
    more: bool = False
    as_buyer: int = 0
    as_seller: int = 0
    completed: int = 0
    cancelled: int = 0
    traded: tuple[Money, ...] = ()
    first_seen: datetime | None = None
    unreachable_since: datetime | None = None
    opened: int = 0
    won: int = 0
    lost: int = 0


def history(phone: str, *, besides: str) -> History:
    """Of the phone, in two bounded queries; `besides` is the id of the deal that is looked at."""
    others = Party.objects.filter(phone=phone, role__in=TRADERS).exclude(contract_id=besides)
    found = list(others.select_related("contract").order_by("-pk")[: MOST_DEALS + 1])
    parties = found[:MOST_DEALS]
    contracts = [party.contract for party in parties]
    completed = [contract for contract in contracts if contract.status == Contract.Status.COMPLETED]
    roles = [party.role for party in parties]
    won, lost, opened = _disputes(parties)
    return History(
        deals=len(parties),
        more=len(found) > MOST_DEALS,
        as_buyer=roles.count(Party.Role.BUYER),
        as_seller=roles.count(Party.Role.SELLER),
        completed=len(completed),
        cancelled=sum(contract.status == Contract.Status.CANCELLED for contract in contracts),
        traded=_sums(completed),
        first_seen=min((contract.created_at for contract in contracts), default=None),
        unreachable_since=max((party.unreachable_since for party in parties if party.unreachable_since), default=None),
        opened=opened,
        won=won,
        lost=lost,
    )


def _disputes(parties: list[Party]) -> tuple[int, int, int]:
    """How many were won, lost, and opened by these parties."""
    mine = {party.contract_id: party for party in parties}
    rows = Dispute.objects.filter(contract_id__in=mine).values_list("contract_id", "outcome", "opened_by_id")
    won = lost = opened = 0
    for contract, outcome, opener in rows[: 2 * MOST_DEALS]:
        party = mine[contract]
        winner = next((role for role, outcomes in WON.items() if outcome in outcomes), None)
        opened += opener == party.pk
        won += winner == party.role
        lost += winner not in (None, party.role)
    return won, lost, opened


def _sums(contracts: Iterable[Contract]) -> tuple[Money, ...]:
    """What was traded, currency by currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for contract in contracts:
        sums[contract.currency] += contract.amount
    return tuple(Money(amount, currency) for currency, amount in sorted(sums.items()))
