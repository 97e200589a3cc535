"""What waits for a person: lists that staff work through, each by one option of one filter.

The roll-up counts with the very condition by which the list is filtered, so that a number and its list agree.
"""

from dataclasses import dataclass

from django.apps import apps
from django.db import models

from contracts.admin import Reach, Silence
from notifications.admin import Attention as SmsAttention
from notifications.admin import Undelivered
from payments.filters import Attention, DepositAttention, ProposalState, Standing, Worked
from voicepact.console.dispute.queue import State, TimeToDecide
from voicepact.kernel.display import Tone, list_address
from voicepact.kernel.staff import FixedFilter


@dataclass(frozen=True, slots=True)
class Waiting:
    """One list: the rows of `label` that `option` of `filter` leaves; `about` tells what staff do with them."""

    key: str
    title: str
    about: str
    label: str
    filter: type[FixedFilter]
    option: str
    icon: str
    tone: Tone = Tone.CARE

    @property
    def rows(self) -> "models.QuerySet[models.Model]":
        model: type[models.Model] = apps.get_model(self.label)
        return model._default_manager.filter(self.filter.options[self.option][1])

    @property
    def address(self) -> str:
        return list_address(self.label, **{str(self.filter.parameter_name): self.option})


DISPUTES, OVERDUE, PROPOSALS, STOPS, SMS = "disputes", "overdue", "proposals", "stops", "sms"

LISTS = (
    Waiting(
        OVERDUE,
        "Disputes overdue",
        "Both sides have waited longer than we promised. Decide these first.",
        "contracts.Dispute",
        TimeToDecide,
        "overdue",
        "alarm",
        Tone.BAD,
    ),
    Waiting(
        DISPUTES,
        "Disputes open",
        "Read both sides, then propose who gets what.",
        "contracts.Dispute",
        State,
        "open",
        "gavel",
    ),
    Waiting(
        PROPOSALS,
        "Proposals open",
        "Another member of staff has to approve or reject each.",
        "payments.Proposal",
        ProposalState,
        "open",
        "how_to_vote",
    ),
    Waiting(
        STOPS,
        "Payout stops",
        "No money leaves there until two people lift the stop.",
        "payments.PayoutStop",
        Standing,
        "stands",
        "block",
        Tone.BAD,
    ),
    Waiting(
        "unknown",
        "Transfers unknown",
        "Perhaps the money moved. The rail is asked; if it cannot tell, two people can.",
        "payments.Transfer",
        Attention,
        "unknown",
        "help",
    ),
    Waiting(
        "quarantined",
        "Transfers quarantined",
        "The rail's word does not match what was asked. Compare it with the rail's statement.",
        "payments.Transfer",
        Attention,
        "quarantined",
        "report",
        Tone.BAD,
    ),
    Waiting(
        "owed",
        "Payouts and refunds refused",
        "The rail will not pay these people. Find out why, then propose to pay again.",
        "payments.Transfer",
        Attention,
        "owed",
        "currency_exchange",
        Tone.BAD,
    ),
    Waiting(
        "callbacks",
        "Callbacks quarantined",
        "What the rail sent us does not match, and nobody has settled it since.",
        "payments.Callback",
        Worked,
        "unsettled",
        "call_received",
    ),
    Waiting(
        "suspense",
        "Money nobody expected",
        "It fits no deal. Match it to one, or send it back.",
        "payments.Deposit",
        DepositAttention,
        "person",
        "move_to_inbox",
    ),
    Waiting(
        SMS,
        "SMS to answer",
        "People wrote what no rule understands.",
        "notifications.InboundMessage",
        SmsAttention,
        "staff",
        "mark_chat_unread",
    ),
    Waiting(
        "failed",
        "SMS that failed",
        "Somebody in a deal under way does not know what we told them.",
        "notifications.Message",
        Undelivered,
        "failed",
        "sms_failed",
    ),
    Waiting(
        "silent",
        "Deals with a silent side",
        "Reminded or warned, and no word yet. A call may help before the time runs out.",
        "contracts.Deadline",
        Silence,
        "silent",
        "timer",
    ),
    Waiting(
        "unreachable",
        "People out of reach",
        "Their phone takes no SMS, and their deal is under way.",
        "contracts.Party",
        Reach,
        "none",
        "phone_disabled",
    ),
)


def address(key: str) -> str:
    """Of the list with this key."""
    return next(each.address for each in LISTS if each.key == key)


def counts() -> dict[str, int]:
    """How many rows there are in each list now."""
    return {each.key: each.rows.count() for each in LISTS}
