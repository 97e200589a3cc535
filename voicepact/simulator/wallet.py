"""The payments wallet at Africa's Talking: what was asked of it, and how each of that stands.

Africa's Talking has discontinued this API; its wire is that of the Python SDK up to 1.2.6.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from voicepact.simulator.books import Books, moment, stamp
from voicepact.simulator.prompts import Prompts

Category = Literal["MobileCheckout", "MobileB2C"]
CHECKOUT: Category = "MobileCheckout"
B2C: Category = "MobileB2C"
PROVIDER = "Mpesa"
CHANNEL = "525900"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletTransaction:
    """`metadata` is the caller's own; `code` is empty until the network has finished, `receipt` is its number."""

    id: str
    category: Category
    msisdn: str
    amount: int
    metadata: Mapping[str, str]
    made_at: datetime
    code: str = ""
    receipt: str = ""


class WalletTransactions:
    def __init__(self, books: Books, prompts: Prompts) -> None:
        self._books = books
        self._prompts = prompts

    def add(self, transaction: WalletTransaction) -> None:
        with self._books.transaction() as db:
            db.execute(
                "INSERT INTO wallet_transaction (id, category, msisdn, amount, metadata, made_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    transaction.id,
                    transaction.category,
                    transaction.msisdn,
                    transaction.amount,
                    json.dumps(transaction.metadata),
                    stamp(transaction.made_at),
                ),
            )

    def finish(self, id: str, *, code: str, receipt: str) -> None:
        with self._books.transaction() as db:
            db.execute("UPDATE wallet_transaction SET code = ?, receipt = ? WHERE id = ?", (code, receipt, id))

    def find(self, id: str) -> WalletTransaction | None:
        """A checkout stands as its prompt stands."""
        with self._books.transaction() as db:
            row = db.execute("SELECT * FROM wallet_transaction WHERE id = ?", (id,)).fetchone()
            prompt = self._prompts.find(id)
        if row is None:
            return None
        values = dict(row) | {"metadata": json.loads(row["metadata"]), "made_at": moment(row["made_at"])}
        found = WalletTransaction(**values)
        return replace(found, code=prompt.code, receipt=prompt.receipt) if prompt else found

    def read(self, id: str) -> WalletTransaction:
        """Raises LookupError."""
        transaction = self.find(id)
        if transaction is None:
            raise LookupError(id)
        return transaction
