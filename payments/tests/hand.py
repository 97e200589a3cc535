"""Money paid by hand, from the rail's confirmation to where it ends, through the real roads."""

from decimal import Decimal
from typing import Any

from contracts.models import Contract, Event
from payments import bookcheck, callbacks, deposits, reconciliation
from payments.gateways.base import HandPayment, Outcome, Source, Verdict
from payments.models import Callback, Deposit, Payment, Posting, Transfer
from payments.tests.words import deposit_found, hand_paid
from tests.factories import SMALL, new_phone, new_receipt


def tell(contract: Contract, amount: Decimal = SMALL, **said: Any) -> Deposit:
    """The rail's confirmation came, was kept and worked."""
    receipt = said.pop("receipt", None) or new_receipt()
    body = hand_paid(receipt, amount, said.pop("reference", contract.payment_reference), **said)
    callbacks.keep_for_account(gateway="daraja", kind=deposits.CONFIRMATION, body=body, address=None)
    callbacks.work_due()
    return Deposit.objects.get(gateway="daraja", receipt_number=receipt)


def answer(deposit: Deposit, body: str) -> str:
    """The rail's answer came to the deposit's own address; returns what came of it."""
    assert callbacks.keep(gateway="daraja", kind="status", token=deposit.token, body=body, address=None)
    callbacks.work_due()
    return Callback.objects.filter(deposit=deposit, kind="status").latest("id").result


def confirm(deposit: Deposit, phone: str, **lies: Any) -> Deposit:
    """The rail was asked, and says that the money came from `phone`."""
    reconciliation.ask_about_deposits()
    answer(deposit, deposit_found(deposit, phone, **lies))
    return fresh(deposit)


def paid_by_hand(contract: Contract, amount: Decimal = SMALL, **said: Any) -> Deposit:
    return confirm(tell(contract, amount, **said), contract.buyer.phone)


def suspended() -> Deposit:
    """Money that somebody has paid by hand, as the rail has confirmed, and that fits no deal."""
    said = HandPayment(new_receipt(), SMALL, "NOBODYKNOWS1", shortcode="174379")
    deposit = deposits.tell(said, gateway="daraja")
    confirmed = Outcome(
        Verdict.SUCCEEDED,
        Source.ANSWER,
        amount=SMALL,
        phone=new_phone(),
        receipt_number=said.receipt_number,
        money_out=False,
    )
    deposits.answered(deposit.pk, confirmed)
    return fresh(deposit)


def fresh(deposit: Deposit) -> Deposit:
    return Deposit.objects.get(pk=deposit.pk)


def fresh_transfer(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def the_payment(contract: Contract) -> Payment:
    return Payment.objects.get(contract=contract)


def posted(deposit: Deposit) -> list[tuple[str, str, Decimal]]:
    """The postings of the deposit and of the transfers that it became."""
    mine = Posting.objects.filter(deposit=deposit) | Posting.objects.filter(transfer__deposit=deposit)
    return [(p.source.partition(":")[0], p.destination.partition(":")[0], p.amount) for p in mine.order_by("pk")]


def happened(deposit: Deposit, kind: str) -> int:
    return Event.objects.filter(kind=kind, payload__deposit=deposit.pk).count()


def differences() -> list[str]:
    checks = (bookcheck.balances, bookcheck.totals, bookcheck.transfers, bookcheck.payments, bookcheck.deposits)
    return [line for check in checks for line in check()]


def contract_of(transfer: Transfer) -> Contract:
    return Contract.objects.get(payments__transfers=transfer)


def in_suspense(deposit: Deposit) -> bool:
    return (deposit.status, posted(deposit)) == ("suspense", [("outside", "suspense", deposit.amount)])
