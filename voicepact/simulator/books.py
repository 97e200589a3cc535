"""One SQLite file that outlives the process: who holds what, what was asked, what moved, and what is to happen.

One connection and one lock for all threads. Nothing slow happens inside `transaction()`; above all no HTTP.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

TABLES = {
    "purse": "owner TEXT PRIMARY KEY, balance INTEGER NOT NULL, bottomless INTEGER NOT NULL, standing TEXT NOT NULL",
    "prompt": """checkout_id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, msisdn TEXT NOT NULL, payee TEXT NOT NULL,
        amount INTEGER NOT NULL, reference TEXT NOT NULL, callback_url TEXT NOT NULL, made_at TEXT NOT NULL,
        answer TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '', receipt TEXT NOT NULL DEFAULT ''""",
    "payout": """originator_id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL UNIQUE, msisdn TEXT NOT NULL,
        amount INTEGER NOT NULL, result_url TEXT NOT NULL, timeout_url TEXT NOT NULL, made_at TEXT NOT NULL,
        authorised INTEGER NOT NULL, code TEXT NOT NULL DEFAULT '', receipt TEXT NOT NULL DEFAULT '',
        finished_at TEXT NOT NULL DEFAULT ''""",
    "reversal": """conversation_id TEXT PRIMARY KEY, originator_id TEXT NOT NULL UNIQUE, original TEXT NOT NULL,
        amount INTEGER NOT NULL, result_url TEXT NOT NULL, made_at TEXT NOT NULL, authorised INTEGER NOT NULL,
        code TEXT NOT NULL DEFAULT '', receipt TEXT NOT NULL DEFAULT '', finished_at TEXT NOT NULL DEFAULT ''""",
    "movement": """serial INTEGER PRIMARY KEY AUTOINCREMENT, receipt TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
        payer TEXT NOT NULL, payee TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0),
        reference TEXT NOT NULL, at TEXT NOT NULL""",
    "wallet_transaction": """id TEXT PRIMARY KEY, category TEXT NOT NULL, msisdn TEXT NOT NULL, amount INTEGER NOT NULL,
        metadata TEXT NOT NULL, made_at TEXT NOT NULL, code TEXT NOT NULL DEFAULT '',
        receipt TEXT NOT NULL DEFAULT ''""",
    "message": """serial INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, msisdn TEXT NOT NULL,
        sender TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL""",
    "sent_message": """serial INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, msisdn TEXT NOT NULL,
        receiver TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL""",
    "job": """id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL, due_at TEXT NOT NULL,
        made_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0""",
    "note": "name TEXT PRIMARY KEY, text TEXT NOT NULL",
}

INDEXES = (
    "CREATE INDEX IF NOT EXISTS prompt_of_phone ON prompt (msisdn, made_at)",
    "CREATE INDEX IF NOT EXISTS movement_by_payer ON movement (payer, at)",
    "CREATE INDEX IF NOT EXISTS movement_by_payee ON movement (payee, at)",
    "CREATE INDEX IF NOT EXISTS message_of_phone ON message (msisdn, serial)",
    "CREATE INDEX IF NOT EXISTS sent_message_of_phone ON sent_message (msisdn, serial)",
    "CREATE INDEX IF NOT EXISTS job_by_due ON job (due_at, id)",
)


class Books:
    """`path` is the file; None keeps the books in memory."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._opened = secrets.token_hex(4)
        self._db = sqlite3.connect(path or ":memory:", timeout=10, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        for name, columns in TABLES.items():
            self._db.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
        for index in INDEXES:
            self._db.execute(index)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block is in the books, or nothing; other threads wait. A block inside a block joins it."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._db
            except BaseException:
                self._leave("ROLLBACK")
                raise
            self._leave("COMMIT")

    def _leave(self, word: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._db.execute(word)

    def edition(self) -> str:
        """Names what the books hold: the same name, asked again, means that nothing was written in between.

        Waits for nobody and reads no row. What a transaction has written counts before it is committed.
        """
        return f"{self._opened}-{self._db.total_changes}"

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def clear(self) -> None:
        """The books are as new."""
        with self.transaction() as db:
            for name in TABLES:
                db.execute(f"DELETE FROM {name}")  # noqa: S608

    def read_note(self, name: str) -> str:
        """The text kept under this name, or an empty one."""
        with self.transaction() as db:
            row = db.execute("SELECT text FROM note WHERE name = ?", (name,)).fetchone()
        return str(row["text"]) if row else ""

    def write_note(self, name: str, text: str) -> None:
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO note (name, text) VALUES (?, ?)", (name, text))


def stamp(moment: datetime) -> str:
    """The moment as the books keep it: UTC and of fixed length, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(stamped: str) -> datetime:
    return datetime.fromisoformat(stamped)
