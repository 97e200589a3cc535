"""Money on its way out that the rail refused: it is held again, owed, and a new transfer moves it when its code allows.

Never the old transfer: that one is final, on the rail's own word.
"""

from datetime import datetime

from django.conf import settings

from contracts import contact
from contracts.audit import CLOCK, Actor, rail_actor
from payments import requests, schedule, stops
from payments.models import Payment, Transfer
from payments.outcomes import NEVER_ARRIVED, NEXT_DAY, NOT_REVERSIBLE, OUR_FAULT
from voicepact.kernel.clock import now

Kind = Transfer.Kind


def follow(payment: Payment, refused: Transfer) -> None:
    """What a refusal leads to, by its code.

    Our own fault stops all money out on that rail, and this amount waits for it with the rest. What never reached the
    rail goes out now, and what the recipient can take another day goes out then. What the rail calls not reversible
    goes back by payout; a reversal that it refused without a reason is asked for once more, for it may have been made
    before, and the rail then says so. Anything else waits for people. Precondition: caller holds contract and payment,
    and has just brought `refused` to `failed`.
    """
    if refused.failure_code in OUR_FAULT:
        stops.stop(code=refused.failure_code, actor=rail_actor(refused.gateway), gateway=refused.gateway)
        pay_again(payment, refused, not_before=now(), actor=CLOCK)
    elif refused.failure_code == NEVER_ARRIVED:
        pay_again(payment, refused, not_before=now(), actor=CLOCK)
    elif refused.failure_code in NEXT_DAY:
        pay_again(payment, refused, not_before=schedule.next_day(), actor=CLOCK)
    elif refused.failure_code == NOT_REVERSIBLE:
        requests.refund_instead(refused, actor=CLOCK)
    elif refused.kind == Kind.REVERSAL and refused.replaces is None:
        pay_again(payment, refused, not_before=now() + settings.REVERSAL_AGAIN_TIME, actor=CLOCK)


def pay_again(payment: Payment, refused: Transfer, *, not_before: datetime, actor: Actor) -> Transfer:
    """A new transfer moves what `refused` did not, to whom it belongs now.

    Precondition: caller holds the payment's row; `refused` is owed.
    """
    return requests.again(refused, phone=payee(payment, refused), not_before=not_before, actor=actor)


def payee(payment: Payment, refused: Transfer) -> str:
    """The phone to which the money of `refused` belongs now."""
    if refused.kind == Kind.PAYOUT:
        return payment.recipient_phone
    return contact.payers_phone(payment.contract, refused.phone) if refused.kind == Kind.REFUND else refused.phone


def redirect(payment: Payment, *, old: str, new: str, actor: Actor) -> None:
    """What is owed to the phone `old`, or was not sent to it yet, goes to `new`.

    Precondition: caller holds the payment's row, and has written the new recipient into it where that is meant.
    """
    out = payment.transfers.exclude(kind__in=[Kind.COLLECTION, Kind.REVERSAL])
    unsent = out.filter(status=Transfer.Status.REQUESTED, claimed_at=None, phone=old)
    unsent.update(phone=new)
    for refused in out.filter(phone=old).owed():
        requests.again(refused, phone=new, not_before=now(), actor=actor)
