"""Timers: rows on the one clock, each closed by what it waited for or worked by a sweep when it is due."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from contracts import audit
from contracts.audit import CLOCK
from contracts.models import Contract, Deadline
from voicepact.kernel.api.decimals import instant_text
from voicepact.kernel.clock import now

BATCH = 200
OUTLIVE_THE_DEAL = (Deadline.Kind.PROMPT, Deadline.Kind.PHONE_CHANGE)
"""A prompt that is open waits for the rail's word, and a phone may still have to change, when the deal is over."""


def start(contract: Contract, kind: Deadline.Kind, *, after: timedelta, subject: str = "") -> Deadline:
    """A timer of this kind and subject runs. Precondition: caller holds the contract row."""
    return start_at(contract, kind, at=now() + after, subject=subject)


def start_at(contract: Contract, kind: Deadline.Kind, *, at: datetime, subject: str = "") -> Deadline:
    """A timer of this kind and subject runs until `at`. Precondition: caller holds the contract row."""
    return Deadline.objects.create(contract=contract, kind=kind, subject=subject, due_at=at)


def close(contract: Contract, *kinds: Deadline.Kind, subject: str = "") -> None:
    """No timer of these kinds and this subject runs any more. Precondition: caller holds the contract row."""
    running = Deadline.objects.filter(contract=contract, kind__in=kinds, subject=subject, closed_at=None)
    running.update(closed_at=now())


def close_every(contract: Contract, *kinds: Deadline.Kind) -> None:
    """No timer of these kinds runs any more, whatever its subject. Precondition: caller holds the contract row."""
    Deadline.objects.filter(contract=contract, kind__in=kinds, closed_at=None).update(closed_at=now())


def close_deal(contract: Contract) -> None:
    """The deal is over: nobody is waited for any more. Precondition: caller holds the contract row."""
    running = Deadline.objects.filter(contract=contract, closed_at=None).exclude(kind__in=OUTLIVE_THE_DEAL)
    running.update(closed_at=now())


def put_off(contract: Contract, kind: Deadline.Kind, *, until: datetime) -> None:
    """The timer of this kind is not due before `until`. Precondition: caller holds the contract row."""
    running = Deadline.objects.filter(contract=contract, kind=kind, closed_at=None, due_at__lt=until)
    running.update(due_at=until)


def due(at: datetime) -> Iterator[Deadline]:
    """The timers due at `at`, oldest first, unlocked: whoever works one locks its contract and asks `take`."""
    return iter(Deadline.objects.filter(closed_at=None, due_at__lte=at).order_by("due_at", "id")[:BATCH])


def take(deadline: Deadline) -> bool:
    """Whether the timer still ran; from now on it does not. Precondition: caller holds the contract row."""
    still = Deadline.objects.filter(pk=deadline.pk, closed_at=None, due_at__lte=now())
    return still.update(closed_at=now()) == 1


def move(contract: Contract, deadline: Deadline, *, why: str) -> bool:
    """Whether the timer, which was due, now runs on for DEADLINE_MOVE; it does so DEADLINE_MOVES times at most.

    `why` is a code. Precondition: caller holds the contract row.
    """
    due_at = now() + settings.DEADLINE_MOVE
    still = Deadline.objects.filter(pk=deadline.pk, closed_at=None, due_at__lte=now())
    movable = still.filter(times_moved__lt=settings.DEADLINE_MOVES)
    if not movable.update(due_at=due_at, times_moved=F("times_moved") + 1):
        return False
    payload = {
        "deadline": deadline.pk,
        "kind": deadline.kind,
        "due_at": instant_text(due_at),
        "why": why,
        "times": Deadline.objects.values_list("times_moved", flat=True).get(pk=deadline.pk),
    }
    audit.record("deadline.moved", contract=contract, actor=CLOCK, payload=payload)
    return True
