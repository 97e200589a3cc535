"""Runs a stack's programs under supervisord: it starts again whatever dies, and ends with the process that made it."""

import ctypes
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from voicepact.stack.environment import MARK
from voicepact.stack.leftovers import stop_leftovers
from voicepact.stack.programs import PROJECT, Program

SOCKET_PATH_LIMIT = 90  # the kernel's is 107; supervisord first binds a longer name
PR_SET_PDEATHSIG = 1  # linux/prctl.h

_SUPERVISORD = """\
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
nodaemon=true
logfile={logs}/supervisord.log
pidfile={directory}/supervisord.pid
directory={project}
umask=022
{user}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM = """
[program:{name}]
command={command}
directory={directory}
priority={priority}
autostart=false
autorestart=true
startsecs=1
startretries=100
stopsignal={stop_signal}
stopwaitsecs={stop_wait_s}
killasgroup=true
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=1
{user}
"""


class SupervisionFailed(Exception):
    """supervisord, or one of its programs, did not come up; the message says where to look."""


class Supervisor:
    """supervisord over `programs` (started in this order, stopped in the opposite one), its files in `directory`."""

    def __init__(self, directory: Path, programs: Sequence[Program], environment: Mapping[str, str]) -> None:
        self.directory = directory
        self.programs = tuple(programs)
        self.logs = directory / "log"
        self._environment = {**environment, MARK: str(directory)}
        self._socket = _socket_path(directory)
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """supervisord runs and answers; no program runs yet. Raises SupervisionFailed."""
        self.logs.mkdir(parents=True, exist_ok=True)
        configuration = self.directory / "supervisord.conf"
        configuration.write_text(self._configuration())
        with (self.logs / "supervisord.err").open("wb") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - nothing else runs in this process yet
            )
        self._wait_for_answer()

    def start(self, *names: str) -> None:
        """The named programs are being started; ask `pids` or their ports whether they are up."""
        for name in names:
            self._call("startProcess", name, False)

    def stop(self, name: str) -> None:
        """The program has ended and stays so until `start`."""
        self._call("stopProcess", name, True)

    def restart(self, name: str) -> None:
        """The program has ended and been started again."""
        self.stop(name)
        self._call("startProcess", name, True)

    def kill(self, name: str) -> int:
        """The program dies at once without a farewell, and supervisord starts it again; returns the pid that died."""
        pid = self.pids()[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def pids(self) -> dict[str, int]:
        """The process id of every program that runs, and of supervisord."""
        listed: Any = self._call("getAllProcessInfo")
        running = {str(one["name"]): int(one["pid"]) for one in listed if one["pid"]}
        own = {"supervisord": self._process.pid} if self._process else {}
        return {**running, **own}

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """Every program has ended, and supervisord too, with all that they left behind."""
        if self._process is None:
            return
        if self.is_alive():
            self._stop_applications()
            self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stop_leftovers(self.directory)
        self._socket.unlink(missing_ok=True)

    def tail(self, name: str, lines: int = 15) -> str:
        """The last lines of a program's log."""
        log = self.logs / f"{name}.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _stop_applications(self) -> None:
        """Everything but the servers is asked to stop at once: supervisord alone would ask one after the other."""
        for program in self.programs:
            if program.name not in ("postgres", "redis"):
                try:
                    self._call("stopProcess", program.name, False)
                except (SupervisionFailed, OSError):
                    continue

    def _configuration(self) -> str:
        folders = {"logs": _escape(self.logs), "directory": _escape(self.directory), "project": _escape(PROJECT)}
        user = "user=root" if os.geteuid() == 0 else ""
        head = _SUPERVISORD.format(socket=_escape(self._socket), user=user, **folders)
        return head + "".join(self._section(program, rank) for rank, program in enumerate(self.programs, start=1))

    def _section(self, program: Program, rank: int) -> str:
        return _PROGRAM.format(
            name=program.name,
            command=_escape(shlex.join(program.command)),
            directory=_escape(PROJECT),
            logs=_escape(self.logs),
            priority=rank,
            stop_signal=program.stop_signal,
            stop_wait_s=program.stop_wait_s,
            user=f"user={program.user}" if program.user else "",
        )

    def _wait_for_answer(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.is_alive():
            try:
                self._call("getState")
            except (OSError, SupervisionFailed):
                time.sleep(0.05)
            else:
                return
        raise SupervisionFailed(f"supervisord did not start; see {self.logs / 'supervisord.err'}")

    def _call(self, method: str, *arguments: Any) -> Any:
        transport: Any = SupervisorTransport(None, None, serverurl=f"unix://{self._socket}")
        try:
            with ServerProxy("http://127.0.0.1", transport=transport, allow_none=True) as proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except Fault as fault:
            raise SupervisionFailed(f"{method} {arguments}: {fault.faultString}") from fault


def _escape(text: object) -> str:
    """supervisord reads `%` as the start of a name."""
    return str(text).replace("%", "%%")


def _socket_path(directory: Path) -> Path:
    """A path that a Unix socket can have: in `directory`, or in a new private folder where that is too long."""
    path = directory / "supervisord.sock"
    if len(str(path)) <= SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.mkdtemp(prefix="voicepact-")) / "supervisord.sock"


def _die_with_parent() -> None:
    """On Linux the kernel stops supervisord, and so its programs, when the process that made it dies in any way."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
