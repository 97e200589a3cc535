"""The rail's own list of what was paid to us, compared with what we know: whatever we have missed is told now.

Nothing of it is stored. Money that a rail lists is asked about and placed like any that was paid by hand; so a prompt
whose answer was lost is settled, and a collection that a query has settled gets its receipt number.
"""

from collections.abc import Iterable

import structlog
from django.conf import settings

from payments import deposits, gateways
from payments.gateways.base import Gateway, GatewayRejected, GatewayUnavailable, HandPayment, OutcomeUnknown
from payments.models import Deposit, Transfer
from voicepact.kernel.clock import now
from voicepact.kernel.rails import RAILS

log = structlog.get_logger()


def pull_all() -> int:
    """Every rail that keeps such a list has been compared with; returns how much money we had not known of."""
    return sum(_pull(gateway) for name, gateway in gateways.GATEWAYS.items() if RAILS[name].by_hand)


def _pull(gateway: Gateway) -> int:
    end = now() - settings.PULL_DELAY
    try:
        listed = gateway.pull(end - settings.PULL_TIME, end)
    except (GatewayRejected, GatewayUnavailable, OutcomeUnknown) as error:
        log.warning("the rail did not give its list", gateway=gateway.name, why=str(error))
        return 0
    missed = _missed(listed, gateway=gateway.name)
    for payment in missed:
        try:
            deposits.tell(payment, gateway=gateway.name)
        except Exception:  # one that cannot be told must not stop the others
            log.exception("listed money could not be told", gateway=gateway.name, receipt=payment.receipt_number)
    return len(missed)


def _missed(listed: Iterable[HandPayment], *, gateway: str) -> list[HandPayment]:
    """Those that neither a collection nor a deposit has by receipt number; one that was refuted counts as missed."""
    by_number = {payment.receipt_number: payment for payment in listed}
    collected = Transfer.objects.collections().succeeded().filter(gateway=gateway, receipt_number__in=by_number)
    told = Deposit.objects.filter(gateway=gateway, receipt_number__in=by_number)
    known = {
        *collected.values_list("receipt_number", flat=True),
        *told.exclude(status=Deposit.Status.REFUTED).values_list("receipt_number", flat=True),
    }
    return [payment for number, payment in by_number.items() if number not in known]
