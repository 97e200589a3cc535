"""A transfer with everything above it, locked in the one order: contract, payment, deposit, transfer."""

from typing import NamedTuple, TypeGuard
from uuid import UUID

from contracts.models import Contract
from payments.models import Deposit, Payment, Transfer
from voicepact.kernel.locking import lock


class Locked(NamedTuple):
    """A transfer of a payment."""

    contract: Contract
    payment: Payment
    transfer: Transfer


class LockedReturn(NamedTuple):
    """A transfer without payment, which returns what lay in suspense; its events belong to no contract."""

    deposit: Deposit
    transfer: Transfer

    @property
    def contract(self) -> None:
        return None


Held = Locked | LockedReturn


def lock_transfer(transfer_id: UUID) -> Held:
    """Fresh copies, held until the transaction ends. Raises Transfer.DoesNotExist."""
    unlocked = Transfer.objects.select_related("payment").get(pk=transfer_id)
    if unlocked.payment is None:
        return LockedReturn(lock(Deposit, unlocked.deposit_id), lock(Transfer, transfer_id))
    contract = lock(Contract, unlocked.payment.contract_id)
    payment = lock(Payment, unlocked.payment_id)
    return Locked(contract, payment, lock(Transfer, transfer_id))


def is_collection(held: Held) -> TypeGuard[Locked]:
    """Whether it is money that comes in, which always belongs to a payment."""
    return held.transfer.is_collection


def lock_live_payment(contract: Contract) -> Payment | None:
    """The contract's payment that is not over, if any. Precondition: caller holds the contract row."""
    live = Payment.objects.live().filter(contract=contract).values_list("pk", flat=True).first()
    return lock(Payment, live) if live else None
