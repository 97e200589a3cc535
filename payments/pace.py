"""How fast a rail is asked to move money: at most its `per_second`, over all workers, as a bucket in Redis."""

from datetime import timedelta

from redis.exceptions import RedisError

from voicepact.kernel import redis
from voicepact.kernel.clock import now
from voicepact.kernel.rails import RAILS

MOMENT = timedelta(seconds=1)
TAKE = """
local rate, now = tonumber(ARGV[1]), tonumber(ARGV[2])
local level = tonumber(redis.call('HGET', KEYS[1], 'level') or rate)
local filled = tonumber(redis.call('HGET', KEYS[1], 'filled') or now)
now = math.max(now, filled)
level = math.min(level + (now - filled) * rate, rate)
local taken = 0
if level >= 1 then level, taken = level - 1, 1 end
redis.call('HSET', KEYS[1], 'level', tostring(level), 'filled', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 60)
return taken
"""
"""Atomic: the bucket fills as time passes, up to one second's worth, and gives one token if it can.

A worker whose clock is behind the others' fills nothing.
"""


def take(gateway: str) -> bool:
    """Whether one more request may be sent now. Without Redis nobody counts, and it may."""
    rate, moment = RAILS[gateway].per_second, f"{now().timestamp():.6f}"
    try:
        return bool(redis.client().eval(TAKE, 1, f"pace:{gateway}", rate, moment))
    except RedisError:
        return True
