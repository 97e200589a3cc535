"""Whether the people of a deal can be reached at all, as the network tells it."""

from contracts.models import Contract, Party
from voicepact.kernel.clock import now

OVER = (Contract.Status.COMPLETED, Contract.Status.CANCELLED, Contract.Status.EXPIRED)


def unreachable(phone: str) -> None:
    """Whoever has this phone cannot be reached since now, unless that was known before.

    It is the phone that is off, so that it counts in every deal of that phone which is not over, whichever of them the
    message was about.
    """
    unknown = Party.objects.filter(phone=phone, unreachable_since=None)
    unknown.exclude(contract__status__in=OVER).update(unreachable_since=now())


def reached(phone: str) -> None:
    """Whoever has this phone has got a message."""
    Party.objects.filter(phone=phone, unreachable_since__isnull=False).update(unreachable_since=None)
