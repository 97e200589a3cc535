"""The process's one client of this stack's Redis."""

from functools import cache

import redis
from django.conf import settings


@cache
def client() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=5)
