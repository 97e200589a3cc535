"""Pages above all apps: a deal with everything about it, and the desk at which staff decide what no rule moves."""

from voicepact.console.admin import access, deals, desk, desk_acts, disputes, exports, messages, proofs, staff, ussd

__all__ = ["access", "deals", "desk", "desk_acts", "disputes", "exports", "messages", "proofs", "staff", "ussd"]
