"""A turn happens once: computed from the turn before it, kept with its screen, and repeated word for word after that.

Africa's Talking numbers no turn and repeats at will: a turn is known by its session and everything put in so far. One
that was skipped (`*384*1234*1*2#`, or a request that was lost) is computed first; but no word is obeyed that was put in
before its screen was seen: it may be somebody else who told this phone what to dial. The session's row is held
meanwhile, so that of two that come at once the second finds what the first has kept.
"""

import hashlib
import hmac
from dataclasses import dataclass, replace

import structlog
from django.conf import settings
from django.db import connection, transaction

from contracts import contact
from contracts.models import Party
from notifications.models import UssdSession, UssdTurn
from notifications.ussd import resuming, screens, walking
from notifications.ussd.states import HOME, State, Step
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock
from voicepact.kernel.phones import mask

log = structlog.get_logger()
LONGEST_TEXT = 1_000
MOST_INPUTS = 60
PATIENCE = "3s"  # for each row that somebody holds, session and deal: the network waits for ten in all


class Skipped(Exception):
    """The turn before this one has not happened yet."""


class Over(Exception):
    """The call has come to its end, and not with the turn before this one."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the network; `phone` in E.164, `text` everything that was put in so far, joined by `*`."""

    session_id: str
    phone: str
    text: str
    service_code: str = ""
    network_code: str = ""


def answer(call: Call) -> str:
    """The screen of this turn, `CON` or `END` with its words; also where we fail: without one the call just breaks."""
    language = settings.DEFAULT_LANGUAGE
    try:
        session = session_of(call)
        language = session.language
        if session.phone != call.phone:
            log.warning("a USSD session came from another phone", session=session.pk, phone=mask(call.phone))
            return _last_words("other_phone", _language(call.phone))
        if len(call.text) > LONGEST_TEXT or call.text.count("*") >= MOST_INPUTS:
            return _last_words("too_long", language)
        return _play(session, call.text)
    except Exception:  # whatever it was: a person waits for words, and nothing of this turn was done
        log.exception("a USSD turn failed", phone=mask(call.phone))
        return _last_words("our_fault", language)


def session_of(call: Call) -> UssdSession:
    """The session of this call. Whoever begins one has written to us."""
    session = UssdSession.objects.filter(session_id=call.session_id).first()
    if session is not None:
        return session
    described = {"service_code": call.service_code, "network_code": call.network_code}
    session, new = UssdSession.objects.get_or_create(
        session_id=call.session_id,
        defaults={"phone": call.phone, "language": _language(call.phone), **described},
    )
    if new:
        contact.wrote(call.phone)
    return session


def _language(phone: str) -> str:
    """That of its deals; a phone without deals is remembered by its last call."""
    if Party.objects.filter(phone=phone).exists():
        return contact.language_of(phone)
    last = UssdSession.objects.filter(phone=phone).order_by("-pk").first()
    return last.language if last else settings.DEFAULT_LANGUAGE


def _play(session: UssdSession, text: str) -> str:
    """The screen of this turn, which has happened, and those before it that were skipped."""
    try:
        return _turn(session.pk, text, dialled=text).screen
    except Over:
        return _last_words("session_over", session.language)
    except Skipped:
        for each in _so_far(text):
            turn = _turn(session.pk, each, dialled=text)
            if turn.state["ended"]:
                break
        return turn.screen


@transaction.atomic
def _turn(key: int, text: str, *, dialled: str) -> UssdTurn:
    """The turn has happened, once. What is put in after the end changes nothing and finds the end again.

    Raises Skipped where the turn before it has not happened, and Over where the session has come to its end elsewhere.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
    session = lock(UssdSession, key)
    digest, earlier = _digest(session, text), _digest(session, text.rpartition("*")[0])
    kept = {turn.digest: turn for turn in session.turns.filter(digest__in=[digest, earlier])}
    if digest in kept:
        return kept[digest]
    before = kept.get(earlier)
    if before is not None and before.state["ended"]:
        return before
    if session.over:
        raise Over
    if before is None and text:
        raise Skipped
    turn = _take(session, before, text, digest, dialled=dialled)
    session.last_turn_at, session.over = turn.at, turn.state["ended"]
    session.save(update_fields=["last_turn_at", "over", "language"])
    return turn


def _so_far(text: str) -> list[str]:
    """Every text up to this one: of `1*2` nothing, `1`, `1*2`."""
    parts = text.split("*")
    longer = ["*".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return ["", *(each for each in longer if each)]


def _take(session: UssdSession, before: UssdTurn | None, text: str, digest: str, *, dialled: str) -> UssdTurn:
    """The turn has happened, and is kept. Precondition: caller holds the session's row."""
    if before is None:
        path = (Step(HOME),) if dialled else resuming.path(session)
        screen, state = walking.begin(session, path)
    else:
        screen, state = walking.on(session, State.from_json(before.state), tuple(text.split("*")))
    return UssdTurn.objects.create(
        session=session,
        digest=digest,
        number=text.count("*") + 1 if text else 0,
        contract_id=state.here.deal or None,
        screen=screen,
        state=replace(state, seen=text == dialled).as_json(),
        at=now(),
    )


def _digest(session: UssdSession, text: str) -> str:
    """What was put in, so that it is known again and cannot be found out: four digits of a PIN are soon guessed."""
    said = f"{session.session_id}\n{text}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), b"ussd-turn:" + said, hashlib.sha256).hexdigest()


def _last_words(name: str, language: str) -> str:
    words, _ = screens.show(screens.ending(name), (Step(HOME),), language)
    return words
