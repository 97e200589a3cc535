"""Events become messages: who hears what, once per event and party.

The outbox row is deleted in the transaction that makes the messages; a text that cannot be made leaves its row for
later. The events of one deal are told in their order, by whichever worker.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from contracts import disputes
from contracts.models import Event, Outbox, Party
from notifications import outbox, phrases, quantities, texts
from notifications.gsm import cut
from notifications.models import Message
from notifications.occasions import ANNOUNCEMENTS, Announcement
from payments.models import Payment
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import claim
from voicepact.kernel.money import grouped

BATCH = 100
LONGEST_REASON = 45
AMOUNTS = ("amount", "so_far", "released", "refunded")
GOING_BACK = ("refund.owed", "reversal.owed")
MOMENTS = ("counts_at", "refund_at", "until")


def announce_due() -> int:
    """Every event in the outbox has become its messages; returns how many events had."""
    done = 0
    while told := _walk():
        done += told
    return done


def _walk() -> int:
    """From the oldest event to the newest, past those that cannot be told now; returns how many were told."""
    told = last = 0
    while rows := _announce_batch(after=last):
        told += sum(rows.values())
        last = max(rows)
    return told


@transaction.atomic
def _announce_batch(*, after: int) -> dict[int, bool]:
    """The outbox rows that were next after the one with this id, and of each whether it has become its messages."""
    waiting = outbox.waiting(Outbox.Reader.ANNOUNCEMENTS).filter(pk__gt=after)
    rows = list(claim(waiting.select_related("event__contract"))[:BATCH])
    busy = _busy_elsewhere(rows, waiting)
    told = {row.pk: row.event.chain not in busy and outbox.read(row, _announce) for row in rows}
    done = [pk for pk, was_told in told.items() if was_told]
    Outbox.objects.filter(pk__in=done).delete()
    if done:
        nudge(Task.SEND)
    return told


def _busy_elsewhere(rows: list[Outbox], waiting: QuerySet[Outbox]) -> set[str]:
    """The chains of which another worker holds an event, so that ours have to wait for their turn."""
    if not rows:
        return set()
    others = waiting.filter(pk__lt=rows[-1].pk, event__chain__in={row.event.chain for row in rows})
    return set(others.exclude(pk__in=[row.pk for row in rows]).values_list("event__chain", flat=True))


def _announce(event: Event) -> None:
    """The event's messages exist."""
    Message.objects.bulk_create(list(_messages(event)), ignore_conflicts=True)


def will_hear(party: Party, event: Event) -> bool:
    """Whether the event is announced to the party, so that nobody needs to say it a second time."""
    return any(party in one.hearers(event) for one in _due(event))


def rehearse(event: Event, *names: str) -> list[Message]:
    """What those who hear of such an event would read in the texts `names`: nothing is kept, and nothing sent.

    The event need not have happened; whether it would be told just then is not asked.
    """
    told = [one for one in ANNOUNCEMENTS[event.kind] if one.text in names]
    return [_message(event, one, party) for one in told for party in one.hearers(event)]


def _messages(event: Event) -> Iterator[Message]:
    for announcement in _due(event):
        for party in announcement.hearers(event):
            yield _message(event, announcement, party)


def _message(event: Event, announcement: Announcement, party: Party) -> Message:
    return Message(
        event=event,
        party=party,
        contract_id=event.contract_id,
        kind=announcement.text,
        phone=party.phone,
        language=party.language,
        text=texts.render(announcement.text, language=party.language, **_context(event, party)),
    )


def _due(event: Event) -> list[Announcement]:
    return [one for one in ANNOUNCEMENTS.get(event.kind, ()) if event.contract and one.when(event)]


def _context(event: Event, reader: Party) -> dict[str, Any]:
    """What the texts of this event may tell the reader: of the deal, sums that have arrived, ids, reasons, moments."""
    contract, payload = event.contract, event.payload
    assert contract is not None, "events of no contract are not announced"
    language = reader.language
    context = texts.about(contract, language=language, reader=reader)
    context |= {"transaction_id": payload.get("payment", ""), "recipient": contract.seller.phone}
    for name in AMOUNTS:
        if name in payload:
            context[f"moved_{name}"] = texts.money(payload[name], contract.currency)
    if "total" in payload:
        context["moved_total"] = grouped(Decimal(payload["total"]))
    if event.kind == "dispute.opened":
        context["opener"] = payload["by"]
        context["answer_by"] = texts.moment(event.at + settings.ANSWER_TIME)
        context["final"] = not disputes.may_take_back(contract, reader)
    if event.kind == "payment.failed":
        context["reason"] = cut(phrases.why_failed(_payment(event), language), LONGEST_REASON)
    if event.kind == "delivery.short":
        context["short"] = quantities.told(Decimal(payload["quantity"]))
    for name in MOMENTS:
        if name in payload:
            context[name] = texts.moment(datetime.fromisoformat(payload[name]))
    context |= {"back": event.kind in GOING_BACK, "hour": f"{settings.NEXT_DAY_HOUR:02}:00"}
    return context | {name: payload[name] for name in ("why", "party") if name in payload}


def _payment(event: Event) -> Payment:
    return Payment.objects.get(transaction_id=event.payload["payment"])
