"""A deal as it is at one moment, all of it that the document tells about."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import F, Q

from contracts.models import Confirmation, Contract, Deadline, Dispute, Event
from payments import ledger
from payments.models import Deposit, Payment, PayoutStop, Posting, Transfer

ROWS = "(SELECT md5(string_agg(r::text, '' ORDER BY r.id)) FROM {} r WHERE {})"
MINE = "(SELECT id FROM payments WHERE contract_id = %(id)s)"
TABLES = {
    "contract": ("contracts", "id = %(id)s"),
    "parties": ("contracts_party", "contract_id = %(id)s"),
    "payments": ("payments", "contract_id = %(id)s"),
    "transfers": ("payments_transfer", f"payment_id IN {MINE}"),
    "postings": ("payments_posting", f"payment_id IN {MINE} OR deposit_id IS NOT NULL"),
    "deposits": ("payments_deposit", "true"),
    "words": ("contracts_confirmation", "contract_id = %(id)s"),
    "disputes": ("contracts_dispute", "contract_id = %(id)s"),
    "deadlines": ("contracts_deadline", "contract_id = %(id)s"),
    "events": ("contracts_event", "contract_id = %(id)s"),
    "stops": ("payments_payoutstop", "true"),
}
PRINTS = f"SELECT {', '.join(ROWS.format(*table) for table in TABLES.values())}"

Prints = dict[str, str | None]


def prints(contract_id: str) -> Prints:
    """One fingerprint for each table, over all rows of the deal: two that are alike have seen the same."""
    with connection.cursor() as cursor:
        cursor.execute(PRINTS, {"id": contract_id})
        return dict(zip(TABLES, cursor.fetchone(), strict=True))


@dataclass(frozen=True)
class Look:
    """`deadlines` are those that run; transfers and payments stand in the order in which they were made."""

    prints: Prints
    contract: Contract
    payments: dict[int, Payment]
    transfers: dict[UUID, Transfer]
    postings: list[Posting]
    words: set[tuple[str, str]]
    disputes: dict[int, Dispute]
    deposits: dict[int, Deposit]
    deadlines: list[Deadline]
    events: list[tuple[str, dict[str, Any]]]
    stops: dict[int, PayoutStop]

    @classmethod
    def at(cls, contract_id: str, before: "Look | None" = None) -> "Look":
        """The deal now; what has not changed since `before` is taken from there."""
        seen = prints(contract_id)
        known = before.prints if before else {}
        parts = {
            name: getattr(before, name)
            if all(known.get(table, "") == seen[table] for table in NEEDS.get(name, (name,)))
            else read(contract_id)
            for name, read in READERS.items()
        }
        return cls(prints=seen, **parts)

    def role(self, phone: str) -> str:
        roles = {party.phone: f"the {party.role}" for party in self.contract.parties.all()}
        return roles.get(phone, "the old number")

    def is_returned(self, collected: Transfer) -> bool:
        """Whether a way back for this collection exists."""
        return any(transfer.original_id == collected.pk for transfer in self.transfers.values())

    def held(self, payment: Payment) -> Decimal:
        account = ledger.held(payment)
        came = sum((posting.amount for posting in self.postings if posting.destination == account), start=Decimal(0))
        return came - sum((posting.amount for posting in self.postings if posting.source == account), start=Decimal(0))


DEAL = ("contract", "parties")
NEEDS = {
    "contract": DEAL,
    "payments": ("payments", *DEAL),
    "transfers": ("transfers", "payments", *DEAL),
    "postings": ("postings", "transfers"),
    "disputes": ("disputes", *DEAL),
}
"""What else a part shows, by its relations."""

READERS: dict[str, Callable[[str], Any]] = {
    "contract": lambda key: Contract.objects.prefetch_related("parties").get(pk=key),
    "payments": lambda key: _by_key(_of(Payment, key).select_related("contract").order_by("serial")),
    "transfers": lambda key: _by_key(_transfers(key)),
    "postings": lambda key: list(
        Posting.objects.filter(Q(payment__contract=key) | ~Q(deposit=None)).select_related("transfer").order_by("id")
    ),
    "deposits": lambda key: _by_key(Deposit.objects.order_by("pk")),
    "words": lambda key: set(_of(Confirmation, key).values_list("party__role", "kind")),
    "disputes": lambda key: _by_key(_of(Dispute, key).select_related("contract", "opened_by").order_by("pk")),
    "deadlines": lambda key: list(_of(Deadline, key).filter(closed_at=None).order_by("due_at", "kind", "subject")),
    "events": lambda key: list(_of(Event, key).order_by("serial").values_list("kind", "payload")),
    "stops": lambda key: _by_key(PayoutStop.objects.order_by("pk")),
}


def _transfers(key: str) -> Any:
    """In the order in which they were made, which the clock alone does not tell: it stands still."""
    replaced, ended = F("replaces").asc(nulls_first=True), F("finished_at").asc(nulls_last=True)
    made = ("created_at", "kind", "part", replaced, ended, "status")  # the clock stands still: several have one moment
    return Transfer.objects.filter(payment__contract=key).select_related("payment__contract").order_by(*made)


def _of(model: type[models.Model], key: str) -> Any:
    return model._default_manager.filter(contract=key)


def _by_key(rows: Any) -> dict[Any, Any]:
    return {row.pk: row for row in rows}
