"""Staff send an SMS once more: to somebody who says that nothing came.

The first one stays as it is, and so does the promise that an event is told once by itself: what is sent again is a row
of its own without an event, which names the one that it repeats. What is tried again by itself (`retrying`) follows
the same rules about what may still be said.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction

from contracts import audit
from contracts.audit import Actor
from contracts.models import Contract, Party
from notifications import optouts
from notifications.errors import NotSentAgain
from notifications.models import Message
from notifications.sorts import ENDED_BY_STOP, REPLY, sort_of
from payments import ledger
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import lock

QUIET = timedelta(minutes=10)  # for the network's word about the last one
DAY = timedelta(hours=24)
TIMES_A_DAY = 3
LIFE = timedelta(days=7)
WARNING = "seller_warned"
LIVES = {WARNING: timedelta(hours=12)}  # half of the time that it gives

Status = Contract.Status
STILL_HELD = (Status.PAYMENT_LOCKED, Status.DELIVERED)
NEVER = frozenset(
    {
        WARNING,  # names a day, and its arrival starts a clock that moves money
        "pin_code",
        "pin_locked",
        "pin_locked_theirs",
        "pin_resets",
        "pin_stays",
        "prompt_tomorrow",
        "reply_code_accept",
        "reply_code_cancel",
        "reply_prompt_coming",
        "reply_statement",
        "reply_status",
        "phone_changes",
        "phone_changes_theirs",
        "phone_changes_to_this",
        "phone_changed",
        "phone_changed_theirs",
        "phone_stays",
        "phone_stays_not_this",
        "phone_stays_theirs",
    }
)
"""What is right at one moment only, or for one number only."""
WHILE: dict[str, tuple[Contract.Status, ...]] = {
    "asked_to_agree": (Status.PENDING,),
    "asked_to_agree_with_fees": (Status.PENDING,),
    "agreed_pay": (Status.CONFIRMED,),
    "agreed_payer": (Status.CONFIRMED,),
    "agreed_wait": (Status.CONFIRMED,),
    "part_received": (Status.CONFIRMED,),
    "payment_failed": (Status.CONFIRMED,),
    "locked_buyer": STILL_HELD,
    "locked_payer": STILL_HELD,
    "locked_seller": (Status.PAYMENT_LOCKED,),
    WARNING: (Status.PAYMENT_LOCKED,),
    "accepted_early": (Status.PAYMENT_LOCKED,),
    "reminded_confirm": (Status.PAYMENT_LOCKED,),
    "delivered": (Status.DELIVERED,),
    "delivered_short": (Status.DELIVERED,),
    "reminded_accept": (Status.DELIVERED,),
    "cancellation_asked": (*STILL_HELD, Status.DISPUTED),
    "dispute_opened": (Status.DISPUTED,),
    "dispute_to_answer": (Status.DISPUTED,),
    "dispute_answered": (Status.DISPUTED,),
    "dispute_unanswered": (Status.DISPUTED,),
    "dispute_undecided": (Status.DISPUTED,),
    "dispute_of_clock_buyer": (Status.DISPUTED,),
    "dispute_of_clock_seller": (Status.DISPUTED,),
    "withdrawal_asked": (Status.DISPUTED,),
    "dispute_over": STILL_HELD,
    "dispute_over_buyer": STILL_HELD,
    "dispute_over_seller": (Status.PAYMENT_LOCKED,),
}
"""What asks for something, or says what may be done: it is sent again only while the deal is where it was then."""
UNDER_WAY = frozenset(
    {
        "owed",
        "owed_our_fault",
        "owed_tomorrow",
        "owed_your_number",
        "part_refunded",
        "part_sent",
        "payout_delayed",
    }
)
"""What says that more is to come: it is sent again only while we have money of the deal."""


@transaction.atomic
def resend(message_id: int, *, actor: Actor) -> Message:
    """The same text is queued once more, to the number at which its reader is reached now.

    Raises NotSentAgain, Message.DoesNotExist.
    """
    original = lock(Message, Message.objects.get(pk=message_id).first_id)
    check(original)
    again = repeat(original)
    payload = {"message": original.pk, "again": again.pk}
    audit.record("message.resent", contract=original.contract, actor=actor, payload=payload)
    nudge(Task.SEND)
    return again


def repeat(original: Message, **fields: Any) -> Message:
    """The same text is queued to the number at which its reader is reached now. Raises NotSentAgain."""
    return Message.objects.create(
        original=original,
        contract_id=original.contract_id,
        party=original.party,
        kind=original.kind,
        phone=_readers_phone(original),
        language=original.language,
        text=original.text,
        **fields,
    )


def why_not(message: Message) -> str:
    """Why the SMS is not sent once more now, in words; empty if it can be."""
    try:
        check(message)
    except NotSentAgain as refusal:
        return refusal.detail
    return ""


def check(message: Message) -> None:
    """The SMS may be sent once more as things stand now. Raises NotSentAgain with the reason why not."""
    original = message.original or message
    _check_last(original)
    _check_still_true(original)
    if sort_of(original.kind) in ENDED_BY_STOP and optouts.has_stopped(_readers_phone(original)):
        raise NotSentAgain("This phone said STOP: it gets what is about its money, and no more.")
    _readers_phone(original)
    if original.again.filter(retry=0, created_at__gt=now() - DAY).count() >= TIMES_A_DAY:
        raise NotSentAgain(f"It has been sent again {TIMES_A_DAY} times within a day. Call the person instead.")


def _check_last(original: Message) -> None:
    repetition = original.again.order_by("-pk").first()
    last = repetition or original
    if last.status == Message.Status.QUEUED:
        raise NotSentAgain("It is still on its way, and leaves by itself.")
    lately = now() - QUIET
    if (last.status == Message.Status.SENT and (last.sent_at or last.created_at) > lately) or (
        repetition and repetition.created_at > lately
    ):
        raise NotSentAgain("It was sent a moment ago. Wait for the network's word about it.")


def _check_still_true(original: Message) -> None:
    if original.kind in NEVER:
        raise NotSentAgain("This text was right at its moment or for one number only.")
    if why := outdated(original):
        raise NotSentAgain(f"{why[0].upper()}{why[1:]}.")


def outdated(message: Message) -> str:
    """Why what the message says may not be so any more; empty if it is."""
    life = LIVES.get(message.kind, DAY if message.kind.startswith(REPLY) else LIFE)
    if message.created_at < now() - life:
        return "it is too old: what it says may not be so any more"
    states = WHILE.get(message.kind)
    if states and message.contract and message.contract.status not in states:
        return "the deal has gone on since, and the text would mislead"
    if message.kind in UNDER_WAY and message.contract and not _is_money_with_us(message.contract):
        return "all of the money has arrived since, and the text would mislead"
    return ""


def _is_money_with_us(contract: Contract) -> bool:
    """Whether any of the deal's money is held or on its way."""
    return any(where.held or where.in_transit for where in ledger.standings(contract.payments.all()).values())


def _readers_phone(original: Message) -> str:
    """Where its reader is reached now. Raises NotSentAgain."""
    if original.party:
        return original.party.phone
    if not Party.objects.filter(phone=original.phone).exists():
        raise NotSentAgain("This number belongs to no party of a deal.")
    return original.phone
