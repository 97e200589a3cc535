"""When a prompt may come: one is open on a phone over all deals, and what the rail put off is asked for again."""

from datetime import datetime
from uuid import UUID

from django.db.models import Max

from contracts.models import Contract
from payments import schedule
from payments.errors import PaymentPending
from payments.models import Payment, Transfer
from payments.outcomes import DAILY_LIMIT, PROMPT_AGAIN
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import lock
from voicepact.kernel.rails import RAILS

TRIES = 3  # after the first, when the rail and not the buyer was at fault


def phone_free_at(phone: str, *, gateway: str) -> datetime | None:
    """When the phone will at the latest have no prompt of ours open; None if it has none now.

    A prompt whose end we have not heard of is taken for over once it has lived as long as the rail lets one live.
    """
    life = RAILS[gateway].prompt_life
    sent = Transfer.objects.collections().open().filter(phone=phone, gateway=gateway, quarantined_at=None)
    last = sent.filter(claimed_at__gt=now() - life).aggregate(last=Max("claimed_at"))["last"]
    return last + life if last else None


def open_for(contract: Contract) -> Transfer | None:
    """The prompt of the contract's last payment that is open, or is to come."""
    payment = contract.payments.order_by("-pk").first()
    return payment.transfers.collections().open().order_by("created_at").first() if payment else None


def comes_at(prompt: Transfer) -> datetime:
    """When the prompt came or, as far as that is known, may come."""
    waits = prompt.status == Transfer.Status.REQUESTED and not prompt.claimed_at
    free_at = phone_free_at(prompt.phone, gateway=prompt.gateway) if waits else None
    return max(prompt.not_before, free_at or prompt.not_before)


def bring_forward(payment: Payment, *, phone: str) -> None:
    """The prompt that waits for tomorrow, because of a daily limit, comes now.

    Precondition: caller holds the payment's row. Raises PaymentPending for a prompt that is due or open.
    """
    key = put_off(payment)
    if key is None:
        raise PaymentPending(_why_none(payment), transaction_id=payment.transaction_id)
    prompt = lock(Transfer, key)
    prompt.phone, prompt.not_before = phone, now()
    prompt.save(update_fields=["phone", "not_before"])
    nudge(Task.SUBMIT)


def put_off(payment: Payment) -> UUID | None:
    """The key of the prompt that waits for tomorrow, because of a daily limit."""
    waiting = payment.transfers.collections().filter(status=Transfer.Status.REQUESTED, claimed_at=None)
    limited = payment.transfers.collections().filter(failure_code=DAILY_LIMIT, part__in=waiting.values("part"))
    key = waiting.filter(not_before__gt=now()).values_list("pk", flat=True).first()
    return key if limited.exists() else None


def _why_none(payment: Payment) -> str:
    if payment.transfers.collections().doubted().exists():
        return "A payment is being checked with the network. Nothing is asked for until it is clear."
    return "A payment prompt is already on its way to the buyer's phone."


def again_at(payment: Payment, collected: Transfer) -> datetime | None:
    """When the part is prompted again by itself; None when that is left to the buyer."""
    if collected.failure_code == DAILY_LIMIT:
        return schedule.next_day()
    if collected.failure_code in PROMPT_AGAIN and _tries(payment, collected) <= TRIES:
        return now() + RAILS[payment.gateway].equal_parts_apart
    return None


def _tries(payment: Payment, collected: Transfer) -> int:
    failed = payment.transfers.collections().filter(part=collected.part, status=Transfer.Status.FAILED)
    return failed.filter(failure_code__in=PROMPT_AGAIN).count()
