"""Several workers at once: each message leaves once, each SMS is read once, each event is told once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connections, transaction

from contracts.models import Outbox
from notifications import announcements, replies, sending
from notifications.models import InboundMessage, Message
from notifications.tests.conftest import Later
from notifications.tests.people import new_id
from notifications.tests.provider import Provider
from tests.factories import confirmed, drafted, new_phone
from voicepact.kernel.clock import now

pytestmark = pytest.mark.usefixtures("committed_db")

AT_ONCE = 4
SOON = timedelta(hours=1)
"""Rows that are due then are let alone by workers whose time we do not move."""


def at_once(work: Callable[[], int]) -> None:
    """`work` is done by several threads that start together."""
    start = Barrier(AT_ONCE)

    def one() -> None:
        start.wait(5)
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for future in [pool.submit(one) for _ in range(AT_ONCE)]:
            future.result()


def test_each_message_leaves_once(provider: Provider, later: Later):
    queued = [Message(kind="reply_help", phone=new_phone(), text="Hello", not_before=now() + SOON) for _ in range(12)]
    Message.objects.bulk_create(queued)
    later(hours=2)

    at_once(sending.send_due)

    assert [len(provider.texts_to(message.phone)) for message in queued] == [1] * len(queued)
    assert set(Message.objects.filter(pk__in=[m.pk for m in queued]).values_list("status", "attempts")) == {("sent", 1)}


def test_each_sms_is_read_once(later: Later):
    contract = confirmed(amount=Decimal(1_000))
    row = InboundMessage.objects.create(
        message_id=new_id(), phone=contract.buyer.phone, text=f"PAY-{contract.pk}", not_before=now() + SOON
    )
    later(hours=2)

    at_once(replies.read_due)

    row.refresh_from_db()
    assert (row.result, row.attempts) == ("done", 1)
    assert contract.payments.count() == 1
    assert Message.objects.filter(phone=contract.buyer.phone, kind="reply_prompt_coming").count() == 1


def test_each_event_is_told_once():
    contracts = [drafted() for _ in range(6)]

    at_once(announcements.announce_due)

    with transaction.atomic():  # waits for a worker of a running stack that may hold some of them
        assert list(Outbox.objects.filter(event__contract__in=contracts).select_for_update(of=("self",))) == []
    assert [Message.objects.filter(contract=contract).count() for contract in contracts] == [2] * len(contracts)
