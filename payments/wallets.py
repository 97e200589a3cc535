"""Our own money at each rail, as the rail last told it."""

from datetime import timedelta

import structlog
from django.db import transaction

from payments import charges, gateways, stops
from payments.gateways.base import Gateway, GatewayRejected, GatewayUnavailable, OutcomeUnknown, WalletReport
from payments.models import Wallet
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import lock

log = structlog.get_logger()
FRESH = timedelta(minutes=5)
ASK_AGAIN = timedelta(seconds=30)


def wallet(gateway: str) -> Wallet:
    """The rail's last word; when it is old, a worker is about to ask again."""
    found, _ = Wallet.objects.get_or_create(gateway=gateway)
    if not found.updated_at or now() - found.updated_at > FRESH:
        nudge(Task.ASK_BALANCE)
    return found


def ask_due() -> None:
    """Each rail whose word on our wallet is old has been asked, unless it was a moment ago."""
    for name, gateway in gateways.GATEWAYS.items():
        if not _claim(name):
            continue
        try:
            answer = gateway.ask_balance(gateways.own_token(name))
            if isinstance(answer, WalletReport):
                _note(name, answer)
        except (GatewayRejected, GatewayUnavailable, OutcomeUnknown) as error:
            log.warning("the rail did not take the question for our balance", gateway=name, why=str(error))


@transaction.atomic
def _claim(name: str) -> bool:
    Wallet.objects.get_or_create(gateway=name)
    row = lock(Wallet, name)
    fresh = row.updated_at and now() - row.updated_at <= FRESH
    asked = row.asked_at and now() - row.asked_at <= ASK_AGAIN
    if fresh or asked:
        return False
    row.asked_at = now()
    row.save(update_fields=["asked_at"])
    return True


def update(gateway: Gateway, body: str) -> str:
    """The wallet is what the rail says in `body`, and so are its charges. Raises Unreadable."""
    _note(gateway.name, gateway.read_balance(body))
    return "balance noted"


@transaction.atomic
def _note(name: str, report: WalletReport) -> None:
    Wallet.objects.get_or_create(gateway=name)
    row = lock(Wallet, name)
    row.available, row.charges_paid, row.updated_at = report.available, report.charges_paid, now()
    row.save(update_fields=["available", "charges_paid", "updated_at"])
    charges.note(row)
    stops.lift_for_float(name, report.available)
