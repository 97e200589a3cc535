"""In which state a deal is, what happens next, and who has to act: one or two sentences for people."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.timezone import localtime

from contracts.models import Confirmation, Contract, Deadline
from payments.ledger import Standing
from payments.models import Payment, Transfer
from voicepact.kernel.money import Money

Status = Contract.Status
Kind = Deadline.Kind
WORDS = {
    Status.PENDING: "Not everybody has agreed yet.",
    Status.CONFIRMED: "Everybody has agreed; the money is not in yet.",
    Status.PAYMENT_LOCKED: "The money is in escrow; the goods are not delivered yet.",
    Status.DELIVERED: "The seller says that it is delivered; the money is still in escrow.",
    Status.DISPUTED: "The two disagree; the money stays in escrow.",
    Status.COMPLETED: "Both have confirmed, or our staff have decided: each side gets what it is to get.",
    Status.CANCELLED: "The deal is off.",
    Status.EXPIRED: "The deal has run out of time.",
}
UNSURE = {
    Status.CONFIRMED: "Everybody has agreed; whether the money is in is being checked.",
    Status.PAYMENT_LOCKED: "The money is said to be in; that is being checked. The goods are not delivered yet.",
    Status.DELIVERED: "The seller says that it is delivered; whether the money is in is still being checked.",
    Status.DISPUTED: "The two disagree; whether the money is in is still being checked.",
    Status.CANCELLED: "The deal is off; whether money came in is being checked.",
    Status.EXPIRED: "The deal has run out of time; whether money came in is being checked.",
}
"""The same while the network has not confirmed the money, or what it says of it does not fit."""
UNTIL_THEN = {
    Status.CONFIRMED: "nobody is asked to pay",
    Status.CANCELLED: "nothing goes back",
    Status.EXPIRED: "nothing goes back",
}


class Outlook:
    """What is known of a deal beside its own row.

    `paid` are its payments with where the money of each is. While it is `checking` whether the money is in is not
    sure; `doubted` are the prompts of which the network says what does not fit.
    """

    def __init__(
        self,
        contract: Contract,
        *,
        deadlines: Iterable[Deadline],
        confirmations: Iterable[Confirmation],
        paid: Iterable[tuple[Payment, Standing]],
        checking: bool,
        doubted: Iterable[Transfer],
    ) -> None:
        self._contract = contract
        self._due = {Kind(each.kind): each.due_at for each in deadlines if not each.closed_at}
        self._said = {(each.party_id, each.kind) for each in confirmations}
        self._paid = list(paid)
        self._checking = checking
        self._doubted = list(doubted)

    @property
    def now(self) -> str:
        told = UNSURE if self._checking else WORDS
        return told[Status(self._contract.status)]

    @property
    def next(self) -> str:
        """What has to happen, by whom and until when."""
        if self._checking:
            return self._to_check()
        told = {
            Status.PENDING: self._to_agree,
            Status.CONFIRMED: self._to_pay,
            Status.PAYMENT_LOCKED: self._to_deliver,
            Status.DELIVERED: self._to_accept,
            Status.DISPUTED: self._to_decide,
        }
        return told.get(Status(self._contract.status), self._to_end)()

    def _to_check(self) -> str:
        if not self._doubted:
            return "The network has still to confirm the money; we ask it by ourselves."
        what = " and ".join(f"{each.money} ({each.quarantine_reason})" for each in self._doubted)
        still = UNTIL_THEN.get(Status(self._contract.status), "nothing is paid out")
        return f"What the network says of {what} does not fit: staff have to find out. Until then {still}."

    def _until(self, kind: Deadline.Kind) -> str:
        due: datetime | None = self._due.get(kind)
        return f" by {date_format(localtime(due), 'SHORT_DATETIME_FORMAT')}" if due else ""

    def _to_agree(self) -> str:
        parties = self._contract.parties.all()
        missing = [p.get_role_display().lower() for p in parties if (p.pk, Confirmation.Kind.AGREED) not in self._said]
        whom = " and the ".join(missing)
        has = "has" if len(missing) == 1 else "have"
        return f"The {whom} {has} to agree{self._until(Kind.AGREEMENT)}; then the buyer pays."

    def _to_pay(self) -> str:
        came_in = sum(
            (where.collected for payment, where in self._paid if payment.status == Payment.Status.PENDING), Decimal(0)
        )
        rest = self._contract.buyer_pays.amount - came_in
        of = " the remaining" if came_in else ""
        return f"The buyer has to pay{of} {self._money(rest)}{self._until(Kind.FUNDING)}; then the seller delivers."

    def _to_deliver(self) -> str:
        if (self._contract.buyer.pk, Confirmation.Kind.ACCEPTED) in self._said:
            until = self._until(Kind.DELIVERY_WORD)
            return f"The buyer has accepted already. The seller has to confirm the delivery{until}; then we pay."
        return f"The seller has to deliver{self._until(Kind.DELIVERY)}; then the buyer accepts."

    def _to_accept(self) -> str:
        return f"Once the buyer accepts the seller is paid. Without a word{self._until(Kind.ACCEPTANCE)} staff decide."

    def _to_decide(self) -> str:
        until = self._until(Kind.DISPUTE_DECISION)
        return f"Staff have to decide{until}, unless the two agree; until then nothing is paid."

    def _to_end(self) -> str:
        held = sum((where.held for _, where in self._paid), Decimal(0))
        leaving = sum((where.in_transit for _, where in self._paid), Decimal(0))
        if leaving:
            return f"{self._money(leaving)} is on its way; nobody has to act while it is."
        if held:
            return f"{self._money(held)} is still held and has to leave: if it does not by itself, staff have to act."
        return "Nothing remains to be done."

    def _money(self, amount: Decimal) -> str:
        return str(Money(amount, self._contract.currency))
