"""What a statement tells: the deal's facts in words and numbers, in the order in which a stranger would ask for them.

Nothing here says how a page looks. Phones are masked unless the whole numbers were asked for; of what people wrote the
numbers are always masked, since they may be a stranger's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.formats import localize
from django.utils.timezone import localtime

from contracts import tables
from contracts.models import Confirmation, Contract, Dispute, Evidence
from notifications.models import InboundMessage
from payments import ledger
from payments.models import Payment, Proposal, Transfer
from payments.tables import PLACES
from voicepact.console.deal import terms
from voicepact.console.deal.timeline import entries
from voicepact.console.dispute.evidence import whose
from voicepact.kernel.display import NOTHING, veiled
from voicepact.kernel.money import Money
from voicepact.kernel.phones import mask

CHANNELS = {"sms": "SMS", "ussd": "USSD", "api": "the client's system", "desk": "our desk", "clock": "the clock"}
MOVEMENTS = {
    Transfer.Kind.COLLECTION: "Received from the buyer",
    Transfer.Kind.PAYOUT: "Sent to the seller",
    Transfer.Kind.REFUND: "Returned to the buyer",
    Transfer.Kind.REVERSAL: "Returned by reversal",
}
MOST = 10_000
"""So much of what happened is told at most: a deal has hundreds of entries, not thousands."""
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table on paper: `widths` are parts of the page's width, `sums` the last line, `right` columns of numbers."""

    heads: Row
    rows: tuple[Row, ...]
    widths: tuple[float, ...]
    sums: Row = ()
    right: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a statement under its own heading: sentences, then tables."""

    title: str
    words: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()


def when(moment: datetime | None) -> str:
    return localize(localtime(moment)) if moment else NOTHING


def sections(contract: Contract, *, whole_numbers: bool) -> Iterator[Section]:
    """All that a statement tells of the deal, but for its proof."""
    yield _parties(contract, whole_numbers=whole_numbers)
    yield _agreed(contract)
    yield from (_money(payment) for payment in contract.payments.order_by("serial"))
    yield _said(contract)
    yield from (_dispute(dispute) for dispute in contract.disputes.select_related("opened_by").order_by("opened_at"))
    if proposals := list(contract.proposals.select_related("proposed_by", "decided_by").order_by("pk")):
        yield _decisions(proposals)
    yield _happened(contract)


def _parties(contract: Contract, *, whole_numbers: bool) -> Section:
    rows = tuple(
        (
            party.get_role_display(),
            veiled(party.name) or "No name given",
            party.phone if whole_numbers else mask(party.phone),
        )
        for party in contract.parties.all()
    )
    known = "" if whole_numbers else " The middle of each number is masked."
    return Section(
        "The parties",
        (f"Each is known by the phone number from which the word was given.{known}",),
        (Grid(("Party", "Name", "Phone"), rows, (0.2, 0.5, 0.3)),),
    )


# --- what was agreed --------------------------------------------------------------------------------------------------


def _agreed(contract: Contract) -> Section:
    fees = f"{Money(contract.buyer_fee, contract.currency)} by the buyer, "
    fees += f"{Money(contract.seller_fee, contract.currency)} by the seller"
    rows: list[Row] = [
        ("Kind of deal", contract.get_contract_type_display()),
        ("Price", contract.money.with_cents()),
        ("Fees", fees),
        ("The buyer pays", contract.buyer_pays.with_cents()),
        ("The seller receives", contract.seller_gets.with_cents()),
        *terms.in_full(contract),
        ("Place of delivery", veiled(contract.delivery_location) or NOTHING),
        ("To be delivered by", when(contract.delivery_deadline)),
        ("Written down", when(contract.created_at)),
        ("Agreed by all", when(contract.confirmed_at)),
        ("State now", contract.get_status_display()),
    ]
    if contract.cancellation_reason:
        rows.append(("Reason given for cancelling", veiled(contract.cancellation_reason)))
    if contract.transcript:
        rows.append(("As it was spoken", veiled(contract.transcript)))
    return Section("What was agreed", (), (Grid(("", ""), tuple(rows), (0.28, 0.72)),))


# --- the money --------------------------------------------------------------------------------------------------------


def _money(payment: Payment) -> Section:
    where = ledger.standing(payment)
    parts = [getattr(where, place) for place in PLACES]
    total = Money(where.collected, payment.currency).with_cents()
    sums = Grid(
        ("Came in", *PLACES.values()),
        ((_plain(where.collected), *map(_plain, parts)),),
        (1 / 6,) * 6,
        right=frozenset(range(6)),
    )
    about = (
        f"Payment {payment.transaction_id}, reference {payment.reference}: {_stands(payment)}.",
        f"What came in, {total}, is the sum of the other five amounts. All amounts are in {payment.currency}.",
    )
    return Section(f"The money: {payment.transaction_id}", about, (sums, _movements(payment)))


def _stands(payment: Payment) -> str:
    """Its status and, where that is not the whole truth, that people look into what the network says."""
    status = payment.get_status_display().lower()
    is_doubted = payment.transfers.exclude(quarantined_at=None).exists()
    return f"{status}; in quarantine until our staff have checked it with the network" if is_doubted else status


def _plain(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _movements(payment: Payment) -> Grid:
    transfers = list(payment.transfers.order_by("created_at", "part"))
    moved = [transfer for transfer in transfers if transfer.status == Transfer.Status.SUCCEEDED]
    came = sum((transfer.amount for transfer in moved if transfer.is_collection), Decimal(0))
    went = sum((transfer.amount for transfer in moved if not transfer.is_collection), Decimal(0))
    return Grid(
        ("Date", "Movement", "M-Pesa receipt", "Phone", "Came in", "Went out"),
        tuple(map(_movement, transfers)),
        (0.19, 0.29, 0.15, 0.15, 0.11, 0.11),
        sums=("", "Completed in all", "", "", _plain(came), _plain(went)),
        right=frozenset({4, 5}),
    )


def _movement(transfer: Transfer) -> Row:
    done = transfer.status == Transfer.Status.SUCCEEDED
    state = "" if done else f" ({transfer.get_status_display().lower()}: {_plain(transfer.amount)})"
    amount = _plain(transfer.amount) if done else NOTHING
    sides = (amount, "") if transfer.is_collection else ("", amount)
    name = f"{MOVEMENTS[Transfer.Kind(transfer.kind)]}, part {transfer.part}{state}"
    moment = when(transfer.finished_at or transfer.created_at)
    return (moment, name, transfer.receipt_number or NOTHING, mask(transfer.phone), *sides)


# --- what was said ----------------------------------------------------------------------------------------------------


def _said(contract: Contract) -> Section:
    words: list[tuple[datetime, Row]] = [
        (row.at, (when(row.at), row.party.get_role_display(), _channel(row.channel), _confirmed(row)))
        for row in contract.confirmations.select_related("party")
    ]
    for message in InboundMessage.objects.filter(contract=contract).select_related("party"):
        who = message.party.get_role_display() if message.party else mask(message.phone)
        written = (when(message.received_at), who, "SMS", f"Wrote: {veiled(message.text)}")
        words.append((message.received_at, written))
    rows = tuple(row for _, row in sorted(words, key=lambda pair: pair[0]))
    return Section(
        "What both sides said",
        ("" if rows else "Neither side has said anything yet.",),
        (Grid(("Date", "Party", "By", "What"), rows, (0.2, 0.14, 0.16, 0.5)),) if rows else (),
    )


def _confirmed(row: Confirmation) -> str:
    return f"Word that counts: {row.get_kind_display().upper()}"


def _channel(name: str) -> str:
    return CHANNELS.get(name, name)


# --- quarrels and decisions -------------------------------------------------------------------------------------------


def _dispute(dispute: Dispute) -> Section:
    currency = dispute.contract.currency
    rows: list[Row] = [
        ("Opened", f"{when(dispute.opened_at)}, by {tables.opened_by(dispute)}"),
        ("Reason given", veiled(dispute.reason) or NOTHING),
        ("Answered", when(dispute.answered_at)),
        ("Closed", when(dispute.closed_at)),
        ("Outcome", dispute.get_outcome_display() or "Still open: no money leaves"),
    ]
    if dispute.seller_amount is not None and dispute.buyer_amount is not None:
        rows.append(("To the seller", Money(dispute.seller_amount, currency).with_cents()))
        rows.append(("To the buyer", Money(dispute.buyer_amount, currency).with_cents()))
    brought = list(dispute.evidence.select_related("party").order_by("pk"))
    by = whose(brought)
    pieces = tuple(_piece(piece, by[piece.pk]) for piece in brought)
    evidence = Grid(("Date", "Brought by", "Text", "File (SHA-256)"), pieces, (0.2, 0.14, 0.36, 0.3))
    return Section("Dispute", (), (Grid(("", ""), tuple(rows), (0.28, 0.72)), *([evidence] if pieces else [])))


def _piece(piece: Evidence, who: str) -> Row:
    return when(piece.added_at), who, veiled(piece.text) or NOTHING, piece.sha256 or NOTHING


def _decisions(proposals: list[Proposal]) -> Section:
    rows = tuple(
        (
            proposal.get_kind_display(),
            veiled(proposal.reason),
            f"{when(proposal.proposed_at)}\n{proposal.proposed_by}",
            _decided(proposal),
        )
        for proposal in proposals
    )
    return Section(
        "Decisions of staff",
        ("What no rule decides, one member of staff proposes and another approves.",),
        (Grid(("What", "Why", "Proposed", "Decided"), rows, (0.2, 0.4, 0.2, 0.2)),),
    )


def _decided(proposal: Proposal) -> str:
    state = proposal.get_status_display()
    if not proposal.decided_at:
        return state
    who = f"\n{proposal.decided_by}" if proposal.decided_by else ""
    return f"{state}\n{when(proposal.decided_at)}{who}"


def _happened(contract: Contract) -> Section:
    told = (entry for entry in entries(contract, most=MOST) if not entry.is_step)
    rows = tuple((str(at), when(entry.at), entry.who, entry.words) for at, entry in enumerate(told, start=1))
    return Section(
        "All that happened",
        ("Oldest first. Messages are those that VoicePact sent or received.",),
        (Grid(("No.", "Date", "Who", "What"), rows, (0.07, 0.2, 0.15, 0.58)),),
    )
