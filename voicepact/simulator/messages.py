"""The text messages that reached phones, and those that phones sent."""

from dataclasses import dataclass
from datetime import datetime

from voicepact.simulator.books import Books, moment, stamp

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    msisdn: str
    sender: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SentMessage:
    """`receiver` is the name or short code that the phone wrote to."""

    id: str
    msisdn: str
    receiver: str
    text: str
    at: datetime


class Messages:
    def __init__(self, books: Books) -> None:
        self._books = books

    def add(self, message: Message) -> None:
        with self._books.transaction() as db:
            db.execute(
                "INSERT INTO message (id, msisdn, sender, text, at) VALUES (?, ?, ?, ?, ?)",
                (message.id, message.msisdn, message.sender, message.text, stamp(message.at)),
            )

    def of_phone(self, msisdn: str) -> list[Message]:
        """The newest messages, oldest first."""
        question = "SELECT * FROM message WHERE msisdn = ? ORDER BY serial DESC LIMIT ?"
        with self._books.transaction() as db:
            rows = db.execute(question, (msisdn, SHOWN)).fetchall()
        return [
            Message(row["id"], row["msisdn"], row["sender"], row["text"], moment(row["at"])) for row in reversed(rows)
        ]

    def add_sent(self, message: SentMessage) -> None:
        with self._books.transaction() as db:
            db.execute(
                "INSERT INTO sent_message (id, msisdn, receiver, text, at) VALUES (?, ?, ?, ?, ?)",
                (message.id, message.msisdn, message.receiver, message.text, stamp(message.at)),
            )

    def sent_by(self, msisdn: str) -> list[SentMessage]:
        """The newest messages that the phone sent, oldest first."""
        question = "SELECT * FROM sent_message WHERE msisdn = ? ORDER BY serial DESC LIMIT ?"
        with self._books.transaction() as db:
            rows = db.execute(question, (msisdn, SHOWN)).fetchall()
        return [
            SentMessage(row["id"], row["msisdn"], row["receiver"], row["text"], moment(row["at"]))
            for row in reversed(rows)
        ]
