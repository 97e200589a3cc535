"""Several workers at once: each message leaves once, each SMS is read once, each event is told once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Event
from types import SimpleNamespace

import pytest
from django.db import connections, transaction

from contracts.models import Outbox
from notifications import announcements, replies, sending
from notifications.models import InboundMessage, Message
from notifications.tests.conftest import Later
from notifications.tests.people import new_id
from notifications.tests.provider import Provider, Reply, answers
from tests.factories import confirmed, drafted, new_phone
from tests.together import at_once
from voicepact.kernel.clock import now

pytestmark = pytest.mark.usefixtures("committed_db")

AT_ONCE = 4
SOON = timedelta(hours=1)
"""Rows that are due then are let alone by workers whose time we do not move."""


def test_each_message_leaves_once(provider: Provider, later: Later):
    queued = [Message(kind="reply_help", phone=new_phone(), text="Hello", not_before=now() + SOON) for _ in range(12)]
    Message.objects.bulk_create(queued)
    later(hours=2)

    at_once(*[sending.send_due] * AT_ONCE)

    assert [len(provider.texts_to(message.phone)) for message in queued] == [1] * len(queued)
    assert set(Message.objects.filter(pk__in=[m.pk for m in queued]).values_list("status", "attempts")) == {("sent", 1)}


def test_what_one_phone_is_told_keeps_its_order_however_many_workers_send(provider: Provider, later: Later):
    phones = [new_phone() for _ in range(3)]
    texts = [f"{number}" for number in range(6)]
    Message.objects.bulk_create(
        Message(kind="reply_help", phone=phone, text=text, not_before=now() + SOON)
        for text in texts
        for phone in phones
    )
    later(hours=2)
    underway: list[str] = []
    overtaken: list[str] = []

    def slowly(phone: str) -> Reply | None:
        overtaken.extend({phone} & set(underway))
        underway.append(phone)
        Event().wait(0.01)
        underway.remove(phone)
        return answers(101, message_id=new_id())(phone)

    provider.acts.update(dict.fromkeys(phones, slowly))
    at_once(*[sending.send_due] * AT_ONCE)
    sending.send_due()

    assert overtaken == []
    assert [provider.texts_to(phone) for phone in phones] == [texts] * len(phones)


def test_what_one_phone_says_is_read_in_order_however_many_workers_read(later: Later):
    contract = confirmed(amount=Decimal(1_000))
    words = ["YES", "PAY", "PAY", "CANCEL", "YES"]
    InboundMessage.objects.bulk_create(
        InboundMessage(
            message_id=new_id(), phone=contract.buyer.phone, text=f"{word}-{contract.pk}", not_before=now() + SOON
        )
        for word in words
    )
    later(hours=2)

    at_once(*[replies.read_due] * AT_ONCE)
    replies.read_due()

    rows = InboundMessage.objects.filter(contract=contract).order_by("worked_at", "pk")
    assert [row.result for row in rows] == [
        "done",
        "done",
        "refused: payment_pending",
        "done",
        "refused: wrong_state",
    ]


def test_a_later_event_of_a_deal_waits_for_the_one_in_another_workers_hands(monkeypatch: pytest.MonkeyPatch):
    deal, other = confirmed(), drafted()
    reader = f"test-{new_id()}"  # whose rows a running stack lets alone
    monkeypatch.setattr(Outbox, "Reader", SimpleNamespace(ANNOUNCEMENTS=reader))
    for contract in (deal, other):
        Outbox.objects.bulk_create(Outbox(event=event, reader=reader) for event in contract.events.all())
    waiting = Outbox.objects.filter(reader=reader).order_by("pk")

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        in_hand = waiting.select_for_update(of=("self",))[:1].get()
        assert in_hand.event.contract == deal
        pool.submit(_announce).result()
        assert [row.event for row in waiting.all()] == list(deal.events.order_by("serial"))
    announcements.announce_due()

    assert list(waiting.all()) == []


def _announce() -> None:
    try:
        announcements.announce_due()
    finally:
        connections.close_all()


def test_each_sms_is_read_once(later: Later):
    contract = confirmed(amount=Decimal(1_000))
    row = InboundMessage.objects.create(
        message_id=new_id(), phone=contract.buyer.phone, text=f"PAY-{contract.pk}", not_before=now() + SOON
    )
    later(hours=2)

    at_once(*[replies.read_due] * AT_ONCE)

    row.refresh_from_db()
    assert (row.result, row.attempts) == ("done", 1)
    assert contract.payments.count() == 1
    assert Message.objects.filter(phone=contract.buyer.phone, kind="reply_prompt_coming").count() == 1


def test_each_event_is_told_once():
    contracts = [drafted() for _ in range(6)]

    at_once(*[announcements.announce_due] * AT_ONCE)

    with transaction.atomic():  # waits for a worker of a running stack that may hold some of them
        assert list(Outbox.objects.filter(event__contract__in=contracts).select_for_update(of=("self",))) == []
    assert [Message.objects.filter(contract=contract).count() for contract in contracts] == [2] * len(contracts)
