"""A call that broke off is continued by the next one: exactly where it was, and in one place only."""

from collections.abc import Iterator

from django.conf import settings

from notifications.models import UssdSession, UssdTurn
from notifications.ussd.states import HOME, State, Step
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock

LOOKED_AT = 5
ON_WORDS_OF_THE_CALL = ("pin_new", "pin_again")
"""What depends on words of the call itself, which are kept nowhere: it is begun anew, with the code."""


def path(session: UssdSession) -> tuple[Step, ...]:
    """Where the call begins: at home or, after one that broke off lately, with the question whether to go on."""
    before = _broken_off(session)
    if before is None:
        return (Step(HOME),)
    key, here = before
    return (Step(HOME), Step("resume", here.deal, notes={"session": str(key), "place": here.place}))


def take_over(session: UssdSession, key: int) -> tuple[Step, ...]:
    """The path of the older session, which is over from now on; empty if it came to its end meanwhile.

    Precondition: caller holds the session's row. Of two sessions the newer is always locked first.
    """
    old = UssdSession.objects.filter(pk=key, phone=session.phone, pk__lt=session.pk).first()
    if old is None or (old := lock(UssdSession, old.pk)).over:
        return ()
    state = _state(old)
    if state is None or not _is_worth_it(state):
        return ()
    old.over, old.continued_in = True, session
    old.save(update_fields=["over", "continued_in"])
    return _from_there(state)


def _from_there(state: State) -> tuple[Step, ...]:
    steps = state.path
    while steps[-1].place in ON_WORDS_OF_THE_CALL:
        steps = steps[:-1]
    return steps


def _broken_off(session: UssdSession) -> tuple[int, Step] | None:
    for old in _lately(session):
        if old.over:
            return None
        state = _state(old)
        if state is not None and _is_worth_it(state):
            return old.pk, state.here
    return None


def _lately(session: UssdSession) -> Iterator[UssdSession]:
    since = now() - settings.USSD_RESUME_TIME
    before = UssdSession.objects.filter(phone=session.phone, pk__lt=session.pk, last_turn_at__gt=since)
    yield from before.order_by("-pk")[:LOOKED_AT]


def _state(session: UssdSession) -> State | None:
    turn = UssdTurn.objects.filter(session=session).order_by("-pk").first()
    return State.from_json(turn.state) if turn else None


def _is_worth_it(state: State) -> bool:
    """Whether there is anything to go back to: a deal, or a sale that has begun."""
    here = state.here
    return not state.ended and here.place != "resume" and bool(here.deal or here.place.startswith("sell"))
