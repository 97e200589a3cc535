"""Messages leave: claimed, sent with no transaction open, written down; then the network's reports follow them.

A message that was perhaps sent is not sent again.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from contracts import contact
from notifications import codes
from notifications.models import DeliveryReport, Message
from notifications.transports.africastalking import AfricasTalkingClient
from notifications.transports.base import NotAccepted, PerhapsSent, Sent, TryLater
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import claim, lock
from voicepact.kernel.phones import mask

log = structlog.get_logger()
BATCH = 50
ATTEMPTS = 8
BACKOFF = timedelta(seconds=5)
LEASE = timedelta(minutes=2)
REPORT_ATTEMPTS = 6
WARNING = "seller_warned"
REPORT_PATIENCE = timedelta(seconds=2)
FINAL = {
    "Success": Message.Status.DELIVERED,
    "Failed": Message.Status.FAILED,
    "Rejected": Message.Status.FAILED,
}


def send_due() -> int:
    """The messages that were due have been handed to the provider, a batch of them; returns how many were."""
    _give_up_lost()
    client = AfricasTalkingClient()
    done = 0
    while done < BATCH and (sent := _send_round(client, at_most=BATCH - done)):
        done += sent
    if done == BATCH:
        nudge(Task.SEND)
    return done


def _send_round(client: AfricasTalkingClient, *, at_most: int) -> int:
    """Each phone that is to be told something has been told one thing; returns how many were."""
    sent = 0
    for message_id in list(_next_in_line().values_list("pk", flat=True)[:at_most]):
        if (message := _claim(message_id)) is not None:
            _send(client, message)
            sent += 1
    return sent


def _send(client: AfricasTalkingClient, message: Message) -> None:
    try:
        sent = client.send(phone=message.phone, text=codes.as_sent(message))
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
    """The message is in our hands; None if it is in another's, or no longer next in line."""
    message = claim(_next_in_line().filter(pk=message_id)).first()
    if message is None:
        return None
    message.claimed_at = now()
    message.attempts += 1
    message.save(update_fields=["claimed_at", "attempts"])
    return message


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


# --- what became of them ----------------------------------------------------------------------------------------------


def work_reports() -> int:
    """Every delivery report that was due has been noted at its message; returns how many were."""
    done = 0
    while done < BATCH and _work_next_report():
        done += 1
    return done


@transaction.atomic
def _work_next_report() -> bool:
    """One report is worked; one that came before we had written down its message's id waits a little."""
    due = DeliveryReport.objects.filter(worked_at=None, not_before__lte=now()).order_by("not_before", "id")
    report = claim(due).first()
    if report is None:
        return False
    report.attempts += 1
    message_id = Message.objects.filter(provider_id=report.provider_id).values_list("pk", flat=True).first()
    if message_id is not None:
        _note(lock(Message, message_id), report)
    if message_id is not None or report.attempts >= REPORT_ATTEMPTS:
        report.worked_at = now()
    report.not_before = now() + REPORT_PATIENCE * 2**report.attempts
    report.save(update_fields=["attempts", "worked_at", "not_before"])
    return True


def _note(message: Message, report: DeliveryReport) -> None:
    status = FINAL.get(report.status)
    if status is None or message.status == Message.Status.DELIVERED:
        return
    message.status, message.finished_at, message.failure_reason = status, now(), report.failure_reason
    message.save(update_fields=["status", "finished_at", "failure_reason"])
    if status == Message.Status.DELIVERED:
        contact.reached(message.phone)
        if message.kind == WARNING and message.party:
            contact.was_warned(message.party)
    elif not _got_another_since(message):
        contact.unreachable(message.phone)


def _got_another_since(message: Message) -> bool:
    """Whether the phone has got a message after this one left: reports of failure may come a day late."""
    since = message.sent_at or message.created_at
    delivered = Message.objects.filter(phone=message.phone, status=Message.Status.DELIVERED)
    return delivered.filter(finished_at__gt=since).exists()
