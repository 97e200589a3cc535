"""From one screen to the next: what a person has put in, read by the screen that they saw."""

from dataclasses import replace

from notifications.models import UssdSession
from notifications.ussd import screens
from notifications.ussd.places import OBEYING, PLACES, QUESTIONS
from notifications.ussd.screens import BACK, START
from notifications.ussd.states import HOME, State, Step
from notifications.ussd.visits import Elsewhere, NoSuchDeal, Shown, Visit


def begin(session: UssdSession, path: tuple[Step, ...]) -> tuple[str, State]:
    """The first screen of a call, at the end of `path`."""
    return _arrive(Visit(session, (), path))


def on(session: UssdSession, before: State, inputs: tuple[str, ...]) -> tuple[str, State]:
    """The screen after the last of `inputs`, put in at `before`."""
    try:
        return _hear(session, before, inputs)
    except NoSuchDeal:
        return _show(Visit(session, inputs, before.path), Elsewhere((Step(HOME),), "no_such_deal"))


def _hear(session: UssdSession, before: State, inputs: tuple[str, ...]) -> tuple[str, State]:
    answer = inputs[-1].strip()
    path, here = before.path, before.here
    if answer == START:
        return _arrive(Visit(session, inputs, path[:1]))
    if answer == BACK:
        return _arrive(Visit(session, inputs, path[:-1] or path)) if len(path) > 1 else _leave(session, path)
    visit = Visit(session, inputs, path)
    if answer in before.keys:
        step = before.keys[answer]
        blindly = step.place in OBEYING and not before.seen
        return _arrive(visit if blindly else replace(visit, path=(*path, step)))
    heard = QUESTIONS[here.place](visit, answer) if here.place in QUESTIONS else "choose"
    if isinstance(heard, str):
        return _arrive(visit, reason=heard)
    if isinstance(heard, Step):
        return _arrive(replace(visit, path=(*path, heard)))
    return _show(visit, heard)


def _leave(session: UssdSession, path: tuple[Step, ...]) -> tuple[str, State]:
    return screens.show(screens.ending("bye"), path, session.language)


def _arrive(visit: Visit, *, reason: str = "") -> tuple[str, State]:
    return _show(visit, PLACES[visit.here.place](visit), reason=reason)


def _show(visit: Visit, shown: Shown, *, reason: str = "") -> tuple[str, State]:
    if isinstance(shown, Elsewhere):
        return _arrive(replace(visit, path=shown.path), reason=shown.reason)
    if reason and not shown.ends:
        shown = replace(shown, reason=reason)
    return screens.show(shown, visit.path, visit.language)
