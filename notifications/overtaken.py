"""An SMS that the network kept back: whether what it says was overtaken by what its sender has said since.

So nobody ends a dispute by an acceptance of before. Only the network's date tells when an SMS was written. Dates of two
SMS are of one clock. With ours they are compared as UTC, as the dates of a call are by the network's documentation; if
an SMS's are Nairobi's it passes for three hours younger than it is, and no SMS is ever held for late that is not.
"""

from datetime import datetime

from contracts.models import Contract, Party
from notifications import proofs
from notifications.models import InboundMessage
from notifications.parsing import OF_THE_PHONE, QUESTIONS, WORDS
from voicepact.kernel.locking import lock

ASKING = [word for word, (verb, _) in WORDS.items() if verb in (*QUESTIONS, *OF_THE_PHONE)]
SMS = "sms"


def is_overtaken(message: InboundMessage, party: Party, verb: str) -> bool:
    """Whether the party has said something else about its deal since it wrote this command."""
    if message.written_at is None:
        return False
    return _by_sms(message, party, message.written_at) or _otherwise(party, verb, message.written_at)


def _by_sms(message: InboundMessage, party: Party, written_at: datetime) -> bool:
    """Whether a command about the deal that its sender wrote later has been obeyed already."""
    same = InboundMessage.objects.filter(phone=message.phone, contract=party.contract_id)
    obeyed = same.filter(result=InboundMessage.DONE).exclude(command__in=ASKING)
    return any(other.written_at > written_at for other in obeyed if other.written_at)


def _otherwise(party: Party, verb: str, written_at: datetime) -> bool:
    """Whether a command that may move money undoes what was said later by USSD or through a client.

    A date from before the deal itself is of no clock that can be compared. The contract is locked, so that nothing is
    said between this look and the command.
    """
    if verb not in proofs.MAY_BE_NEEDED:
        return False
    contract = lock(Contract, party.contract_id)
    if written_at < _second(contract.created_at):
        return False
    said = proofs.contradictions(party, verb)
    return any(each.channel != SMS and written_at < _second(each.at) for each in said)


def _second(moment: datetime) -> datetime:
    """As the network writes it, without a part of a second."""
    return moment.replace(microsecond=0)
