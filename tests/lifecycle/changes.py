"""What has become of a deal between two looks at it, in words without ids, phones or times."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from contracts.models import Confirmation
from payments import schedule
from payments.models import Payment, Posting, Transfer
from tests.lifecycle.look import Look
from voicepact.kernel.clock import now
from voicepact.kernel.money import grouped

Kind, Status = Transfer.Kind, Transfer.Status
SAID_ELSEWHERE = {
    *("contract.cancelled", "contract.completed", "contract.confirmed", "contract.delivered", "contract.expired"),
    *("payment.failed", "payment.locked", "payment.opened", "payment.refunded", "payment.released"),
    *("transfer.failed", "transfer.quarantined", "transfer.requested", "transfer.submitted", "transfer.unknown"),
    *("collection.confirmed", "collection.received", "payout.arrived", "refund.arrived", "reversal.arrived"),
    *("dispute.opened", "dispute.withdrawn", "dispute.resolved", "payouts.stopped", "payouts.resumed"),
    *("proposal.made", "proposal.approved"),
    *(f"party.{kind}" for kind in Confirmation.Kind.values),
}
"""Events whose news stands in the row already; any other is named."""
DAY, LONG = 86_400, 3 * 86_400  # seconds


def becomes(before: Look, after: Look, about: Transfer | None) -> str:
    """The new states of the transfer that it is `about`, and of contract, payments and disputes."""
    states = [*_states(before, after)]
    if about and (new := _new_status(before.transfers[about.pk], after.transfers[about.pk])):
        states.insert(0, f"{named(about)} {new}")
    return ", ".join(states)


def _new_status(old: Transfer, new: Transfer) -> str:
    if new.status == old.status:
        return ""
    return f"`{new.status}`" + (f" (`{new.failure_code}`)" if new.status == Status.FAILED else "")


def _states(before: Look, after: Look) -> Iterator[str]:
    if after.contract.status != before.contract.status:
        yield f"contract `{after.contract.status}`"
    for key, payment in after.payments.items():
        old = before.payments.get(key)
        if old is None or old.status != payment.status:
            why = f" (`{payment.failure_code}`)" if payment.status == Payment.Status.FAILED else ""
            yield f"{'new ' if old is None else ''}payment `{payment.status}`{why}"
    for key, dispute in after.disputes.items():
        old_dispute = before.disputes.get(key)
        if old_dispute is None:
            yield f"dispute opened by {dispute.by}"
        elif old_dispute.is_open and not dispute.is_open:
            yield f"dispute over: `{dispute.outcome}`"
    for key, deposit in after.deposits.items():
        if key not in before.deposits or before.deposits[key].status != deposit.status:
            yield f"deposit `{deposit.status}`"


def follows(before: Look, after: Look, about: Transfer | None) -> list[str]:
    """What moved, what was asked for, and whatever else is written down."""
    return [
        *_said(before, after),
        *_together(_postings(before, after)),
        *_together(_prompts(before, after)),
        *_together(_transfers(before, after, about)),
        *_stops(before, after),
        *_news(before, after),
    ]


def _together(phrases: Iterable[tuple[Decimal, str]]) -> list[str]:
    """Amounts of which the same is to be said are said together: `250,000 + 100,000 came in`."""
    amounts: dict[str, list[Decimal]] = {}
    for amount, phrase in phrases:
        amounts.setdefault(phrase, []).append(amount)
    return [phrase.replace("…", " + ".join(map(grouped, parts))) for phrase, parts in amounts.items()]


def _said(before: Look, after: Look) -> Iterator[str]:
    """Words that are kept though the contract's state does not show them."""
    if before.contract.status == after.contract.status:
        for role, kind in sorted(after.words - before.words):
            yield f"{role}'s word kept: `{kind}`"


def _postings(before: Look, after: Look) -> Iterator[tuple[Decimal, str]]:
    for posting in after.postings[len(before.postings) :]:
        yield posting.amount, _moved(after, posting)


def _moved(look: Look, posting: Posting) -> str:
    source, destination = posting.source.split(":")[0], posting.destination.split(":")[0]
    transfer = posting.transfer
    if transfer and not transfer.is_collection:
        match source, destination:
            case "held", "in_transit":
                return _sets_out(look, transfer)
            case "in_transit", "outside":
                return f"… arrived at {look.role(transfer.phone)}"
            case "in_transit", "held":
                return f"… of {transfer.kind} held again"
    return "… came in" if (source, destination) == ("outside", "held") else f"… from {source} to {destination}"


def _sets_out(look: Look, transfer: Transfer) -> str:
    to = look.role(transfer.phone)
    road = {
        Kind.PAYOUT: f"to {to} by payout",
        Kind.REFUND: f"back to {to} by payout",
        Kind.REVERSAL: f"back to {to} by reversal",
    }
    return f"… on the way {road[Kind(transfer.kind)]}{_when(transfer.not_before)}"


def _when(moment: datetime) -> str:
    """When it is due, if not at once."""
    if moment <= now():
        return ""
    return ", tomorrow at 08:00" if moment == schedule.next_day() else f", in {span(moment - now())}"


def span(time: timedelta) -> str:
    """`7 d`, `48 h`, `71 h 50 min`, `5 min`, `30 s`."""
    seconds = round(time.total_seconds())
    if seconds >= LONG and not seconds % DAY:
        return f"{seconds // DAY} d"
    counts = (seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")
    return " ".join(f"{count} {unit}" for count, unit in counts if count)


def _prompts(before: Look, after: Look) -> Iterator[tuple[Decimal, str]]:
    """Prompts that are to be sent, and are new or were to be sent at another time."""
    for key, transfer in after.transfers.items():
        old = before.transfers.get(key)
        is_due = transfer.is_collection and transfer.status == Status.REQUESTED and not transfer.claimed_at
        if is_due and (old is None or old.not_before != transfer.not_before):
            yield transfer.amount, f"prompt for … due{_when(transfer.not_before) or ' at once'}"


def _transfers(before: Look, after: Look, about: Transfer | None) -> Iterator[tuple[Decimal, str]]:
    for key, transfer in after.transfers.items():
        old = before.transfers.get(key) or Transfer(kind=transfer.kind)
        told = transfer == about or transfer.status in (Status.REQUESTED, Status.SUCCEEDED)
        status = "" if told else _new_status(old, transfer)
        for phrase in filter(None, [status, *_changes(after, old, transfer)]):
            yield transfer.amount, f"{named(transfer)} of … {phrase}"


def named(transfer: Transfer) -> str:
    return "prompt" if transfer.is_collection else transfer.kind


def _changes(look: Look, old: Transfer, new: Transfer) -> Iterator[str]:
    if new.failure_code != old.failure_code and new.status != Status.FAILED:
        yield f"said to be refused (`{new.failure_code}`)"
    if new.rail_confirmed_at and not old.rail_confirmed_at:
        yield "confirmed by the rail"
    if new.return_reason and not old.return_reason and not look.is_returned(new):
        yield f"goes back once the rail has confirmed it (`{new.return_reason}`)"
    if new.quarantined_at and not old.quarantined_at:
        yield f"in quarantine: {new.quarantine_reason}"
    if old.quarantined_at and not new.quarantined_at:
        yield "out of quarantine"
    if new.next_ask_at and new.next_ask_at != old.next_ask_at and new.next_ask_at <= now():
        yield "is asked about at once"
    if old.phone and new.phone != old.phone:
        yield f"now for {look.role(new.phone)}"
    if not new.is_collection and new.status == Status.REQUESTED and old.phone and new.not_before > old.not_before:
        yield f"waits{_when(new.not_before)}"


def _stops(before: Look, after: Look) -> Iterator[str]:
    for key, stop in after.stops.items():
        old = before.stops.get(key)
        where = f"on {stop.gateway}" if stop.gateway else "of this deal" if stop.contract_id else "everywhere"
        if old is None:
            yield f"payouts stop {where} (`{stop.code}`)"
        elif old.lifted_at is None and stop.lifted_at:
            yield f"payouts resume {where}"


def _news(before: Look, after: Look) -> Iterator[str]:
    kinds: dict[str, None] = {}
    for kind, payload in after.events[len(before.events) :]:
        if kind not in SAID_ELSEWHERE:
            details = [str(payload[name]) for name in ("why", "what", "number") if name in payload]
            kinds[f"`{kind}`" + (f" ({', '.join(details)})" if details else "")] = None
    if kinds:
        yield f"recorded: {', '.join(kinds)}"
