"""The stack of `make demo`: its settings in `var/demo.env`, its servers, its processes, and their lives."""

import os
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from voicepact.stack.addresses import free_port, is_free
from voicepact.stack.environment import generate_secrets, process_environment, read_file, stack_settings, write_file
from voicepact.stack.postgresql import EmbeddedPostgres, Passwords
from voicepact.stack.programs import MANAGE, PROJECT, Program, beat, simulator, web, worker
from voicepact.stack.readiness import http_answers, postgres_answers, redis_answers, wait_until
from voicepact.stack.redis_server import EmbeddedRedis
from voicepact.stack.supervision import Supervisor

LINES_OF_AN_ERROR = 12


class PortTaken(Exception):
    """Another program listens on a port that the demo needs."""


class CommandFailed(Exception):
    """A `manage.py` command ended with an error; the message holds what it wrote."""


@dataclass(frozen=True, slots=True)
class Addresses:
    port: int
    simulator_port: int

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    @classmethod
    def from_environment(cls) -> "Addresses":
        """PORT and SIMULATOR_PORT, 8000 and 8001 by default. Raises PortTaken."""
        found = cls(int(os.environ.get("PORT") or 8000), int(os.environ.get("SIMULATOR_PORT") or 8001))
        for name, port in (("PORT", found.port), ("SIMULATOR_PORT", found.simulator_port)):
            if not is_free(port):
                raise PortTaken(f"Port {port} is in use by another program. Try: {name}={free_port()} make demo")
        return found


class LocalStack:
    """Everything of one demo, under `directory`."""

    def __init__(self, directory: Path, addresses: Addresses) -> None:
        self.directory = directory
        self.addresses = addresses
        self._env_file = directory / "demo.env"
        self._postgres: EmbeddedPostgres | None = None
        self._redis: EmbeddedRedis | None = None
        self.values = self._settle_values()
        self.supervisor = Supervisor(directory, self._programs(), self.environment)

    @property
    def environment(self) -> dict[str, str]:
        return process_environment(self.directory, self.values)

    def start_servers(self) -> None:
        """PostgreSQL and Redis answer: ours are started, others were named in the environment. The simulator starts."""
        if self._postgres:
            self._postgres.prepare()
        if self._redis:
            self._redis.prepare()
        self.supervisor.launch()
        self.supervisor.start(*(server.name for server in self._servers()))
        owner_url = self.values["OWNER_DATABASE_URL"] or self.values["DATABASE_URL"]
        wait_until(lambda: postgres_answers(owner_url), what="PostgreSQL did not answer; see var/log/postgres.log")
        wait_until(lambda: redis_answers(self.values["REDIS_URL"]), what="Redis did not answer; see var/log/redis.log")
        self._match_books_to_database(owner_url)
        self.supervisor.start("simulator")

    def migrate(self) -> None:
        """The database has every table, and the application's role may use them."""
        self.manage("migrate", "--verbosity", "0", "--no-input")

    def start_applications(self) -> None:
        """Web, worker and beat are being started."""
        self.supervisor.start("web", "worker", "beat")

    def wait_ready(self) -> None:
        """The site and the simulator answer. Raises NotReady."""
        for name, url in (("web", self.ready_url), ("simulator", f"{self.addresses.simulator_url}/healthz")):
            what = f"{name} did not answer at {url}; see {self.supervisor.logs / name}.log"
            wait_until(lambda url=url: http_answers(url), what=what, within_s=60)  # type: ignore[misc]

    @property
    def ready_url(self) -> str:
        return f"{self.addresses.base_url}/readyz"

    def manage(self, *arguments: str, **extra: str) -> str:
        """Runs `manage.py` with these settings and `extra`; returns what it printed. Raises CommandFailed."""
        done = self.try_manage(arguments, **extra)
        if done.returncode:
            told = (done.stderr.strip() or done.stdout.strip()).splitlines()[-LINES_OF_AN_ERROR:]
            raise CommandFailed("\n".join([f"manage.py {arguments[0]} failed:", *told]))
        return done.stdout.strip()

    def try_manage(self, arguments: Sequence[str], **extra: str) -> "subprocess.CompletedProcess[str]":
        """Runs `manage.py` and returns how it ended, well or not."""
        environment = {**self.environment, **extra}
        return subprocess.run(
            [*MANAGE, *arguments], env=environment, cwd=PROJECT, capture_output=True, text=True, check=False
        )

    def _settle_values(self) -> dict[str, str]:
        """The settings of this run: secrets of the first run, addresses of this one. They are written to `demo.env`."""
        self.directory.mkdir(parents=True, exist_ok=True)
        kept = read_file(self._env_file)
        fresh = {name: kept.get(name, value) for name, value in generate_secrets().items()}
        settings = stack_settings(
            self.directory, port=self.addresses.port, simulator_port=self.addresses.simulator_port
        )
        values = {**fresh, **settings, **self._database(kept), **self._cache(kept)}
        write_file(self._env_file, values)
        return values

    def _database(self, kept: dict[str, str]) -> dict[str, str]:
        if url := os.environ.get("DATABASE_URL"):
            return {"DATABASE_URL": url, "OWNER_DATABASE_URL": os.environ.get("OWNER_DATABASE_URL", "")}
        last = urlsplit(kept.get("DATABASE_URL", ""))
        passwords = Passwords(owner=secrets.token_hex(16), application=secrets.token_hex(16))
        port = free_port(last.port if _is_embedded(self.directory / "postgres") else None)
        self._postgres = EmbeddedPostgres(self.directory / "postgres", port, passwords)
        return {"DATABASE_URL": self._postgres.application_url, "OWNER_DATABASE_URL": self._postgres.owner_url}

    def _cache(self, kept: dict[str, str]) -> dict[str, str]:
        if url := os.environ.get("REDIS_URL"):
            return {"REDIS_URL": url}
        last = urlsplit(kept.get("REDIS_URL", ""))
        port = free_port(last.port if _is_embedded(self.directory / "redis") else None)
        self._redis = EmbeddedRedis(self.directory / "redis", port, secrets.token_hex(16))
        return {"REDIS_URL": self._redis.url()}

    def _servers(self) -> list[Program]:
        postgres = [self._postgres.program()] if self._postgres else []
        return [*postgres, *([self._redis.program()] if self._redis else [])]

    def _programs(self) -> list[Program]:
        applications = [simulator(), web(self.addresses.port), worker(), beat(self.directory)]
        return [*self._servers(), *applications]

    def _match_books_to_database(self, owner_url: str) -> None:
        """The simulator's books are of the same age as the database: an empty database begins with empty books."""
        with psycopg.connect(owner_url) as connection:
            row = connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone()
        if row and row[0]:
            books = Path(self.values["SIMULATOR_BOOKS"])
            for part in books.parent.glob(f"{books.name}*"):
                part.unlink()


def _is_embedded(data: Path) -> bool:
    return data.exists()
