"""Who signed in, and who failed to, is let go after a while: such names and addresses are kept for so long only."""

from axes.models import AccessFailureLog, AccessLog
from django.conf import settings
from django.db import transaction

from voicepact.kernel.clock import now
from voicepact.kernel.locking import claim

BATCH = 1_000
LOGS = (AccessLog, AccessFailureLog)


def forget_due() -> int:
    """No line of a log is older than `SIGN_INS_KEPT`; returns how many have gone."""
    gone = 0
    for log in LOGS:
        while found := _forget_batch(log):
            gone += found
    return gone


@transaction.atomic
def _forget_batch(log: type[AccessLog] | type[AccessFailureLog]) -> int:
    old = log.objects.filter(attempt_time__lt=now() - settings.SIGN_INS_KEPT).order_by("pk")
    keys = list(claim(old).values_list("pk", flat=True)[:BATCH])
    log.objects.filter(pk__in=keys).delete()
    return len(keys)
