"""Which event is told to whom, in which text, and when: the whole repertoire of what we say by ourselves."""

from dataclasses import dataclass

from contracts.models import Party
from notifications.audience import (
    BUYER,
    PAYER,
    SELLER,
    Condition,
    Hearers,
    a_part_was_to_go_back,
    a_share_was_to_go_back,
    after,
    all_but_whose_phone,
    always,
    at_the_new_number,
    because_of,
    before,
    buyer_and_whoever_pays,
    called_off,
    concerned,
    for_another_reason_than,
    goes_on,
    in_part,
    kept,
    limit_of_the_day,
    may_pay_again,
    more_goes_back,
    nobody_wanted_it,
    opener,
    other_side,
    other_trader,
    payer_who_pays,
    run_out,
    says,
    the,
    unconcerned,
    unwanted,
    who_has_to_agree,
    whoever_paid_by_hand,
    whose_phone,
    with_fees,
    without_fees,
)
from payments.outcomes import NEVER_ARRIVED, NEXT_DAY, OUR_FAULT, WRONG_RECIPIENT

OPENERS = ("buyer", "seller", "staff")


@dataclass(frozen=True, slots=True)
class Announcement:
    """Those who are to hear of an event read `text`, `when` it is so."""

    text: str
    hearers: Hearers
    when: Condition = always


REFUSED = (*OUR_FAULT, *NEXT_DAY, *WRONG_RECIPIENT, NEVER_ARRIVED)  # what never arrived is sent: nothing to tell


def _owed(*roles: Party.Role) -> tuple[Announcement, ...]:
    """What is told when the rail has refused to move money out: to each side in its own words where they differ."""
    return (
        Announcement("owed_tomorrow", the(*roles), because_of(*NEXT_DAY)),
        Announcement("owed_our_fault", the(*roles), because_of(*OUR_FAULT)),
        Announcement("owed_your_number", whose_phone, because_of(*WRONG_RECIPIENT)),
        Announcement("owed", all_but_whose_phone(*roles), because_of(*WRONG_RECIPIENT)),
        Announcement("owed", the(*roles), for_another_reason_than(*REFUSED)),
    )


GONE_BACK = (
    Announcement("part_refunded", whose_phone, more_goes_back),
    Announcement("refund_arrived", the(BUYER, SELLER, PAYER), a_part_was_to_go_back),
    Announcement("share_returned", the(BUYER, PAYER), a_share_was_to_go_back),
    Announcement("unwanted_returned", whose_phone, nobody_wanted_it),
)
ANNOUNCEMENTS: dict[str, tuple[Announcement, ...]] = {
    "contract.drafted": (
        Announcement("asked_to_agree", who_has_to_agree, without_fees),
        Announcement("asked_to_agree_with_fees", who_has_to_agree, with_fees),
    ),
    "contract.confirmed": (
        Announcement("agreed_pay", the(BUYER)),
        Announcement("agreed_payer", the(PAYER)),
        Announcement("agreed_wait", the(SELLER)),
    ),
    "contract.cancelled": (
        Announcement("cancelled", the(BUYER, SELLER, PAYER), called_off),
        Announcement("not_delivered", the(BUYER, SELLER, PAYER), run_out),
    ),
    "contract.expired": (Announcement("expired", the(BUYER, SELLER, PAYER)),),
    "transfer.failed": (Announcement("prompt_tomorrow", whose_phone, limit_of_the_day),),
    "collection.received": (
        Announcement("part_received", buyer_and_whoever_pays, in_part),
        Announcement("not_wanted", whose_phone, unwanted),
    ),
    "collection.late": (Announcement("came_late", whose_phone, kept),),
    "suspense.matched": (Announcement("suspense_matched", whoever_paid_by_hand),),
    "suspense.returned": (Announcement("suspense_returned", whoever_paid_by_hand),),
    "payment.locked": (Announcement("payment_received", buyer_and_whoever_pays),),
    "payment.secured": (
        Announcement("locked_buyer", the(BUYER), before("party.accepted", "dispute.opened", "contract.cancelled")),
        Announcement("locked_payer", payer_who_pays, before("dispute.opened", "contract.cancelled")),
        Announcement("locked_seller", the(SELLER), before("party.delivered", "dispute.opened", "contract.cancelled")),
    ),
    "payment.failed": (Announcement("payment_failed", buyer_and_whoever_pays, may_pay_again),),
    "contract.delivered": (Announcement("delivered", the(BUYER), before("party.accepted", "delivery.short")),),
    "delivery.short": (
        Announcement("delivered_short", the(BUYER), before("party.accepted")),
        Announcement("delivered_short_after", the(BUYER), after("party.accepted")),
    ),
    "party.accepted": (Announcement("accepted_early", the(SELLER), before("party.delivered", "dispute.opened")),),
    "cancellation.asked": (Announcement("cancellation_asked", the(SELLER)),),
    "party.reminded": (
        Announcement("reminded_accept", the(BUYER), says("what", "accept")),
        Announcement("reminded_confirm", the(SELLER), says("what", "confirm")),
    ),
    "seller.warned": (Announcement("seller_warned", the(SELLER)),),
    "dispute.opened": (
        Announcement("dispute_opened", opener),
        Announcement("dispute_to_answer", other_side, says("by", *OPENERS)),
        Announcement("dispute_of_clock_buyer", the(BUYER), says("by", "clock")),
        Announcement("dispute_of_clock_seller", the(SELLER), says("by", "clock")),
    ),
    "dispute.answered": (Announcement("dispute_answered", opener),),
    "dispute.unanswered": (Announcement("dispute_unanswered", the(BUYER, SELLER)),),
    "dispute.undecided": (Announcement("dispute_undecided", the(BUYER, SELLER)),),
    "dispute.withdrawal_asked": (Announcement("withdrawal_asked", opener),),
    "dispute.withdrawn": (
        Announcement("dispute_over_buyer", the(BUYER), goes_on("party.accepted", already=False)),
        Announcement("dispute_over", the(BUYER), goes_on("party.accepted", already=True)),
        Announcement("dispute_over_seller", the(SELLER), goes_on("party.delivered", already=False)),
        Announcement("dispute_over", the(SELLER), goes_on("party.delivered", already=True)),
    ),
    "dispute.resolved": (
        Announcement("dispute_released", the(BUYER, SELLER), says("outcome", "released")),
        Announcement("dispute_refunded", the(BUYER, SELLER), says("outcome", "refunded")),
        Announcement("dispute_split", the(BUYER, SELLER), says("outcome", "split")),
    ),
    "release.decided": (Announcement("release_decided", the(BUYER, SELLER)),),
    "refund.decided": (Announcement("refund_decided", the(BUYER, SELLER, PAYER)),),
    "payout.arrived": (Announcement("part_sent", the(SELLER), in_part),),
    "refund.arrived": GONE_BACK,
    "reversal.arrived": GONE_BACK,
    "payment.released": (Announcement("payment_released", the(BUYER, SELLER)),),
    "payment.refunded": (Announcement("payment_refunded", the(BUYER, SELLER, PAYER)),),
    "payout.owed": _owed(BUYER, SELLER),
    "refund.owed": _owed(BUYER, SELLER, PAYER),
    # What cannot be reversed for another reason goes back by payout, by itself: there is nothing to tell.
    "reversal.owed": (Announcement("owed_our_fault", the(BUYER, SELLER, PAYER), because_of(*OUR_FAULT)),),
    "payout.delayed": (Announcement("payout_delayed", the(BUYER, SELLER)),),
    "phone.change_agreed": (
        Announcement("phone_changes", concerned),
        Announcement("phone_changes_to_this", at_the_new_number),
        Announcement("phone_changes_theirs", unconcerned),
    ),
    "phone.change_called_off": (
        Announcement("phone_stays", concerned),
        Announcement("phone_stays_not_this", at_the_new_number),
        Announcement("phone_stays_theirs", unconcerned),
    ),
    "pin.locked": (
        Announcement("pin_locked", concerned),
        Announcement("pin_locked_theirs", other_trader),
    ),
    "phone.changed": (
        Announcement("phone_changed", concerned),
        Announcement("phone_changed_theirs", unconcerned),
    ),
}
