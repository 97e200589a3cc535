"""Pages above all apps: a deal with everything about it, and the desk at which staff decide what no rule moves."""

from voicepact.console.admin import access, deals, desk, disputes, exports, messages, people, staff

__all__ = ["access", "deals", "desk", "disputes", "exports", "messages", "people", "staff"]
