"""Fixtures for every test: the database as the application sees it, and the whole stack as real processes."""

import gc
import os
from collections.abc import Generator
from datetime import date
from pathlib import Path

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from tests.stack import Stack, create_database, drop_database, forget_redis, keep_pristine, launch_stack, renew_database
from voicepact.kernel import tariffs
from voicepact.kernel.tariffs import Band, Operation, Source, Tariff

LONGEST = "test_pages.py"
SEARCH_EVERY = 20_000, 10, 10  # new objects, for gc.set_threshold

hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")  # a machine that is busy with something else proves nothing wrong


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that need the running stack come last: its workers and its clock disturb no test that runs alone.

    Those with a browser come last of all: its driver keeps an event loop in the process, in which Django refuses to
    ask the database. The longest of them begins first: begun late, it would leave the other process idle at the end.
    """
    rank: dict[Path, int] = {}
    for item in items:
        names = getattr(item, "fixturenames", ())
        rank[item.path] = max(rank.get(item.path, 0), ("stack" in names) + ("browser" in names))
    items.sort(key=lambda item: (rank[item.path], item.path.name != LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and tests, which stay to the end, are no garbage: nobody searches them, now or later.

    A test makes many objects that live as long as itself; it is searched less often than Python would by itself.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*SEARCH_EVERY)
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def static_files_found_when_asked_for(django_test_environment: None) -> None:
    """A test's client reads a static file when it asks for it; else each would first read what every file is.

    The stack's processes read them all as they start, as everywhere.
    """
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session", autouse=True)
def time_is_real(django_test_environment: None) -> None:
    """As in production, no test asks Redis for the time, until the stack runs and this process lives by its clock."""
    settings.CLOCK_MOVABLE = False


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Generator[None]:
    """The test database, made by the owner's role and migrated; tests connect as the application's role."""
    create_database()
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0, interactive=False)
        connections.close_all()
    keep_pristine()
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    drop_database()


@pytest.fixture
def committed_db(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Generator[None]:
    """The database without a surrounding transaction.

    Ledger and events refuse to be emptied, so the database itself is replaced afterwards: a payout that a test leaves
    due would else be worked by the next one. On the running stack everything stays; there each test makes its own
    contract and phones, and asserts on its own rows.
    """
    with django_db_blocker.unblock():
        yield
        if "stack" not in request.fixturenames:
            connections.close_all()
            renew_database()


@pytest.fixture
def tariffs_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A payout of any size costs 20, for tests of fees on amounts whose charge no source tells."""
    told = Tariff("daraja", Operation.PAYOUT, date(2026, 1, 1), (Band(1, 250_000, 20, Source("A form", date.min)),))
    monkeypatch.setattr(tariffs, "TARIFFS", (told,))


@pytest.fixture
def owner_connection(django_db_setup: None) -> Generator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection of the role that owns the tables: to see what the database refuses even to it."""
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def stack(django_db_setup: None, time_is_real: None) -> Generator[Stack]:
    """Web, worker, beat and simulator, as real processes on the test database, for the rest of the session."""
    forget_redis()
    settings.CLOCK_MOVABLE = True
    running = launch_stack()
    yield running
    running.supervisor.close()
