"""A delivery of less than all, as it is said by SMS: `DELIVERED-AG-2026-000123 45 bags`.

Only a number below the deal's own and in the deal's own unit is taken. Whoever says it otherwise changes nothing, and
reads the exact reply for all of it and for a part.
"""

import re
from dataclasses import replace

from contracts.models import Confirmation, Contract, Party
from notifications import parsing, possible, quantities
from notifications.parsing import Reading, Sense

DELIVERED = "DELIVERED"
LONGEST_UNIT = 15  # so that all of it stands in the answer, as it has to be sent
NUMBERS = re.compile(r"\d[\d.,]*")


def settled(reading: Reading, phone: str) -> Reading:
    """The reading of a delivery with words besides: exact if they are so much of that deal of the phone, else meant.

    Once the seller has said that it is delivered no other quantity counts, so that none is taken.
    """
    if reading.sense != Sense.PART:
        return reading
    party = Party.objects.filter(phone=phone, contract_id=reading.deal).select_related("contract").first()
    found = quantities.part(party.contract, reading.words) if party else None
    if party is None or found is None or _has_said(party):
        return replace(reading, sense=Sense.MEANT)
    return replace(reading, sense=Sense.EXACT, words=f"{found.normalize():f}", talk=False)


def offered(reading: Reading, phone: str) -> dict[str, str] | None:
    """What the seller of the deal that was named may reply, as the text `reply_how_much` says it.

    None where nothing was said besides the delivery, where it makes no sense now, or where no reply tells a part.
    """
    deals = {party.contract_id: party for party in possible.open_deals(phone)} if reading.words else {}
    party = deals.get(reading.deal)
    if party is None or reading.verb != DELIVERED or not possible.makes_sense(DELIVERED, party.contract, party):
        return None
    whole, unit, every = quantities.agreed(party.contract), quantities.unit(party.contract), _exact(reading)
    if whole is None or len(unit) > LONGEST_UNIT or not _is_obeyed(f"{every} {quantities.FINEST} {unit}", phone):
        return None
    said = _number(party.contract, reading.words)
    part = f"{every} {said} {unit}" if said else ""
    return {"every": every, "part": part, "quantity": quantities.told(whole), "unit": unit}


def _has_said(party: Party) -> bool:
    return Confirmation.objects.filter(party=party, kind=Confirmation.Kind.DELIVERED).exists()


def _exact(reading: Reading) -> str:
    return f"{reading.word}-{reading.deal}"


def _is_obeyed(reply: str, phone: str) -> bool:
    return settled(parsing.read(reply), phone).sense == Sense.EXACT


def _number(contract: Contract, words: str) -> str:
    """The one number that was said, if it is less than what is sold; else nothing."""
    numbers = NUMBERS.findall(words)
    found = quantities.less(contract, numbers[0]) if len(numbers) == 1 else None
    return quantities.told(found) if found else ""
