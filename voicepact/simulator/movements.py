"""The statement: every shilling that moved, oldest first. The truth that a ledger is compared with."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from voicepact.simulator import identities
from voicepact.simulator.books import Books, moment, stamp
from voicepact.simulator.jobs import Clock
from voicepact.simulator.purses import CHARGES, Purses

Kind = Literal["collection", "payout", "reversal", "fee"]
NETWORK = "safaricom"
SHOWN = 100


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

    def move(self, kind: Kind, amount: int, *, payer: str, payee: str, reference: str, receipt: str = "") -> str:
        """The money is in the other purse and on the statement; returns the receipt number, `receipt` where given."""
        with self._books.transaction():
            self._purses.add(payer, -amount)
            self._purses.add(payee, amount)
            receipt = receipt or identities.receipt_number()
            self._record(receipt, kind, amount, payer=payer, payee=payee, reference=reference)
        return receipt

    def charge(self, amount: int, *, payer: str, reference: str) -> None:
        """The shortcode owes the network this fee: its Charges Paid account is lower, its Utility account is not."""
        with self._books.transaction():
            self._purses.add(CHARGES, -amount)
            receipt = identities.receipt_number()
            self._record(receipt, "fee", amount, payer=payer, payee=NETWORK, reference=reference)

    def statement(self) -> list[Movement]:
        with self._books.transaction() as db:
            return [_movement(row) for row in db.execute("SELECT * FROM movement ORDER BY serial")]

    def of_phone(self, msisdn: str) -> list[Movement]:
        """The newest movements out of this purse and into it, oldest first."""
        side = "SELECT * FROM (SELECT * FROM movement WHERE {} = ? ORDER BY at DESC, serial DESC LIMIT ?)"
        question = f"{side.format('payer')} UNION {side.format('payee')} ORDER BY serial DESC LIMIT ?"
        with self._books.transaction() as db:
            rows = db.execute(question, (msisdn, SHOWN, msisdn, SHOWN, SHOWN)).fetchall()
        return [_movement(row) for row in reversed(rows)]

    def find(self, receipt: str) -> Movement | None:
        with self._books.transaction() as db:
            row = db.execute("SELECT * FROM movement WHERE receipt = ?", (receipt,)).fetchone()
        return _movement(row) if row else None

    def collection(self, receipt: str, *, payee: str) -> Movement | None:
        """The collection of this receipt number that came to this account."""
        movement = self.find(receipt)
        return movement if movement and (movement.kind, movement.payee) == ("collection", payee) else None

    def is_reversed(self, receipt: str) -> bool:
        question = "SELECT 1 FROM movement WHERE kind = 'reversal' AND reference = ?"
        with self._books.transaction() as db:
            return db.execute(question, (receipt,)).fetchone() is not None

    def collections_since(self, since: datetime, *, payee: str) -> list[Movement]:
        question = "SELECT * FROM movement WHERE kind = 'collection' AND payee = ? AND at >= ? ORDER BY serial"
        with self._books.transaction() as db:
            return [_movement(row) for row in db.execute(question, (payee, stamp(since)))]

    def sent_today(self, payer: str) -> int:
        """What this phone has paid since midnight in Nairobi."""
        return self._today("payer", payer)

    def received_today(self, payee: str) -> int:
        """What this phone was sent since then; its own money that came back does not count."""
        return self._today("payee", payee)

    def _record(self, receipt: str, kind: Kind, amount: int, *, payer: str, payee: str, reference: str) -> None:
        with self._books.transaction() as db:
            db.execute(
                "INSERT INTO movement (receipt, kind, payer, payee, amount, reference, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (receipt, kind, payer, payee, amount, reference, stamp(self._clock())),
            )

    def _today(self, side: Literal["payer", "payee"], owner: str) -> int:
        midnight = self._clock().astimezone(identities.NAIROBI).replace(hour=0, minute=0, second=0, microsecond=0)
        question = f"""SELECT COALESCE(SUM(amount), 0) AS total FROM movement
            WHERE {side} = ? AND at >= ? AND kind != 'reversal'"""  # noqa: S608
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
