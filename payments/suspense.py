"""Money that came in and fits nothing: it lies in suspense until two people match it or return it.

What returns is a transfer without payment, known by its deposit.
"""

from decimal import Decimal

from django.db.models import QuerySet

from contracts import audit
from contracts.audit import rail_actor
from contracts.models import Contract
from payments import ledger, stops
from payments.models import Deposit, Transfer
from payments.outcomes import OUR_FAULT
from voicepact.kernel.locking import lock
from voicepact.kernel.money import plain


def suspend(deposit: Deposit, contract: Contract | None) -> None:
    """The confirmed deposit lies in suspense. Precondition: caller holds its row, and that of the contract it names."""
    ledger.suspend(deposit)
    deposit.suspend()
    deposit.save(update_fields=["status", "finished_at"])
    payload = {"deposit": deposit.pk, "amount": plain(deposit.amount)}
    audit.record("suspense.used", contract=contract, actor=rail_actor(deposit.gateway), payload=payload)


def is_denied(transfer: Transfer, receipt_number: str) -> bool:
    """Whether money with this number lies in suspense, or did, and cannot be what `transfer` collected."""
    lay = Deposit.objects.filter(gateway=transfer.gateway, receipt_number=receipt_number)
    lay = lay.filter(status__in=[Deposit.Status.SUSPENSE, Deposit.Status.RETURNED])
    return lay.exists() and not _own(transfer, receipt_number).exists()


def take(transfer: Transfer, receipt_number: str) -> None:
    """Money with this number that lies in suspense is what `transfer` has collected; there may be none.

    So it is when the rail told of a payment by hand before it told of the prompt that was paid.
    Precondition: caller holds the transfer's row and is bringing it to `succeeded`.
    """
    key = _own(transfer, receipt_number).values_list("pk", flat=True).first()
    if key is None:
        return
    deposit = lock(Deposit, key)
    deposit.keep()
    deposit.save(update_fields=["status", "finished_at"])
    transfer.deposit = deposit
    transfer.save(update_fields=["deposit"])


def _own(transfer: Transfer, receipt_number: str) -> QuerySet[Deposit]:
    lying = Deposit.objects.filter(gateway=transfer.gateway, receipt_number=receipt_number, phone=transfer.phone)
    lying = lying.filter(status=Deposit.Status.SUSPENSE, amount=transfer.amount)
    if transfer.status == Transfer.Status.SUCCEEDED:  # its money is posted already
        return lying.none()
    return lying.exclude(transfers__in=Transfer.objects.exclude(status=Transfer.Status.FAILED))


def returned(deposit: Deposit, paid: Transfer) -> None:
    """The deposit is with whoever paid it.

    Precondition: caller holds both rows, and has just brought `paid` to `succeeded`.
    """
    ledger.post(ledger.in_transit(paid), ledger.OUTSIDE, paid.money, transfer=paid)
    deposit.give_back()
    deposit.save(update_fields=["status", "finished_at"])
    _record("deposit.returned", deposit, paid)


def not_returned(deposit: Deposit, refused: Transfer) -> None:
    """The deposit lies in suspense again, and people are told.

    Precondition: caller holds both rows, and has just brought `refused` to `failed` on the rail's own word.
    """
    ledger.post(ledger.in_transit(refused), ledger.SUSPENSE, refused.money, transfer=refused)
    _record("suspense.owed", deposit, refused, code=refused.failure_code)
    if refused.failure_code in OUR_FAULT:
        stops.stop(code=refused.failure_code, actor=rail_actor(refused.gateway), gateway=refused.gateway)


def lying(back: Transfer) -> Decimal:
    """How much of the deposit that `back` was to return lies in suspense, and no other transfer returns."""
    deposit = Deposit.objects.get(transfers=back)
    live = deposit.transfers.exclude(status=Transfer.Status.FAILED).exists()
    return deposit.amount if deposit.status == Deposit.Status.SUSPENSE and not live else Decimal(0)


def gone(deposit: Deposit, paid: Transfer) -> None:
    """The rail has returned what it had refused to, and people have seen it.

    Precondition: caller holds both rows; nothing else returns the deposit or ever did.
    """
    ledger.post(ledger.SUSPENSE, ledger.OUTSIDE, paid.money, transfer=paid)
    deposit.give_back()
    deposit.save(update_fields=["status", "finished_at"])
    _record("deposit.returned", deposit, paid)


def _record(kind: str, deposit: Deposit, transfer: Transfer, **extra: str) -> None:
    payload = {"deposit": deposit.pk, "transfer": str(transfer.pk), "amount": plain(deposit.amount), **extra}
    audit.record(kind, contract=None, actor=rail_actor(deposit.gateway), payload=payload)
