"""How often a key may ask."""

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
    """Counts a key's requests in each minute of real time, for all workers together, against the key's own rate.

    When Redis is away nobody is refused: losing it may cost seconds, not work.
    """

    waiting_s: float = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            return True
        window, elapsed = divmod(time.time(), WINDOW_S)
        self.waiting_s = math.ceil(WINDOW_S - elapsed)
        try:
            return _count(f"voicepact:rate:{request.auth.digest[:32]}:{window:.0f}") <= request.auth.rate
        except RedisError:
            log.warning("rates are not counted: no Redis")
            return True

    def wait(self) -> float:
        return self.waiting_s


def _count(window: str) -> int:
    """One more request in this window; returns how many there are now."""
    cache.add(window, 0, timeout=2 * WINDOW_S)
    return cache.incr(window)
