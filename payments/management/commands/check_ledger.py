"""`manage.py check_ledger [--statement FILE|URL]`: do the books agree with themselves, and with the rail?"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from payments import bookcheck, charges, statements
from payments.models import Transfer


class Command(BaseCommand):
    help = "Recomputes the ledger from its postings and compares it with payments, transfers and the rail's statement."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--statement", metavar="FILE|URL", help="the rail's statement, a JSON list of movements")
        parser.add_argument("--gateway", default="", help="compare one rail's lines only (default: all that it names)")

    def handle(self, *, statement: str | None, gateway: str, **_: Any) -> None:
        checks = {
            "balances": bookcheck.balances(),
            "totals": bookcheck.totals(),
            "transfers": bookcheck.transfers(),
            "payments": bookcheck.payments(),
            "deposits": bookcheck.deposits(),
            "charges": charges.books(),
        }
        if statement:
            movements = self._movements(statement)
            for name in [gateway] if gateway else _rails(movements):
                checks[f"statement of {name}"] = statements.compare(movements, gateway=name)
                checks[f"charges on the statement of {name}"] = charges.compare(movements, gateway=name)
        differences = sum(self._report(name, found) for name, found in checks.items())
        for line in bookcheck.in_flight():
            self.stdout.write(f"  in flight: {line}")
        for line in charges.remarks():
            self.stdout.write(f"  charges: {line}")
        if not statement:
            self.stdout.write("  not compared with the rail: name its statement with --statement")
        if differences:
            raise CommandError(f"{_counted(differences)}: stop payouts and look at each of them.", returncode=1)
        count = Transfer.objects.count()
        self.stdout.write(self.style.SUCCESS(f"The books agree: {count} transfer{pluralize(count)}, no difference."))

    def _report(self, name: str, found: Iterator[str]) -> int:
        count = 0
        for line in found:
            count += 1
            self.stdout.write(self.style.ERROR(f"  {name}: {line}"))
        self.stdout.write(f"{name}: {_counted(count)}")
        return count

    def _movements(self, source: str) -> list[statements.Movement]:
        try:
            text = _fetch(source) if source.startswith(("http://", "https://")) else Path(source).read_text()
            return statements.read(json.loads(text, parse_float=Decimal))
        except (OSError, ValueError) as error:
            raise CommandError(f"The statement {source} cannot be read: {error}", returncode=2) from error


def _counted(differences: int) -> str:
    return f"{differences or 'no'} difference{pluralize(differences) if differences else ''}"


def _rails(movements: list[statements.Movement]) -> list[str]:
    """The rails that the statement is of: those that it names, and ours by default."""
    return sorted({settings.DEFAULT_GATEWAY, *(movement.gateway for movement in movements)})


def _fetch(url: str) -> str:
    response = requests.get(url, timeout=settings.RAIL_TIMEOUT_S)
    response.raise_for_status()
    return response.text
