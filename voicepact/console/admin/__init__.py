"""Pages above all apps: a deal with everything about it, and the desk at which staff decide what no rule moves."""

from voicepact.console.admin import deals, desk, staff

__all__ = ["deals", "desk", "staff"]
