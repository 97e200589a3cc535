"""`manage.py simulator`: the outside world on this machine, over HTTP."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

ROOT = Path(__file__).resolve().parents[4]
THREADS = 8


class Command(BaseCommand):
    help = "Serve M-Pesa's and Africa's Talking's rails, and the phones behind them, to an application on this machine."
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("SIMULATOR_PORT", "8001")))

    def handle(self, *, host: str, port: int, **options: object) -> None:
        """This process becomes the server: one worker process, since the state lives in it, and several threads."""
        served = ["--host", host, "--port", str(port), "--interface", "wsgi", "--no-ws"]
        sized = ["--workers", "1", "--blocking-threads", str(THREADS), "--respawn-failed-workers"]
        command = [sys.executable, "-m", "granian", *served, *sized, "--working-dir", str(ROOT)]
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "voicepact.simulator.settings"}
        sys.stdout.flush()
        os.execve(sys.executable, [*command, "voicepact.simulator.wsgi:application"], environment)  # noqa: S606
