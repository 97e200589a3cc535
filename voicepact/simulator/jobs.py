"""What is still to happen, kept in the books with its due moment: neither a restart nor a moved clock loses it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from voicepact.simulator.books import Books, moment, stamp

Clock = Callable[[], datetime]

POST = "post"
POST_UNTIL_HEARD = "post_until_heard"
POST_EACH_MINUTE = "post_each_minute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How a post is made again that nobody has heard: pauses double up to `longest_pause`.

    Heard is what was answered with 200 to `highest_heard`.
    """

    first_pause: timedelta
    longest_pause: timedelta
    given_up_after: timedelta
    highest_heard: int

    def is_heard(self, status: int) -> bool:
        return 200 <= status <= self.highest_heard


# Sources: Africa's Talking's pages on SMS callbacks and on payment notifications.
PATIENCE = {
    POST_UNTIL_HEARD: Patience(
        first_pause=timedelta(seconds=2),
        longest_pause=timedelta(minutes=15),
        given_up_after=timedelta(hours=12),
        highest_heard=200,
    ),
    POST_EACH_MINUTE: Patience(
        first_pause=timedelta(minutes=1),
        longest_pause=timedelta(minutes=1),
        given_up_after=timedelta(hours=6),
        highest_heard=399,
    ),
}


@dataclass(frozen=True, slots=True)
class Post:
    """One HTTP POST to the application."""

    url: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Post":
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Job:
    """`subject` is what the kind works on: a prompt's or payout's id, or a whole post."""

    id: int
    kind: str
    subject: str
    due_at: datetime
    made_at: datetime
    attempts: int

    def next_attempt(self, now: datetime) -> datetime | None:
        """When a post that nobody heard is due again; None once it has been tried for too long."""
        patience = PATIENCE[self.kind]
        pause = min(patience.first_pause * 2 ** min(self.attempts, 12), patience.longest_pause)
        return now + pause if now + pause <= self.made_at + patience.given_up_after else None


class Jobs:
    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    def put(self, kind: str, subject: str, *, after: timedelta = timedelta(0)) -> None:
        """The job is due `after` from now, on the clock."""
        now = self._clock()
        with self._books.transaction() as db:
            db.execute(
                "INSERT INTO job (kind, subject, due_at, made_at) VALUES (?, ?, ?, ?)",
                (kind, subject, stamp(now + after), stamp(now)),
            )

    def next_due(self) -> Job | None:
        """The job that has been due longest, left in its place."""
        with self._books.transaction() as db:
            row = db.execute("SELECT * FROM job ORDER BY due_at, id LIMIT 1").fetchone()
        if row is None or moment(row["due_at"]) > self._clock():
            return None
        values = dict(row)
        return Job(**values | {"due_at": moment(row["due_at"]), "made_at": moment(row["made_at"])})

    def drop(self, job: Job) -> None:
        with self._books.transaction() as db:
            db.execute("DELETE FROM job WHERE id = ?", (job.id,))

    def postpone(self, job: Job) -> None:
        """The job is due again after its pause, or gone if it has been tried for too long."""
        due = job.next_attempt(self._clock())
        if due is None:
            return self.drop(job)
        with self._books.transaction() as db:
            db.execute("UPDATE job SET due_at = ?, attempts = attempts + 1 WHERE id = ?", (stamp(due), job.id))
        return None
