"""Which processes live: each worker and beat notes so in Redis, in real time, since business time may be moved.

A worker notes that it is there (its own heartbeat, every two seconds) and that it has done something (a task ended in
one of its threads); beat notes each task that it sends. Who ends in good order is forgotten, who dies is not.
"""

import time
from contextlib import suppress
from dataclasses import dataclass

from redis.exceptions import RedisError

from voicepact.kernel import redis

KEY = "voicepact:heartbeats"
WORKER, BEAT = "worker", "beat"
LATE_S = 60
FORGOTTEN_S = 60 * 60
NOT_OFTENER_S = 1.0
_noted: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Life:
    """One process: its kind (`worker`, `beat`) and name, and how many seconds ago it was there and did something."""

    kind: str
    name: str
    seen_s: int
    worked_s: int | None

    @property
    def is_alive(self) -> bool:
        return self.seen_s <= LATE_S

    @property
    def is_idle(self) -> bool:
        """It is there, but has not ended one task for long, though beat sends one each second."""
        return self.is_alive and self.kind == WORKER and (self.worked_s is None or self.worked_s > LATE_S)


def note(kind: str, name: str, *, worked: bool = False) -> None:
    """The process is there now, and with `worked` has just done something. Without Redis nothing is noted."""
    field = f"{kind} {name} {'worked' if worked else 'seen'}"
    if time.monotonic() - _noted.get(field, -NOT_OFTENER_S) < NOT_OFTENER_S:
        return
    _noted[field] = time.monotonic()
    with suppress(RedisError):
        redis.client().hset(KEY, field, str(time.time()))


def forget(kind: str, name: str) -> None:
    """The process has ended in good order."""
    with suppress(RedisError):
        redis.client().hdel(KEY, f"{kind} {name} seen", f"{kind} {name} worked")


def lives() -> list[Life]:
    """The processes that were seen within the last hour, by kind and name. Raises RedisError."""
    seconds = _seconds_ago()
    seen = [tuple(field.split(" ")) for field in seconds]
    processes = sorted({(kind, name) for kind, name, what in seen if what == "seen"})
    found = [
        Life(kind, name, seconds[f"{kind} {name} seen"], seconds.get(f"{kind} {name} worked"))
        for kind, name in processes
    ]
    return [life for life in found if life.seen_s <= FORGOTTEN_S]


def _seconds_ago() -> dict[str, int]:
    kept: dict[bytes, bytes] = redis.client().hgetall(KEY)  # type: ignore[assignment]
    return {field.decode(): max(int(time.time() - float(at)), 0) for field, at in kept.items()}
