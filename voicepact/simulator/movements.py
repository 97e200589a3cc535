"""The statement: every shilling that moved, oldest first. The truth that a ledger is compared with."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from voicepact.simulator import identities
from voicepact.simulator.books import Books, moment, stamp
from voicepact.simulator.jobs import Clock
from voicepact.simulator.purses import CHARGES, Purses

Kind = Literal["collection", "payout", "fee"]
NETWORK = "safaricom"


@dataclass(frozen=True, slots=True)
class Movement:
    receipt: str
    kind: Kind
    payer: str
    payee: str
    amount: int
    reference: str
    at: datetime


class Movements:
    def __init__(self, books: Books, purses: Purses, clock: Clock) -> None:
        self._books = books
        self._purses = purses
        self._clock = clock

    def move(self, kind: Kind, amount: int, *, payer: str, payee: str, reference: str) -> str:
        """The money is in the other purse and on the statement; returns the receipt number."""
        with self._books.transaction():
            self._purses.add(payer, -amount)
            self._purses.add(payee, amount)
            return self._record(kind, amount, payer=payer, payee=payee, reference=reference)

    def charge(self, amount: int, *, payer: str, reference: str) -> None:
        """The shortcode owes the network this fee: its Charges Paid account is lower, its Utility account is not."""
        with self._books.transaction():
            self._purses.add(CHARGES, -amount)
            self._record("fee", amount, payer=payer, payee=NETWORK, reference=reference)

    def statement(self) -> list[Movement]:
        with self._books.transaction() as db:
            return [_movement(row) for row in db.execute("SELECT * FROM movement ORDER BY serial")]

    def find(self, receipt: str) -> Movement | None:
        with self._books.transaction() as db:
            row = db.execute("SELECT * FROM movement WHERE receipt = ?", (receipt,)).fetchone()
        return _movement(row) if row else None

    def sent_today(self, payer: str) -> int:
        """What this phone has paid since midnight in Nairobi."""
        return self._today("payer", payer)

    def received_today(self, payee: str) -> int:
        return self._today("payee", payee)

    def _record(self, kind: Kind, amount: int, *, payer: str, payee: str, reference: str) -> str:
        receipt = identities.receipt_number()
        with self._books.transaction() as db:
            db.execute(
                "INSERT INTO movement (receipt, kind, payer, payee, amount, reference, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (receipt, kind, payer, payee, amount, reference, stamp(self._clock())),
            )
        return receipt

    def _today(self, side: Literal["payer", "payee"], owner: str) -> int:
        midnight = self._clock().astimezone(identities.NAIROBI).replace(hour=0, minute=0, second=0, microsecond=0)
        question = f"SELECT COALESCE(SUM(amount), 0) AS total FROM movement WHERE {side} = ? AND at >= ?"  # noqa: S608
        with self._books.transaction() as db:
            return int(db.execute(question, (owner, stamp(midnight.astimezone(UTC)))).fetchone()["total"])


def _movement(row: sqlite3.Row) -> Movement:
    return Movement(
        receipt=row["receipt"],
        kind=row["kind"],
        payer=row["payer"],
        payee=row["payee"],
        amount=row["amount"],
        reference=row["reference"],
        at=moment(row["at"]),
    )
