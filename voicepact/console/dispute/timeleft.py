"""How long there is until something is due, in words."""

from datetime import datetime

from django.utils.safestring import SafeString

from voicepact.kernel.clock import now
from voicepact.kernel.display import Tone, label, span


def time_left(due_at: datetime) -> SafeString:
    """`2 days 3 hours left` or `overdue by 5 hours`, on the colour of its urgency."""
    at = now()
    if due_at <= at:
        return label(f"Overdue by {span(due_at, at)}", Tone.BAD)
    hurry = (due_at - at).total_seconds() < 24 * 3600
    return label(f"{span(at, due_at)} left", Tone.CARE if hurry else Tone.WAITING)
