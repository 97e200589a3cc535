"""The one place where a screen is put together: its words, the choices that fit, and the way back.

A screen has at most 160 characters with its prefix, GSM-7 only (Africa's Talking's help centre gives 160 as Safaricom's
limit). Names are cut until it fits, never amounts or ids; choices that do not fit are on the next page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.template import Context, Engine

from notifications.gsm import ALPHABET, cut, fold
from notifications.ussd.labels import label
from notifications.ussd.states import HOME, State, Step

LONGEST = 160
GOES_ON, ENDS = "CON ", "END "
BACK, START, MORE = "0", "00", "98"
NAME_LENGTHS = (24, 18, 14, 10, 6, 3)
READABLE = 10  # names are cut so far to spare a page
FALLBACK = "en"
DIRECTORY = settings.BASE_DIR / "templates" / "ussd"
ENGINE = Engine(dirs=[str(DIRECTORY)])


class TooLong(Exception):
    """Even with every name cut, the screen does not hold its words and one choice."""


@dataclass(frozen=True, slots=True)
class Option:
    """A choice on a screen, and where it leads."""

    label: str
    step: Step


@dataclass(frozen=True, slots=True)
class Screen:
    """What is to be shown: the template `name` with its `facts`, and its `names`, which may be cut.

    `reason` is a template too: why the question is asked once more. Where it has no room beside the longest words that
    people wrote, the question stands alone.
    """

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    reason: str = ""
    ends: bool = False


def ending(name: str, *, names: Mapping[str, str] | None = None, **facts: Any) -> Screen:
    """A screen after which the call is over."""
    return Screen(name, facts, names or {}, ends=True)


def show(screen: Screen, path: tuple[Step, ...], language: str) -> tuple[str, State]:
    """The text of the screen, and the state of whoever reads it at the end of `path`."""
    if screen.ends:
        return _fitting(screen, "", language, LONGEST - len(ENDS), prefix=ENDS), State(path, ended=True)
    pages = _pages(screen, path, language)
    page = min(path[-1].page, len(pages) - 1)
    first = sum(len(each) for each in pages[:page]) + 1
    shown = {str(first + number): option for number, option in enumerate(pages[page])}
    keys = {key: option.step for key, option in shown.items()}
    if page + 1 < len(pages):
        keys[MORE] = path[-1].turned()
    rest = "".join(f"\n{key} {option.label}" for key, option in shown.items())
    rest += f"\n{_way(path, language, more=MORE in keys)}"
    return _fitting(screen, rest, language, LONGEST - len(GOES_ON) - len(rest), prefix=GOES_ON), State(path, keys)


def _pages(screen: Screen, path: tuple[Step, ...], language: str) -> list[list[Option]]:
    """The choices as they fit: with `98` on every page where one page does not hold them all."""
    head = len(_words(screen, language, READABLE))
    for more in (False, True):
        room = LONGEST - len(GOES_ON) - head - 1 - len(_way(path, language, more=more))
        pages = _filled(screen.options, room)
        if len(pages) == 1:
            break
    return pages


def _filled(options: tuple[Option, ...], room: int) -> list[list[Option]]:
    pages: list[list[Option]] = [[]]
    left = room
    for number, option in enumerate(options, 1):
        takes = len(f"\n{number} {option.label}")
        if takes > left and pages[-1]:
            pages.append([])
            left = room
        pages[-1].append(option)
        left -= takes
    return pages


def _way(path: tuple[Step, ...], language: str, *, more: bool) -> str:
    way = label("exit" if path[-1].place == HOME else "way", language)
    return f"{label('more', language)} {way}" if more else way


def _fitting(screen: Screen, rest: str, language: str, room: int, *, prefix: str) -> str:
    for longest in NAME_LENGTHS:
        words = _words(screen, language, longest)
        if len(words) <= room:
            return f"{prefix}{words}{rest}"
    if screen.reason:
        return _fitting(replace(screen, reason=""), rest, language, room, prefix=prefix)
    raise TooLong(f"{screen.name} in {language} is longer than {LONGEST} characters")


def _words(screen: Screen, language: str, longest: int) -> str:
    names = {key: cut(name, longest) for key, name in screen.names.items()}
    reason = [_render(screen.reason, language, {**screen.facts, **names})] if screen.reason else []
    return "\n".join([*reason, _render(screen.name, language, {**screen.facts, **names})])


def _render(name: str, language: str, context: Mapping[str, Any]) -> str:
    template = ENGINE.select_template([f"{language}/{name}.txt", f"{FALLBACK}/{name}.txt"])
    text = fold(template.render(Context(dict(context), autoescape=False)).strip())
    assert set(text) <= ALPHABET, "fold leaves nothing that GSM-7 lacks"
    return text
