"""The clock as the rules see it: while something due is done, it is the moment at which it was due.

So a clock that is moved forwards by days brings everything in between in its own order and at its own time.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from voicepact.simulator.jobs import Clock


class Moments:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held = threading.local()

    def __call__(self) -> datetime:
        moment: datetime | None = getattr(self._held, "moment", None)
        return moment or self._clock()

    @contextmanager
    def held_at(self, moment: datetime) -> Iterator[None]:
        """For this thread, within the block, the clock stands at this moment."""
        self._held.moment = moment
        try:
            yield
        finally:
            self._held.moment = None
