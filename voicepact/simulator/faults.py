"""How unkind the world is: rates between 0 and 1 and a delay, set by a control call and kept in the books."""

import json
from dataclasses import asdict, dataclass, fields, replace
from random import Random

from voicepact.simulator.books import Books
from voicepact.simulator.refusals import ControlRefused

LONGEST_DELAY_S = 7 * 24 * 3600
NOTE = "faults"


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates, but for `delay_callback_s`, which is clock time added to every callback.

    `reorder` holds a callback back so that later ones overtake it; `lose_ack` does the work and cuts the answer off;
    `query_noise` answers a query with nothing; `http_500` refuses before anything was done; `forge` sends, beside the
    real callback, a stranger's one that does not know its secret; `spike_arrest` refuses as Daraja does when too many
    come at once; `queue_timeout` tells of a time-out before the work is done; `c2b_for_prompts` tells of a
    prompt's money a second time, as of money that was paid by hand.
    """

    drop_callback: float = 0.0
    duplicate_callback: float = 0.0
    delay_callback_s: float = 0.0
    reorder: float = 0.0
    lose_ack: float = 0.0
    query_noise: float = 0.0
    http_500: float = 0.0
    forge: float = 0.0
    spike_arrest: float = 0.0
    queue_timeout: float = 0.0
    c2b_for_prompts: float = 0.0


NAMES = frozenset(field.name for field in fields(Faults))


class FaultBox:
    def __init__(self, books: Books, random: Random) -> None:
        self._books = books
        self._random = random

    def read(self) -> Faults:
        text = self._books.read_note(NOTE)
        return Faults(**json.loads(text)) if text else Faults()

    def change(self, values: dict[str, object]) -> Faults:
        """The named faults have these values and the others stay; no names at all take every fault away.

        Raises ControlRefused for an unknown name and for a value out of range.
        """
        checked = {name: _checked(name, value) for name, value in values.items()}
        with self._books.transaction():
            faults = replace(self.read(), **checked) if checked else Faults()
            self._books.write_note(NOTE, json.dumps(asdict(faults)))
        return faults

    def strikes(self, rate: float) -> bool:
        return rate > 0 and self._random.random() < rate

    def pause_s(self, longest: float) -> float:
        return self._random.uniform(0, longest)


def _checked(name: str, value: object) -> float:
    if name not in NAMES:
        raise ControlRefused(f"There is no fault {name!r}. There are: {', '.join(sorted(NAMES))}.")
    highest = LONGEST_DELAY_S if name == "delay_callback_s" else 1
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        raise ControlRefused(f"{name} is a number from 0 to {highest}.")
    return float(value)
