"""`python -m tests.million`: fills, measures, says how fast each list opens; exit 1 when one is too slow or counts."""

import argparse
import sys

from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from tests.million.fill import fill
from tests.million.servers import FILLED, FILLING, Servers, forget, free_gigabytes, size_gigabytes

PAYMENTS = 1_000_000
GIGABYTES_PER_MILLION = 25  # with the space that the making of indexes takes
console = Console(highlight=False)


def main() -> int:
    given = _arguments()
    if FILLED.exists() and int(FILLED.read_text()) != given.payments:
        forget()
    needed = GIGABYTES_PER_MILLION * given.payments / 1e6
    if not FILLED.exists() and free_gigabytes() < needed:
        console.print(f"[bold red]The disk has {free_gigabytes():.0f} GB free, and this needs {needed:.0f}.[/]")
        return 1
    servers = Servers()
    try:
        if not FILLED.exists():
            _fill(servers, given.payments)
        with servers.running():
            servers.migrate()
            return servers.run(sys.executable, "-m", given.measure, *given.words)
    finally:
        if given.keep:
            console.print(f"Kept: {size_gigabytes():.1f} GB in {FILLED.parent}")
        else:
            forget()


def _fill(servers: Servers, payments: int) -> None:
    forget()
    columns = [*Progress.get_default_columns(), TimeElapsedColumn()]
    with servers.running(*FILLING), Progress(*columns, console=console) as progress:
        servers.migrate()
        fill(servers.owner_url, payments=payments, progress=progress)
    FILLED.write_text(str(payments))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.million")
    parser.add_argument("--payments", type=int, default=PAYMENTS, help="how many payments there are")
    parser.add_argument("--keep", action="store_true", help="leave the database, and use it the next time")
    parser.add_argument("--measure", default="tests.million.lists", help="the module that measures")
    parser.add_argument("words", nargs="*", help="only lists whose name holds one of these words")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
