"""What the rail paid although it had refused to: its sum may be under way a second time.

The rail's own word takes the sum out of suspense and stops what else of the deal would leave; two people, with its
statement in hand, then make up for it from what is held.
"""

from contracts.audit import rail_actor
from payments import escrow, ledger, stops
from payments.locks import Locked
from payments.models import Payment, Transfer
from payments.outcomes import PAID_BEFORE
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
    successor = Transfer.objects.filter(replaces=paid, status=Transfer.Status.REQUESTED, claimed_at=None).first()
    if successor:
        _withdraw(payment, lock(Transfer, successor.pk))
    ledger.post(ledger.held(payment), ledger.SUSPENSE, paid.money, transfer=paid)
    escrow.close(contract, payment)


def _withdraw(payment: Payment, instead: Transfer) -> None:
    instead.fail(PAID_BEFORE, "Not sent: the rail has paid it already")
    instead.save(update_fields=["status", "finished_at", "failure_code", "failure_reason"])
    ledger.post(ledger.in_transit(instead), ledger.held(payment), instead.money, transfer=instead)
