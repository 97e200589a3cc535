"""How a payment begins: what a checkout must fulfil, and which part is asked for next."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from contracts import audit
from contracts.audit import Actor
from contracts.models import Contract
from payments import breaker, prompts, requests
from payments.errors import (
    AmountMismatch,
    ContractNotConfirmed,
    CurrencyMismatch,
    DeadlinePassed,
    PayerMismatch,
    RailUnavailable,
)
from payments.models import Payment, Transfer
from payments.tranches import Part
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money, plain
from voicepact.kernel.rails import RAILS, split

Status = Contract.Status
PAID = "its money is locked, and nothing more is to be paid."
WHY_NOT = {
    Status.PENDING: "it is paid once both parties have agreed.",
    Status.PAYMENT_LOCKED: PAID,
    Status.DELIVERED: PAID,
    Status.DISPUTED: "its money is locked until the dispute is settled, and nothing more is to be paid.",
    Status.COMPLETED: "it was paid, and nothing more is to be paid.",
    Status.CANCELLED: "it is not paid any more; make a new contract.",
    Status.EXPIRED: "it is not paid any more; make a new contract.",
}
"""Of each state in which a contract is not paid: why, for whoever asks for a checkout."""


def check(contract: Contract, *, phone: str, money: Money) -> None:
    """The contract may be paid now, from this phone, with this sum.

    Raises ContractNotConfirmed, DeadlinePassed, PayerMismatch, CurrencyMismatch, AmountMismatch.
    """
    if contract.status != Status.CONFIRMED:
        state, why = contract.get_status_display().lower(), WHY_NOT[Status(contract.status)]
        raise ContractNotConfirmed(f"{contract.pk} is {state}; {why}")
    if is_late(contract):
        raise DeadlinePassed(f"The day of delivery of {contract.pk} has passed; make a new contract.")
    if phone not in contract.payers_phones:
        raise PayerMismatch(f"This phone number is not the buyer's of {contract.pk}.", field="phone_number")
    if money.currency != contract.currency:
        raise CurrencyMismatch(f"{contract.pk} is in {contract.currency}, not {money.currency}.", field="currency_code")
    if money != contract.money:
        raise AmountMismatch(f"{contract.pk} is about {contract.money}, not {money}.", field="amount")


def is_late(contract: Contract) -> bool:
    """Whether the day of delivery has passed, after which nobody pays any more."""
    return contract.delivery_deadline is not None and contract.delivery_deadline <= now()


def brings_prompt(contract: Contract) -> bool:
    """Whether a checkout would bring a prompt now, as far as that is known before the rail is asked."""
    if contract.status != Status.CONFIRMED or is_late(contract):
        return False
    payment = contract.payments.filter(status=Payment.Status.PENDING).first()
    if payment is None or not payment.transfers.collections().open().exists():
        return True
    return prompts.put_off(payment) is not None


def check_rail(gateway: str) -> None:
    """The rail takes prompts. Raises RailUnavailable."""
    if wait := breaker.retry_after(gateway, breaker.COLLECT):
        raise RailUnavailable(
            "The mobile money network does not answer. Nothing was asked for; try again in a minute.", retry_after=wait
        )


def begin(contract: Contract, *, phone: str, actor: Actor, metadata: dict[str, Any]) -> Payment:
    """A new payment of the contract is `pending`.

    Precondition: caller holds the contract row, and no payment of it is live.
    """
    last = contract.payments.order_by("-serial").values_list("serial", flat=True).first()
    serial = (last or 0) + 1
    payment = Payment.objects.create(
        contract=contract,
        serial=serial,
        transaction_id=f"TXN-{contract.pk}-{serial:03d}",
        reference=contract.payment_reference,
        payer_phone=phone,
        recipient_phone=contract.seller.phone,
        amount=contract.amount,
        buyer_fee=contract.buyer_fee,
        seller_fee=contract.seller_fee,
        currency=contract.currency,
        payment_method=f"mpesa_{contract.gateway}",
        gateway=contract.gateway,
        payment_metadata=metadata,
    )
    payload = {"payment": payment.transaction_id, "amount": plain(payment.amount), "currency": payment.currency}
    audit.record("payment.opened", contract=contract, actor=actor, payload=payload)
    return payment


def parts(payment: Payment) -> list[Part]:
    """The amount as the rail carries it, each part with the time at which its prompt came or may come.

    `transfers` of the payment are prefetched or read in one query.
    """
    rail, apart = RAILS[payment.gateway], RAILS[payment.gateway].equal_parts_apart
    sent = {t.part: t for t in sorted(payment.transfers.all(), key=lambda t: t.created_at) if t.is_collection}
    found: list[Part] = []
    for number, amount in enumerate(split(payment.to_collect.amount, rail), 1):
        moment = payment.created_at
        if found:
            moment = found[-1].not_before + (apart if found[-1].amount == amount else timedelta(0))
        if number in sent:
            moment = prompts.comes_at(sent[number])
        found.append(Part(number, amount, moment))
    return found


def kept(payment: Payment) -> dict[int, Transfer]:
    """The collections that count towards what is to be collected, by part."""
    return {t.part: t for t in payment.transfers.collections().succeeded().filter(return_reason="")}


def next_part(payment: Payment) -> tuple[int, Decimal] | None:
    """Number and amount of the first part that is not in yet; None when all are."""
    paid = kept(payment)
    amounts = split(payment.to_collect.amount, RAILS[payment.gateway])
    return next(((number, amount) for number, amount in enumerate(amounts, 1) if number not in paid), None)


def is_confirmed(payment: Payment) -> bool:
    """Whether the rail itself has confirmed every collection that counts, and none of them is in quarantine."""
    return all(t.rail_confirmed_at and not t.quarantined_at for t in kept(payment).values())


def request_next_part(payment: Payment, *, phone: str, actor: Actor) -> None:
    """A prompt for the first part that is not in yet is to be sent to `phone`.

    Precondition: caller holds the payment's row.
    """
    following = next_part(payment)
    assert following is not None, "no part is asked for once all are in"
    number, amount = following
    before = kept(payment).get(number - 1)
    moment = now()
    if before and before.amount == amount and before.submitted_at:
        moment = max(moment, before.submitted_at + RAILS[payment.gateway].equal_parts_apart)
    requests.collection(payment, part=number, amount=amount, phone=phone, not_before=moment, actor=actor)
