"""Old turns are let go: their screens name deals and numbers, and nobody needs them any more. Sessions stay."""

from django.conf import settings
from django.db import transaction

from notifications.models import UssdTurn
from voicepact.kernel.clock import now
from voicepact.kernel.locking import claim

BATCH = 1_000


def forget_due() -> int:
    """No turn is older than `USSD_TURNS_KEPT`; returns how many have gone."""
    gone = 0
    while found := _forget_batch():
        gone += found
    return gone


@transaction.atomic
def _forget_batch() -> int:
    old = UssdTurn.objects.filter(at__lt=now() - settings.USSD_TURNS_KEPT).order_by("at")
    keys = list(claim(old).values_list("pk", flat=True)[:BATCH])
    UssdTurn.objects.filter(pk__in=keys).delete()
    return len(keys)
