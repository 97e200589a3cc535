"""Pull Transactions: what came to the shortcode in the last 48 hours, as a list to compare with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from voicepact.simulator import fields
from voicepact.simulator.ground import Ground
from voicepact.simulator.identities import NAIROBI
from voicepact.simulator.movements import Movement
from voicepact.simulator.refusals import invalid

NOTE = "pull"
REACH = timedelta(hours=48)
A_SECOND = timedelta(seconds=1)  # the wire knows no fractions: the last second is part of the time asked for
MOMENT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullQuery:
    """Nairobi's time on the wire; `skipped` are rows from the start of the list."""

    start: datetime
    end: datetime
    skipped: int

    @classmethod
    def read(cls, body: fields.Body, *, shortcode: str) -> "PullQuery":
        """Raises Refused for whatever Daraja would refuse about it."""
        fields.one_of(body, "ShortCode", shortcode)
        start, end = _moment(body, "StartDate"), _moment(body, "EndDate")
        if end < start:
            raise invalid("EndDate")
        skipped = fields.text(body, "OffSetValue")
        if not fields.WHOLE.fullmatch(skipped):
            raise invalid("OffSetValue")
        return cls(start=start, end=end, skipped=int(skipped))


class Pulls:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def register(self, body: fields.Body) -> bool:
        """The shortcode may pull; returns whether it might already. Raises Refused for a wrong field."""
        fields.one_of(body, "ShortCode", self._ground.config.shortcode)
        fields.one_of(body, "RequestType", "Pull")
        fields.msisdn(body, "NominatedNumber")
        fields.url(body, "CallBackURL")
        books = self._ground.books
        with books.transaction():
            known = bool(books.read_note(NOTE))
            books.write_note(NOTE, "registered")
        return known

    def pull(self, query: PullQuery) -> Sequence[Movement]:
        """The collections between the query's two moments, by prompt and by hand, oldest first."""
        oldest = max(query.start, self._ground.clock() - REACH)
        found = self._ground.movements.collections_since(oldest, payee=self._ground.config.shortcode)
        return [movement for movement in found if movement.at < query.end + A_SECOND][query.skipped :]


def _moment(body: fields.Body, name: str) -> datetime:
    try:
        return datetime.strptime(fields.text(body, name), MOMENT).replace(tzinfo=NAIROBI).astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid(name) from None
