"""How long staff stay signed in: so long at most, and not after they have left their desk.

Both are real time: a demo that moves its business clock by two days signs nobody out.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

STARTED, SEEN = "started_at", "seen_at"
SEEN_EVERY_S = 60
"""A request writes down that it came no more often than this: a session's row is not rewritten for every one."""

TOO_LONG = "You were signed out, as everybody is some hours after signing in. Sign in to go on where you were."
IDLE = "You were signed out because nothing happened here for a while. Sign in to go on where you were."


class SessionLimits:
    """Signs out whoever was signed in, or idle, for too long; the page that they asked for then leads to sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            reason = _over(request)
            if reason:
                logout(request)
                messages.warning(request, reason)
        return self.get_response(request)


def _over(request: HttpRequest) -> str:
    """Why this session ends now; empty if it goes on, and then that it was seen is written down."""
    session, now = request.session, time.time()
    started = session.get(STARTED) or session.setdefault(STARTED, now)
    seen = session.get(SEEN) or session.setdefault(SEEN, now)
    if now - started >= settings.SESSION_TIME.total_seconds():
        return TOO_LONG
    if now - seen >= settings.SESSION_IDLE_TIME.total_seconds():
        return IDLE
    if now - seen >= SEEN_EVERY_S:
        session[SEEN] = now
    return ""
