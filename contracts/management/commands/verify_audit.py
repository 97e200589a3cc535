"""`manage.py verify_audit [contract]`: has anybody touched the record of what happened?"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import track

from contracts import audit
from contracts.models import Chain, Contract, Event


class Command(BaseCommand):
    help = "Verifies every chain of events, or one contract's: finds rows that were edited, removed or inserted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("contract", nargs="?", help="a contract's id, or `system`; all chains by default")

    def handle(self, *, contract: str | None, **_: Any) -> None:
        names = [contract] if contract else _chains()
        if contract and contract not in _chains():
            raise CommandError(f"There is no chain called {contract}.", returncode=2)
        faults = 0
        for name in track(names, description="Verifying", disable=not sys.stderr.isatty(), transient=True):
            for fault in audit.verify(name):
                faults += 1
                self.stdout.write(self.style.ERROR(fault))
        if faults:
            fault, chain = "fault" if faults == 1 else "faults", "chain" if len(names) == 1 else "chains"
            raise CommandError(f"{faults} {fault} in {len(names)} {chain}.", returncode=1)
        held = "1 chain holds." if len(names) == 1 else f"{len(names)} chains hold."
        self.stdout.write(self.style.SUCCESS(held))


def _chains() -> list[str]:
    """Every chain that has a head, rows or a contract: removing one of them does not hide the others."""
    heads = Chain.objects.order_by().values_list("name")
    rows = Event.objects.order_by().values_list("chain")
    contracts = Contract.objects.order_by().values_list("pk")
    return sorted({name for (name,) in heads.union(rows, contracts)})
