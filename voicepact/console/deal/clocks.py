"""The timers of a deal that run, in words: how long each has, what happens then, and why it was put off."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from contracts.models import Contract, Deadline
from voicepact.console.deal.sentences import codes
from voicepact.kernel.clock import now
from voicepact.kernel.display import address_of, span

Kind = Deadline.Kind
MOST = 50
THEN = {
    Kind.AGREEMENT: "If not everybody has agreed by then, the deal expires.",
    Kind.FUNDING: "If the whole amount is not in by then, the deal expires, and what came in goes back.",
    Kind.PROMPT: "If the payment prompt is not answered by then, we ask the network what became of it.",
    Kind.SELLER_WARNING: "The seller is warned then that the money will go back to the buyer.",
    Kind.DELIVERY: "If the seller has kept silent by then, the money goes back; if there is any doubt, staff decide.",
    Kind.BUYER_REMINDER: "The buyer is reminded then to accept the delivery.",
    Kind.ACCEPTANCE: "If the buyer has said nothing by then, a dispute is opened, and staff decide.",
    Kind.SELLER_REMINDER: "The seller is reminded then to confirm the delivery.",
    Kind.DELIVERY_WORD: "If the seller has said nothing by then, a dispute is opened, and staff decide.",
    Kind.DISPUTE_ANSWER: "If the other side has not answered by then, that is written down; the dispute stays open.",
    Kind.DISPUTE_DECISION: "If staff have not decided by then, somebody on call is told; the dispute stays open.",
    Kind.PHONE_CHANGE: "From then on the party's new phone counts, also for money that is owed.",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A timer that runs; `left` is `in 1 day 4 hours` or, when it is overdue, `2 hours ago`."""

    what: str
    due_at: datetime
    left: str
    overdue: bool
    then: str
    moved: str
    address: str


def running(deadlines: list[Deadline], contract: Contract) -> list[Clock]:
    """The deal's running timers, soonest first, with one query about those that were put off."""
    whys: dict[int, list[str]] = defaultdict(list)
    told = contract.events.filter(kind="deadline.moved").order_by("serial")
    for key, why in told.values_list("payload__deadline", "payload__why"):
        whys[key].append(why)
    return [_clock(deadline, whys[deadline.pk]) for deadline in deadlines if not deadline.closed_at]


def _clock(deadline: Deadline, whys: list[str]) -> Clock:
    kind, moment = Kind(deadline.kind), now()
    overdue = deadline.due_at <= moment
    return Clock(
        what=kind.label,
        due_at=deadline.due_at,
        left=f"{span(deadline.due_at, moment)} ago" if overdue else f"in {span(moment, deadline.due_at)}",
        overdue=overdue,
        then=THEN[kind],
        moved=_moved(deadline.times_moved, whys),
        address=address_of(deadline),
    )


def _moved(times: int, whys: list[str]) -> str:
    """How often it was put off, and why; empty if it never was."""
    if not times:
        return ""
    often = "once" if times == 1 else f"{times} times"
    reasons = " and ".join(dict.fromkeys(codes.MOVED.get(why, why) for why in whys))
    return f"Put off {often}, because {reasons}." if reasons else f"Put off {often}."
