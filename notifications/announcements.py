"""Events become messages: who hears what, once per event and party.

The outbox row is deleted in the transaction that makes the messages; a text that cannot be made leaves its row for
later.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import transaction

from contracts.models import Contract, Event, Outbox, Party
from notifications import texts
from notifications.models import Message
from payments.models import Payment, Transfer
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import claim
from voicepact.kernel.money import grouped

log = structlog.get_logger()
BATCH = 100
BUYER, SELLER, PAYER = Party.Role.BUYER, Party.Role.SELLER, Party.Role.PAYER


def always(event: Event) -> bool:
    return True


def _in_part(event: Event) -> bool:
    """Money has moved, and is not the whole yet."""
    payload = event.payload
    return not payload.get("unwanted") and float(payload["so_far"]) < float(payload["total"])


def _unwanted(event: Event) -> bool:
    return bool(event.payload.get("unwanted"))


def _may_pay_again(event: Event) -> bool:
    return event.contract is not None and event.contract.status == Contract.Status.CONFIRMED


def _before_delivery(event: Event) -> bool:
    return event.contract is not None and event.contract.status == Contract.Status.PAYMENT_LOCKED


@dataclass(frozen=True, slots=True)
class Announcement:
    """The parties in `roles` hear `text` of an event `when` it is so."""

    text: str
    roles: tuple[Party.Role, ...]
    when: Callable[[Event], bool] = always


ANNOUNCEMENTS: dict[str, tuple[Announcement, ...]] = {
    "contract.drafted": (Announcement("asked_to_agree", (BUYER, SELLER, PAYER)),),
    "contract.confirmed": (Announcement("agreed_pay", (BUYER,)), Announcement("agreed_wait", (SELLER,))),
    "contract.cancelled": (Announcement("cancelled", (BUYER, SELLER)),),
    "contract.expired": (Announcement("expired", (BUYER, SELLER)),),
    "collection.received": (
        Announcement("part_received", (BUYER,), _in_part),
        Announcement("not_wanted", (BUYER,), _unwanted),
    ),
    "payment.locked": (Announcement("payment_received", (BUYER,)),),
    "payment.secured": (Announcement("locked_buyer", (BUYER,)), Announcement("locked_seller", (SELLER,))),
    "payment.failed": (Announcement("payment_failed", (BUYER,), _may_pay_again),),
    "contract.delivered": (Announcement("delivered", (BUYER,)),),
    "party.accepted": (Announcement("accepted_early", (SELLER,), _before_delivery),),
    "cancellation.asked": (Announcement("cancellation_asked", (SELLER,)),),
    "dispute.opened": (Announcement("dispute_opened", (BUYER, SELLER)),),
    "payout.arrived": (Announcement("part_sent", (SELLER,), _in_part),),
    "payment.released": (Announcement("payment_released", (BUYER, SELLER)),),
    "payment.refunded": (Announcement("payment_refunded", (BUYER, SELLER)),),
    "payout.owed": (Announcement("payout_owed", (BUYER, SELLER)),),
    "refund.owed": (Announcement("refund_owed", (BUYER, SELLER)),),
}


def announce_due() -> int:
    """Every event in the outbox has become its messages; returns how many events had."""
    done = 0
    while read := _announce_batch():
        done += read
    return done


@transaction.atomic
def _announce_batch() -> int:
    waiting = Outbox.objects.filter(reader=Outbox.Reader.ANNOUNCEMENTS).order_by("id")
    rows = list(claim(waiting.select_related("event__contract"))[:BATCH])
    done = [row.pk for row in rows if _announce(row.event)]
    Outbox.objects.filter(pk__in=done).delete()
    if done:
        nudge(Task.SEND)
    return len(done)


def _announce(event: Event) -> bool:
    """The event's messages exist; False when they could not be made and are to be tried again."""
    try:
        with transaction.atomic():
            Message.objects.bulk_create(list(_messages(event)), ignore_conflicts=True)
    except Exception:  # one text that cannot be made must not silence the others
        log.exception("an event could not be announced", event_id=event.pk)
        return False
    return True


def _messages(event: Event) -> Iterator[Message]:
    contract = event.contract
    due = [one for one in ANNOUNCEMENTS.get(event.kind, ()) if one.when(event)]
    if contract is None or not due:
        return
    context = {**texts.about(contract), **_details(event, contract)}
    for announcement in due:
        for party in contract.parties.all():
            if party.role in announcement.roles:
                text = texts.render(announcement.text, language=party.language, role=party.role, **context)
                yield Message(
                    event=event, party=party, contract=contract, kind=announcement.text, phone=party.phone, text=text
                )


def _details(event: Event, contract: Contract) -> dict[str, Any]:
    """What the texts of this event say besides the contract: sums that have arrived, ids, reasons."""
    payload = event.payload
    details: dict[str, Any] = {"transaction_id": payload.get("payment", ""), "recipient": contract.seller.phone}
    for name in ("amount", "so_far", "released", "refunded"):
        if name in payload:
            details[f"moved_{name}"] = texts.money(payload[name], contract.currency)
    if "total" in payload:
        details["moved_total"] = grouped(texts.money(payload["total"], contract.currency).amount)
    if event.kind == "payment.failed":
        payment = Payment.objects.get(transaction_id=payload["payment"])
        details["reason"] = payment.failure_reason
    if event.kind.endswith(".owed"):
        details["reason"] = Transfer.objects.get(pk=payload["transfer"]).failure_reason
    return details
