"""Timers: rows on the one clock, each closed by what it waited for or worked by a sweep when it is due."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from contracts.models import Contract, Deadline
from voicepact.kernel.clock import now

BATCH = 200


def start(contract: Contract, kind: Deadline.Kind, *, after: timedelta, subject: str = "") -> Deadline:
    """A timer of this kind and subject runs. Precondition: caller holds the contract row."""
    return Deadline.objects.create(contract=contract, kind=kind, subject=subject, due_at=now() + after)


def close(contract: Contract, *kinds: Deadline.Kind, subject: str = "") -> None:
    """No timer of these kinds and this subject runs any more. Precondition: caller holds the contract row."""
    running = Deadline.objects.filter(contract=contract, kind__in=kinds, subject=subject, closed_at=None)
    running.update(closed_at=now())


def due(at: datetime) -> Iterator[Deadline]:
    """The timers due at `at`, oldest first, unlocked: whoever works one locks its contract and asks `take`."""
    return iter(Deadline.objects.filter(closed_at=None, due_at__lte=at).order_by("due_at")[:BATCH])


def take(deadline: Deadline) -> bool:
    """Whether the timer still ran; from now on it does not. Precondition: caller holds the contract row."""
    still = Deadline.objects.filter(pk=deadline.pk, closed_at=None, due_at__lte=now())
    return still.update(closed_at=now()) == 1
