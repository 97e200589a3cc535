"""Stops: while one stands, no money leaves on its rail, of its deal, or at all.

A rail's stop is set by a refusal that is our own fault, a deal's by a contradiction of the rail, the general one by
people (PAUSE_PAYOUTS). Money waits as `requested`, in transit, and leaves once the stop is lifted.
"""

from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from contracts import audit
from contracts.audit import Actor, rail_actor
from contracts.models import Contract
from payments.models import PayoutStop, Transfer
from payments.outcomes import FLOAT_SHORT
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import lock

PAUSED = "paused"


def stop(
    *, code: str, actor: Actor, gateway: str = "", contract: Contract | None = None, reason: str = ""
) -> PayoutStop:
    """No money leaves on `gateway`, of `contract`, or with neither at all, until the stop is lifted.

    One that stands already is left as it is, unless people pause what a refusal had stopped: then only people lift it,
    and their reason stands beside the first. Precondition: a transaction is open; the caller holds the row of
    `contract`, where one is named.
    """
    reason = " ".join(reason.split())
    standing, new = PayoutStop.objects.get_or_create(
        gateway=gateway,
        contract=contract,
        lifted_at=None,
        defaults={"code": code, "reason": reason, "stopped_by": actor.id, "stopped_at": now()},
    )
    if new:
        payload = {"stop": standing.pk, "gateway": gateway, "code": code}
        audit.record("payouts.stopped", contract=contract, actor=actor, payload=payload)
    elif code == PAUSED and not _pause_as_well(standing.pk, actor=actor, reason=reason):
        return stop(code=code, actor=actor, gateway=gateway, contract=contract, reason=reason)
    return standing


def _pause_as_well(stop_id: int, *, actor: Actor, reason: str) -> bool:
    """The stop is a pause with this reason too; False, and nothing changed, if it was lifted a moment ago."""
    standing = lock(PayoutStop, stop_id)
    if standing.lifted_at:
        return False
    said = f"{actor.id}: {reason}"
    first, *later = standing.reason.split("\n")
    if standing.code == PAUSED and said in (f"{standing.stopped_by}: {first}", *later):
        return True
    payload = {"stop": standing.pk, "gateway": standing.gateway, "code": PAUSED, "was": standing.code}
    standing.code, standing.reason = PAUSED, f"{standing.reason}\n{said}".strip()
    standing.save(update_fields=["code", "reason"])
    audit.record("payouts.paused_as_well", contract=standing.contract, actor=actor, payload=payload)
    return True


def lift(stop_id: int, *, actor: Actor) -> None:
    """Money leaves again where the stop held it. One that is lifted already stays so.

    Precondition: a transaction is open; the caller holds the row of the stop's contract, where it has one.
    """
    standing = lock(PayoutStop, stop_id)
    if standing.lifted_at:
        return
    standing.lifted_at, standing.lifted_by = now(), actor.id
    standing.save(update_fields=["lifted_at", "lifted_by"])
    payload = {"stop": standing.pk, "gateway": standing.gateway}
    audit.record("payouts.resumed", contract=standing.contract, actor=actor, payload=payload)
    nudge(Task.SUBMIT)


@transaction.atomic
def lift_for_float(gateway: str, available: Decimal) -> None:
    """A stop for want of float is lifted once the rail says that our wallet there holds what is to leave."""
    standing = PayoutStop.objects.filter(gateway=gateway, contract=None, code=FLOAT_SHORT, lifted_at=None).first()
    if standing is None or available < waiting(gateway):
        return
    if lock(PayoutStop, standing.pk).code == FLOAT_SHORT:  # else people have paused it meanwhile, and only they lift it
        lift(standing.pk, actor=rail_actor(gateway))


def waiting(gateway: str) -> Decimal:
    """All that is to leave on the rail and has not been sent yet, in whole units of its currency."""
    return _total(_unsent().filter(gateway=gateway))


def held_back(standing: PayoutStop) -> Decimal:
    """All that waits for this stop to be lifted, perhaps for others too, in whole units of the currency."""
    if standing.contract_id:
        return _total(_unsent().filter(payment__contract=standing.contract_id))
    return waiting(standing.gateway) if standing.gateway else _total(_unsent())


def _unsent() -> QuerySet[Transfer]:
    unsent = Transfer.objects.filter(status=Transfer.Status.REQUESTED, claimed_at=None)
    return unsent.exclude(kind=Transfer.Kind.COLLECTION)


def _total(transfers: QuerySet[Transfer]) -> Decimal:
    return transfers.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def holds(transfer: Transfer) -> bool:
    """Whether a stop keeps this transfer from leaving; nothing ever keeps money from coming in."""
    if transfer.is_collection:
        return False
    here = Q(gateway=transfer.gateway) | Q(gateway="", contract=None)
    if transfer.payment:
        here |= Q(contract=transfer.payment.contract_id)
    return PayoutStop.objects.filter(here, lifted_at=None).exists()
