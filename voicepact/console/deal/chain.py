"""Whether the sealed record of a deal holds, checked while its page is opened."""

from dataclasses import dataclass

from contracts import audit
from contracts.models import Contract, Event

MOST = 2000
MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Seal:
    """What came of the check, in words; `holds` is None when the record is too long to be checked meanwhile."""

    holds: bool | None
    words: str
    faults: tuple[str, ...] = ()


def check(contract: Contract) -> Seal:
    """The record of the deal, verified entry by entry if it has no more than MOST."""
    count = Event.objects.filter(chain=contract.pk)[: MOST + 1].count()
    if count > MOST:
        return Seal(None, f"The record has more than {MOST:,} entries: too many to be checked while a page is opened.")
    faults = tuple(fault for _, fault in zip(range(MOST_FAULTS), audit.verify(contract.pk), strict=False))
    if faults:
        return Seal(False, "The record of this deal does not hold: somebody has touched it. Tell an auditor.", faults)
    if count == 1:
        return Seal(True, "The only entry holds: it was not changed, and none was removed.")
    return Seal(True, f"All {count:,} entries hold: none was changed or removed.")
