"""Which words of a party move money that has to be proven: by its PIN on USSD, by a one-time code by SMS."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q

from contracts.contact import HELD
from contracts.models import Confirmation, Contract, Dispute, Evidence, Party
from notifications.models import Code, Pin, Standing

ACCEPT, CANCEL, WITHDRAW = "ACCEPT", "CANCEL", "WITHDRAW"
MAY_BE_NEEDED = (ACCEPT, CANCEL, WITHDRAW)
SMS = "sms"


class Said(NamedTuple):
    """A word of a party: when it counted, and by which channel it came."""

    at: datetime
    channel: str


def needed(contract: Contract, party: Party, verb: str) -> bool:
    """Whether this word of the party has to be proven before it counts, as it has by USSD.

    Precondition: caller holds the contract's row, until the word has been obeyed: a deal that is locked a moment later
    asks for more than it did.
    """
    is_large = settings.PROOF_FROM is not None and contract.amount >= settings.PROOF_FROM
    return is_large and _moves(contract, party, verb) is not None


def by_sms(contract: Contract, party: Party, verb: str) -> Code.Purpose | None:
    """What an SMS with this word has to prove by a code; None for one that counts as it is. Precondition: see `needed`.

    The network may have kept it back, and its date, of an unknown clock, cannot be compared with ours. So of any amount
    no SMS moves money against what its party has said by another channel, without a code that we sent after that.
    """
    is_doubtful = any(said.channel != SMS for said in contradictions(contract, party, verb))
    return _moves(contract, party, verb) if is_doubtful or needed(contract, party, verb) else None


def contradictions(contract: Contract, party: Party, verb: str) -> list[Said]:
    """What the party itself has said that this word of it would undo.

    That is a problem and, for CANCEL, that it delivered; for the others, that it asked to call the deal off.
    """
    kind = Confirmation.Kind.DELIVERED if verb == CANCEL else Confirmation.Kind.CANCELLED
    words = party.confirmations.filter(kind=kind).values_list("at", "channel")
    return [*problems(contract, party), *(Said(*each) for each in words)]


def problems(contract: Contract, party: Party) -> list[Said]:
    """What the party itself has said in a dispute, its own or another's, that is open or was taken back by SMS only.

    That SMS may be as old as the one that comes behind it.
    """
    by_sms = contract.events.filter(kind="dispute.withdrawn", channel=SMS, payload__how=Dispute.Outcome.WITHDRAWN)
    stands = Q(closed_at=None) | Q(pk__in=list(by_sms.values_list("payload__dispute", flat=True)))
    disputes = Dispute.objects.filter(stands, contract=contract)
    opened = disputes.filter(opened_by=party).values_list("opened_at", "channel")
    pieces = Evidence.objects.filter(dispute__in=disputes, party=party).values_list("added_at", "channel")
    return [Said(*each) for each in (*opened, *pieces)]


def _moves(contract: Contract, party: Party, verb: str) -> Code.Purpose | None:
    """What the word would do to money that is held; None where it moves none.

    That is the buyer's acceptance, which pays the seller, and the seller's cancellation, which gives the money back. A
    buyer who has accepted and then opened a dispute accepts once more by taking it back.
    """
    if contract.status not in HELD:
        return None
    if party.role == Party.Role.BUYER and (verb == ACCEPT or (verb == WITHDRAW and _accepts_by_withdrawing(party))):
        return Code.Purpose.ACCEPT
    if verb == CANCEL and party.role == Party.Role.SELLER:
        return Code.Purpose.CANCEL
    return None


def _accepts_by_withdrawing(party: Party) -> bool:
    """Whether only a dispute of the party's own keeps its acceptance from counting."""
    accepted = Confirmation.objects.filter(party=party, kind=Confirmation.Kind.ACCEPTED)
    return accepted.exists() and Dispute.objects.filter(opened_by=party, closed_at=None).exists()


def is_suspended(phone: str) -> bool:
    """Whether nothing can be proven from this phone now, by SMS either: its PIN is locked."""
    pin = Pin.objects.filter(phone=phone).first()
    return pin is not None and pin.standing == Standing.LOCKED
