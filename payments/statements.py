"""The rail's own statement, line by line against our transfers and what was paid by hand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from payments.models import Deposit, Transfer
from payments.outcomes import MADE_UP, NEVER_CAME
from voicepact.kernel.money import grouped
from voicepact.kernel.rails import AFRICASTALKING, DARAJA

CHUNK = 1000
WALLET = "wallet:"  # where Africa's Talking keeps our money; M-Pesa keeps it under a short code


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of a rail's statement; `kind` is collection, payout, reversal or fee, phones are E.164.

    `gateway` is the rail by which it moved; `at` is None where the line does not say when.
    """

    receipt: str
    kind: str
    phone: str
    amount: Decimal
    reference: str
    at: datetime | None = None
    gateway: str = DARAJA.name


class NotAStatement(ValueError):
    """The data is not a list of movements."""


def read(lines: Any) -> list[Movement]:
    """A statement as the rail gives it: a list of `{"receipt", "kind", "from", "to", "amount", "reference"}`.

    Raises NotAStatement.
    """
    if not isinstance(lines, list):
        raise NotAStatement("a statement is a list of movements")
    return [_movement(line) for line in lines]


def _movement(line: Any) -> Movement:
    try:
        kind = str(line["kind"])
        other = line["from"] if kind == "collection" else line["to"]
        amount = Decimal(str(line["amount"]))
        at = datetime.fromisoformat(line["at"]).astimezone(UTC) if "at" in line else None
        gateway = AFRICASTALKING if WALLET in (str(line["from"])[:7], str(line["to"])[:7]) else DARAJA
        return Movement(str(line["receipt"]), kind, f"+{other}", amount, str(line["reference"]), at, gateway.name)
    except (ArithmeticError, KeyError, TypeError, ValueError) as error:
        raise NotAStatement(f"not a movement: {line!r:.200}") from error


def compare(movements: Iterable[Movement], *, gateway: str) -> Iterator[str]:
    """Each movement on this rail is a transfer of ours, and each settled transfer of ours a movement there, once.

    What lies in suspense, or went back from there, is a movement too.
    """
    ours = Transfer.objects.filter(gateway=gateway).select_related("payment", "original", "deposit")
    moved = Q(claimed_at__isnull=False) | Q(status=Transfer.Status.SUCCEEDED)
    sent = list(ours.filter(moved).iterator(CHUNK))
    by_hand = _by_hand(gateway, Deposit.Status.SUSPENSE, Deposit.Status.RETURNED)
    undecided = _by_hand(gateway, Deposit.Status.TOLD)
    index = _Index(sent)
    for movement in movements:
        if movement.kind == "fee" or movement.gateway != gateway:
            continue
        deposit = by_hand.pop(movement.receipt, None) if movement.kind == "collection" else None
        transfer = index.take(movement) if deposit is None else None
        if deposit:
            yield from _compare_deposit(deposit, movement)
        elif transfer is None and movement.receipt not in undecided:
            yield f"the rail moved {grouped(movement.amount)} ({movement.kind} {movement.receipt}) unknown to us"
        elif transfer:
            yield from _compare(transfer, movement)
    for transfer in sent:
        claimed = transfer.status == Transfer.Status.SUCCEEDED and transfer.return_reason != NEVER_CAME
        if claimed and transfer.pk not in index.taken:
            yield f"{transfer.kind} {transfer.pk} of {grouped(transfer.amount)} is not on the rail's statement"
    for deposit in by_hand.values():
        yield f"deposit {deposit.pk} of {grouped(deposit.amount)} is not on the rail's statement"


def _by_hand(gateway: str, *statuses: Deposit.Status) -> dict[str, Deposit]:
    """Money paid by hand that no collection stands for, by receipt number."""
    found = Deposit.objects.filter(gateway=gateway, status__in=statuses)
    return {deposit.receipt_number: deposit for deposit in found.iterator(CHUNK)}


class _Index:
    """Finds the transfer that a movement is: a payout by our own id, a collection by its receipt number, a reversal by
    that of the collection which it sends back.

    A collection that was settled by a query, or is in flight, has no number yet: it is known by reference, phone and
    amount, settled ones first. A rail that names neither knows a transfer by the id that it gave it itself.
    """

    def __init__(self, transfers: Iterable[Transfer]) -> None:
        self.taken: set[UUID] = set()
        self._by_key: dict[tuple[object, ...], list[Transfer]] = {}
        for transfer in sorted(transfers, key=lambda t: (t.status != Transfer.Status.SUCCEEDED, not t.is_open)):
            for key in {self._key(transfer), ("id", transfer.external_id or transfer.pk)}:
                self._by_key.setdefault(key, []).append(transfer)

    @staticmethod
    def _key(transfer: Transfer) -> tuple[object, ...]:
        if transfer.kind == Transfer.Kind.REVERSAL and (reversed_ := transfer.original or transfer.deposit):
            return ("back", reversed_.receipt_number)
        if not transfer.is_collection:
            return ("out", transfer.originator_conversation_id)
        if transfer.receipt_number or transfer.payment is None:
            return ("in", transfer.receipt_number)
        return ("in", transfer.payment.reference, transfer.phone, transfer.amount)

    def take(self, movement: Movement) -> Transfer | None:
        """The transfer of this movement, for the first movement that names it; None if there is none left."""
        if movement.kind == "reversal":
            keys: list[tuple[object, ...]] = [("back", movement.reference)]
        elif movement.kind != "collection":
            keys = [("out", movement.reference)]
        else:
            keys = [("in", movement.receipt), ("in", movement.reference, movement.phone, movement.amount)]
        for key in [*keys, ("id", movement.reference)]:
            for transfer in self._by_key.get(key, []):
                if transfer.pk not in self.taken:
                    self.taken.add(transfer.pk)
                    return transfer
        return None


def _compare_deposit(deposit: Deposit, movement: Movement) -> Iterator[str]:
    if deposit.amount != movement.amount:
        yield f"deposit {deposit.pk}: the rail moved {grouped(movement.amount)} ({movement.receipt})"


def _compare(transfer: Transfer, movement: Movement) -> Iterator[str]:
    if transfer.status == Transfer.Status.FAILED and transfer.failure_code != MADE_UP:
        yield f"{transfer.kind} {transfer.pk} failed with us, but the rail moved {grouped(movement.amount)}"
    if (transfer.amount, transfer.phone) != (movement.amount, movement.phone):
        yield f"{transfer.kind} {transfer.pk}: the rail moved {grouped(movement.amount)} ({movement.receipt})"
