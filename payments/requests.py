"""Intents: a transfer that is to be made exists as a row, with its id and its event, before anything is sent."""

from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.db.models import Max

from contracts import audit, contact
from contracts.audit import Actor, rail_actor
from payments import ledger
from payments.models import Deposit, Payment, Transfer
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.money import plain

Kind = Transfer.Kind


def collection(
    payment: Payment, *, part: int, amount: Decimal, phone: str, not_before: datetime, actor: Actor
) -> Transfer:
    """A prompt for one part is to be sent to `phone`. Precondition: caller holds the payment's row."""
    transfer = _new(payment, Kind.COLLECTION, part, amount, phone, not_before)
    return _requested(transfer, actor)


def by_hand(payment: Payment, deposit: Deposit, *, part: int, amount: Decimal, return_reason: str = "") -> Transfer:
    """What was paid by hand is to be one part of the payment; with `return_reason` it counts for none and goes back.

    Precondition: caller holds the rows of both, and settles it in the same transaction: it is never sent.
    """
    transfer = _new(payment, Kind.COLLECTION, part, amount, deposit.phone, now())
    transfer.return_reason = return_reason
    transfer.save(update_fields=["return_reason"])
    return _requested(transfer, rail_actor(deposit.gateway))


def payout(payment: Payment, *, part: int, amount: Decimal, not_before: datetime, actor: Actor) -> Transfer:
    """One part is to be paid to the seller, and is in transit. Precondition: caller holds the payment's row."""
    return _leave(_new(payment, Kind.PAYOUT, part, amount, payment.recipient_phone, not_before), actor)


def reversal(collected: Transfer, *, actor: Actor) -> Transfer:
    """One collection is to be sent back as such, whole, and is in transit.

    Precondition: caller holds its payment's row; it has a receipt number.
    """
    return _back(collected, Kind.REVERSAL, not_before=now(), actor=actor)


def refund(collected: Transfer, *, not_before: datetime, actor: Actor) -> Transfer:
    """One collection is to go back by payout to whoever paid it, and is in transit.

    Precondition: caller holds its payment's row.
    """
    return _back(collected, Kind.REFUND, not_before=not_before, actor=actor)


def partial_refund(payment: Payment, *, amount: Decimal, phone: str, not_before: datetime, actor: Actor) -> Transfer:
    """`amount` of what is held is to go back to `phone`, which has paid, and is in transit.

    Precondition: caller holds the payment's row.
    """
    part = _next_part(payment, Kind.REFUND)
    return _leave(_new(payment, Kind.REFUND, part, amount, phone, not_before), actor)


def again(refused: Transfer, *, phone: str, not_before: datetime, actor: Actor) -> Transfer:
    """What the rail finally refused to pay is to be paid once more, by a new transfer to `phone`, and is in transit.

    Precondition: caller holds the payment's row; `refused` is `failed`, and no other transfer took its place.
    """
    assert refused.payment is not None
    kind, original = Kind(refused.kind), refused.original
    successor = _new(
        refused.payment, kind, refused.part, refused.amount, phone, not_before, original=original, replaces=refused
    )
    return _leave(successor, actor)


def refund_instead(refused: Transfer, *, actor: Actor) -> Transfer:
    """The collection whose reversal the rail has finally refused is to go back by payout, and is in transit.

    Precondition: caller holds the payment's row.
    """
    assert refused.original is not None, "a reversal has the collection that it sends back"
    return _back(refused.original, Kind.REFUND, not_before=now(), actor=actor, replaces=refused)


def _back(
    collected: Transfer, kind: Kind, *, not_before: datetime, actor: Actor, replaces: Transfer | None = None
) -> Transfer:
    payment = collected.payment
    assert payment is not None
    part, phone = _next_part(payment, kind), collected.phone
    if kind == Kind.REFUND:  # a reversal goes where the money came from, whoever has that phone now
        phone = contact.payers_phone(payment.contract, phone)
    returned = _new(payment, kind, part, collected.amount, phone, not_before, original=collected, replaces=replaces)
    return _leave(returned, actor)


def _next_part(payment: Payment, kind: Kind) -> int:
    last: int = payment.transfers.filter(kind=kind).aggregate(last=Max("part"))["last"] or 0
    return last + 1


def _leave(transfer: Transfer, actor: Actor) -> Transfer:
    """The transfer's amount is set apart for it: no longer held, in transit."""
    assert transfer.payment is not None
    ledger.post(ledger.held(transfer.payment), ledger.in_transit(transfer), transfer.money, transfer=transfer)
    return _requested(transfer, actor)


def deposit_return(deposit: Deposit, *, kind: Transfer.Kind) -> Transfer:
    """What lies in suspense is to go back to whoever paid it, and is in transit: a transfer without payment.

    Precondition: caller holds the deposit's row.
    """
    own_id = uuid4()
    transfer = Transfer.objects.create(
        id=own_id,
        deposit=deposit,
        kind=kind,
        part=deposit.transfers.count() + 1,
        gateway=deposit.gateway,
        phone=deposit.phone,
        amount=deposit.amount,
        currency=deposit.currency,
        originator_conversation_id=f"VP-{own_id}",
    )
    ledger.post(ledger.SUSPENSE, ledger.in_transit(transfer), transfer.money, transfer=transfer)
    nudge(Task.SUBMIT)
    return transfer


def _new(
    payment: Payment,
    kind: Kind,
    part: int,
    amount: Decimal,
    phone: str,
    not_before: datetime,
    original: Transfer | None = None,
    replaces: Transfer | None = None,
) -> Transfer:
    own_id = uuid4()
    return Transfer.objects.create(
        id=own_id,
        payment=payment,
        kind=kind,
        part=part,
        original=original,
        replaces=replaces,
        gateway=payment.gateway,
        phone=phone,
        amount=amount,
        currency=payment.currency,
        originator_conversation_id=f"VP-{own_id}",
        not_before=not_before,
    )


def _requested(transfer: Transfer, actor: Actor) -> Transfer:
    assert transfer.payment is not None
    audit.record(
        "transfer.requested",
        contract=transfer.payment.contract,
        actor=actor,
        payload={
            "payment": transfer.payment.transaction_id,
            "transfer": str(transfer.pk),
            "kind": transfer.kind,
            "part": transfer.part,
            "amount": plain(transfer.amount),
        },
    )
    nudge(Task.SUBMIT)
    return transfer
