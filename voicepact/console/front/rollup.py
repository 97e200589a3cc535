"""The roll-up: once a minute every figure of the front page is worked out and kept.

A day that is over is worked out once more an hour later, and then for good. What is left for each minute are sums over
what is under way, which partial indexes keep small, and the day that runs.
"""

import math
import statistics
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Min

from contracts import census
from contracts.census import Deals
from contracts.models import Deadline, Dispute
from payments import position
from payments.models import Callback, Proposal, Wallet
from voicepact.console.front import waiting
from voicepact.console.front.figures import DayFigures, Figures, RailMoney, Speed, read, to_json
from voicepact.console.front.queues import queues
from voicepact.console.models import Day, Rollup
from voicepact.kernel.clock import NAIROBI, midnight, now
from voicepact.kernel.locking import claim
from voicepact.kernel.rails import RAILS

DAYS, WEEK = 30, 7
FINAL_AFTER = timedelta(hours=1)
OLD = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Latest:
    """The figures as they were last worked out; none before the first time, or just after a new release."""

    figures: Figures
    at: datetime | None

    @property
    def is_old(self) -> bool:
        return self.at is not None and now() - self.at > OLD


def latest() -> Latest:
    row = Rollup.objects.filter(pk=Rollup.ONLY, at__isnull=False).first()
    try:
        return Latest(read(Figures, row.figures), row.at) if row else Latest(Figures(), None)
    except ValueError:
        return Latest(Figures(), None)


@transaction.atomic
def refresh() -> bool:
    """The figures are those of now; False when another worker is just working them out."""
    Rollup.objects.get_or_create(pk=Rollup.ONLY)
    row = claim(Rollup.objects.filter(pk=Rollup.ONLY)).first()
    if row is None:
        return False
    begun, moment = time.monotonic(), now()
    row.figures, row.at = to_json(_figures(moment)), moment
    row.took_ms = int((time.monotonic() - begun) * 1000)
    row.save(update_fields=["figures", "at", "took_ms"])
    return True


def _figures(moment: datetime) -> Figures:
    days = _days(moment)
    count, amount = position.owed()
    proposals = Proposal.objects.filter(status=Proposal.Status.PROPOSED).order_by().values_list("proposed_by")
    return Figures(
        rails=_rails(),
        owed=Deals(count, amount),
        under_way=census.under_way(),
        days=tuple(read(DayFigures, day.figures) for day in days),
        week=_speed(days[-WEEK:]),
        month=_speed(days),
        waiting=waiting.counts(),
        proposals={str(user): number for user, number in proposals.annotate(number=Count("pk"))},
        decision_due_at=_decision_due_at(),
        queues=queues(moment),
    )


def _rails() -> tuple[RailMoney, ...]:
    owing, wallets = position.owing(), Wallet.objects.in_bulk()
    return tuple(_rail(name, owing[name], wallets.get(name)) for name in RAILS)


def _rail(name: str, owing: position.Owing, wallet: Wallet | None) -> RailMoney:
    told_at = wallet.updated_at if wallet else None
    last = Callback.objects.filter(gateway=name).order_by("-pk").values_list("received_at", flat=True).first()
    return RailMoney(
        gateway=name,
        currency=RAILS[name].currency,
        owing=owing,
        available=wallet.available if wallet else None,
        told_at=told_at,
        came_in=position.came_in_since(name, told_at) if told_at else position.NOTHING,
        last_callback_at=last,
    )


def _decision_due_at() -> datetime | None:
    """When the next open dispute is to be decided; those that are overdue have no timer any more."""
    open_ones = Dispute.objects.filter(closed_at=None).values("contract")
    timers = Deadline.objects.filter(kind=Deadline.Kind.DISPUTE_DECISION, closed_at=None, contract__in=open_ones)
    return timers.aggregate(next=Min("due_at"))["next"]  # type: ignore[no-any-return]


# --- day by day -------------------------------------------------------------------------------------------------------


def _days(moment: datetime) -> list[Day]:
    """The last days with their figures, the present one last."""
    today = moment.astimezone(NAIROBI).date()
    wanted = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    final = Day.objects.filter(is_final=True).in_bulk(wanted)
    return [final.get(day) or _work_out(day, moment) for day in wanted]


def _work_out(day: date, moment: datetime) -> Day:
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    figures = DayFigures(day, position.flow(begin, end), census.ended(begin, end))
    values = {
        "is_final": moment >= end + FINAL_AFTER,
        "figures": to_json(figures),
        "payout_seconds": position.payout_times(begin, end),
    }
    Day.objects.update_or_create(day=day, defaults=values)
    return Day.objects.get(day=day)


def _speed(days: list[Day]) -> Speed:
    """Over the payments of all these days."""
    waits = sorted(seconds for day in days for seconds in day.payout_seconds)
    if not waits:
        return Speed()
    return Speed(len(waits), int(statistics.median(waits)), waits[math.ceil(0.95 * len(waits)) - 1])
