"""`make demo`: the stack is up, one deal has been played, and everything stays up until Ctrl-C."""

import fcntl
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
import requests
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from voicepact.stack.client import Client, Refused
from voicepact.stack.environment import replace
from voicepact.stack.leftovers import stop_leftovers
from voicepact.stack.local_stack import Addresses, CommandFailed, LocalStack, PortTaken
from voicepact.stack.postgresql import ServerBroken, ServerMissing
from voicepact.stack.programs import PROJECT
from voicepact.stack.readiness import NotReady
from voicepact.stack.story import Story
from voicepact.stack.supervision import SupervisionFailed

DIRECTORY = PROJECT / "var"
CLIENT_NAME = "demo"
STAFF = {
    "admin": ["--superuser"],
    **{role: ["--group", role] for role in ("operator", "approver", "support", "auditor", "viewer")},
}
LOOK_EVERY_S = 0.5
INTERRUPTED = 130
WIDTH = 120  # where nobody can see the window
NOT_COMPARED = "not compared"
NO_FAULT = (
    "Not compared is no fault: nobody publishes what M-Pesa charges us for a payout above KES 150,000, as one here is."
)

console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)


class AlreadyRunning(Exception):
    """Another demo runs in this folder."""


TROUBLES = (AlreadyRunning, PortTaken, ServerMissing, ServerBroken, SupervisionFailed, NotReady, CommandFailed)


class Stopped(Exception):
    """Somebody asked the demo to end: Ctrl-C, SIGTERM, or the `make` above it is gone."""


def run_demo(*, once: bool) -> int:
    """Plays the demo; returns the exit code: 0 when the deal ended as it should and the books agree."""
    _stop_on_signals()
    try:
        with _only_one(), _stack_up() as stack:
            played = _play(stack)
            if not once:
                _stay_up(stack)
        return 0 if played else 1
    except Stopped:
        return INTERRUPTED if once else 0
    except TROUBLES as error:
        console.print(f"\n[bold red]The demo cannot run.[/] {escape(str(error))}")
        return 1


# --- up and down ------------------------------------------------------------------------------------------------------


@contextmanager
def _stack_up() -> Generator[LocalStack]:
    """Everything runs and answers; afterwards nothing runs any more."""
    began = time.monotonic()
    if left := stop_leftovers(DIRECTORY):
        console.print(f"[dim]Stopped {left} processes that a killed run had left behind.[/]")
    stack = LocalStack(DIRECTORY, Addresses.from_environment())
    try:
        with console.status("Starting PostgreSQL and Redis") as status:
            stack.start_servers()
            status.update("Migrating the database")
            stack.migrate()
            status.update("Starting web, worker, beat and simulator")
            stack.start_applications()
            with ThreadPoolExecutor() as pool:
                by_hand = pool.submit(stack.manage, "register_paybill")
                _write_card(stack, _accounts(stack))
                stack.wait_ready()
            by_hand.result()
        console.print(f"[dim]The stack is up after {time.monotonic() - began:.0f} s.[/]")
        yield stack
    except NotReady:
        _show_logs(stack)
        raise
    finally:
        _ignore_signals()
        with console.status("Stopping"):
            stack.supervisor.close()
        console.print("[dim]Everything is stopped.[/]")


def _stay_up(stack: LocalStack) -> None:
    """Runs until somebody stops it; `demo.json` names the present process ids all the while."""
    _print_addresses(stack)
    parent = psutil.Process().parent()
    below_make = parent is not None and parent.name() in ("make", "gmake")
    while stack.supervisor.is_alive():
        _write_card(stack, {})
        if below_make and parent is not None and not parent.is_running():
            raise Stopped
        time.sleep(LOOK_EVERY_S)
    raise SupervisionFailed(f"supervisord has ended; see {stack.supervisor.logs / 'supervisord.log'}")


@contextmanager
def _only_one() -> Generator[None]:
    DIRECTORY.mkdir(exist_ok=True)
    pid_file = DIRECTORY / "demo.pid"
    with pid_file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(f"A demo is running already in this folder (process {_read(pid_file)}).") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _read(path: Path) -> str:
    return path.read_text().strip() or "unknown"


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


# --- who may log in ---------------------------------------------------------------------------------------------------


def _card() -> dict[str, Any]:
    path = DIRECTORY / "demo.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found


def _accounts(stack: LocalStack) -> dict[str, Any]:
    """The demo client has a key, and each member of staff a password: those of the last run while they are good."""
    known = _card()
    if "api_key" in known and known.get("staff", {}).keys() == STAFF.keys():
        stack.wait_ready()
        if Client(stack.addresses.base_url, known["api_key"]).knows_me():
            return {}
    passwords = {name: secrets.token_urlsafe(9) for name in STAFF}
    with ThreadPoolExecutor() as pool:
        key = pool.submit(stack.manage, "create_api_key", "--client", CLIENT_NAME, "--all-scopes")
        made = [
            pool.submit(stack.manage, "create_staff", name, *flags, STAFF_PASSWORD=passwords[name])
            for name, flags in STAFF.items()
        ]
        for one in made:
            one.result()
        cards = {name: {"user": name, "password": password} for name, password in passwords.items()}
        return {"api_key": key.result(), "staff": cards}


def _write_card(stack: LocalStack, news: dict[str, Any]) -> None:
    """`demo.json` says where everything is, who may log in, and which processes run; `news` is what has changed."""
    before = _card()
    card = {
        **before,
        "base_url": stack.addresses.base_url,
        "simulator_url": stack.addresses.simulator_url,
        "admin_url": f"{stack.addresses.base_url}/admin/",
        "webhook_secret": stack.values["WEBHOOK_SECRET"],
        **news,
        "pids": {**stack.supervisor.pids(), "demo": os.getpid()},
    }
    if card != before:
        replace(DIRECTORY / "demo.json", json.dumps(card, indent=2) + "\n")


# --- the deal ---------------------------------------------------------------------------------------------------------


def _play(stack: LocalStack) -> bool:
    """One deal is told, and its money proved; False, with the reason printed, when it did not end well."""
    console.rule("[bold]One deal, from agreement to payout")
    client = Client(stack.addresses.base_url, _card()["api_key"])
    story = Story(console, client, stack.addresses.simulator_url)
    _write_card(stack, {"phones_url": story.phones_url})
    console.print(f"Watch both phones in a browser: {story.phones_url}", style="dim")
    try:
        payment = story.tell()
    except (NotReady, Refused, requests.RequestException) as error:
        _show_logs(stack)
        console.print(f"\n[bold red]The deal did not end as it should.[/] {escape(str(error))}")
        console.print(f"What to do next: read the logs in {stack.supervisor.logs}, or start afresh: make clean demo")
        return False
    return payment.status == "released" and _books_agree(stack)


def _books_agree(stack: LocalStack) -> bool:
    statement = f"{stack.addresses.simulator_url}/statement"
    done = stack.try_manage(["check_ledger", "--statement", statement])
    said = (done.stdout.strip() or done.stderr.strip()) if done.returncode == 0 else done.stdout + done.stderr
    good = done.returncode == 0
    title = "Proof: ledger and M-Pesa statement agree" if good else "Ledger and M-Pesa statement differ"
    console.print()
    console.print(Panel(Text(said.strip()), title=title, border_style="green" if good else "red", expand=False))
    if good and NOT_COMPARED in said:
        console.print(NO_FAULT, style="dim")
    return good


def _show_logs(stack: LocalStack) -> None:
    """The last lines of the logs that may say why."""
    for name in ("web", "worker", "simulator"):
        if tail := stack.supervisor.tail(name, lines=12):
            console.print(Panel(Text(tail), title=f"{name}.log", border_style="red"))


def _print_addresses(stack: LocalStack) -> None:
    card = _card()
    table = Table.grid(padding=(0, 2))
    table.add_row("API", f"{card['base_url']}/api/docs", f"Authorization: Bearer {card['api_key']}")
    for one in card["staff"].values():
        table.add_row("Admin", card["admin_url"], f"{one['user']} / {one['password']}")
    table.add_row("Simulator", card["simulator_url"], "the phones, and the rails behind them")
    table.add_row("Commands", ".venv/bin/python manage.py check_ledger", "in another shell")
    table.add_row("Logs", str(stack.supervisor.logs.relative_to(PROJECT)), "and var/demo.json for scripts")
    console.print()
    console.print(Panel(table, title="The stack stays up until Ctrl-C", border_style="blue", expand=False))
    console.print(f"Phones: {card['phones_url']}", soft_wrap=True)
