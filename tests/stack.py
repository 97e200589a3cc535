"""A pytest plugin: PostgreSQL and Redis for this session, and the environment that points every process at them.

It is loaded by `-p tests.stack`, before pytest-django reads the settings. Servers named by DATABASE_URL and REDIS_URL
are used, others are started with their data in memory, or under `var/test/` where there is no room for it, and gone
when the session ends. Each process of pytest-xdist has a database, a Redis number and ports of its own. The fixtures
stand in the top `conftest.py`.
"""

import atexit
import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
import requests
from psycopg import sql

from voicepact.stack.addresses import LOOPBACK
from voicepact.stack.environment import generate_secrets, process_environment, stack_settings
from voicepact.stack.leftovers import stop_leftovers
from voicepact.stack.postgresql import EmbeddedPostgres, Passwords
from voicepact.stack.programs import PROJECT, Program, beat, simulator, web, worker
from voicepact.stack.readiness import http_answers, postgres_answers, redis_answers, wait_until
from voicepact.stack.redis_server import EmbeddedRedis
from voicepact.stack.supervision import Supervisor

MEMORY, ROOM = Path("/dev/shm"), 2 << 30
OWNER, APPLICATION, REDIS, DIRECTORY = (
    f"VOICEPACT_TEST_{name}" for name in ("OWNER", "APPLICATION", "REDIS", "DIRECTORY")
)
EXTERNAL_REDIS_NUMBERS = 16


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Servers are up and the environment names them. Processes of pytest-xdist share those of the first one."""
    if DIRECTORY not in os.environ:
        servers = _Servers(_sessions() / f"{os.getpid()}-{secrets.token_hex(2)}")
        early_config.add_cleanup(servers.close)
        servers.start()
    os.environ.update(_environment())
    yield


class _Servers:
    """The servers of one session, in a folder that is locked while the session lives."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._supervisor: Supervisor | None = None
        self._lock: IO[str] | None = None

    def start(self) -> None:
        with _turn(self._directory.parent):
            _sweep(self._directory.parent)
            self._directory.mkdir()
            self._lock = _locked(self._directory)
        programs: list[Program] = []
        postgres = None if os.environ.get("DATABASE_URL") else self._embedded_postgres()
        cache = None if os.environ.get("REDIS_URL") else self._embedded_redis()
        if postgres:
            programs.append(postgres.program(durable=False))
            os.environ.update({OWNER: postgres.owner_url, APPLICATION: postgres.application_url})
        else:
            os.environ.update(_external_database())
        if cache:
            programs.append(cache.program())
        os.environ[REDIS] = cache.url() if cache else os.environ["REDIS_URL"]
        os.environ[DIRECTORY] = str(self._directory)
        self._run(programs)
        wait_until(lambda: postgres_answers(os.environ[OWNER]), what="PostgreSQL did not answer")
        wait_until(lambda: redis_answers(os.environ[REDIS]), what="Redis did not answer")

    def close(self) -> None:
        _drop_made_role()
        if self._supervisor:
            self._supervisor.close()
        for name in (OWNER, APPLICATION, REDIS, DIRECTORY):
            os.environ.pop(name, None)
        shutil.rmtree(self._directory, ignore_errors=True)
        if self._lock:
            self._lock.close()

    def _run(self, programs: list[Program]) -> None:
        if programs:
            self._supervisor = Supervisor(self._directory, programs, process_environment(self._directory, {}))
            self._supervisor.launch()
            self._supervisor.start(*(program.name for program in programs))

    def _embedded_postgres(self) -> EmbeddedPostgres:
        passwords = Passwords(owner=secrets.token_hex(8), application=secrets.token_hex(8))
        server = EmbeddedPostgres(self._directory / "postgres", own_port(), passwords)
        server.prepare()
        return server

    def _embedded_redis(self) -> EmbeddedRedis:
        server = EmbeddedRedis(self._directory / "redis", own_port(), secrets.token_hex(8))
        server.prepare()
        return server


def _sessions() -> Path:
    """Where sessions have their folders: in memory, if it has room.

    A database that replaces another is a thousand new files: on a disk that takes ten times as long.
    """
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY / f"voicepact-test-{os.getuid()}"
    return PROJECT / "var" / "test"


@contextmanager
def _turn(sessions: Path) -> Generator[None]:
    """One session at a time begins: none takes the folder that another has made and not locked yet for a dead one's."""
    sessions.mkdir(parents=True, exist_ok=True)
    with (sessions / "beginning.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _sweep(sessions: Path) -> None:
    """Sessions that were killed have left nothing running and nothing behind."""
    for directory in sessions.glob("*-*"):
        try:
            lock = _locked(directory)
        except OSError:
            continue
        with lock:
            for part in (directory, *directory.glob("stack"), *directory.glob("gw*/stack")):
                stop_leftovers(part)
            shutil.rmtree(directory, ignore_errors=True)


def _locked(directory: Path) -> IO[str]:
    """The folder's lock file, held until it is closed. Raises BlockingIOError while another session holds it."""
    handle = (directory / "session.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise
    return handle


def _external_database() -> dict[str, str]:
    """The two roles on a server that the environment names: its own two, or one and a second that is made if it may."""
    application = os.environ["DATABASE_URL"]
    owner = os.environ.get("OWNER_DATABASE_URL")
    if owner:
        return {OWNER: owner, APPLICATION: application}
    role, password = f"voicepact_test_{os.getpid()}", secrets.token_hex(8)
    create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
    try:
        with psycopg.connect(application, autocommit=True) as connection:
            connection.execute(create)
    except psycopg.errors.InsufficientPrivilege:
        return {OWNER: application, APPLICATION: application}
    address = urlsplit(application)
    host = address.netloc.rpartition("@")[2]
    return {OWNER: application, APPLICATION: address._replace(netloc=f"{role}:{password}@{host}").geturl()}


def _drop_made_role() -> None:
    """The role that `_external_database` may have made on another's server is gone again."""
    role = f"voicepact_test_{os.getpid()}"
    if urlsplit(os.environ.get(APPLICATION, "")).username == role:
        with psycopg.connect(os.environ[OWNER], autocommit=True) as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


# --- what one process of pytest works with ----------------------------------------------------------------------------


def worker_directory() -> Path:
    """Where this process of pytest keeps its files: the session's folder, or one in it for each process of xdist."""
    return Path(os.environ[DIRECTORY]) / os.environ.get("PYTEST_XDIST_WORKER", "")


def own_port() -> int:
    """A port that nobody else is given while this process lives: it is bound, and a server of ours may bind it too.

    One that was only found to be free is anybody's, a call's or another process's, until its server starts, and again
    whenever that server is killed.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((LOOPBACK, 0))
    atexit.register(held.close)
    return int(held.getsockname()[1])


def _environment() -> dict[str, str]:
    directory = worker_directory()
    directory.mkdir(exist_ok=True)
    name = "_".join(filter(None, [f"test_voicepact_{Path(os.environ[DIRECTORY]).name.replace('-', '_')}", _worker()]))
    settings = stack_settings(directory, port=own_port(), simulator_port=own_port())
    values = {
        **generate_secrets(),
        **settings,
        "DATABASE_URL": _with_path(os.environ[APPLICATION], name),
        "OWNER_DATABASE_URL": _with_path(os.environ[OWNER], name),
        "REDIS_URL": _with_path(os.environ[REDIS], str(_redis_number())),
        "SIMULATOR_DELAY_S": "0.05",
        "SIMULATOR_AUTO_APPROVE": "0",
        "SIMULATOR_FEES": "0",
        "PROOF_FROM": "400000",  # more than any deal that is not about proofs
    }
    return process_environment(directory, values)


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "")


def _redis_number() -> int:
    """A numbered database of one's own: counted from 1 on our server, the last empty ones on another's."""
    index = int(_worker().removeprefix("gw") or 0)
    if (Path(os.environ[DIRECTORY]) / "redis").exists():
        return index + 1
    empty = []
    for number in reversed(range(EXTERNAL_REDIS_NUMBERS)):
        with redis.Redis.from_url(_with_path(os.environ[REDIS], str(number))) as connection:
            empty += [number] if connection.dbsize() == 0 else []
    if len(empty) <= index:
        raise pytest.UsageError("REDIS_URL names a server without an empty database for the tests.")
    return empty[index]


def _with_path(url: str, path: str) -> str:
    return urlsplit(url)._replace(path=f"/{path}").geturl()


def create_database() -> None:
    """This process's test database exists, empty, owned by the owner's role."""
    _administer("DROP DATABASE IF EXISTS {name}")
    _administer("CREATE DATABASE {name}")


def keep_pristine() -> None:
    """The test database as it is now is kept, for `renew_database`. Precondition: nobody is connected to it."""
    _administer("DROP DATABASE IF EXISTS {pristine}")
    _administer("CREATE DATABASE {pristine} TEMPLATE {name}")


def renew_database() -> None:
    """The test database is again as `keep_pristine` found it. A thread's connection may take a moment to close."""
    wait_until(_dropped, what="A connection to the test database was left open", within_s=20)
    _administer("CREATE DATABASE {name} TEMPLATE {pristine}")


def _dropped() -> bool:
    try:
        _administer("DROP DATABASE IF EXISTS {name}")
    except psycopg.errors.ObjectInUse:
        return False
    return True


def drop_database() -> None:
    """Nothing of this process is left on the servers that it was lent; its own servers are about to go anyway."""
    if not (Path(os.environ[DIRECTORY]) / "postgres").exists():
        _administer("DROP DATABASE IF EXISTS {name}")
        _administer("DROP DATABASE IF EXISTS {pristine}")
    if not (Path(os.environ[DIRECTORY]) / "redis").exists():
        forget_redis()


def forget_redis() -> None:
    """This process's Redis is empty: no nudge, no answer in a cache, no moved clock."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as connection:
        connection.flushdb()


def _administer(statement: str) -> None:
    name = urlsplit(os.environ["OWNER_DATABASE_URL"]).path.lstrip("/")
    names = {"name": sql.Identifier(name), "pristine": sql.Identifier(f"{name}_pristine")}
    with psycopg.connect(os.environ[OWNER], autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(**names))


# --- the whole stack, as real processes -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stack:
    """Web, worker, beat and simulator of this test session, with their addresses and their lives in one's hands."""

    base_url: str
    simulator_url: str
    supervisor: Supervisor

    def kill(self, name: str) -> int:
        """The process dies at once; supervisord starts it again. Returns the pid that died."""
        return self.supervisor.kill(name)

    def stop(self, name: str) -> None:
        """The process ends and stays away until `start`."""
        self.supervisor.stop(name)

    def start(self, name: str) -> None:
        self.supervisor.start(name)
        self.wait_ready()

    def restart(self, name: str) -> None:
        self.supervisor.restart(name)
        self.wait_ready()

    @contextmanager
    def faults(self, **rates: float) -> Generator[None]:
        """The rails are as unkind as `rates` say, and kind again afterwards."""
        url = f"{self.simulator_url}/faults"
        requests.post(url, json=rates, timeout=10).raise_for_status()
        try:
            yield
        finally:
            requests.post(url, json={}, timeout=10).raise_for_status()

    def log(self, name: str) -> str:
        """Everything that the process has written so far."""
        return self.supervisor.tail(name, lines=1_000_000)

    def wait_ready(self) -> None:
        """The site and the simulator answer (again)."""
        for name, url in (("web", f"{self.base_url}/readyz"), ("simulator", f"{self.simulator_url}/healthz")):
            if name in self.supervisor.pids():
                what = f"{name} did not answer at {url}"
                wait_until(lambda url=url: http_answers(url), what=what, within_s=60)  # type: ignore[misc]


def launch_stack() -> Stack:
    """The four processes run against this session's database and Redis, and answer.

    Precondition: the database is migrated.
    """
    directory = worker_directory()
    base_url, simulator_url = os.environ["PUBLIC_URL"], os.environ["SIMULATOR_URL"]
    home = directory / "stack"
    home.mkdir(exist_ok=True)
    port = urlsplit(base_url).port or 80
    programs = [simulator(), web(port), worker(), beat(home)]
    stack = Stack(base_url, simulator_url, Supervisor(home, programs, process_environment(home, {})))
    stack.supervisor.launch()
    try:
        stack.supervisor.start(*(program.name for program in programs))
        stack.wait_ready()
    except BaseException as error:
        tails = "\n".join(f"--- {name}\n{stack.supervisor.tail(name)}" for name in ("web", "simulator", "worker"))
        stack.supervisor.close()
        raise RuntimeError(f"The stack did not come up: {error}\n{tails}") from error
    return stack
