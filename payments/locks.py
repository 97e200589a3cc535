"""A transfer with everything above it, locked in the one order: contract, payment, transfer."""

from typing import NamedTuple
from uuid import UUID

from contracts.models import Contract
from payments.models import Payment, Transfer
from voicepact.kernel.locking import lock


class Locked(NamedTuple):
    contract: Contract
    payment: Payment
    transfer: Transfer


def lock_transfer(transfer_id: UUID) -> Locked:
    """Fresh copies, held until the transaction ends. The transfer is one of a payment. Raises Transfer.DoesNotExist."""
    keys = Transfer.objects.values_list("payment__contract_id", "payment_id").get(pk=transfer_id)
    contract = lock(Contract, keys[0])
    payment = lock(Payment, keys[1])
    return Locked(contract, payment, lock(Transfer, transfer_id))


def lock_live_payment(contract: Contract) -> Payment | None:
    """The contract's payment that is not over, if any. Precondition: caller holds the contract row."""
    live = Payment.objects.live().filter(contract=contract).values_list("pk", flat=True).first()
    return lock(Payment, live) if live else None
