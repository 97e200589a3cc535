"""What an SMS says: which command, about which deal; forgiving of how people write, and never of what they mean.

`nimepokea AG 2026 123`, `ACCEPTAG-2026-000123.` and `yes please AG-2026-000123` are complete commands. A word that is
nearly one, an id that is not whole, or words besides are not: whoever wrote them is asked. So no deal is ever found
that was not written.
"""

import difflib
import re
from dataclasses import dataclass, replace
from enum import StrEnum

from contracts.agreements import PREFIXES

WORDS: dict[str, tuple[str, str]] = {
    "YES": ("YES", "en"),
    "NDIYO": ("YES", "sw"),
    "NDIO": ("YES", "sw"),
    "NO": ("NO", "en"),
    "HAPANA": ("NO", "sw"),
    "PAY": ("PAY", "en"),
    "LIPA": ("PAY", "sw"),
    "DELIVERED": ("DELIVERED", "en"),
    "NIMELETA": ("DELIVERED", "sw"),
    "ACCEPT": ("ACCEPT", "en"),
    "NIMEPOKEA": ("ACCEPT", "sw"),
    "DISPUTE": ("DISPUTE", "en"),
    "MGOGORO": ("DISPUTE", "sw"),
    "WITHDRAW": ("WITHDRAW", "en"),
    "ONDOA": ("WITHDRAW", "sw"),
    "CANCEL": ("CANCEL", "en"),
    "GHAIRI": ("CANCEL", "sw"),
    "STATUS": ("STATUS", "en"),
    "HALI": ("STATUS", "sw"),
    "STATEMENT": ("STATEMENT", "en"),
    "TAARIFA": ("STATEMENT", "sw"),
    "HELP": ("HELP", "en"),
    "MSAADA": ("HELP", "sw"),
    "LANGUAGE": ("LANGUAGE", "en"),
    "LUGHA": ("LANGUAGE", "sw"),
    "STOP": ("STOP", "en"),
    "ACHA": ("STOP", "sw"),
    "START": ("START", "en"),
    "ANZA": ("START", "sw"),
}
"""Each word that people send: its command, by its name in English, and its language."""
LANGUAGES = {
    **dict.fromkeys(("EN", "ENG", "ENGLISH", "KIINGEREZA", "INGEREZA"), "en"),
    **dict.fromkeys(("SW", "SWA", "SWAHILI", "KISWAHILI"), "sw"),
}
CODED = ("ACCEPT", "CANCEL")  # these may carry a one-time code
CODE_DIGITS = 4
NAMES_OF_A_CODE = ("CODE", "MSIMBO", "KODI", "NAMBARI", "NAMBA")
QUESTIONS = ("STATUS", "STATEMENT")
OF_THE_PHONE = ("HELP", "LANGUAGE", "STOP", "START")
POLITE = (
    "I|WE|PLEASE|PLS|PLI?Z|KINDLY|TAFADHALI|NAOMBA|THANKS?|YOU|THX|ASANTE|ASANTENI|SANA|OK|OKAY|SAWA|HI|HELLO|HEY|"
    "HABARI|DEAR|SIR|MADAM|BOSS"
)
COURTESY = re.compile(POLITE)
COURTESIES = re.compile(rf"\b(?:{POLITE})\b", re.IGNORECASE)
AGAINST = re.compile(
    "NOT|DON'?T|DIDN'?T|NEVER|CAN'?T|CANNOT|WON'?T|HAVEN'?T|BUT|IF|UNLESS|UNTIL|EXCEPT|"
    "SI|SIO|SIYO|BADO|LAKINI|KAMA|IKIWA|ISIPOKUWA|MPAKA|HADI"
)
"""What turns a command round, or makes it hang on something: only a person can tell what is meant."""
PLEASED = "\U0001f44d\U0001f64f\u2705\U0001f60a\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
WRITTEN = str.maketrans(
    {chr(wide): chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u02bc", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"')
    | {"\u2026": "..."}
    | dict.fromkeys(SPACES, " ")
    | dict.fromkeys(INVISIBLE)
)
"""What phones make of plain letters, dashes and spaces."""
BETWEEN = r"[\s.,/:_#*-]{0,3}"
ALONE_OR_AFTER_A_WORD = "|".join(["(?<![^\\W_])", *(rf"(?<=\b{word})" for word in WORDS)])
DEAL = re.compile(
    rf"(?:{ALONE_OR_AFTER_A_WORD})({'|'.join(PREFIXES.values())}){BETWEEN}(2[0-9O]{{3}}){BETWEEN}([0-9O]{{1,9}})"
    r"(?![^\W_])",
    re.IGNORECASE,
)
DIGITS = 6
MORE_DIGITS = re.compile(r"[\s.,/-]{0,3}([0-9]+)")
LOOSE = " \t\r\n-.,:;"
DISPUTED = re.compile(rf"[\W_]*(?:(?:{POLITE})\b[\W_]*)*(DISPUTE|MGOGORO)\b(.*)", re.IGNORECASE | re.DOTALL)
TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\s\w!-/:-@\[-`{-~]")
NEAR = 0.78
LONGEST_WORD = 20


class Sense(StrEnum):
    """How an SMS is to be taken."""

    EXACT = "exact"  # a command's own word, and nothing that could change it
    PART = "part"  # a delivery with words behind its deal: whole where they are so much of that deal
    MEANT = "meant"  # nearly a command: its sender is told what exactly to send
    UNCLEAR = "unclear"  # two commands in one, or one and a word against it
    OTHER = "other"  # no command at all


@dataclass(frozen=True, slots=True)
class Reading:
    """What an SMS says.

    `word` is the command's word in capitals, `deal` an id as we write it. `words` is what was said besides: of a
    dispute everything, with ACCEPT and CANCEL a one-time code, with DELIVERED what may be a quantity, with LANGUAGE
    `en` or `sw`. `talk` tells that there is more in it than the command, `half` that an id was begun and is not whole.
    """

    sense: Sense
    word: str = ""
    deal: str = ""
    words: str = ""
    talk: bool = False
    half: bool = False

    @property
    def verb(self) -> str:
        """The command by its name in English; empty where there is none."""
        return WORDS[self.word][0] if self.word else ""

    @property
    def language(self) -> str:
        """The word's own language; empty where there is none."""
        return WORDS[self.word][1] if self.word else ""


@dataclass(frozen=True, slots=True)
class _Parts:
    """The SMS around its first whole id."""

    before: str
    deal: str
    after: str


def word_in(verb: str, language: str) -> str:
    """The word for a command in the language, in English where it has none there."""
    return next((word for word, meant in WORDS.items() if meant == (verb, language)), verb)


def read(text: str) -> Reading:
    """What the SMS says; of any text, and nothing is raised."""
    line = text.translate(WRITTEN)
    parts = _parts(line)
    return _dispute(parts) or _command(parts, asks="?" in line)


def only_deal(text: str) -> str:
    """The one deal that the SMS names; empty if it names none, several, or what may be another's id."""
    line = text.translate(WRITTEN)
    named = {_whole(found, line[found.end() :]) for found in DEAL.finditer(line)}
    return named.pop() if len(named) == 1 else ""


def _parts(line: str) -> _Parts:
    for found in DEAL.finditer(line):
        if deal := _whole(found, line[found.end() :]):
            return _Parts(line[: found.start()], deal, line[found.end() :])
    return _Parts(line, "", "")


def _whole(found: re.Match[str], rest: str) -> str:
    """The id as we write it; empty if digits may be missing or too many, so that it could be another deal's."""
    prefix, *numbers = (part.upper() for part in found.groups())
    year, serial = (number.replace("O", "0") for number in numbers)
    as_we_write_it = len(serial) == DIGITS
    if int(serial) == 0 or not (as_we_write_it or serial[0] != "0"):
        return ""
    more = MORE_DIGITS.match(rest)
    if more and len(serial) + len(more[1]) <= DIGITS:
        return ""
    return f"{prefix}-{year}-{serial:>0{DIGITS}}"


def _spoken(text: str) -> list[str]:
    """What is said, in capitals: words, numbers and signs, but no courtesies."""
    said = [token.upper() for token in TOKEN.findall(text) if token not in PLEASED]
    return [token for token in said if not COURTESY.fullmatch(token)]


def _dispute(parts: _Parts) -> Reading | None:
    """A dispute keeps the words that follow it, whatever they are; None if the SMS does not begin with one."""
    started = DISPUTED.match(parts.before)
    began = started or (None if _spoken(parts.before) else DISPUTED.match(parts.after))
    if began is None:
        return None
    said = [began[2].lstrip(LOOSE).rstrip(" \t\r\n-"), parts.after.lstrip(LOOSE).rstrip() if started else ""]
    words = " ".join(filter(None, said))
    talked = {token for token in _spoken(words) if not _of_an_id(token)}
    if talked and talked <= WORDS.keys():
        return Reading(Sense.UNCLEAR, deal=parts.deal, talk=True)
    talk = bool(words) and not parts.deal
    return Reading(Sense.EXACT, began[1].upper(), parts.deal, words, talk=talk, half=_half(parts))


def _command(parts: _Parts, *, asks: bool) -> Reading:
    spoken = _spoken(parts.before) + _spoken(parts.after)
    verbs = {WORDS[token][0] for token in spoken if token in WORDS}
    if len(verbs) > 1 or (verbs - {*QUESTIONS, "HELP"} and any(map(AGAINST.fullmatch, spoken))):
        return Reading(Sense.UNCLEAR, deal=parts.deal, talk=True)
    word, besides = _word(spoken, named=bool(parts.deal))
    if not word:
        return Reading(Sense.OTHER, deal=parts.deal, talk=bool(spoken or parts.deal))
    left = [token for token in (spoken[1:] if besides is None else besides) if parts.deal or not _of_an_id(token)]
    reading = Reading(Sense.MEANT, word, parts.deal, talk=bool(left), half=_half(parts))
    if reading.verb == "DELIVERED" and reading.deal and left:
        return _delivery(reading, parts, asks=asks)
    return reading if besides is None else _taken(reading, left, asks=asks)


def _delivery(reading: Reading, parts: _Parts, *, asks: bool) -> Reading:
    """The reading of a delivery with words besides: those behind its deal may be how much of it."""
    is_whole = "".join(_spoken(parts.before)) == reading.word and not asks
    words = " ".join(COURTESIES.sub(" ", parts.after.translate(dict.fromkeys(map(ord, PLEASED)))).split())
    return replace(reading, sense=Sense.PART if is_whole else Sense.MEANT, words=words.strip(LOOSE + "!"))


def _taken(reading: Reading, left: list[str], *, asks: bool) -> Reading:
    """The reading of a command whose word was written exactly, with what is `left` besides."""
    verb, exact = reading.verb, replace(reading, sense=Sense.EXACT, talk=False)
    if verb in QUESTIONS and (reading.deal or not left):
        return exact
    if verb in CODED and reading.deal and not asks and (code := _code(left)):
        return replace(exact, words=code)
    if verb == "LANGUAGE":
        return replace(exact, words=LANGUAGES[left[0]]) if len(left) == 1 and left[0] in LANGUAGES else reading
    if verb in ("STOP", "START") and (left or reading.deal or reading.half):
        return Reading(Sense.UNCLEAR, deal=reading.deal, talk=True)
    return reading if left or asks or reading.half else exact


def _code(left: list[str]) -> str:
    """The one-time code that is all that is left, in however many pieces; empty where that is something else."""
    pieces = [token for token in left if token not in NAMES_OF_A_CODE]
    code = "".join(pieces)
    return code if len(code) == CODE_DIGITS and code.isdigit() else ""


def _word(spoken: list[str], *, named: bool) -> tuple[str, list[str] | None]:
    """The command's word, and what stands besides it; None besides if the word was not written exactly.

    It stands first, perhaps with spaces in it; where a whole deal is named it may stand anywhere.
    """
    if not spoken or AGAINST.fullmatch(spoken[0]):
        return "", None
    for length in range(1, min(len(spoken), 4) + 1):
        if (joined := "".join(spoken[:length])) in WORDS:
            return joined, [token for token in spoken[length:] if WORDS.get(token, ("",))[0] != WORDS[joined][0]]
    if near := _near(spoken[0]):
        return near, None
    known = [token for token in spoken if token in WORDS]
    return (known[0], None) if named and known else ("", None)


def _near(token: str) -> str:
    """The word that this one is nearly; with a prefix at its end, as in `ACEPTAG`, the word before that."""
    tries = [token, token[:-2]] if token[-2:] in PREFIXES.values() else [token]
    for each in tries:
        if 3 <= len(each) <= LONGEST_WORD and (found := difflib.get_close_matches(each, WORDS, n=1, cutoff=NEAR)):
            return found[0]
    return ""


def _half(parts: _Parts) -> bool:
    return not parts.deal and any(map(_of_an_id, _spoken(parts.before)))


def _of_an_id(token: str) -> bool:
    """Digits, or the letters with which an id begins: alone they are a piece of one."""
    return token.isdigit() or token in PREFIXES.values()
