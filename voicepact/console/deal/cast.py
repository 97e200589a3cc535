"""The people of a deal, in words."""

from dataclasses import dataclass
from datetime import datetime

from contracts.models import Contract, Party
from voicepact.kernel.display import address_of, veiled
from voicepact.kernel.phones import mask

LANGUAGES = {"en": "English", "sw": "Swahili"}
DOES = {Party.Role.BUYER: "Buys", Party.Role.SELLER: "Sells", Party.Role.PAYER: "Pays"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a part in a deal; whoever cannot be reached has `unreachable_since`."""

    part: str
    name: str
    phone: str
    language: str
    unreachable_since: datetime | None
    last_wrote_at: datetime | None
    address: str


def people(contract: Contract) -> list[Person]:
    return [_person(party) for party in contract.parties.all()]


def _person(party: Party) -> Person:
    return Person(
        part=DOES[Party.Role(party.role)],
        name=veiled(party.name) or "No name",
        phone=mask(party.phone),
        language=LANGUAGES.get(party.language, party.language),
        unreachable_since=party.unreachable_since,
        last_wrote_at=party.last_wrote_at,
        address=address_of(party),
    )
