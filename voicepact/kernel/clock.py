"""The only source of business time.

Real time plus an offset that lives in this stack's Redis. The offset counts only with `CLOCK_MOVABLE=1`, so that a demo
or a test can let three days pass in a moment; in production the offset is never read.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from voicepact.kernel import redis

NAIROBI = ZoneInfo("Africa/Nairobi")
OFFSET_KEY = "voicepact:clock:offset_s"


class ClockRefused(Exception):
    """The clock may not be moved so: not movable here, or backwards."""


def now() -> datetime:
    """The present business time, aware, in UTC."""
    real = datetime.now(UTC)
    if not settings.CLOCK_MOVABLE:
        return real
    offset = redis.client().get(OFFSET_KEY)
    return real + timedelta(seconds=float(offset)) if offset else real


def midnight(day: date) -> datetime:
    """When this day begins in Nairobi."""
    return datetime.combine(day, time.min, NAIROBI)


def advance(delta: timedelta) -> datetime:
    """Business time is later by `delta` for every process of this stack; returns the new time.

    Raises ClockRefused where the clock is not movable, and for a move backwards.
    """
    if not settings.CLOCK_MOVABLE:
        raise ClockRefused("This clock is fixed. Only a stack with CLOCK_MOVABLE=1 has a clock that moves.")
    if delta < timedelta(0):
        raise ClockRefused("The clock moves forwards only.")
    redis.client().incrbyfloat(OFFSET_KEY, delta.total_seconds())
    return now()
