"""One turn in the making: who is on the phone, what was put in so far, and where that has led."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from notifications.models import UssdSession
from notifications.ussd import deals
from notifications.ussd.deals import Deal
from notifications.ussd.labels import label
from notifications.ussd.screens import Option, Screen
from notifications.ussd.states import Step


class NoSuchDeal(Exception):
    """The phone has no such deal, or has it no more."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a place needs to know. `inputs` are all of the call, for what must not be kept: nothing here is stored."""

    session: UssdSession
    inputs: tuple[str, ...]
    path: tuple[Step, ...]

    @property
    def phone(self) -> str:
        return self.session.phone

    @property
    def language(self) -> str:
        return self.session.language

    @property
    def here(self) -> Step:
        return self.path[-1]

    def deal(self) -> Deal:
        """The deal that this place is about. Raises NoSuchDeal."""
        found = deals.one(self.phone, self.here.deal)
        if found is None:
            raise NoSuchDeal
        return found

    def instead(self, step: Step, *, reason: str = "") -> "Elsewhere":
        """The way leads to this step in the stead of the present one."""
        return Elsewhere((*self.path[:-1], step), reason)

    def option(self, name: str, step: Step, **words: str) -> Option:
        return Option(label(name, self.language, **words), step)

    def about(self, deal: Deal, name: str, *options: Option, **facts: Any) -> Screen:
        """A screen that says something of the deal."""
        return Screen(name, {**deal.facts(), **facts}, deal.names(self.language), options)

    def end(self, deal: Deal, name: str, **facts: Any) -> Screen:
        return Screen(name, {**deal.facts(), **facts}, deal.names(self.language), ends=True)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The way leads on to the end of this path; `reason` is a text that the screen there begins with."""

    path: tuple[Step, ...]
    reason: str = ""


Shown = Screen | Elsewhere
Place = Callable[[Visit], Shown]
Heard = Step | str | Shown
"""What an answer leads to: the next step, the name of the text that says why it is asked once more, or a screen."""
Question = Callable[[Visit, str], Heard]
