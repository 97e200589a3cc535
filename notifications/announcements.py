"""Events become messages: who hears what, once per event and party.

The outbox row is deleted in the transaction that makes the messages; a text that cannot be made leaves its row for
later. The events of one deal are told in their order, by whichever worker.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet

from contracts.models import Contract, Event, Outbox, Party
from notifications import texts
from notifications.gsm import cut
from notifications.models import Message
from payments.models import Payment, Transfer
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import claim
from voicepact.kernel.money import grouped

log = structlog.get_logger()
BATCH = 100
LONGEST_REASON = 60
BUYER, SELLER, PAYER = Party.Role.BUYER, Party.Role.SELLER, Party.Role.PAYER
Condition = Callable[[Event], bool]
Hearers = Callable[[Event], list[Party]]


# --- who hears --------------------------------------------------------------------------------------------------------


def _the(*roles: Party.Role) -> Hearers:
    """The parties in these roles."""

    def hearers(event: Event) -> list[Party]:
        return [party for party in _parties(event) if party.role in roles]

    return hearers


def _whoever_paid(event: Event) -> list[Party]:
    """The party from whose phone the money came."""
    phone = Transfer.objects.values_list("phone", flat=True).get(pk=event.payload["transfer"])
    return [party for party in _parties(event) if party.phone == phone]


def _buyer_and_whoever_pays(event: Event) -> list[Party]:
    """The buyer, and the agreed payer once a prompt was meant for that phone."""
    return [*_the(BUYER)(event), *_payer_who_pays(event)]


def _payer_who_pays(event: Event) -> list[Party]:
    """The agreed payer, once a prompt was meant for that phone."""
    collections = Transfer.objects.filter(
        kind=Transfer.Kind.COLLECTION, payment__transaction_id=event.payload["payment"]
    )
    prompted = set(collections.values_list("phone", flat=True))
    return [party for party in _the(PAYER)(event) if party.phone in prompted]


# --- when -------------------------------------------------------------------------------------------------------------


def _always(event: Event) -> bool:
    return True


def _in_part(event: Event) -> bool:
    """Money has moved, and is not the whole yet."""
    payload = event.payload
    return not payload.get("unwanted") and Decimal(payload["so_far"]) < Decimal(payload["total"])


def _unwanted(event: Event) -> bool:
    return bool(event.payload.get("unwanted"))


def _may_pay_again(event: Event) -> bool:
    return event.contract is not None and event.contract.status == Contract.Status.CONFIRMED


def _with_fees(event: Event) -> bool:
    """A party bears fees, so that the buyer pays more than the seller gets."""
    return event.contract is not None and event.contract.buyer_pays != event.contract.seller_gets


def _without_fees(event: Event) -> bool:
    return not _with_fees(event)


def _before(*kinds: str) -> Condition:
    """None of these events had happened to the deal when this one did."""

    def condition(event: Event) -> bool:
        return not Event.objects.filter(chain=event.chain, serial__lt=event.serial, kind__in=kinds).exists()

    return condition


# --- what -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Announcement:
    """Those who are to hear of an event read `text`, `when` it is so."""

    text: str
    hearers: Hearers
    when: Condition = _always


ANNOUNCEMENTS: dict[str, tuple[Announcement, ...]] = {
    "contract.drafted": (
        Announcement("asked_to_agree", _the(BUYER, SELLER, PAYER), _without_fees),
        Announcement("asked_to_agree_with_fees", _the(BUYER, SELLER, PAYER), _with_fees),
    ),
    "contract.confirmed": (
        Announcement("agreed_pay", _the(BUYER)),
        Announcement("agreed_payer", _the(PAYER)),
        Announcement("agreed_wait", _the(SELLER)),
    ),
    "contract.cancelled": (Announcement("cancelled", _the(BUYER, SELLER, PAYER)),),
    "contract.expired": (Announcement("expired", _the(BUYER, SELLER, PAYER)),),
    "collection.received": (
        Announcement("part_received", _buyer_and_whoever_pays, _in_part),
        Announcement("not_wanted", _whoever_paid, _unwanted),
    ),
    "payment.locked": (Announcement("payment_received", _buyer_and_whoever_pays),),
    "payment.secured": (
        Announcement("locked_buyer", _the(BUYER), _before("party.accepted", "dispute.opened", "contract.cancelled")),
        Announcement("locked_payer", _payer_who_pays, _before("dispute.opened", "contract.cancelled")),
        Announcement("locked_seller", _the(SELLER), _before("party.delivered", "dispute.opened", "contract.cancelled")),
    ),
    "payment.failed": (Announcement("payment_failed", _buyer_and_whoever_pays, _may_pay_again),),
    "contract.delivered": (Announcement("delivered", _the(BUYER), _before("party.accepted")),),
    "party.accepted": (Announcement("accepted_early", _the(SELLER), _before("party.delivered", "dispute.opened")),),
    "cancellation.asked": (Announcement("cancellation_asked", _the(SELLER)),),
    "dispute.opened": (Announcement("dispute_opened", _the(BUYER, SELLER)),),
    "payout.arrived": (Announcement("part_sent", _the(SELLER), _in_part),),
    "payment.released": (Announcement("payment_released", _the(BUYER, SELLER)),),
    "payment.refunded": (Announcement("payment_refunded", _the(BUYER, SELLER, PAYER)),),
    "payout.owed": (Announcement("payout_owed", _the(BUYER, SELLER)),),
    "refund.owed": (Announcement("refund_owed", _the(BUYER, SELLER, PAYER)),),
}


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
    waiting = Outbox.objects.filter(reader=Outbox.Reader.ANNOUNCEMENTS, pk__gt=after).order_by("id")
    rows = list(claim(waiting.select_related("event__contract"))[:BATCH])
    busy = _busy_elsewhere(rows, waiting)
    told = {row.pk: row.event.chain not in busy and _announce(row.event) for row in rows}
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


def _announce(event: Event) -> bool:
    """The event's messages exist; False when they could not be made and are to be tried again."""
    try:
        with transaction.atomic():
            Message.objects.bulk_create(list(_messages(event)), ignore_conflicts=True)
    except Exception:  # one text that cannot be made must not silence the others
        log.exception("an event could not be announced", event_id=event.pk)
        return False
    return True


def will_hear(party: Party, event: Event) -> bool:
    """Whether the event is announced to the party, so that nobody needs to say it a second time."""
    return any(party in one.hearers(event) for one in _due(event))


def _messages(event: Event) -> Iterator[Message]:
    for announcement in _due(event):
        for party in announcement.hearers(event):
            yield Message(
                event=event,
                party=party,
                contract_id=event.contract_id,
                kind=announcement.text,
                phone=party.phone,
                language=party.language,
                text=texts.render(announcement.text, language=party.language, **_context(event)),
            )


def _due(event: Event) -> list[Announcement]:
    return [one for one in ANNOUNCEMENTS.get(event.kind, ()) if event.contract and one.when(event)]


def _context(event: Event) -> dict[str, Any]:
    """What the texts of this event may say: of the contract, and sums that have arrived, ids, reasons."""
    contract, payload = event.contract, event.payload
    assert contract is not None, "events of no contract are not announced"
    context = texts.about(contract)
    context |= {"transaction_id": payload.get("payment", ""), "recipient": contract.seller.phone}
    for name in ("amount", "so_far", "released", "refunded"):
        if name in payload:
            context[f"moved_{name}"] = texts.money(payload[name], contract.currency)
    if "total" in payload:
        context["moved_total"] = grouped(Decimal(payload["total"]))
    if event.kind == "payment.failed":
        context["reason"] = cut(_payment(event).failure_reason, LONGEST_REASON)
    return context


def _parties(event: Event) -> list[Party]:
    return list(event.contract.parties.all()) if event.contract else []


def _payment(event: Event) -> Payment:
    return Payment.objects.get(transaction_id=event.payload["payment"])
