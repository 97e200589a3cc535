"""The states of a deal as a picture: which there are, which way was taken, and where the deal is now."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from contracts.models import Contract
from voicepact.console.deal.sheets import PLANS, Plan

Status = Contract.Status
WIDTH, HEIGHT = 124, 44
FINAL = frozenset({Status.COMPLETED, Status.CANCELLED, Status.EXPIRED})
LEADS_TO = {
    "contract.drafted": Status.PENDING,
    "contract.confirmed": Status.CONFIRMED,
    "payment.locked": Status.PAYMENT_LOCKED,
    "contract.delivered": Status.DELIVERED,
    "dispute.opened": Status.DISPUTED,
    "contract.completed": Status.COMPLETED,
    "contract.cancelled": Status.CANCELLED,
    "contract.expired": Status.EXPIRED,
}
SAID, OVER = "party.delivered", "dispute.withdrawn"


@dataclass(frozen=True, slots=True)
class Box:
    """A state; x and y are its upper left corner."""

    name: str
    x: int
    y: int
    middle: int
    classes: str


@dataclass(frozen=True, slots=True)
class Line:
    x1: int
    y1: int
    x2: int
    y2: int
    taken: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One drawing of it; `name` says for which room, `view` is the part of the plane that is seen."""

    name: str
    view: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Diagram:
    sheets: tuple[Sheet, ...]
    way: tuple[str, ...]

    @property
    def words(self) -> str:
        """What the picture shows, for those who do not see it."""
        return f"{' → '.join(self.way)}. The deal is now {self.way[-1].lower()}."


def draw(contract: Contract) -> Diagram:
    """The picture of the deal as it stands, in one query."""
    way = _way(contract)
    return Diagram(sheets=tuple(_sheet(plan, way) for plan in PLANS), way=tuple(state.label for state in way))


def _sheet(plan: Plan, way: list[Contract.Status]) -> Sheet:
    steps = set(pairwise(way))
    lines = [Line(*ends, taken=step in steps) for step, ends in plan.lines.items()]
    return Sheet(
        name=plan.name,
        view=plan.view,
        boxes=tuple(_box(state, centre, way) for state, centre in plan.centres.items()),
        lines=tuple(sorted(lines, key=lambda line: line.taken)),  # those that were taken lie above the others
    )


def _box(state: Contract.Status, centre: tuple[int, int], way: list[Contract.Status]) -> Box:
    x, y = centre
    classes = {"final": state in FINAL, "taken": state in way, "present": state == way[-1]}
    names = " ".join(name for name, holds in classes.items() if holds)
    return Box(state.label, x - WIDTH // 2, y - HEIGHT // 2, y, names)


def _way(contract: Contract) -> list[Contract.Status]:
    """The states in which the deal has been, in order; it ends with the present one, whatever the events say."""
    way: list[Contract.Status] = []
    for state in _states(contract):
        if not way or way[-1] != state:
            way.append(state)
    present = Status(contract.status)
    return way if way and way[-1] == present else [*way, present]


def _states(contract: Contract) -> Iterator[Contract.Status]:
    said = False
    events = contract.events.filter(kind__in=[*LEADS_TO, SAID, OVER]).order_by("serial")
    for kind, how in events.values_list("kind", "payload__how"):
        said = said or kind == SAID
        if kind in LEADS_TO:
            yield LEADS_TO[kind]
        elif kind == OVER and how != "cancelled":
            yield Status.DELIVERED if said else Status.PAYMENT_LOCKED
