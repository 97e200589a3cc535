"""What a deployment must be told before it runs."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning


def two_database_roles(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warns a deployment with one database role: its owner may switch off the triggers that keep the audit trail."""
    if not databases or "owner" in settings.DATABASES:
        return []
    return [
        Warning(
            "There is one database role: that events and postings are append-only rests on triggers alone.",
            hint="Set OWNER_DATABASE_URL to the owner's role, and DATABASE_URL to one that owns nothing.",
            id="kernel.W001",
        )
    ]


def clock_is_fixed_in_production(**_: Any) -> list[CheckMessage]:
    """Refuses a production whose business time can be moved."""
    if not (settings.PRODUCTION and settings.CLOCK_MOVABLE):
        return []
    return [
        Error(
            "In production the clock may not be movable: deadlines move money.",
            hint="Unset CLOCK_MOVABLE.",
            id="kernel.E001",
        )
    ]
