"""PostgreSQL and Redis of this measurement, under `var/million/`; nothing of them runs or lies there afterwards."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from voicepact.stack.addresses import free_port
from voicepact.stack.environment import generate_secrets, process_environment, stack_settings
from voicepact.stack.leftovers import stop_leftovers
from voicepact.stack.postgresql import EmbeddedPostgres, Passwords
from voicepact.stack.programs import MANAGE, PROJECT, Program
from voicepact.stack.readiness import postgres_answers, redis_answers, wait_until
from voicepact.stack.redis_server import EmbeddedRedis
from voicepact.stack.supervision import Supervisor

DIRECTORY = PROJECT / "var" / "million"
FILLED = DIRECTORY / "filled"
"""Holds the number of payments, once all of them are there."""

# For the fill only: neither foreign keys nor triggers are looked at, and indexes are built in memory.
FILLING = ("session_replication_role=replica", "max_wal_size=8GB", "maintenance_work_mem=512MB", "work_mem=128MB")


class Servers:
    """One PostgreSQL and one Redis, with the environment that points every process at them."""

    def __init__(self) -> None:
        stop_leftovers(DIRECTORY)
        passwords = Passwords(owner=secrets.token_hex(8), application=secrets.token_hex(8))
        self._postgres = EmbeddedPostgres(DIRECTORY / "postgres", free_port(), passwords)
        self._redis = EmbeddedRedis(DIRECTORY / "redis", free_port(), secrets.token_hex(8))
        settings = stack_settings(DIRECTORY, port=free_port(), simulator_port=free_port())
        addresses = {
            "DATABASE_URL": self._postgres.application_url,
            "OWNER_DATABASE_URL": self._postgres.owner_url,
            "REDIS_URL": self._redis.url(),
        }
        self.environment = process_environment(DIRECTORY, {**generate_secrets(), **settings, **addresses})

    @property
    def owner_url(self) -> str:
        return self._postgres.owner_url

    @contextmanager
    def running(self, *options: str) -> Generator[None]:
        """Both answer; PostgreSQL has these options beside its usual ones."""
        DIRECTORY.mkdir(parents=True, exist_ok=True)
        self._postgres.prepare()
        self._redis.prepare()
        server = _with(self._postgres.program(durable=False), options)
        supervisor = Supervisor(DIRECTORY, [server, self._redis.program()], self.environment)
        supervisor.launch()
        try:
            supervisor.start("postgres", "redis")
            wait_until(lambda: postgres_answers(self.owner_url), what="PostgreSQL did not answer", within_s=120)
            wait_until(lambda: redis_answers(self.environment["REDIS_URL"]), what="Redis did not answer")
            yield
        finally:
            supervisor.close()

    def run(self, *command: str) -> int:
        """Runs a command against the two servers; returns its exit code."""
        return subprocess.run(command, env=self.environment, cwd=PROJECT, check=False).returncode

    def migrate(self) -> None:
        """The database has every table. Raises CalledProcessError."""
        subprocess.run([*MANAGE, "migrate", "--verbosity", "0", "--no-input"], env=self.environment, check=True)


def forget() -> None:
    """Nothing is left on the disk."""
    shutil.rmtree(DIRECTORY, ignore_errors=True)


def free_gigabytes() -> float:
    """How much the disk that would hold the database has free."""
    parent = DIRECTORY.parent
    parent.mkdir(exist_ok=True)
    return shutil.disk_usage(parent).free / 1e9


def size_gigabytes() -> float:
    """How much the measurement takes on the disk."""
    files = (Path(folder) / name for folder, _, names in os.walk(DIRECTORY) for name in names)
    return sum(file.stat().st_size for file in files if file.exists()) / 1e9


def _with(program: Program, options: tuple[str, ...]) -> Program:
    return replace(program, command=(*program.command, *(part for option in options for part in ("-c", option))))
