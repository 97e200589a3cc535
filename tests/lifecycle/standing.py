"""How a deal stands before anything happens to it, in one line: payments, money, transfers, clocks."""

from datetime import timedelta

from contracts.models import Deadline
from payments import ledger
from payments.models import Payment, Transfer
from tests.lifecycle.changes import named, span
from tests.lifecycle.deal import Deal
from tests.lifecycle.look import Look
from voicepact.kernel.clock import now
from voicepact.kernel.money import grouped


def standing(deal: Deal) -> str:
    lines = [_payment(payment, deal.look) for payment in deal.look.payments.values()] or ["No payment."]
    clocks = ", ".join(map(_clock, deal.look.deadlines))
    return " ".join([*lines, f"Clocks: {clocks}." if clocks else "No clock runs."])


def _payment(payment: Payment, look: Look) -> str:
    where = ledger.standing(payment)
    names = ("held", "in_transit", "released", "refunded", "fees")
    sums = {name.replace("_", " "): getattr(where, name) for name in names}
    money = ", ".join(f"{grouped(amount)} {name}" for name, amount in sums.items() if amount) or "nothing in"
    transfers = [_transfer(transfer) for transfer in look.transfers.values() if transfer.payment_id == payment.pk]
    return f"Payment `{payment.status}`: {money}. Transfers: {', '.join(transfers)}."


def _transfer(transfer: Transfer) -> str:
    claimed = transfer.is_collection and transfer.status == Transfer.Status.SUCCEEDED and not transfer.rail_confirmed_at
    marks = {
        f"`{transfer.failure_code}`": bool(transfer.failure_code),
        "not confirmed by the rail": claimed,
        f"in quarantine: {transfer.quarantine_reason}": transfer.quarantined_at is not None,
    }
    said = ", ".join(mark for mark, is_so in marks.items() if is_so)
    return f"{named(transfer)} of {grouped(transfer.amount)} `{transfer.status}`" + (f" ({said})" if said else "")


def _clock(deadline: Deadline) -> str:
    left = deadline.due_at - now()
    return f"`{deadline.kind}` in {span(left)}" if left > timedelta(0) else f"`{deadline.kind}` due"
