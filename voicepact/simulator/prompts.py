"""The prompts in the books, from the push that opened them to their result."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from voicepact.simulator import limits
from voicepact.simulator.books import Books, moment, stamp
from voicepact.simulator.outcomes import Answer

SHOWN = 200

Status = Literal["open", "approved", "cancelled", "wrong_pin", "ignored", "expired", "failed"]

_STATUS_OF_ANSWER: dict[Answer, Status] = {
    Answer.APPROVE: "approved",
    Answer.CANCEL: "cancelled",
    Answer.WRONG_PIN: "wrong_pin",
    Answer.IGNORE: "ignored",
    Answer.EXPIRE: "expired",
    Answer.REFUSE: "failed",
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """`answer` is None while nobody has answered; `code` is empty until the network has finished with it.

    `payee` is the account of ours that it pays into.
    """

    checkout_id: str
    merchant_id: str
    msisdn: str
    payee: str
    amount: int
    reference: str
    callback_url: str
    made_at: datetime
    answer: Answer | None = None
    code: str = ""
    receipt: str = ""

    @property
    def status(self) -> Status:
        if self.answer is None:
            return "open"
        if self.answer is Answer.APPROVE and self.code not in ("", "0"):
            return "failed"
        return _STATUS_OF_ANSWER[self.answer]

    @property
    def expires_at(self) -> datetime | None:
        """When the network stops waiting for an answer; None once there is one."""
        return self.made_at + limits.PROMPT_LIFE if self.answer is None else None


class Prompts:
    def __init__(self, books: Books) -> None:
        self._books = books

    def add(self, prompt: Prompt) -> None:
        with self._books.transaction() as db:
            db.execute(
                "INSERT INTO prompt (checkout_id, merchant_id, msisdn, payee, amount, reference, callback_url, made_at,"
                " answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    prompt.checkout_id,
                    prompt.merchant_id,
                    prompt.msisdn,
                    prompt.payee,
                    prompt.amount,
                    prompt.reference,
                    prompt.callback_url,
                    stamp(prompt.made_at),
                    prompt.answer or "",
                ),
            )

    def find(self, checkout_id: str) -> Prompt | None:
        with self._books.transaction() as db:
            row = db.execute("SELECT * FROM prompt WHERE checkout_id = ?", (checkout_id,)).fetchone()
        return _prompt(row) if row else None

    def by_receipt(self, receipt: str) -> Prompt | None:
        with self._books.transaction() as db:
            row = db.execute("SELECT * FROM prompt WHERE receipt = ? AND receipt != ''", (receipt,)).fetchone()
        return _prompt(row) if row else None

    def answer(self, checkout_id: str, answer: Answer) -> None:
        with self._books.transaction() as db:
            db.execute("UPDATE prompt SET answer = ? WHERE checkout_id = ?", (answer, checkout_id))

    def finish(self, checkout_id: str, *, code: str, receipt: str) -> None:
        with self._books.transaction() as db:
            db.execute("UPDATE prompt SET code = ?, receipt = ? WHERE checkout_id = ?", (code, receipt, checkout_id))

    def has_open(self, msisdn: str) -> bool:
        question = "SELECT 1 FROM prompt WHERE msisdn = ? AND answer = ''"
        with self._books.transaction() as db:
            return db.execute(question, (msisdn,)).fetchone() is not None

    def pushed_since(self, msisdn: str, amount: int, *, now: datetime, apart: timedelta) -> bool:
        """Whether the same amount was put on this phone less than `apart` ago, with whatever success."""
        question = "SELECT 1 FROM prompt WHERE msisdn = ? AND amount = ? AND made_at > ? AND answer != ?"
        with self._books.transaction() as db:
            found = db.execute(question, (msisdn, amount, stamp(now - apart), Answer.REFUSE)).fetchone()
        return found is not None

    def of_phone(self, msisdn: str) -> list[Prompt]:
        """The newest prompts that reached the phone, oldest first."""
        question = "SELECT * FROM prompt WHERE msisdn = ? AND answer != ? ORDER BY made_at DESC, rowid DESC LIMIT ?"
        with self._books.transaction() as db:
            rows = db.execute(question, (msisdn, Answer.REFUSE, SHOWN)).fetchall()
        return [_prompt(row) for row in reversed(rows)]


def _prompt(row: sqlite3.Row) -> Prompt:
    values = dict(row)
    answer = Answer(row["answer"]) if row["answer"] else None
    return Prompt(**values | {"made_at": moment(row["made_at"]), "answer": answer})
