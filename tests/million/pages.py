"""A member of staff opens a page: how long it takes, how many queries it needs, and whether one of them counts rows."""

import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from voicepact.kernel.models import User

TIMES = 5
LIMIT_MS = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """One page: `milliseconds` is the median, of which the site itself worked for `own` (the rest is the database, and
    whatever else this machine does), `first` the first time's, `slowest` the query that took longest.
    """

    address: str
    status: int
    milliseconds: float
    own: float
    first: float
    queries: int
    counts: bool
    slowest: str
    page: Any

    @property
    def is_good(self) -> bool:
        return self.status < 400 and self.milliseconds <= LIMIT_MS and not self.counts


def staff() -> Client:
    """A signed-in client of somebody who may see everything."""
    user, _ = User.objects.get_or_create(username="wambui", defaults={"is_staff": True, "is_superuser": True})
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


def read(client: Client, address: str) -> Reading:
    """The page at `address`, opened once with its queries looked at and then `TIMES` times against the clock."""
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as captured:
        page = client.get(address)
    first, queries = _since(began), list(captured)
    slowest = max(queries, key=lambda query: float(query["time"]), default={"sql": "", "time": "0"})
    times = [_timed(client, address) for _ in range(TIMES)]
    return Reading(
        address=address,
        status=page.status_code,
        milliseconds=median(whole for whole, _ in times),
        own=median(own for _, own in times),
        first=first,
        queries=len(queries),
        counts=any("COUNT(" in query["sql"].upper() for query in queries),
        slowest=f"{slowest['time']} s: {slowest['sql']}",
        page=page,
    )


def _timed(client: Client, address: str) -> tuple[float, float]:
    began, worked = time.perf_counter(), time.process_time()
    client.get(address)
    return _since(began), (time.process_time() - worked) * 1000


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
