"""`manage.py clock` and `manage.py clock advance 48h`: what time it is for the business, and making it later."""

import re
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voicepact.kernel import clock

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Command(BaseCommand):
    help = "Shows business time, or moves it forwards: `clock advance 48h` (s, m, h, d)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", nargs="?", choices=["show", "advance"], default="show")
        parser.add_argument("span", nargs="?", help="how far, such as 90s, 5m, 48h, 3d")

    def handle(self, *, verb: str, span: str | None, **_: Any) -> None:
        if verb == "show":
            self.stdout.write(f"{clock.now().astimezone(clock.NAIROBI):%Y-%m-%d %H:%M:%S} in Nairobi")
            return
        try:
            moment = clock.advance(_timedelta(span or ""))
        except clock.ClockRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"It is now {moment.astimezone(clock.NAIROBI):%Y-%m-%d %H:%M:%S} in Nairobi")


def _timedelta(span: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,6})([smhd])", span)
    if match is None:
        raise CommandError("Say how far, such as 90s, 5m, 48h or 3d.")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
