"""The process's one client of this stack's Redis."""

from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


@cache
def client() -> "redis.Redis":
    """A connection that was dropped is opened anew, once; a Redis that is not there is told at once."""
    once = Retry(NoBackoff(), 1)
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=5, retry=once)
