"""What the network says became of our messages: noted at each, and followed by what has to follow.

A report may come twice, late, out of order, or before we have written down the id of its message.
"""

from datetime import timedelta

import structlog
from django.db import transaction

from contracts import contact
from contracts.models import Contract, Deadline, Event, Party
from notifications import retrying
from notifications.models import DeliveryReport, Message
from notifications.resending import WARNING
from voicepact.kernel.clock import now
from voicepact.kernel.locking import claim, lock

log = structlog.get_logger()
BATCH = 50
ATTEMPTS = 6
PATIENCE = timedelta(seconds=2)
FINAL = {
    "Success": Message.Status.DELIVERED,
    "Failed": Message.Status.FAILED,
    "Rejected": Message.Status.FAILED,
}
REJECTED = "Rejected"


def work_due() -> int:
    """Every delivery report that was due has been noted at its message; returns how many were."""
    done = 0
    while done < BATCH and _work_next():
        done += 1
    return done


@transaction.atomic
def _work_next() -> bool:
    """One report is worked; one that came before we had written down its message's id waits a little."""
    due = DeliveryReport.objects.filter(worked_at=None, not_before__lte=now()).order_by("not_before", "id")
    report = claim(due).first()
    if report is None:
        return False
    report.attempts += 1
    try:
        with transaction.atomic():
            is_worked = _work(report)
    except Exception:  # one report that cannot be worked must not stop the others
        log.exception("a delivery report could not be worked", report=report.pk)
        is_worked = False
    if is_worked or report.attempts >= ATTEMPTS:
        report.worked_at = now()
    report.not_before = now() + PATIENCE * 2**report.attempts
    report.save(update_fields=["attempts", "worked_at", "not_before"])
    return True


def _work(report: DeliveryReport) -> bool:
    """Whether the report was about a message that we know; then it is noted there."""
    message = Message.objects.filter(provider_id=report.provider_id).first()
    if message is None:
        return False
    lock(Message, message.first_id)
    _note(lock(Message, message.pk), report)
    return True


def _note(message: Message, report: DeliveryReport) -> None:
    """What is delivered stays delivered, and what has failed may still be said to have arrived."""
    status = FINAL.get(report.status)
    if status is None or message.status in (Message.Status.DELIVERED, status):
        return
    message.status, message.finished_at, message.failure_reason = status, now(), report.failure_reason
    message.save(update_fields=["status", "finished_at", "failure_reason"])
    if status == Message.Status.DELIVERED:
        _arrived(message)
    else:
        retrying.follow_up(message, reason=report.failure_reason if report.status != REJECTED else REJECTED)


def _arrived(message: Message) -> None:
    """The phone has the text, and whoever was warned for the first time knows it since now."""
    if message.kind == WARNING and message.party and not retrying.another_arrived(message):
        _warned(message, message.party)
    contact.reached(message.phone)


def _warned(message: Message, party: Party) -> None:
    """The party knows since now when the money goes back: if this is its phone, and the day not one of before.

    What begins its time anew, as the end of a dispute does, makes an older warning void; so that this does not happen
    meanwhile the contract's row is held, before any party's.
    """
    contract = lock(Contract, party.contract_id)
    last = Event.objects.filter(contract=contract, kind="seller.warned").order_by("serial").last()
    is_last = last is not None and last.messages.filter(pk=message.first_id).exists()
    begun_anew = contract.deadlines.filter(kind=Deadline.Kind.SELLER_WARNING, closed_at=None).exists()
    if is_last and not begun_anew and contract.party(party.role).phone == message.phone:
        contact.was_warned(party)
