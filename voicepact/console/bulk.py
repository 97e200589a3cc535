"""What staff may do to several rows at once: each by the verb that does it to one, in a transaction of its own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from contracts.audit import Actor
from notifications import resending
from notifications.models import Message
from payments import asking, callbacks
from payments.models import Callback, Deposit, Transfer
from voicepact.console.rights import ASK, REPLAY, RESEND
from voicepact.kernel.display import Tone
from voicepact.kernel.errors import Refusal
from voicepact.kernel.staff import Act, BulkAct

log = structlog.get_logger()
MOST = 100


@dataclass(frozen=True, slots=True)
class Bulk:
    """An act on rows of `model` by who has the `right`.

    `event` is the kind of the event that it makes. `does` tells in one line what it does, and `why_not` in words why a
    row is refused now. `carry_out` takes key, actor and when the actor looked at it, returns what came of it, and
    raises a Refusal.
    """

    title: str
    icon: str
    model: type[models.Model]
    right: str
    event: str
    does: str
    why_not: Callable[[Any], str]
    carry_out: Callable[[Any, Actor, datetime], str]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one row."""

    row: models.Model
    word: str
    tone: Tone
    words: str

    @property
    def is_done(self) -> bool:
        return self.tone == Tone.GOOD


def _ask(key: Any, actor: Actor, since: datetime) -> str:
    asking.ask(key, actor=actor)
    return "The rail is asked now; its answer shows on the page of the transfer."


def _ask_about_deposit(key: Any, actor: Actor, since: datetime) -> str:
    asking.ask_about_deposit(key, actor=actor)
    return "The rail is asked now; its answer shows on the page of the deposit."


def _replay(key: Any, actor: Actor, since: datetime) -> str:
    return f"Worked again: {callbacks.replay(key, actor=actor, since=since)}."


def _resend(key: Any, actor: Actor, since: datetime) -> str:
    resending.resend(key, actor=actor)
    return "It is queued, and leaves within seconds."


ASKS = "Has the rail asked at once what became of the money. No money moves by it, and the answer comes by itself."
BULK: dict[str, Bulk] = {
    "ask-transfers": Bulk(
        "Ask the rail now", "help", Transfer, ASK, "transfer.asked_by_staff", ASKS, asking.why_not, _ask
    ),
    "ask-deposits": Bulk(
        "Ask the rail now",
        "help",
        Deposit,
        ASK,
        "deposit.asked_by_staff",
        ASKS,
        asking.why_not_deposit,
        _ask_about_deposit,
    ),
    "replay": Bulk(
        "Work again",
        "replay",
        Callback,
        REPLAY,
        "callback.replayed",
        "Reads it once more, as if it came now. What it said already counts once; a repetition changes nothing.",
        lambda callback: "",
        _replay,
    ),
    "resend": Bulk(
        "Send again",
        "forward_to_inbox",
        Message,
        RESEND,
        "message.resent",
        "The same words go out once more, to the number at which each person is reached now.",
        resending.why_not,
        _resend,
    ),
}


def offered(request: HttpRequest, *names: str) -> Iterable[BulkAct]:
    """Those of the acts for which this member of staff has the right, for a list."""
    for name in names:
        if request.user.has_perm(BULK[name].right):
            yield BulkAct(name, BULK[name].title, reverse("desk:bulk", args=[name]))


def single(request: HttpRequest, name: str, row: models.Model) -> Iterable[Act]:
    """The same act as a button on the page of one row."""
    bulk = BULK[name]
    if request.user.has_perm(bulk.right):
        address = f"{reverse('desk:bulk', args=[name])}?row={row.pk}"
        yield Act(bulk.title, address, bulk.icon, about=bulk.does, refusal=bulk.why_not(row))


def work(bulk: Bulk, rows: Iterable[models.Model], *, actor: Actor, since: datetime) -> list[Result]:
    """It was done to each of the rows, or refused, or has failed: one that fails does not stop the others."""
    return [_work(bulk, row, actor, since) for row in rows]


def _work(bulk: Bulk, row: models.Model, actor: Actor, since: datetime) -> Result:
    try:
        return Result(row, "Done", Tone.GOOD, bulk.carry_out(row.pk, actor, since))
    except Refusal as refusal:
        return Result(row, "Refused", Tone.CARE, refusal.detail)
    except Exception:
        log.exception("one of many could not be worked", act=bulk.title, row=str(row.pk))
        return Result(row, "Failed", Tone.BAD, "Our own fault: nothing was done to it. The log says more.")
