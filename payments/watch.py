"""What nobody would notice in time: a wallet that does not cover what is to leave, and a password near its end."""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from contracts import audit
from contracts.audit import CLOCK, SYSTEM, rail_actor
from contracts.models import Contract, Event
from payments import ledger
from payments.models import Balance, Payment, Transfer, Wallet
from voicepact.kernel.clock import NAIROBI, now
from voicepact.kernel.locking import lock
from voicepact.kernel.money import plain

ONCE_PER = timedelta(days=1)
OVER = (Contract.Status.COMPLETED, Contract.Status.CANCELLED, Contract.Status.EXPIRED)


def look() -> None:
    """Whatever is short or old by now has its event."""
    for gateway in Wallet.objects.values_list("gateway", flat=True):
        check_float(gateway)
    check_password()


@transaction.atomic
def check_float(gateway: str) -> None:
    """`float.short` is recorded when the rail says that our wallet does not cover what was to leave by it.

    Once, until it covers it again. What came to be owed after the rail's last word is not compared with it: the money
    behind it may have come in since.
    """
    wallet = lock(Wallet, gateway)
    if wallet.available is None or wallet.updated_at is None:
        return
    owed = _to_leave(wallet)
    short = wallet.available < owed
    if short == (wallet.short_since is not None):
        return
    wallet.short_since = now() if short else None
    wallet.save(update_fields=["short_since"])
    if short:
        payload = {"gateway": gateway, "available": plain(wallet.available), "owed": plain(owed)}
        audit.record("float.short", contract=None, actor=rail_actor(gateway), payload=payload)


def _to_leave(wallet: Wallet) -> Decimal:
    """What was to leave by the wallet when the rail last spoke: unsent, or still held of deals that are over."""
    said_at = wallet.updated_at
    unsent = Transfer.objects.filter(
        gateway=wallet.gateway, status=Transfer.Status.REQUESTED, claimed_at=None, created_at__lte=said_at
    ).exclude(kind=Transfer.Kind.COLLECTION)
    over = Payment.objects.live().filter(
        gateway=wallet.gateway, contract__status__in=OVER, contract__ended_at__lte=said_at
    )
    owed = Balance.objects.filter(account__in=[ledger.held(payment) for payment in over])
    sums = [rows.aggregate(sum=Sum("amount"))["sum"] for rows in (unsent, owed)]
    return sum((each for each in sums if each is not None), start=Decimal(0))


@transaction.atomic
def check_password(gateway: str = "daraja") -> None:
    """`password.old` is recorded once a day from the day on which the API operator's password is old.

    Source of its life of 90 days: Safaricom's Daraja portal, on API operators.
    """
    set_on = settings.DARAJA_INITIATOR_PASSWORD_SET_ON
    days = (now().astimezone(NAIROBI).date() - set_on).days if set_on else 0
    if days < settings.DARAJA_INITIATOR_PASSWORD_OLD.days:
        return
    Wallet.objects.get_or_create(gateway=gateway)
    lock(Wallet, gateway)
    said = Event.objects.filter(chain=SYSTEM, kind="password.old", at__gt=now() - ONCE_PER)
    if not said.exists():
        audit.record("password.old", contract=None, actor=CLOCK, payload={"gateway": gateway, "days": days})
