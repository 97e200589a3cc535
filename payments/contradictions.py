"""When the rail contradicts itself, and two people, with its statement in hand, put the books right.

What it paid although it had refused to may be under way a second time: its own word takes the sum out of suspense and
stops what else of the deal would leave, and people make up for it from what is held. What a callback said came in, and
never did, is written off.
"""

from contracts import disputes
from contracts.audit import rail_actor
from contracts.models import Contract, Dispute
from payments import endings, escrow, ledger, refunds, stops
from payments.locks import Locked
from payments.models import Payment, Transfer
from payments.outcomes import NEVER_CAME, PAID_BEFORE
from voicepact.kernel.locking import lock


def note(held: Locked) -> None:
    """The sum is gone, out of suspense, and no other money of this deal leaves. Precondition: caller holds all rows."""
    contract, _, paid = held
    ledger.post(ledger.SUSPENSE, ledger.OUTSIDE, paid.money, transfer=paid)
    reason = "The rail paid what it had refused"
    stops.stop(code="contradicted", actor=rail_actor(paid.gateway), contract=contract, reason=reason)


def make_up(held: Locked) -> None:
    """What is held for it makes up for what the rail has paid; a transfer that was to move it instead is withdrawn.

    Precondition: caller holds all rows; two people have seen that it was paid, and that the other was never sent.
    """
    contract, payment, paid = held
    if (last := stand_in(paid)) != paid:
        _withdraw(payment, lock(Transfer, last.pk))
    ledger.post(ledger.held(payment), ledger.SUSPENSE, paid.money, transfer=paid)
    escrow.close(contract, payment)


def stand_in(paid: Transfer) -> Transfer:
    """The last of those that were to move the sum instead, one after the other; itself if there is none."""
    last = paid
    while following := Transfer.objects.filter(replaces=last).first():
        last = following
    return last


def can_make_up(paid: Transfer) -> bool:
    """Whether the sum is still ours to make up with: held, or set apart for a transfer that was not sent."""
    assert paid.payment is not None
    last = stand_in(paid)
    if last.status == Transfer.Status.REQUESTED:
        return last.claimed_at is None
    return last.status == Transfer.Status.FAILED and ledger.standing(paid.payment).held >= paid.amount


def _withdraw(payment: Payment, instead: Transfer) -> None:
    """It is not sent any more or, where it was refused as well, nothing is owed by it."""
    if instead.status == Transfer.Status.FAILED:
        instead.failure_code = PAID_BEFORE
        instead.save(update_fields=["failure_code"])
        return
    instead.fail(PAID_BEFORE, "Not sent: the rail has paid it already")
    instead.save(update_fields=["status", "finished_at", "failure_code", "failure_reason"])
    ledger.post(ledger.in_transit(instead), ledger.held(payment), instead.money, transfer=instead)


def write_off(held: Locked) -> None:
    """The collection never came in: it is out of the books, a deal that counted on it is off, and the rest goes back.

    Precondition: caller holds all rows; the rail has not confirmed the collection, so that nothing was paid out on it.
    """
    contract, payment, collected = held
    collected.return_reason = NEVER_CAME
    collected.save(update_fields=["return_reason"])
    ledger.post(ledger.held(payment), ledger.SUSPENSE, collected.money, transfer=collected)
    ledger.post(ledger.SUSPENSE, ledger.OUTSIDE, collected.money, payment=payment)
    if contract.status in (Contract.Status.PENDING, Contract.Status.CONFIRMED):
        return
    actor = rail_actor(collected.gateway)
    if dispute := disputes.open_about(contract):
        disputes.end(contract, dispute, Dispute.Outcome.CANCELLED, actor)
    if contract.status in (*endings.FUNDED, Contract.Status.DISPUTED):
        endings.call_off(contract, actor)
    else:
        refunds.want_back(payment, NEVER_CAME)
        escrow.fail_if_empty(contract, payment, NEVER_CAME, "The money never came in")
