"""People with phones: what they send us, what they read, and where their deal stands."""

import itertools
import secrets
from typing import Any

from django.test import Client

from contracts.models import Confirmation, Contract, Dispute, Event
from notifications import announcements, replies
from notifications.models import InboundMessage, Message
from notifications.tests.conftest import SECRET
from payments.models import Payment, Posting, Transfer

_numbers = itertools.count()
_session = secrets.token_hex(4)


def send(phone: str, text: str, **fields: Any) -> Any:
    """The network hands us an SMS; returns our answer."""
    form = {"id": new_id(), "from": phone, "to": "AFRICASTKNG", "text": text, "date": "2026-11-24 10:00:00", **fields}
    return Client().post(f"/api/v1/sms/inbound/{SECRET}", form)


def new_id() -> str:
    return f"{_session}-{next(_numbers)}"


def say(phone: str, text: str) -> InboundMessage:
    """An SMS has come from the phone and been read; returns the row."""
    id = new_id()
    assert send(phone, text, id=id).status_code == 200
    replies.read_due()
    return InboundMessage.objects.get(message_id=id)


def answer_to(phone: str, text: str) -> str:
    """The one SMS that answers this one, with whatever its events announce to the same phone."""
    read = set(Message.objects.filter(phone=phone).values_list("pk", flat=True))
    say(phone, text)
    announcements.announce_due()
    (new,) = Message.objects.filter(phone=phone).exclude(pk__in=read).values_list("text", flat=True)
    return new


def announced(contract: Contract) -> list[tuple[str, str]]:
    """Everything that the deal's events have told its people: (role, text's name), in order."""
    announcements.announce_due()
    rows = Message.objects.filter(contract=contract, event__isnull=False).order_by("event__serial", "party__pk", "pk")
    return list(rows.values_list("party__role", "kind"))


def text_of(contract: Contract, role: str, kind: str) -> str:
    announcements.announce_due()
    return Message.objects.get(contract=contract, party__role=role, kind=kind).text


def standing(contract: Contract) -> list[object]:
    """Everything about the deal that a refused SMS must leave alone."""
    status = Contract.objects.get(pk=contract.pk).status
    rows = [
        list(Event.objects.filter(contract=contract).order_by("pk").values()),
        list(Confirmation.objects.filter(contract=contract).order_by("pk").values()),
        list(Dispute.objects.filter(contract=contract).order_by("pk").values()),
        list(Payment.objects.filter(contract=contract).order_by("pk").values()),
        list(Transfer.objects.filter(payment__contract=contract).order_by("pk").values()),
        list(Posting.objects.filter(payment__contract=contract).order_by("pk").values()),
    ]
    return [status, *rows]


def status(contract: Contract) -> str:
    return str(Contract.objects.get(pk=contract.pk).status)


def messages_to(phone: str) -> list[str]:
    return list(Message.objects.filter(phone=phone).order_by("pk").values_list("text", flat=True))


def heard(contract: Contract) -> None:
    """All that has happened so far has been told."""
    announced(contract)
