"""`manage.py pause_payouts --reason WORDS [--gateway NAME]`: no money leaves from now on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from contracts.audit import Actor
from payments import stops
from voicepact.kernel.rails import RAILS


class Command(BaseCommand):
    help = "Stops all money out at once, everywhere or on one rail. Two members of staff let it leave again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", required=True, help="why, in a few words: staff read it")
        parser.add_argument("--gateway", default="", choices=["", *RAILS], help="one rail only")

    @transaction.atomic
    def handle(self, *, reason: str, gateway: str, **_: Any) -> None:
        stop = stops.stop(code=stops.PAUSED, actor=Actor("command", "command"), gateway=gateway, reason=reason)
        where = f"on {gateway}" if gateway else "anywhere"
        self.stdout.write(
            f"Stop {stop.pk} stands: no money leaves {where}. What was sent already is in the rail's hands.\n"
            f"To let it leave again, two people run: manage.py resume_payouts {stop.pk} --by USER --reason WORDS"
        )
