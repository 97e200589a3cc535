"""Threads that start together, as workers of several processes might: for the races that a test is about."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

PATIENCE_S = 30
T = TypeVar("T")


def at_once(*calls: Callable[[], T]) -> list[T]:
    """What each call gave, in their order. Each has a thread of its own, and all are let go at the same moment.

    The first error that one of them raises is raised.
    """
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        try:
            start.wait(PATIENCE_S)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))
