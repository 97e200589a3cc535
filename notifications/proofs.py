"""Which words of a party move money that has to be proven: by its PIN on USSD, by a one-time code by SMS."""

from datetime import datetime
from itertools import chain
from typing import NamedTuple

from django.conf import settings

from contracts.contact import HELD
from contracts.models import Confirmation, Contract, Dispute, Evidence, Party
from notifications.models import Code, Pin, Standing

ACCEPT, CANCEL, WITHDRAW = "ACCEPT", "CANCEL", "WITHDRAW"
MAY_BE_NEEDED = (ACCEPT, CANCEL, WITHDRAW)


class Said(NamedTuple):
    """A word of a party: when it counted, and by which channel it came."""

    at: datetime
    channel: str


def needed(contract: Contract, party: Party, verb: str) -> bool:
    """Whether this word of the party has to be proven before it counts.

    Precondition: caller holds the contract's row, until the word has been obeyed: a deal that is locked a moment later
    asks for more than it did.
    """
    return purpose(contract, party, verb) is not None


def purpose(contract: Contract, party: Party, verb: str) -> Code.Purpose | None:
    """What has to be proven; None for a word that counts as it is.

    That is the buyer's acceptance, which pays the seller, and the seller's cancellation, which gives the money back:
    of deals from `PROOF_FROM` on, while their money is held. A buyer who has accepted and then opened a dispute accepts
    once more by taking it back; one whose word waits for the delivery moves nothing by saying it again. Precondition:
    see `needed`.
    """
    if settings.PROOF_FROM is None or contract.amount < settings.PROOF_FROM or contract.status not in HELD:
        return None
    if party.role == Party.Role.BUYER and _accepts(contract, party, verb):
        return Code.Purpose.ACCEPT
    if verb == CANCEL and party.role == Party.Role.SELLER:
        return Code.Purpose.CANCEL
    return None


def contradictions(party: Party, verb: str) -> list[Said]:
    """What the party itself has ever said about its deal that speaks against this word, whether it took it back or not.

    That is a problem and, for CANCEL, that it delivered; for the others, that it asked to call the deal off.
    """
    kind = Confirmation.Kind.DELIVERED if verb == CANCEL else Confirmation.Kind.CANCELLED
    words = (
        Dispute.objects.filter(opened_by=party).values_list("opened_at", "channel"),
        Evidence.objects.filter(party=party).values_list("added_at", "channel"),
        Confirmation.objects.filter(party=party, kind=kind).values_list("at", "channel"),
    )
    return [Said(*each) for each in chain.from_iterable(words)]


def has_problem(party: Party) -> bool:
    """Whether a problem that the party has reported is open."""
    return (
        Dispute.objects.filter(opened_by=party, closed_at=None).exists()
        or Evidence.objects.filter(party=party, dispute__closed_at=None).exists()
    )


def _accepts(contract: Contract, buyer: Party, verb: str) -> bool:
    """Whether the word would be an acceptance, or make one of before count again."""
    accepted = Confirmation.objects.filter(party=buyer, kind=Confirmation.Kind.ACCEPTED).exists()
    if verb == ACCEPT:
        return not accepted or contract.status == Contract.Status.DISPUTED
    return verb == WITHDRAW and accepted and Dispute.objects.filter(opened_by=buyer, closed_at=None).exists()


def is_suspended(phone: str) -> bool:
    """Whether nothing can be proven from this phone now, by SMS either: its PIN is locked."""
    pin = Pin.objects.filter(phone=phone).first()
    return pin is not None and pin.standing == Standing.LOCKED
