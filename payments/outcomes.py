"""Failure codes: the rail's words per operation, as stable codes of ours and a sentence for people.

Sources: Safaricom's Daraja portal, result codes of M-Pesa Express and of B2C. A code that is not listed proves nothing.
"""

from dataclasses import dataclass

NO_ANSWER = "no_answer"
REFUSED = "refused"
NOT_REVERSIBLE = "not_reversible"
DAILY_LIMIT = "daily_limit"
NEVER_CAME = "never_came"
NEVER_ARRIVED = "never_arrived"
PAID_BEFORE = "paid_before"
MADE_UP = "made_up"
MARKED_FAILED = "marked_failed"
FLOAT_SHORT = "float_short"


@dataclass(frozen=True, slots=True)
class Failure:
    code: str
    reason: str


COLLECTION_FAILURES = {
    "1": Failure("insufficient_funds", "Insufficient funds in mobile money account"),
    "2": Failure("below_minimum", "The amount is below the rail's minimum"),
    "3": Failure("above_maximum", "The amount is above the rail's maximum"),
    "4": Failure(DAILY_LIMIT, "The payer's daily limit is reached"),
    "8": Failure("receiver_full", "The receiving account is at its limit"),
    "17": Failure("rule_limited", "The same amount was asked of this phone less than two minutes ago"),
    "26": Failure("rail_busy", "The network was busy"),
    "1001": Failure("subscriber_locked", "The phone was busy with another transaction"),
    "1019": Failure("expired", "The payment prompt expired"),
    "1025": Failure("prompt_not_sent", "The payment prompt could not be sent"),
    "1031": Failure("cancelled", "Cancelled by the payer"),
    "1032": Failure("cancelled", "Cancelled by the payer"),
    "1036": Failure("prompt_not_sent", "The payment prompt did not reach the phone"),
    "1037": Failure("no_response", "No response from the payer"),
    "1101": Failure("prompt_not_sent", "The payment prompt was too long"),
    "1102": Failure("prompt_not_sent", "The payment prompt was too long"),
    "2001": Failure("wrong_pin", "Wrong PIN"),
    "2006": Failure("account_inactive", "The payer's account is not active"),
    "2028": Failure("not_permitted", "The rail does not permit this transaction"),
    "8006": Failure("pin_locked", "The payer's PIN is locked"),
    "SFC_IC0003": Failure("unknown_operator", "The rail does not know this account"),
}

PAYOUT_FAILURES = {
    "1": Failure(FLOAT_SHORT, "Our wallet holds too little"),
    "2": Failure("below_minimum", "The amount is below the rail's minimum"),
    "3": Failure("above_maximum", "The amount is above the rail's maximum"),
    "4": Failure("recipient_daily_limit", "The recipient's daily limit is reached"),
    "8": Failure("recipient_full", "The recipient's account is at its limit"),
    "11": Failure("debit_party_invalid", "Our account cannot pay out"),
    "21": Failure("initiator_not_allowed", "Our API user may not pay out"),
    "2001": Failure("initiator_invalid", "Our API user's credential is wrong"),
    "2006": Failure("account_inactive", "Our account is not active"),
    "2028": Failure("not_permitted", "Our short code may not pay out"),
    "2040": Failure("recipient_not_registered", "The recipient is not registered for mobile money"),
    "8006": Failure("credential_locked", "Our API user's credential is locked"),
    "SFC_IC0003": Failure("recipient_unknown", "The rail does not know the recipient's number"),
}

REVERSAL_FAILURES = {
    "1": Failure(FLOAT_SHORT, "Our wallet holds too little"),
    "11": Failure("debit_party_invalid", "Our account cannot pay out"),
    "21": Failure("initiator_not_allowed", "Our API user may not reverse"),
    "2001": Failure("initiator_invalid", "Our API user's credential is wrong"),
    "2006": Failure("account_inactive", "Our account is not active"),
    "2028": Failure("not_permitted", "Our short code may not reverse"),
    "8006": Failure("credential_locked", "Our API user's credential is locked"),
    "R000002": Failure(NOT_REVERSIBLE, "The rail does not find the collection that was to be reversed"),
}

FAILURES = {
    "collection": COLLECTION_FAILURES,
    "payout": PAYOUT_FAILURES,
    "refund": PAYOUT_FAILURES,
    "reversal": REVERSAL_FAILURES,
}
"""By the kind of transfer: the same number means different things."""

OUR_FAULT = frozenset(
    {
        FLOAT_SHORT,
        "debit_party_invalid",
        "initiator_not_allowed",
        "initiator_invalid",
        "account_inactive",
        "not_permitted",
        "credential_locked",
    }
)
"""Of money on its way out: nothing else will leave by that rail either until people have put it right."""

NEXT_DAY = frozenset({"recipient_daily_limit", "recipient_full"})
"""The recipient can take it another day."""

NOTHING_OWED = frozenset({PAID_BEFORE, MADE_UP})
"""Refused, and yet the money is with whom it was for: not sent since another was paid, or paid after all."""

WRONG_RECIPIENT = frozenset({"recipient_not_registered", "recipient_unknown"})
"""It stays owed until the recipient has another number."""

PROMPT_AGAIN = frozenset({"rule_limited", "rail_busy", "subscriber_locked"})
"""Not the buyer's fault: the part is prompted again after two minutes."""
