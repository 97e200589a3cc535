"""What staff see of a payment besides its own row: where the money is, how it moved, and what the rail said of it."""

from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contracts.models import Contract
from payments import ledger
from payments.models import Callback, Deposit, Payment, Posting, Proposal, Transfer
from voicepact.kernel.clock import now
from voicepact.kernel.display import LINK, NOTHING, Tone, label, link, link_to, list_address, one_line, span, veiled
from voicepact.kernel.money import Money, grouped
from voicepact.kernel.phones import mask
from voicepact.kernel.staff import Table

LONGEST = 100

PAYMENT_TONES = {
    Payment.Status.PENDING: Tone.WAITING,
    Payment.Status.LOCKED: Tone.HELD,
    Payment.Status.RELEASED: Tone.GOOD,
    Payment.Status.REFUNDED: Tone.CARE,
    Payment.Status.FAILED: Tone.BAD,
}
TRANSFER_TONES = {
    Transfer.Status.REQUESTED: Tone.WAITING,
    Transfer.Status.SUBMITTED: Tone.WAITING,
    Transfer.Status.UNKNOWN: Tone.CARE,
    Transfer.Status.SUCCEEDED: Tone.GOOD,
    Transfer.Status.FAILED: Tone.BAD,
}
DEPOSIT_TONES = {
    Deposit.Status.TOLD: Tone.WAITING,
    Deposit.Status.KEPT: Tone.GOOD,
    Deposit.Status.SUSPENSE: Tone.CARE,
}
PROPOSAL_TONES = {
    Proposal.Status.PROPOSED: Tone.CARE,
    Proposal.Status.APPROVED: Tone.GOOD,
    Proposal.Status.REJECTED: Tone.BAD,
}

PLACES = {
    "held": "Held in escrow",
    "in_transit": "On its way",
    "released": "Reached the seller",
    "refunded": "Went back to the buyer",
    "fees": "Our fee",
}
"""Where money that came in can be, by the fields of a payment's `Standing`: they add up to what came in."""


# --- single values ----------------------------------------------------------------------------------------------------


def payment_status(payment: Payment) -> SafeString:
    return label(payment.get_status_display(), PAYMENT_TONES[Payment.Status(payment.status)])


def transfer_status(transfer: Transfer) -> SafeString:
    """Its status, and whether it waits for a person or for the rail's own word."""
    labels = [label(transfer.get_status_display(), TRANSFER_TONES[Transfer.Status(transfer.status)])]
    if transfer.quarantined_at:
        labels.append(label("Quarantined", Tone.BAD))
    elif transfer.is_collection and transfer.status == Transfer.Status.SUCCEEDED and not transfer.rail_confirmed_at:
        labels.append(label("Unconfirmed", Tone.CARE))
    return format_html_join(" ", "{}", ((each,) for each in labels))


def deposit_status(deposit: Deposit) -> SafeString:
    return label(deposit.get_status_display(), DEPOSIT_TONES.get(Deposit.Status(deposit.status), Tone.PLAIN))


def proposal_status(proposal: Proposal) -> SafeString:
    return label(proposal.get_status_display(), PROPOSAL_TONES.get(Proposal.Status(proposal.status), Tone.PLAIN))


def time_left(proposal: Proposal) -> str:
    """How long the proposal can still be approved, in words."""
    if not proposal.is_open:
        return "over"
    return f"expires in {span(now(), proposal.expires_at, depth=1)}"


def transfer_name(transfer: Transfer) -> str:
    return f"{transfer.get_kind_display()} {transfer.part}"


def callback_state(callback: Callback) -> SafeString:
    if not callback.worked_at:
        return label("Waiting", Tone.WAITING)
    return label("Quarantined", Tone.BAD) if callback.result.startswith("quarantined") else label("Worked", Tone.GOOD)


def account(name: str) -> str:
    """An account of the books, in words."""
    kind, _, key = name.partition(":")
    words = {"in_transit": "On its way", "charges": f"Charges of {key}"}
    return words.get(kind, kind.capitalize())


def owner_of(name: str) -> SafeString | str:
    """A link to the payment or transfer whose account this is."""
    kind, _, key = name.partition(":")
    if kind == "in_transit":
        return link_to(Transfer, key, f"Transfer {key[:8]}…")
    return format_html(LINK, list_address("payments.Payment", q=key), key) if kind == "held" else NOTHING


# --- tables -----------------------------------------------------------------------------------------------------------


def standing(payment: Payment) -> Table:
    where = ledger.standing(payment)
    amounts = (where.collected, *(getattr(where, place) for place in PLACES))
    return Table(
        title="Where the money is",
        about="What came in is always the sum of the other five.",
        headers=("Came in", *PLACES.values()),
        rows=(tuple(str(Money(amount, payment.currency)) for amount in amounts),),
    )


def payments(contract: Contract) -> Table:
    rows = list(contract.payments.order_by("serial"))
    where = ledger.standings(rows)
    return Table(
        title="Payments",
        about="One payment at a time is live. Held is the money that lies in escrow now.",
        headers=("Transaction", "Status", "Amount", "Held", "On its way", "To seller", "Back to buyer", "Fee"),
        rows=tuple(
            (
                link(payment),
                payment_status(payment),
                one_line(payment.money),
                grouped(where[payment.pk].held),
                grouped(where[payment.pk].in_transit),
                grouped(where[payment.pk].released),
                grouped(where[payment.pk].refunded),
                grouped(where[payment.pk].fees),
            )
            for payment in rows
        ),
    )


def transfers_of_contract(contract: Contract) -> Table:
    rows = Transfer.objects.filter(payment__contract=contract).order_by("created_at", "part")
    return transfers(rows, more=list_address("payments.Transfer", payment__contract__id__exact=contract.pk))


def transfers_of_payment(payment: Payment) -> Table:
    rows = payment.transfers.order_by("created_at", "part")
    return transfers(rows, more=list_address("payments.Transfer", payment__id__exact=payment.pk))


def transfers(rows: QuerySet[Transfer], *, more: str) -> Table:
    return Table(
        title="Transfers",
        about="Each attempt to move one amount by mobile money: collections come in, payouts and refunds go out.",
        more=more,
        headers=("Transfer", "Status", "Amount", "Phone", "Receipt number", "Why it failed", "Begun", "Ended"),
        rows=tuple(
            (
                link(transfer, transfer_name(transfer)),
                transfer_status(transfer),
                one_line(transfer.money),
                mask(transfer.phone),
                transfer.receipt_number or NOTHING,
                veiled(transfer.failure_reason) or NOTHING,
                transfer.created_at,
                transfer.finished_at or NOTHING,
            )
            for transfer in rows[:LONGEST]
        ),
    )


def postings(rows: QuerySet[Posting], *, more: str) -> Table:
    return Table(
        title="Postings",
        about="The books: each line moves an amount from one account to another, and is never changed.",
        more=more,
        headers=("No.", "From", "To", "Amount", "Transfer", "At"),
        rows=tuple(
            (
                link(posting, posting.pk),
                account(posting.source),
                account(posting.destination),
                one_line(Money(posting.amount, posting.currency)),
                link(posting.transfer, transfer_name(posting.transfer)) if posting.transfer else NOTHING,
                posting.at,
            )
            for posting in rows.select_related("transfer").order_by("pk")[:LONGEST]
        ),
    )


def callbacks(rows: QuerySet[Callback], *, more: str) -> Table:
    return Table(
        title="Callbacks",
        about="What the rail sent us, newest first: claims, which count once they have been compared and worked.",
        more=more,
        headers=("No.", "Kind", "Transfer", "State", "Result", "Received"),
        rows=tuple(
            (
                link(callback, callback.pk),
                callback.kind,
                link(callback.transfer, transfer_name(callback.transfer)) if callback.transfer else NOTHING,
                callback_state(callback),
                callback.result or NOTHING,
                callback.received_at,
            )
            for callback in rows.select_related("transfer").order_by("-pk")[:LONGEST]
        ),
    )


def proposals(rows: QuerySet[Proposal]) -> Table:
    return Table(
        title="Proposals",
        about="What one member of staff proposed, and another approves or rejects.",
        headers=("What", "State", "Proposed by", "At", "Decided by", "At"),
        rows=tuple(
            (
                link(proposal, proposal.get_kind_display()),
                proposal_status(proposal),
                str(proposal.proposed_by),
                proposal.proposed_at,
                str(proposal.decided_by or NOTHING),
                proposal.decided_at or NOTHING,
            )
            for proposal in rows.select_related("proposed_by", "decided_by").order_by("-pk")[:LONGEST]
        ),
    )
