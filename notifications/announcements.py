"""Events become messages: who hears what, once per event and party.

The outbox row is deleted in the transaction that makes the messages; a text that cannot be made leaves its row for
later. The events of one deal are told in their order, by whichever worker.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from contracts.models import Event, Outbox, Party
from notifications import outbox, texts
from notifications.audience import (
    BUYER,
    PAYER,
    SELLER,
    Condition,
    Hearers,
    a_part_was_to_go_back,
    all_but_whose_phone,
    always,
    at_the_new_number,
    because_of,
    before,
    buyer_and_whoever_pays,
    for_another_reason_than,
    in_part,
    kept,
    limit_of_the_day,
    may_pay_again,
    more_goes_back,
    nobody_wanted_it,
    payer_who_pays,
    the,
    unwanted,
    whoever_paid_by_hand,
    whose_number_changes,
    whose_number_stays,
    whose_phone,
    with_fees,
    without_fees,
)
from notifications.gsm import cut
from notifications.models import Message
from payments.models import Payment
from payments.outcomes import NEXT_DAY, OUR_FAULT, WRONG_RECIPIENT
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import claim
from voicepact.kernel.money import grouped

BATCH = 100
LONGEST_REASON = 60
AMOUNTS = ("amount", "so_far", "released", "refunded", "seller_amount", "buyer_amount")
WHERE = {
    "payout.owed": "to the seller",
    "refund.owed": "back to whoever paid",
    "reversal.owed": "back to whoever paid",
}


# --- what -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Announcement:
    """Those who are to hear of an event read `text`, `when` it is so."""

    text: str
    hearers: Hearers
    when: Condition = always


REFUSED = (*OUR_FAULT, *NEXT_DAY, *WRONG_RECIPIENT)


def _owed(*roles: Party.Role) -> tuple[Announcement, ...]:
    """What is told when the rail has refused to move money out: to each side in its own words where they differ."""
    return (
        Announcement("owed_tomorrow", the(*roles), because_of(*NEXT_DAY)),
        Announcement("owed_our_fault", the(*roles), because_of(*OUR_FAULT)),
        Announcement("owed_your_number", whose_phone, because_of(*WRONG_RECIPIENT)),
        Announcement("owed", all_but_whose_phone(*roles), because_of(*WRONG_RECIPIENT)),
        Announcement("owed", the(*roles), for_another_reason_than(*REFUSED)),
    )


GONE_BACK = (
    Announcement("part_refunded", whose_phone, more_goes_back),
    Announcement("refund_arrived", the(BUYER, SELLER, PAYER), a_part_was_to_go_back),
    Announcement("unwanted_returned", whose_phone, nobody_wanted_it),
)
ANNOUNCEMENTS: dict[str, tuple[Announcement, ...]] = {
    "contract.drafted": (
        Announcement("asked_to_agree", the(BUYER, SELLER, PAYER), without_fees),
        Announcement("asked_to_agree_with_fees", the(BUYER, SELLER, PAYER), with_fees),
    ),
    "contract.confirmed": (
        Announcement("agreed_pay", the(BUYER)),
        Announcement("agreed_payer", the(PAYER)),
        Announcement("agreed_wait", the(SELLER)),
    ),
    "contract.cancelled": (Announcement("cancelled", the(BUYER, SELLER, PAYER)),),
    "contract.expired": (Announcement("expired", the(BUYER, SELLER, PAYER)),),
    "transfer.failed": (Announcement("prompt_tomorrow", whose_phone, limit_of_the_day),),
    "collection.received": (
        Announcement("part_received", buyer_and_whoever_pays, in_part),
        Announcement("not_wanted", whose_phone, unwanted),
    ),
    "collection.late": (Announcement("came_late", whose_phone, kept),),
    "suspense.matched": (Announcement("suspense_matched", whoever_paid_by_hand),),
    "suspense.returned": (Announcement("suspense_returned", whoever_paid_by_hand),),
    "payment.locked": (Announcement("payment_received", buyer_and_whoever_pays),),
    "payment.secured": (
        Announcement("locked_buyer", the(BUYER), before("party.accepted", "dispute.opened", "contract.cancelled")),
        Announcement("locked_payer", payer_who_pays, before("dispute.opened", "contract.cancelled")),
        Announcement("locked_seller", the(SELLER), before("party.delivered", "dispute.opened", "contract.cancelled")),
    ),
    "payment.failed": (Announcement("payment_failed", buyer_and_whoever_pays, may_pay_again),),
    "contract.delivered": (Announcement("delivered", the(BUYER), before("party.accepted")),),
    "party.accepted": (Announcement("accepted_early", the(SELLER), before("party.delivered", "dispute.opened")),),
    "cancellation.asked": (Announcement("cancellation_asked", the(SELLER)),),
    "dispute.opened": (Announcement("dispute_opened", the(BUYER, SELLER)),),
    "dispute.resolved": (Announcement("dispute_resolved", the(BUYER, SELLER)),),
    "payout.arrived": (Announcement("part_sent", the(SELLER), in_part),),
    "refund.arrived": GONE_BACK,
    "reversal.arrived": GONE_BACK,
    "payment.released": (Announcement("payment_released", the(BUYER, SELLER)),),
    "payment.refunded": (Announcement("payment_refunded", the(BUYER, SELLER, PAYER)),),
    "payout.owed": _owed(BUYER, SELLER),
    "refund.owed": _owed(BUYER, SELLER, PAYER),
    # What cannot be reversed for another reason goes back by payout, by itself: there is nothing to tell.
    "reversal.owed": (Announcement("owed_our_fault", the(BUYER, SELLER, PAYER), because_of(*OUR_FAULT)),),
    "payout.delayed": (Announcement("payout_delayed", the(BUYER, SELLER)),),
    "phone.change_agreed": (
        Announcement("phone_changes", whose_number_changes),
        Announcement("phone_changes_to_this", at_the_new_number),
        Announcement("phone_changes_theirs", whose_number_stays),
    ),
    "phone.changed": (
        Announcement("phone_changed", whose_number_changes),
        Announcement("phone_changed_theirs", whose_number_stays),
    ),
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
    """What the texts of this event may say: of the contract, and sums that have arrived, ids, reasons, moments."""
    contract, payload = event.contract, event.payload
    assert contract is not None, "events of no contract are not announced"
    context = texts.about(contract)
    context |= {"transaction_id": payload.get("payment", ""), "recipient": contract.seller.phone}
    for name in AMOUNTS:
        if name in payload:
            context[f"moved_{name}"] = texts.money(payload[name], contract.currency)
    if "total" in payload:
        context["moved_total"] = grouped(Decimal(payload["total"]))
    if event.kind == "payment.failed":
        context["reason"] = cut(_payment(event).failure_reason, LONGEST_REASON)
    if "counts_at" in payload:
        context["counts_at"] = texts.moment(datetime.fromisoformat(payload["counts_at"]))
    context |= {"where": WHERE.get(event.kind, ""), "hour": f"{settings.NEXT_DAY_HOUR:02}:00"}
    return context | {name: payload[name] for name in ("why", "party") if name in payload}


def _payment(event: Event) -> Payment:
    return Payment.objects.get(transaction_id=event.payload["payment"])
