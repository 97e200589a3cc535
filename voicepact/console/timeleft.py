"""How long there is until something is due, in words."""

from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil

from voicepact.kernel.clock import now
from voicepact.kernel.display import Tone, label


def time_left(due_at: datetime) -> SafeString:
    """`2 days, 3 hours left` or `overdue by 5 hours`, on the colour of its urgency."""
    at = now()
    if due_at <= at:
        return label(f"Overdue by {timesince(due_at, at)}", Tone.BAD)
    hurry = (due_at - at).total_seconds() < 24 * 3600
    return label(f"{timeuntil(due_at, at)} left", Tone.CARE if hurry else Tone.WAITING)
