"""Waits until servers answer, and says what to look at when they do not."""

import time
from collections.abc import Callable
from http import HTTPStatus

import psycopg
import redis
import requests


class NotReady(Exception):
    """Something did not come up, or did not happen, within its time."""


def wait_until(happened: Callable[[], bool], *, what: str, within_s: float = 30, every_s: float = 0.05) -> None:
    """Returns once `happened()` is true. Raises NotReady with `what` in its message."""
    deadline = time.monotonic() + within_s
    while not happened():
        if time.monotonic() > deadline:
            raise NotReady(f"{what} (waited {within_s:.0f} s)")
        time.sleep(every_s)


def postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as connection:
            return bool(connection.ping())
    except redis.RedisError:
        return False


def http_answers(url: str) -> bool:
    """Whether GET gives 200."""
    try:
        return requests.get(url, timeout=3).status_code == HTTPStatus.OK
    except requests.RequestException:
        return False
