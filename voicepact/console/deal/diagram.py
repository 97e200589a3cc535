"""The states of a deal as a picture: which there are, which way was taken, and where the deal is now."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from contracts.models import Contract

Status = Contract.Status
WIDTH, HEIGHT = 124, 44
CENTRES = {
    Status.PENDING: (70, 150),
    Status.CONFIRMED: (230, 150),
    Status.PAYMENT_LOCKED: (390, 150),
    Status.DELIVERED: (550, 150),
    Status.COMPLETED: (710, 150),
    Status.DISPUTED: (470, 40),
    Status.CANCELLED: (470, 262),
    Status.EXPIRED: (150, 262),
}
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
LINES = {
    (Status.PENDING, Status.CONFIRMED): (132, 150, 162, 150),
    (Status.PENDING, Status.EXPIRED): (80, 172, 122, 234),
    (Status.PENDING, Status.CANCELLED): (104, 172, 402, 252),
    (Status.CONFIRMED, Status.PAYMENT_LOCKED): (292, 150, 322, 150),
    (Status.CONFIRMED, Status.EXPIRED): (220, 172, 180, 234),
    (Status.CONFIRMED, Status.CANCELLED): (252, 172, 412, 238),
    (Status.PAYMENT_LOCKED, Status.DELIVERED): (452, 150, 482, 150),
    (Status.PAYMENT_LOCKED, Status.DISPUTED): (392, 128, 430, 68),
    (Status.PAYMENT_LOCKED, Status.CANCELLED): (402, 172, 440, 234),
    (Status.DELIVERED, Status.COMPLETED): (612, 150, 642, 150),
    (Status.DELIVERED, Status.DISPUTED): (548, 128, 510, 68),
    (Status.DELIVERED, Status.CANCELLED): (538, 172, 500, 234),
    (Status.DISPUTED, Status.PAYMENT_LOCKED): (448, 62, 412, 122),
    (Status.DISPUTED, Status.DELIVERED): (492, 62, 528, 122),
    (Status.DISPUTED, Status.COMPLETED): (532, 44, 690, 122),
    (Status.DISPUTED, Status.CANCELLED): (470, 62, 470, 234),
}


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
class Diagram:
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    way: tuple[str, ...]

    @property
    def words(self) -> str:
        """What the picture shows, for those who do not see it."""
        return f"{' → '.join(self.way)}. The deal is now {self.way[-1].lower()}."


def draw(contract: Contract) -> Diagram:
    """The picture of the deal as it stands, in one query."""
    way = _way(contract)
    steps = set(pairwise(way))
    lines = [Line(*ends, taken=step in steps) for step, ends in LINES.items()]
    return Diagram(
        boxes=tuple(_box(state, way) for state in CENTRES),
        lines=tuple(sorted(lines, key=lambda line: line.taken)),  # those that were taken lie above the others
        way=tuple(state.label for state in way),
    )


def _box(state: Contract.Status, way: list[Contract.Status]) -> Box:
    x, y = CENTRES[state]
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
