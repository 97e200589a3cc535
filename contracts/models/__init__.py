"""What two people agreed, what each has confirmed, and the chain of events that tells it."""

from contracts.models.contract import Contract, ContractQuerySet, ContractSerial
from contracts.models.deadline import Deadline
from contracts.models.dispute import Dispute, Evidence, evidence_storage
from contracts.models.event import Chain, Event, Outbox
from contracts.models.party import Confirmation, Party
from contracts.models.triggers import APPEND_ONLY

__all__ = [
    "APPEND_ONLY",
    "Chain",
    "Confirmation",
    "Contract",
    "ContractQuerySet",
    "ContractSerial",
    "Deadline",
    "Dispute",
    "Event",
    "Evidence",
    "Outbox",
    "Party",
    "evidence_storage",
]
