"""Messages leave: claimed, sent with no transaction open, written down. What the network says then is in `reports`.

A message that was perhaps sent is not sent again.
"""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from notifications import codes, holding, retrying
from notifications.holding import Hold
from notifications.models import Message
from notifications.transports.africastalking import AfricasTalkingClient
from notifications.transports.base import NotAccepted, PerhapsSent, Sent, TryLater, WrongSender
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import claim, lock
from voicepact.kernel.phones import mask

log = structlog.get_logger()
BATCH = 50
ATTEMPTS = 8
BACKOFF = timedelta(seconds=5)
LEASE = timedelta(minutes=2)


def send_due() -> int:
    """The messages that were due have been handed to the provider, or held, a batch of them; returns how many were."""
    _give_up_lost()
    client = AfricasTalkingClient()
    done = 0
    while done < BATCH and (sent := _send_round(client, at_most=BATCH - done)):
        done += sent
    if done == BATCH:
        nudge(Task.SEND)
    return done


def _send_round(client: AfricasTalkingClient, *, at_most: int) -> int:
    """Of each phone that is to be told something, one message has left or was held; returns how many did."""
    return sum(_work(client, pk) for pk in list(_next_in_line().values_list("pk", flat=True)[:at_most]))


def _work(client: AfricasTalkingClient, message_id: int) -> bool:
    """The message has left, or was held; False if it is in another's hands, or no longer next in line."""
    message = _claim(message_id)
    if message is not None and message.claimed_at:
        _send(client, message)
    return message is not None


def _send(client: AfricasTalkingClient, message: Message) -> None:
    try:
        sent = client.send(phone=message.phone, text=codes.as_sent(message), sender=message.sender)
    except WrongSender as error:
        _by_another_sender(message, str(error))
    except NotAccepted as error:
        _end(message, Message.Status.FAILED, str(error))
    except PerhapsSent as error:
        _end(message, Message.Status.UNKNOWN, str(error))
    except TryLater as error:
        _later(message, str(error))
    except Exception as error:  # one message that cannot be sent must not stop the others
        log.exception("a message could not be sent", message=message.pk)
        _end(message, Message.Status.UNKNOWN, type(error).__name__)
    else:
        _sent(message, sent)


def _next_in_line() -> QuerySet[Message]:
    """The messages that are due, of each phone the oldest: what it is told leaves in the order in which it was made.

    Nothing overtakes a message that a worker holds or that is to be tried again; one for later holds up nothing.
    """
    queued = Message.objects.filter(status=Message.Status.QUEUED)
    ahead = queued.filter(phone=OuterRef("phone"), id__lt=OuterRef("id")).exclude(attempts=0, not_before__gt=now())
    return queued.filter(~Exists(ahead), claimed_at=None, not_before__lte=now()).order_by("not_before", "id")


@transaction.atomic
def _claim(message_id: int) -> Message | None:
    """The message is in our hands, or held; None if it is in another's, or no longer next in line."""
    message = claim(_next_in_line().filter(pk=message_id)).first()
    if message is None:
        return None
    if hold := holding.on(message):
        _hold(message, hold)
        return message
    message.claimed_at = now()
    message.attempts += 1
    message.sender = message.sender or settings.AT_SENDER_ID
    message.save(update_fields=["claimed_at", "attempts", "sender"])
    return message


def _hold(message: Message, hold: Hold) -> None:
    """The message waits for its time, or is withheld for good, and says why. Precondition: caller holds its row.

    What waits is as if it had never been tried: it is for later, and holds up nothing.
    """
    message.failure_reason = hold.why[:100]
    holding.tell_people(message, hold)
    if hold.until:
        message.not_before, message.attempts = hold.until, 0
    else:
        message.status, message.finished_at = Message.Status.WITHHELD, now()
        _after_the_last_try(message)
    message.save(update_fields=["status", "not_before", "attempts", "finished_at", "failure_reason"])


@transaction.atomic
def _sent(claimed: Message, sent: Sent) -> None:
    message = lock(Message, claimed.pk)
    message.status, message.sent_at = Message.Status.SENT, now()
    message.provider_id, message.cost, message.cost_currency = sent.provider_id, sent.cost, sent.currency
    message.finished_at, message.failure_reason = None, ""
    message.save(
        update_fields=["status", "sent_at", "provider_id", "cost", "cost_currency", "finished_at", "failure_reason"]
    )


@transaction.atomic
def _end(claimed: Message, status: Message.Status, why: str) -> None:
    """The message will not be sent, unless it is no longer in the hands in which `claimed` saw it."""
    message = lock(Message, claimed.pk)
    if message.status != Message.Status.QUEUED or message.claimed_at != claimed.claimed_at:
        return
    log.warning("a message was not sent", message=message.pk, phone=mask(message.phone), status=status.value)
    message.status, message.finished_at, message.failure_reason = status, now(), why[:100]
    message.save(update_fields=["status", "finished_at", "failure_reason"])
    _after_the_last_try(message)


def _after_the_last_try(message: Message) -> None:
    """What the network said of the try before was its last word, if this one did not come to anything."""
    if message.retry:
        retrying.failed_for_good(message)


@transaction.atomic
def _by_another_sender(claimed: Message, why: str) -> None:
    """It leaves by our other sender, which has not been tried yet; else it will not be sent."""
    another = settings.AT_SECOND_SENDER_ID
    if not another or claimed.sender == another:
        _end(claimed, Message.Status.FAILED, why)
        return
    message = lock(Message, claimed.pk)
    if message.status != Message.Status.QUEUED:
        return
    message.sender, message.claimed_at, message.failure_reason = another, None, why[:100]
    message.save(update_fields=["sender", "claimed_at", "failure_reason"])


@transaction.atomic
def _later(claimed: Message, why: str) -> None:
    if claimed.attempts >= ATTEMPTS:
        _end(claimed, Message.Status.FAILED, why)
        return
    message = lock(Message, claimed.pk)
    if message.status != Message.Status.QUEUED:
        return
    message.claimed_at, message.failure_reason = None, why[:100]
    message.not_before = now() + BACKOFF * 2**message.attempts
    message.save(update_fields=["claimed_at", "failure_reason", "not_before"])


def _give_up_lost() -> None:
    """A message in the hands of a worker that died was perhaps sent."""
    lost = Message.objects.filter(status=Message.Status.QUEUED, claimed_at__lt=now() - LEASE)
    for message in lost[:BATCH]:
        _end(message, Message.Status.UNKNOWN, "the worker died")
