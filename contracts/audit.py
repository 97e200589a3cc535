"""The spine: every state change writes an event in its own transaction.

One row is the audit trail, the source of every SMS and outbound webhook, and the time-line that staff see. Rows of one
contract form a chain (those without a contract the chain `system`): each is hashed over the one before and signed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts.models import Chain, Contract, Event, Outbox, Party
from voicepact.kernel import phones
from voicepact.kernel.clock import now
from voicepact.kernel.crypto import canonical, get_crypto_service
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import lock

SYSTEM = "system"
BATCH = 500

ALERTING = frozenset(
    {
        "callback.given_up",
        "charges.differ",
        "collection.late",
        "deposit.refuted",
        "dispute.undecided",
        "float.short",
        "outbox.stuck",
        "password.old",
        "payout.owed",
        "payouts.stopped",
        "phone.held_back",
        "proposal.made",
        "rail.circuit_opened",
        "refund.asked",
        "refund.owed",
        "reversal.owed",
        "role.changed",
        "staff.added",
        "staff.changed",
        "staff.device_reset",
        "suspense.owed",
        "suspense.used",
        "transfer.contradicted",
        "transfer.needs_person",
        "transfer.quarantined",
    }
)
"""The kinds that people on call may have to hear of at once: no other event makes work for that reader."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as an id that names no person, and how: `party:7`, `client:3`, `staff:2`, `rail:daraja`, `clock`, or
    `phone:` and the digest of a number that dials."""

    id: str
    channel: str


CLOCK = Actor("clock", "clock")


def party_actor(party: Party, channel: str) -> Actor:
    return Actor(f"party:{party.pk}", channel)


def phone_actor(phone: str, channel: str) -> Actor:
    """Whoever dials from this number (E.164), in no deal or before there is one."""
    return Actor(f"phone:{phones.digest(phone)}", channel)


def rail_actor(gateway: str) -> Actor:
    return Actor(f"rail:{gateway}", "rail")


def record(kind: str, *, contract: Contract | None, actor: Actor, payload: dict[str, Any] | None = None) -> Event:
    """The event exists at the end of its chain, and one outbox row for every reader whom it concerns.

    `payload` holds ids, amounts, codes and digests only (amounts as `money.plain` writes them). Precondition: a
    transaction is open, the one that changes the state; the chain's row is the last lock that it takes.
    """
    name = contract.pk if contract else SYSTEM
    Chain.objects.get_or_create(name=name)
    chain = lock(Chain, name)
    event = Event(
        contract=contract,
        chain=name,
        serial=chain.serial + 1,
        kind=kind,
        actor=actor.id,
        channel=actor.channel,
        at=now(),
        payload=payload or {},
        previous_hash=chain.head,
    )
    event.hash = _hash(event)
    event.signature = _sign(event)
    event.save(force_insert=True)
    chain.serial, chain.head = event.serial, event.hash
    chain.save(update_fields=["serial", "head"])
    _hand_out(event)
    return event


def hold_system() -> None:
    """Nobody else records an event without a contract before this transaction ends: what is not there now, is not.

    Precondition: a transaction is open; the chain's row is the last lock that it takes.
    """
    Chain.objects.get_or_create(name=SYSTEM)
    lock(Chain, SYSTEM)


def _hand_out(event: Event) -> None:
    tasks = {Outbox.Reader.ANNOUNCEMENTS: Task.ANNOUNCE}
    if event.kind in ALERTING:
        tasks[Outbox.Reader.ALERTS] = Task.ALERT
    Outbox.objects.bulk_create(Outbox(event=event, reader=reader) for reader in tasks)
    for task in tasks.values():
        nudge(task)


def verify(name: str) -> Iterator[str]:
    """What is wrong with the chain `name`, in words, one fault at a time: rows edited, removed or inserted."""
    previous, serial = "", 0
    for event in Event.objects.filter(chain=name).order_by("serial").iterator(BATCH):
        serial += 1
        if event.serial != serial:
            yield f"{name}: event #{serial} is missing (found #{event.serial})"
            serial = event.serial
        if event.previous_hash != previous:
            yield f"{name}: event #{event.serial} does not follow the one before"
        if event.hash != _hash(event):
            yield f"{name}: event #{event.serial} was edited"
        elif not _signature_holds(event):
            yield f"{name}: event #{event.serial} is not signed by us"
        previous = event.hash
    if not serial and Contract.objects.filter(pk=name).exists():
        yield f"{name}: there is no event, not even that it was drafted"
    chain = Chain.objects.filter(name=name).first()
    if (chain.serial if chain else 0, chain.head if chain else "") != (serial, previous):
        yield f"{name}: the chain's head is event #{chain.serial if chain else 0}, its last row #{serial}"


def _hash(event: Event) -> str:
    return hashlib.sha256(
        canonical(
            {
                "chain": event.chain,
                "contract": event.contract_id,
                "serial": event.serial,
                "kind": event.kind,
                "actor": event.actor,
                "channel": event.channel,
                "at": event.at.isoformat(),
                "payload": event.payload,
                "previous_hash": event.previous_hash,
            }
        )
    ).hexdigest()


def _sign(event: Event) -> str:
    return get_crypto_service().create_audit_signature(event.kind, event.chain, event.actor, {"hash": event.hash})


def _signature_holds(event: Event) -> bool:
    return get_crypto_service().verify_audit_signature(
        event.kind, event.chain, event.actor, {"hash": event.hash}, event.signature
    )
