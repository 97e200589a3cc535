"""Codes of ours, in words for people."""

from contracts.models import Deadline
from payments.outcomes import FAILURES, Failure
from voicepact.kernel.rails import title

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
CHANNELS = {"sms": " by SMS", "ussd": " by USSD", "api": " through the API"}
OURS = {
    "contract_cancelled": "the deal was called off",
    "contract_expired": "the deal had run out of time",
    "daily_limit": "the payer's daily limit is reached",
    "made_up": "it was paid after all, and people made up for it",
    "marked_failed": "two members of staff say that it did not move",
    "never_arrived": "the rail has never heard of it",
    "never_came": "it never came in",
    "no_answer": "the rail never answered",
    "not_wanted": "nobody wanted it any more",
    "paid_before": "another transfer had paid it",
    "paid_otherwise": "the same was paid otherwise",
    "refused": "the rail refused it",
    "repetition refused": "sent once more, it was refused",
}
STOPS = {
    "paused": "staff paused them",
    "contradicted": "the rail had refused a transfer and then said that it was paid",
}
MOVED = {"rail_down": "the rail was down", "unreachable": "somebody could not be reached"}
UNWANTED = {
    "not_wanted": "nobody waited for it any more",
    "marked": "two members of staff decided so",
    "contract_cancelled": "the deal was called off",
    "contract_expired": "the deal had run out of time",
}
MARKED = {
    "succeeded": "the money moved",
    "failed": "the money did not move",
    "returned": "the money came in, and goes back",
}
REMINDERS = {"accept": "say whether the delivery is accepted", "confirm": "confirm the delivery"}
LATER = {
    "stop": "payouts are stopped",
    "circuit": "the rail is down",
}
ENDINGS = {
    "withdrawn": "it was withdrawn",
    "accepted": "the buyer accepted after all",
    "cancelled": "the seller gave in",
    "released": "decided for the seller",
    "refunded": "decided for the buyer",
    "split": "split between the two",
}
EXPIRED = {
    Deadline.Kind.AGREEMENT.value: "not everybody agreed in time",
    Deadline.Kind.FUNDING.value: "the whole amount did not come in in time",
}
DEADLINES = {
    Deadline.Kind.AGREEMENT: "the time to agree",
    Deadline.Kind.FUNDING: "the time to pay",
    Deadline.Kind.PROMPT: "the time to answer the payment prompt",
    Deadline.Kind.SELLER_WARNING: "the warning to the seller",
    Deadline.Kind.DELIVERY: "the time to deliver",
    Deadline.Kind.BUYER_REMINDER: "a reminder to the buyer",
    Deadline.Kind.ACCEPTANCE: "the time to accept",
    Deadline.Kind.SELLER_REMINDER: "a reminder to the seller",
    Deadline.Kind.DELIVERY_WORD: "the time to confirm the delivery",
    Deadline.Kind.DISPUTE_ANSWER: "the time to answer the dispute",
    Deadline.Kind.DISPUTE_DECISION: "the time to decide the dispute",
    Deadline.Kind.PHONE_CHANGE: "the day before a new phone counts",
}


def ordinal(number: int) -> str:
    """`second`, `11th`: few payments have so many parts."""
    return ORDINALS[number - 1] if 0 < number <= len(ORDINALS) else f"{number}th"


def gateway(name: str) -> str:
    """The rail as a sentence names it, also where it is not known which."""
    return title(name) or "The rail"


def reason(code: str, *, kind: str = "") -> str:
    """Why it failed; `kind` is the transfer's, since the same number means different things. The code itself if new."""
    return OURS.get(code) or _rails(kind).get(code) or STOPS.get(code) or code.replace("_", " ")


def _rails(kind: str) -> dict[str, str]:
    tables = [FAILURES[kind]] if kind in FAILURES else list(FAILURES.values())
    return {failure.code: _inside(failure) for table in tables for failure in table.values()}


def _inside(failure: Failure) -> str:
    """The reason as it stands within a sentence."""
    return failure.reason[0].lower() + failure.reason[1:]
