"""Which collection money paid by hand is, or becomes; None where no rule says so."""

from contracts.audit import rail_actor
from contracts.models import Contract
from payments import byhand, checkout, requests
from payments.locks import lock_live_payment
from payments.models import Deposit, Payment, Transfer
from voicepact.kernel.locking import lock


def belongs(contract: Contract | None, deposit: Deposit) -> Transfer | None:
    """The collection that the money is, or becomes; None if no rule places it.

    Precondition: caller holds the contract and the deposit.
    """
    if known := counted(deposit):
        return known
    if contract is None or not is_of(contract, deposit):
        return None
    if nameless := _nameless(contract, deposit):
        return nameless
    return fits(contract, lock_live_payment(contract), deposit) or _paid_again(deposit)


def fits(contract: Contract, payment: Payment | None, deposit: Deposit) -> Transfer | None:
    """The next part of the payment, if the money is just that; without a payment it may open one.

    Precondition: caller holds all three rows.
    """
    return _prompt(payment, deposit) or _next_part(contract, payment, deposit)


def is_of(contract: Contract, deposit: Deposit) -> bool:
    """Whether the payer is one who may pay for the contract."""
    return deposit.gateway == contract.gateway and deposit.phone in contract.payers_phones


def counted(deposit: Deposit) -> Transfer | None:
    """The same money, which a prompt's callback has told of before."""
    collected = Transfer.objects.collections().succeeded().filter(gateway=deposit.gateway)
    return collected.filter(receipt_number=deposit.receipt_number).first()


def _nameless(contract: Contract, deposit: Deposit) -> Transfer | None:
    """A collection that was settled by a query, which names no receipt number: the same money."""
    settled = Transfer.objects.collections().succeeded().filter(payment__contract=contract, receipt_number="")
    same = settled.filter(amount=deposit.amount, phone=deposit.phone, quarantined_at=None)
    return same.order_by("created_at").first()


def _prompt(payment: Payment | None, deposit: Deposit) -> Transfer | None:
    """The prompt that is open for the next part, sent or not: the payer has answered it by hand."""
    part = checkout.next_part(payment) if payment else None
    if payment is None or part is None or part[1] != deposit.amount:
        return None
    same = payment.transfers.collections().open().filter(part=part[0], amount=deposit.amount, quarantined_at=None)
    key = same.values_list("pk", flat=True).first()
    return lock(Transfer, key) if key else None


def _next_part(contract: Contract, payment: Payment | None, deposit: Deposit) -> Transfer | None:
    """A new collection of the part that is to be paid next, where no prompt asks for it; it may open the payment."""
    if not byhand.is_payable(contract, gateway=deposit.gateway) or byhand.next_amount(contract) != deposit.amount:
        return None
    if payment is None:
        payment = checkout.begin(contract, phone=deposit.phone, actor=rail_actor(deposit.gateway), metadata={})
    elif payment.status != Payment.Status.PENDING or payment.transfers.collections().open().exists():
        return None
    part = checkout.next_part(payment)
    assert part is not None, "its amount is to be paid next"
    number, amount = part
    return requests.by_hand(payment, deposit, part=number, amount=amount)


def _paid_again(deposit: Deposit) -> Transfer | None:
    """A collection that goes back, of the payment whose prompt was paid once more than it asked."""
    callback = deposit.callbacks.filter(transfer__isnull=False).first()
    if callback is None or callback.transfer is None or callback.transfer.payment is None:
        return None
    return unwanted(lock(Payment, callback.transfer.payment.pk), deposit)


def unwanted(payment: Payment, deposit: Deposit) -> Transfer:
    """A collection beyond the plan, which counts for no part and goes back."""
    taken = payment.transfers.collections().values_list("part", flat=True)
    beyond = max([len(checkout.parts(payment)), *taken]) + 1
    return requests.by_hand(payment, deposit, part=beyond, amount=deposit.amount, return_reason="not_wanted")
