"""`manage.py replay_callback ID`: a kept callback is worked again, as if it had just come."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.audit import Actor
from payments import callbacks
from payments.models import Callback
from voicepact.kernel.clock import now


class Command(BaseCommand):
    help = "Works a kept callback again, after the fault that kept it from being worked is mended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("callback", type=int, help="its number, as the desk and the alert name it")

    def handle(self, *, callback: int, **_: Any) -> None:
        try:
            result = callbacks.replay(callback, actor=Actor("command", "command"), since=now())
        except Callback.DoesNotExist as error:
            raise CommandError(f"There is no callback {callback}.") from error
        self.stdout.write(f"Callback {callback}: {result}")
