"""One state of a deal, and what every event does to it: tried, written down, and undone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from payments import bookcheck
from payments.models import Transfer
from payments.settlement import Result
from tests.lifecycle import changes
from tests.lifecycle.deal import CannotHappen, Deal, Refused
from tests.lifecycle.events import Event
from tests.lifecycle.look import Look
from tests.lifecycle.stage import Stage
from tests.lifecycle.standing import standing
from tests.lifecycle.states import State, Step
from voicepact.kernel.errors import Refusal
from voicepact.kernel.money import grouped

K = TypeVar("K")
V = TypeVar("V")
Way = tuple[State, tuple[Step, ...]]
"""A state, and the steps that are left until it is reached."""
REFUSED, NO_NEWS = "nothing", ": nothing changed"
BOOKS = (bookcheck.balances, bookcheck.totals, bookcheck.transfers, bookcheck.deposits, bookcheck.payments)
WORTH_SAYING = ("answered", "kept as", "not sent")
"""Notes that tell more than what has changed."""


@dataclass(frozen=True)
class Row:
    """What an event did: the new states, and what else followed. `faults` are promises that it broke."""

    event: str
    becomes: str
    follows: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A state, how the deal stands in it, and what every event that can happen to it does."""

    state: State
    standing: str
    rows: list[Row]


def sections(stage: Stage, states: list[State], events: list[Event]) -> list[Section]:
    """Every state has been tried, in the order in which they are listed."""
    tried: dict[State, Section] = {}
    for start, alike in _grouped((state.start, state) for state in states):
        with stage.undone():
            _try(start(stage), [(state, state.steps) for state in alike], events, tried)
    return [tried[state] for state in states]


def _try(deal: Deal, ways: list[Way], events: list[Event], tried: dict[State, Section]) -> None:
    """The states to which these ways lead from here have been tried; steps that they have in common are gone once."""
    for state in (state for state, left in ways if not left):
        tried[state] = Section(state, standing(deal), [row for event in events if (row := _row(deal, event))])
    for step, onwards in _grouped((left[0], (state, left[1:])) for state, left in ways if left):
        with deal.stage.undone():
            step(deal)
            _try(deal.again(), onwards, events, tried)


def _grouped(pairs: Iterable[tuple[K, V]]) -> Iterable[tuple[K, list[V]]]:
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups.items()


def _row(deal: Deal, event: Event) -> Row | None:
    """What the event did, undone; None if there is nothing that it could happen to."""
    try:
        with deal.stage.undone():
            return _tried(deal, event)
    except CannotHappen:
        return None
    except Exception as error:
        return Row(event.name, "**breaks**", "", (f"it fails with {type(error).__name__}",))


def _tried(deal: Deal, event: Event) -> Row:
    try:
        note = event.happen(deal)
    except (Refused, Refusal) as refusal:
        note = f"{REFUSED}: `{refusal.code}`"
    after = Look.at(deal.contract.pk, deal.look)
    if after.prints == deal.look.prints:
        return Row(event.name, _nothing(note))
    states, rest = changes.becomes(deal.look, after, deal.about), changes.follows(deal.look, after, deal.about)
    if note.startswith(REFUSED):
        return Row(event.name, note, "; ".join(rest), ("something changed though it was refused",))
    if note.startswith(WORTH_SAYING):
        rest.append(note)
    if not states and not rest:
        return Row(event.name, _nothing(note))
    return Row(event.name, states or "the same", "; ".join(rest), tuple(_faults(deal.look, after)))


def _nothing(note: str) -> str:
    """Why nothing changed, where that is known."""
    if note.startswith(REFUSED):
        return note
    return f"nothing: {note.removesuffix(NO_NEWS)}" if note and note != Result.REPEATED else "nothing"


# --- what must hold after every event ---------------------------------------------------------------------------------


def _faults(before: Look, after: Look) -> Iterator[str]:
    """Breaches of the books, and money for which nobody waits."""
    if len(after.postings) > len(before.postings):
        for check in BOOKS:
            if any(check()):
                yield f"check_ledger finds a difference in its {check.__name__}"
    for payment in after.payments.values():
        lying = after.held(payment)
        if lying and not _is_waited_for(after):
            yield f"{grouped(lying)} lies where nobody waits for it"


def _is_waited_for(look: Look) -> bool:
    """Whether a transfer, a timer, a dispute or a person will move what is held."""
    return (
        any(_waits(transfer) for transfer in look.transfers.values())
        or any(dispute.is_open for dispute in look.disputes.values())
        or bool(look.deadlines)
        or any(kind == "transfer.needs_person" for kind, _ in look.events)
    )


def _waits(transfer: Transfer) -> bool:
    """It is open, owed, in quarantine, or about to be asked about."""
    is_owed = transfer.status == Transfer.Status.FAILED and not transfer.is_collection
    return bool(transfer.is_open or is_owed or transfer.quarantined_at or transfer.next_ask_at)
