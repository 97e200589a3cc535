"""The work that is due: the database is the queue, so that its length is a number of rows."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet

from contracts.models import Deadline, Outbox
from notifications.models import AlertDelivery, DeliveryReport, InboundMessage, Message
from payments.models import Callback, Deposit, Transfer
from voicepact.console.front.figures import Queue


def queues(moment: datetime) -> tuple[Queue, ...]:
    """Each kind of row that a worker drains, in the order in which money goes."""
    unworked = {"worked_at": None, "not_before__lte": moment}
    return (
        _queue("Transfers to send", Transfer.objects.to_submit(moment), "not_before"),
        _queue("Callbacks to work", Callback.objects.filter(**unworked), "not_before"),
        _queue("Questions to the rails", Transfer.objects.to_ask_about(moment), "next_ask_at"),
        _queue("Questions about money paid by hand", Deposit.objects.to_ask_about(moment), "next_ask_at"),
        _queue("Timers that are due", Deadline.objects.filter(closed_at=None, due_at__lte=moment), "due_at"),
        _queue("Events to tell", Outbox.objects.filter(not_before__lte=moment), "not_before"),
        _queue("SMS to send", _to_text(moment), "not_before"),
        _queue("SMS to read", InboundMessage.objects.filter(**unworked), "not_before"),
        _queue("Delivery reports to read", DeliveryReport.objects.filter(**unworked), "not_before"),
        _queue("Alerts to send", AlertDelivery.objects.filter(taken_at=None, not_before__lte=moment), "not_before"),
    )


def _to_text(moment: datetime) -> QuerySet[Message]:
    return Message.objects.filter(status=Message.Status.QUEUED, claimed_at=None, not_before__lte=moment)


def _queue(name: str, rows: "QuerySet[Any]", due: str) -> Queue:
    found = rows.order_by().aggregate(number=Count("pk"), since=Min(due))
    return Queue(name, found["number"], found["since"])
