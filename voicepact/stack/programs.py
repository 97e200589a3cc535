"""The processes of a stack, as data; `supervision` runs them."""

import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
ALONE = (sys.executable, "-m", "voicepact.stack.alone")
MANAGE = (sys.executable, str(PROJECT / "manage.py"))

WEB_WORKERS = 2
WEB_THREADS = 8
WORKER_THREADS = 8


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process: its argument list, how it is asked to stop, and as whom it runs (empty: as we do)."""

    name: str
    command: tuple[str, ...]
    stop_signal: str = "TERM"
    stop_wait_s: int = 10
    user: str = ""


def web(port: int) -> Program:
    """The site and the API on 127.0.0.1."""
    return Program(
        "web",
        (
            *ALONE,
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--respawn-failed-workers"),
            *("--host", "127.0.0.1", "--port", str(port), "--workers-kill-timeout", "5"),
            *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "voicepact.wsgi:application"),
        ),
    )


def worker() -> Program:
    """The hands: threads, because calls to the rails wait on the network."""
    return Program(
        "worker",
        (
            *(sys.executable, "-m", "celery", "-A", "voicepact", "worker", "--pool", "threads"),
            *("--concurrency", str(WORKER_THREADS), "--without-mingle", "--without-gossip", "--loglevel", "INFO"),
        ),
    )


def beat(directory: Path) -> Program:
    """The clock: sends every sweep on its interval; its schedule file lies in `directory`."""
    schedule = str(directory / "beat-schedule")
    return Program(
        "beat",
        (sys.executable, "-m", "celery", "-A", "voicepact", "beat", "-s", schedule, "--pidfile=", "--loglevel", "INFO"),
    )


def simulator() -> Program:
    """The outside world: rails and phones, on SIMULATOR_PORT."""
    return Program("simulator", (*ALONE, *MANAGE, "simulator"))
