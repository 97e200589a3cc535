"""Stops what a killed run left behind: processes that carry this stack's mark, and its two servers. No others."""

import signal
from pathlib import Path

import psutil

from voicepact.stack.environment import MARK

PATIENCE_S = 10.0


def stop_leftovers(directory: Path) -> int:
    """No process of the stack in `directory` runs any more; returns how many had to be stopped.

    supervisord goes first, or it would start the others again.
    """
    marked = [process for process in psutil.process_iter() if _is_ours(process, directory)]
    marked.sort(key=lambda process: not _is_supervisor(process))
    servers = [process for process in psutil.process_iter() if _is_server(process, directory)]
    for process in marked:
        _signal(process, signal.SIGTERM)
    psutil.wait_procs(marked, timeout=PATIENCE_S)
    for server in servers:
        _signal(server, signal.SIGINT)
    psutil.wait_procs(servers, timeout=PATIENCE_S)
    everything = {*marked, *servers}
    for process in everything:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(everything, timeout=PATIENCE_S)
    return len(everything)


def _is_ours(process: psutil.Process, directory: Path) -> bool:
    try:
        return bool(process.environ().get(MARK) == str(directory))
    except (psutil.Error, OSError):
        return False


def _is_supervisor(process: psutil.Process) -> bool:
    try:
        return "supervisor.supervisord" in process.cmdline()
    except psutil.Error:
        return False


def _is_server(process: psutil.Process, directory: Path) -> bool:
    """Servers write their title over their environment, mark included; they are known by where they run."""
    homes = {"postgres": directory / "postgres", "redis-server": directory / "redis"}
    try:
        home = homes.get(process.name())
        return home is not None and process.cwd() == str(home)
    except (psutil.Error, OSError):
        return False


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
