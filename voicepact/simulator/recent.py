"""Which phones were in use last: what a page shows to somebody who has not chosen any."""

from dataclasses import dataclass
from datetime import datetime

from voicepact.simulator.books import Books, moment
from voicepact.simulator.fields import MSISDN

LOOKED_AT = 200  # rows of each kind, the newest
SHOWN = 20

_USED = f"""
    SELECT msisdn, MAX(at) AS at, MAX(pays) AS pays FROM (
        SELECT * FROM (SELECT msisdn, at, 0 AS pays FROM message ORDER BY serial DESC LIMIT {LOOKED_AT})
        UNION ALL SELECT * FROM (SELECT msisdn, at, 0 FROM sent_message ORDER BY serial DESC LIMIT {LOOKED_AT})
        UNION ALL SELECT * FROM (SELECT msisdn, made_at, 1 FROM prompt ORDER BY rowid DESC LIMIT {LOOKED_AT})
        UNION ALL SELECT * FROM
            (SELECT payer, at, kind = 'collection' FROM movement ORDER BY serial DESC LIMIT {LOOKED_AT})
        UNION ALL SELECT * FROM (SELECT payee, at, 0 FROM movement ORDER BY serial DESC LIMIT {LOOKED_AT})
    ) GROUP BY msisdn ORDER BY at DESC, pays DESC, msisdn
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class RecentPhone:
    """`pays` where it was lately asked for money, or paid some: the buyer's side of a deal."""

    msisdn: str
    at: datetime
    pays: bool


def recent(books: Books) -> list[RecentPhone]:
    """The phones that were in use last, the newest first."""
    with books.transaction() as db:
        rows = db.execute(_USED).fetchall()
    phones = [RecentPhone(row["msisdn"], moment(row["at"]), bool(row["pays"])) for row in rows]
    return [phone for phone in phones if MSISDN.fullmatch(phone.msisdn)][:SHOWN]
