"""How often somebody may ask."""

import math
import time
from typing import Any

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from voicepact.kernel.models import ApiKey

log = structlog.get_logger()

WINDOW_S = 60


class KeyRateThrottle(BaseThrottle):
    """Counts a key's requests against the key's own rate."""

    waiting_s: float = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            return True
        self.waiting_s = seconds_to_wait(request.auth.digest[:32], rate=request.auth.rate)
        return not self.waiting_s

    def wait(self) -> float:
        return self.waiting_s


def seconds_to_wait(who: str, *, rate: int) -> int:
    """Counts one more request of `who`: 0 if it is within so many in this minute, else how long the minute still lasts.

    Minutes are of real time, and all workers count together. When Redis is away nobody is refused: losing it may cost
    seconds, not work.
    """
    window, elapsed = divmod(time.time(), WINDOW_S)
    try:
        within = _count(f"voicepact:rate:{who}:{window:.0f}") <= rate
    except RedisError:
        log.warning("rates are not counted: no Redis")
        within = True
    return 0 if within else math.ceil(WINDOW_S - elapsed)


def _count(window: str) -> int:
    """One more request in this window; returns how many there are now."""
    cache.add(window, 0, timeout=2 * WINDOW_S)
    return cache.incr(window)
