"""Of what sort each text is: what goes out whatever happens, and what gives way to a person's peace.

Money texts tell of somebody's money, or guard it. Answers follow an SMS of whoever reads them. Questions ask for a
word without which no deal begins. Reminders ask once more for what was asked before.
"""

from enum import StrEnum

REPLY = "reply_"  # so begins the name of every text that answers an SMS


class Sort(StrEnum):
    MONEY = "money"
    ANSWER = "answer"
    QUESTION = "question"
    REMINDER = "reminder"


ENDED_BY_STOP = (Sort.QUESTION, Sort.REMINDER)

MONEY = frozenset(
    {
        "accepted_early",
        "agreed_pay",
        "agreed_payer",
        "agreed_wait",
        "came_late",
        "cancellation_asked",
        "cancelled",
        "delivered",
        "delivered_short",
        "delivered_short_after",
        "dispute_answered",
        "dispute_of_clock_buyer",
        "dispute_of_clock_seller",
        "dispute_opened",
        "dispute_over",
        "dispute_over_buyer",
        "dispute_over_seller",
        "dispute_refunded",
        "dispute_released",
        "dispute_split",
        "dispute_to_answer",
        "dispute_unanswered",
        "dispute_undecided",
        "expired",
        "locked_buyer",
        "locked_payer",
        "locked_seller",
        "not_delivered",
        "not_wanted",
        "owed",
        "owed_our_fault",
        "owed_tomorrow",
        "owed_your_number",
        "part_received",
        "part_refunded",
        "part_sent",
        "payment_failed",
        "payment_received",
        "payment_refunded",
        "payment_released",
        "payout_delayed",
        "phone_changed",
        "phone_changed_theirs",
        "phone_changes",
        "phone_changes_theirs",
        "phone_changes_to_this",
        "phone_stays",
        "phone_stays_not_this",
        "phone_stays_theirs",
        "pin_code",
        "pin_locked",
        "pin_locked_theirs",
        "pin_resets",
        "pin_stays",
        "prompt_tomorrow",
        "refund_arrived",
        "refund_decided",
        "release_decided",
        "reply_code_accept",
        "reply_code_cancel",
        "reply_prompt_coming",
        "seller_warned",
        "share_returned",
        "suspense_matched",
        "suspense_returned",
        "unwanted_returned",
        "withdrawal_asked",
    }
)
SORTS: dict[str, Sort] = {
    **dict.fromkeys(MONEY, Sort.MONEY),
    "asked_to_agree": Sort.QUESTION,
    "asked_to_agree_with_fees": Sort.QUESTION,
    "staff_answer": Sort.ANSWER,
    "reminded_accept": Sort.REMINDER,
    "reminded_confirm": Sort.REMINDER,
}


def sort_of(text: str) -> Sort:
    """The sort of the text with this name; one that nobody has named here goes out like money."""
    return SORTS.get(text, Sort.ANSWER if text.startswith(REPLY) else Sort.MONEY)
