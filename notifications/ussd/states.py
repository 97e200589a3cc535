"""Where a person stands in the menus: how they came there, and what each key of the screen before them means.

A key means what the screen said when it was shown, whatever has happened to the deal since.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

HOME = "home"


@dataclass(frozen=True, slots=True)
class Step:
    """One place on the way: `deal` is the deal it is about, `notes` what was said so far, never a PIN or a code."""

    place: str
    deal: str = ""
    page: int = 0
    notes: Mapping[str, str] = field(default_factory=dict)

    def to(self, place: str, **notes: str) -> "Step":
        """The next place in the same matter, with what was said here besides."""
        return Step(place, self.deal, notes={**self.notes, **notes})

    def turned(self) -> "Step":
        """The next page of this place."""
        return replace(self, page=self.page + 1)


@dataclass(frozen=True, slots=True)
class State:
    """The steps from home to here, and where each key of the present screen leads.

    `seen` is false of a screen that nobody was shown, since what follows it was put in already.
    """

    path: tuple[Step, ...] = (Step(HOME),)
    keys: Mapping[str, Step] = field(default_factory=dict)
    ended: bool = False
    seen: bool = True

    @property
    def here(self) -> Step:
        return self.path[-1]

    def as_json(self) -> dict[str, Any]:
        return {
            "path": [_as_json(step) for step in self.path],
            "keys": {key: _as_json(step) for key, step in self.keys.items()},
            "ended": self.ended,
            "seen": self.seen,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "State":
        path = tuple(_step(each) for each in found["path"])
        return cls(path, {key: _step(each) for key, each in found["keys"].items()}, found["ended"], found["seen"])


def _as_json(step: Step) -> dict[str, Any]:
    return {"place": step.place, "deal": step.deal, "page": step.page, "notes": dict(step.notes)}


def _step(found: Mapping[str, Any]) -> Step:
    return Step(found["place"], found["deal"], found["page"], found["notes"])
