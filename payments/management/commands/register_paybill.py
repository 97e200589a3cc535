"""`manage.py register_paybill [--gateway NAME]`: money paid by hand is told to us from now on."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments import gateways
from payments.gateways.base import GatewayRejected, GatewayUnavailable, OutcomeUnknown


class Command(BaseCommand):
    help = "Registers our callback addresses for what people pay to the Pay Bill by hand. Production takes this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--gateway", default=settings.DEFAULT_GATEWAY, choices=sorted(gateways.GATEWAYS))

    def handle(self, *, gateway: str, **_: Any) -> None:
        try:
            gateways.by_name(gateway).register_urls(gateways.own_token(gateway))
        except GatewayRejected as error:
            raise CommandError(f"The rail refuses: {error}", returncode=1) from error
        except (GatewayUnavailable, OutcomeUnknown) as error:
            raise CommandError(f"The rail did not take it, try again: {error}", returncode=2) from error
        self.stdout.write(self.style.SUCCESS(f"{gateway} tells {settings.PUBLIC_URL} what is paid by hand."))
