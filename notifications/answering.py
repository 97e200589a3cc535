"""Staff answer an SMS that no command matched, or that waits for them; or say that it needs no answer.

An answer leaves under our name to a person's phone. So it holds no link and no phone number: nobody at the desk can
send people elsewhere with their money.
"""

import re

from django.db import transaction
from django.utils.text import get_text_list

from contracts import audit
from notifications import texts
from notifications.errors import NotWaiting, UnfitAnswer
from notifications.gsm import TWO_SMS, folded_line, foreign
from notifications.models import InboundMessage, Message
from payments.approvals import staff_actor
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.display import veiled
from voicepact.kernel.locking import lock
from voicepact.kernel.models import User

KIND = "staff_answer"
LINK = re.compile(r"://|\bwww\.|\b[\w-]+\.(?:com|ke|net|org|info|biz|ly|me|io|app|link|site|xyz)\b", re.IGNORECASE)


@transaction.atomic
def answer(inbound_id: int, *, by: User, text: str) -> Message:
    """The text is queued for the phone that wrote, and the SMS waits no longer.

    Raises NotWaiting, UnfitAnswer, InboundMessage.DoesNotExist.
    """
    line = fit(text)
    inbound = _lock_waiting(inbound_id)
    message = Message.objects.create(
        contract_id=inbound.contract_id,
        party=inbound.party,
        kind=KIND,
        phone=inbound.phone,
        language=inbound.party.language if inbound.party else texts.FALLBACK,
        text=line,
    )
    inbound.answer = message
    _done(inbound, by, "message.answered", message=message.pk)
    nudge(Task.SEND)
    return message


@transaction.atomic
def close(inbound_id: int, *, by: User, reason: str) -> InboundMessage:
    """The SMS needs no answer, for this reason. Raises NotWaiting, InboundMessage.DoesNotExist."""
    inbound = _lock_waiting(inbound_id)
    inbound.closed_because = reason[:200]
    _done(inbound, by, "message.closed")
    return inbound


def check(inbound: InboundMessage) -> None:
    """Staff may answer it. Raises NotWaiting with the reason why not."""
    if inbound.worked_at is None:
        raise NotWaiting("It has only just come: it is read by itself first.")
    if inbound.answered_at:
        raise NotWaiting(f"{inbound.answered_by} has dealt with it already.")
    if inbound.command and not inbound.needs_staff:
        raise NotWaiting("It was a command, which has had its answer.")


def fit(text: str) -> str:
    """The answer as it leaves, on one line. Raises UnfitAnswer with what is wrong."""
    written = " ".join(text.split())
    line = folded_line(written)
    if not line:
        raise UnfitAnswer("Write something.")
    if strange := sorted(foreign(written)):
        raise UnfitAnswer(f"A plain SMS cannot carry {get_text_list(strange, 'and')}.")
    if len(line) > TWO_SMS:
        raise UnfitAnswer(f"Two SMS carry {TWO_SMS} characters; this has {len(line)}.")
    if veiled(line) != line:
        raise UnfitAnswer("It holds a phone number. People learn to trust none that comes by SMS.")
    if LINK.search(line):
        raise UnfitAnswer("It holds a link. People learn to trust none that comes by SMS.")
    return line


def _lock_waiting(inbound_id: int) -> InboundMessage:
    inbound = lock(InboundMessage, inbound_id)
    check(inbound)
    return inbound


def _done(inbound: InboundMessage, by: User, kind: str, **payload: int) -> None:
    inbound.needs_staff, inbound.answered_by, inbound.answered_at = False, by, now()
    inbound.save(update_fields=["needs_staff", "answered_by", "answered_at", "answer", "closed_because"])
    audit.record(kind, contract=inbound.contract, actor=staff_actor(by), payload={"inbound": inbound.pk, **payload})
