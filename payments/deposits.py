"""What was paid to us by hand: told, confirmed by the rail, then kept by a payment or left in suspense.

Whoever tells of such money (the rail's confirmation, its statement, a prompt's second receipt number) only makes us ask
by the receipt number. The rail's answer names amount and payer, and then it is decided where the money belongs.
"""

from django.db import transaction

from contracts import audit
from contracts.audit import rail_actor
from contracts.models import Contract
from payments import byhand, placing, requests
from payments.errors import NotInSuspense, OtherRail, PayerUnknown
from payments.gateways.base import HandPayment, Outcome, Source, Verdict
from payments.models import Deposit, Payment, Transfer
from payments.settlement import settle
from payments.suspense import suspend
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import lock
from voicepact.kernel.money import plain
from voicepact.kernel.rails import RAILS

Status = Deposit.Status
Kind = Transfer.Kind
CONFIRMATION = "c2b-confirmation"  # the rail's callback that tells of a deposit
TO_BE_DECIDED = (Status.TOLD, Status.REFUTED)


# --- told -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def tell(said: HandPayment, *, gateway: str) -> Deposit:
    """The deposit with this receipt number exists, once, and the rail is about to be asked about it.

    Told again it changes nothing, unless the rail had not known it before: then it is asked again.
    """
    deposit, is_new = Deposit.objects.get_or_create(
        gateway=gateway,
        receipt_number=said.receipt_number,
        defaults={
            "reference": said.reference,
            "amount": said.amount,
            "currency": RAILS[gateway].currency,
            "next_ask_at": now(),
        },
    )
    if is_new:
        _record("deposit.told", deposit, byhand.contract_of(deposit.reference))
    elif deposit.status != Status.REFUTED or deposit.next_ask_at:
        return deposit
    else:
        deposit = lock(Deposit, deposit.pk)
        deposit.next_ask_at, deposit.times_asked = now(), 0
        deposit.save(update_fields=["next_ask_at", "times_asked"])
    nudge(Task.ASK)
    return deposit


def tell_further(prompt: Transfer, outcome: Outcome) -> Deposit:
    """A prompt that is settled was paid once more, under another receipt number: that money is told like any other.

    Where the rail told of it by itself before, and it lies in suspense for want of a rule, it is the prompt's now.
    """
    assert prompt.payment is not None
    assert outcome.amount is not None
    said = HandPayment(outcome.receipt_number, outcome.amount, prompt.payment.reference, shortcode="")
    deposit = tell(said, gateway=prompt.gateway)
    if deposit.status == Status.SUSPENSE and placing.is_of(prompt.payment.contract, deposit) and not leaves(deposit):
        match(deposit, prompt.payment)
    return deposit


# --- confirmed --------------------------------------------------------------------------------------------------------


@transaction.atomic
def answered(deposit_id: int, outcome: Outcome) -> str:
    """The rail has answered about the deposit, which is now kept, in suspense, refuted or still told.

    Returns what became of it, in words.
    """
    contract = _lock_contract(Deposit.objects.get(pk=deposit_id))
    deposit = lock(Deposit, deposit_id)
    if deposit.status not in TO_BE_DECIDED:
        return "repeated: nothing changed"
    if outcome.verdict == Verdict.FAILED or (outcome.verdict == Verdict.SUCCEEDED and outcome.money_out):
        refute(deposit)
        return "refuted: no such money came in"
    if not _is_proved(deposit, outcome):
        return "no word on it yet: nothing changed"
    _confirm(deposit, outcome, contract)
    if belongs := placing.belongs(contract, deposit):
        _keep(deposit, belongs)
        return "kept"
    suspend(deposit, contract)
    return "in suspense"


def refute(deposit: Deposit) -> None:
    """The rail knows no such money: it is asked no more. Precondition: caller holds the row."""
    deposit.next_ask_at = None
    if deposit.status == Status.TOLD:
        deposit.refute()
        _record("deposit.refuted", deposit, byhand.contract_of(deposit.reference))
    deposit.save(update_fields=["status", "finished_at", "next_ask_at"])


def _is_proved(deposit: Deposit, outcome: Outcome) -> bool:
    """Whether the rail says that this very money reached our account, and how much it was."""
    reached_us = outcome.verdict == Verdict.SUCCEEDED and outcome.money_out is False
    return reached_us and outcome.receipt_number == deposit.receipt_number and bool(outcome.amount)


def _confirm(deposit: Deposit, outcome: Outcome, contract: Contract | None) -> None:
    """The rail's figures count, whatever was told."""
    assert outcome.amount is not None
    if outcome.amount != deposit.amount:
        _record("deposit.amount_differs", deposit, contract, confirmed=plain(outcome.amount))
    deposit.amount, deposit.phone = outcome.amount, outcome.phone
    deposit.confirmed_at, deposit.next_ask_at = now(), None
    deposit.save(update_fields=["amount", "phone", "confirmed_at", "next_ask_at"])


def _lock_contract(deposit: Deposit) -> Contract | None:
    """The contract whose money this may be: that of the collection it is already, else the one that it names."""
    counted = placing.counted(deposit)
    contract = counted.payment.contract if counted and counted.payment else byhand.contract_of(deposit.reference)
    return lock(Contract, contract.pk) if contract else None


def _keep(deposit: Deposit, collected: Transfer) -> None:
    """The collection is settled by this money, or was before: it counts once.

    Precondition: caller holds the deposit, and the contract of the collection.
    """
    collected = lock(Transfer, collected.pk)
    if collected.is_open:
        collected.phone = deposit.phone
    collected.deposit = deposit
    collected.save(update_fields=["deposit", "phone"])
    deposit.keep()
    deposit.save(update_fields=["status", "finished_at"])
    outcome = Outcome(
        verdict=Verdict.SUCCEEDED,
        source=Source.ANSWER,
        amount=deposit.amount,
        phone=deposit.phone,
        receipt_number=deposit.receipt_number,
    )
    settle(collected.pk, outcome)


# --- what two people decide -------------------------------------------------------------------------------------------


@transaction.atomic
def match(deposit: Deposit, payment: Payment) -> Transfer:
    """What lies in suspense is a collection of the payment: its next part if it fits, else it goes back from there.

    Precondition: two people have agreed to it. Raises NotInSuspense, OtherRail.
    """
    contract, payment = lock(Contract, payment.contract_id), lock(Payment, payment.pk)
    deposit = _lock_suspended(deposit)
    if deposit.gateway != payment.gateway:
        raise OtherRail(f"{deposit} came in by {deposit.gateway}, and {payment} is paid by {payment.gateway}.")
    collected = placing.fits(contract, payment, deposit) or placing.unwanted(payment, deposit)
    _keep(deposit, collected)
    _record("suspense.matched", deposit, contract, payment=payment.transaction_id)
    return collected


@transaction.atomic
def give_back(deposit: Deposit) -> Transfer:
    """What lies in suspense is on its way to whoever paid it: as a reversal, or by payout where that is refused.

    Precondition: two people have agreed to it. Raises NotInSuspense, PayerUnknown.
    """
    deposit = _lock_suspended(deposit)
    refused = deposit.transfers.filter(kind=Kind.REVERSAL).exists()
    kind = Kind.REVERSAL if RAILS[deposit.gateway].reversals and not refused else Kind.REFUND
    if kind == Kind.REFUND and not deposit.phone:
        raise PayerUnknown(f"The rail has not said who paid {deposit}.")
    transfer = requests.deposit_return(deposit, kind=kind)
    _record("suspense.returned", deposit, byhand.contract_of(deposit.reference), transfer=str(transfer.pk))
    return transfer


def _lock_suspended(deposit: Deposit) -> Deposit:
    deposit = lock(Deposit, deposit.pk)
    if deposit.status != Status.SUSPENSE or leaves(deposit):
        raise NotInSuspense(f"{deposit} does not lie in suspense.")
    return deposit


def leaves(deposit: Deposit) -> bool:
    """Whether it is on its way back already."""
    return deposit.transfers.exclude(status=Transfer.Status.FAILED).exists()


def _record(kind: str, deposit: Deposit, contract: Contract | None, **extra: int | str) -> None:
    payload = {"deposit": deposit.pk, "amount": plain(deposit.amount), **extra}
    audit.record(kind, contract=contract, actor=rail_actor(deposit.gateway), payload=payload)
