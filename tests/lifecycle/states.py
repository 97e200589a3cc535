"""The states of a deal, each reached from a start by steps that are the real verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from contracts import agreements, disputes
from contracts.models import Deadline
from payments import endings, escrow, settlement, stops
from payments.models import Payment, Proposal, Transfer
from tests import factories
from tests.lifecycle import rails
from tests.lifecycle.deal import Deal
from tests.lifecycle.stage import Stage

Kind, Timer = Transfer.Kind, Deadline.Kind
Step = Callable[[Deal], object]
DAILY_LIMIT, CANCELLED, WRONG_RECIPIENT = "4", "1032", "2040"
TO_SELLER, PART_BACK = 200_000, 50_000


@dataclass(frozen=True)
class State:
    """`heading` is what the document groups by, `name` what else there is to know.

    States with the same `start`, and then the same first `steps`, go that way together: so steps that do the same are
    the same.
    """

    heading: str
    name: str
    start: Callable[[Stage], Deal]
    steps: tuple[Step, ...] = ()


# --- starts -----------------------------------------------------------------------------------------------------------


def pending(stage: Stage) -> Deal:
    return Deal.of(stage, factories.drafted(owner=stage.owner).pk)


def confirmed(stage: Stage) -> Deal:
    return Deal.of(stage, factories.confirmed(owner=stage.owner).pk)


def checked_out(stage: Stage) -> Deal:
    return Deal.of(stage, factories.checked_out(owner=stage.owner).contract_id)


def claimed(stage: Stage) -> Deal:
    """Both parts came in by callback, and the rail has confirmed neither."""
    return Deal.of(stage, factories.fund(factories.checked_out(owner=stage.owner), confirm=False).contract_id)


def locked(stage: Stage) -> Deal:
    return Deal.of(stage, factories.locked(owner=stage.owner).contract_id)


# --- what people do ---------------------------------------------------------------------------------------------------


def agreed(deal: Deal) -> None:
    agreements.agree(deal.contract.pk, phone=deal.contract.buyer.phone, channel="sms")


def delivered(deal: Deal) -> None:
    escrow.deliver(deal.contract.pk, phone=deal.contract.seller.phone, channel="sms")


def accepted(deal: Deal) -> None:
    escrow.accept(deal.contract.pk, phone=deal.contract.buyer.phone, channel="sms")


@cache
def disputed_by(role: str) -> Step:
    def step(deal: Deal) -> None:
        disputes.open_dispute(deal.contract.pk, phone=deal.contract.party(role).phone, reason="wet", channel="sms")

    return step


def disputed_by_staff(deal: Deal) -> None:
    disputes.open_by_staff(deal.contract.pk, reason="seen", actor=factories.CLIENT)


@cache
def cancelled_by(role: str) -> Step:
    def step(deal: Deal) -> None:
        endings.cancel(deal.contract.pk, phone=deal.contract.party(role).phone, channel="sms")

    return step


def split(deal: Deal) -> None:
    shares = {"seller_amount": TO_SELLER, "buyer_amount": int(deal.contract.amount) - TO_SELLER}
    deal.decided(Proposal.Kind.DECISION, deal.dispute, shares)


def given_back(deal: Deal) -> None:
    deal.decided(Proposal.Kind.PARTIAL_REFUND, deal.payment, {"amount": PART_BACK})


def paused(deal: Deal) -> None:
    stops.stop(code=stops.PAUSED, actor=factories.CLIENT)


# --- what the clock and the rail do -----------------------------------------------------------------------------------


@cache
def ran_out(kind: Deadline.Kind) -> Step:
    return lambda deal: deal.runs_out(kind)


def sent(deal: Deal) -> None:
    """The first transfer that nobody has sent is with the rail."""
    rails.send(deal.stage, deal.transfer(rails.is_unsent))


def lost(deal: Deal) -> None:
    """The first transfer that nobody has sent was sent, and the rail's answer to that was lost."""
    rails.lose(deal.stage, deal.transfer(rails.is_unsent))


@cache
def refused(code: str) -> Step:
    """The open prompt has been refused by its callback."""

    def step(deal: Deal) -> None:
        prompt = factories.open_transfer(deal.payment)
        settlement.settle(prompt.pk, factories.refused(prompt, code))

    return step


def paid(deal: Deal) -> None:
    """The open prompt has been paid, and the rail has confirmed it."""
    prompt = factories.open_transfer(deal.payment)
    settlement.settle(prompt.pk, factories.succeeded(prompt))
    settlement.settle(prompt.pk, factories.answered(prompt))


def denied(deal: Deal) -> None:
    """The rail, asked about the first prompt, denies what its callback said."""
    rails.answers(deal.stage, deal.transfer(lambda each: each.is_collection), code=CANCELLED, word="")


def arrived(deal: Deal) -> None:
    """The transfer out that is with the rail has arrived."""
    rails.calls_back_paid(deal.transfer(_is_under_way))


def owed(deal: Deal) -> None:
    """The rail's own word is that the payout which was with it has a wrong recipient."""
    payout = deal.transfer(_is_under_way)
    rails.calls_back_refused(payout, WRONG_RECIPIENT)
    rails.answers(deal.stage, rails.fresh(payout), code=WRONG_RECIPIENT, word="Failed")


def _is_under_way(transfer: Transfer) -> bool:
    return not transfer.is_collection and transfer.status == Transfer.Status.SUBMITTED


def all_arrived(deal: Deal) -> Payment:
    return factories.pay_out(deal.payment)


# --- the states -------------------------------------------------------------------------------------------------------

WORDS: dict[str, tuple[Step, ...]] = {
    "neither has confirmed": (),
    "delivered": (delivered,),
    "accepted": (accepted,),
}
SILENCE = {"neither has confirmed": Timer.DELIVERY, "delivered": Timer.ACCEPTANCE, "accepted": Timer.DELIVERY_WORD}
PART_PAID = (sent, paid, sent)
COMPLETED = (delivered, accepted)


def _disputed() -> list[State]:
    """A dispute of each opener, for whatever was confirmed before it."""
    parties = {role: disputed_by(role) for role in ("buyer", "seller")}
    states = [
        State("disputed", f"opened by the {role}, {name}", locked, (*words, opened))
        for role, opened in parties.items()
        for name, words in WORDS.items()
    ]
    states += [
        State("disputed", f"opened by the clock, {name}", locked, (*words, ran_out(SILENCE[name])))
        for name, words in WORDS.items()
    ]
    both = {
        "buyer": (accepted, parties["buyer"], delivered),
        "seller": (delivered, parties["seller"], accepted),
        "clock": (accepted, ran_out(Timer.DELIVERY_WORD), delivered),
    }
    states += [
        State("disputed", f"opened by the {by}, both have confirmed", locked, steps) for by, steps in both.items()
    ]
    return [
        *states,
        State("disputed", "opened by staff, delivered", locked, (delivered, disputed_by_staff)),
        State("disputed", "opened by the buyer, staff have given back 50,000", locked, (parties["buyer"], given_back)),
    ]


STATES = [
    State("pending", "nobody has agreed", pending),
    State("pending", "the buyer has agreed", pending, (agreed,)),
    State("confirmed", "no checkout yet", confirmed),
    State("confirmed", "the prompt is due", checked_out),
    State("confirmed", "the prompt is open", checked_out, (sent,)),
    State("confirmed", "the push's answer was lost", checked_out, (lost,)),
    State("confirmed", "the buyer cancelled the prompt", checked_out, (sent, refused(CANCELLED))),
    State("confirmed", "the prompt waits for tomorrow", checked_out, (sent, refused(DAILY_LIMIT))),
    State("confirmed", "part paid, the next prompt is open", checked_out, PART_PAID),
    State("confirmed", "part paid, no prompt is open", checked_out, (*PART_PAID, refused(CANCELLED))),
    State("payment_locked", "the rail has not confirmed it yet", claimed),
    State("payment_locked", "the rail denies what its callback said", claimed, (denied,)),
    State("payment_locked", "confirmed by the rail", locked),
    State("payment_locked", "the buyer has accepted already", locked, (accepted,)),
    State("payment_locked", "staff have given back 50,000", locked, (given_back,)),
    State("delivered", "the buyer has not accepted", locked, (delivered,)),
    *_disputed(),
    State("completed", "the rail has not confirmed the money yet", claimed, COMPLETED),
    State("completed", "the payout is requested", locked, COMPLETED),
    State("completed", "the payout is requested, and payouts are paused", locked, (*COMPLETED, paused)),
    State("completed", "the payout's first part is with the rail", locked, (*COMPLETED, sent)),
    State("completed", "nobody knows what became of the payout's first part", locked, (*COMPLETED, lost)),
    State("completed", "one part has arrived, the other is owed", locked, (*COMPLETED, sent, arrived, sent, owed)),
    State("completed", "split by decision, both shares are requested", locked, (disputed_by("buyer"), split)),
    State("completed", "released", locked, (*COMPLETED, all_arrived)),
    State("cancelled", "nothing was ever paid", confirmed, (cancelled_by("buyer"),)),
    State("cancelled", "a prompt is still open", checked_out, (sent, cancelled_by("buyer"))),
    State("cancelled", "the money is to go back", locked, (cancelled_by("seller"),)),
    State("cancelled", "the money's first part is on its way back", locked, (cancelled_by("seller"), sent)),
    State("cancelled", "refunded", locked, (cancelled_by("seller"), all_arrived)),
    State("expired", "never agreed", pending, (ran_out(Timer.AGREEMENT),)),
    State("expired", "never paid", confirmed, (ran_out(Timer.FUNDING),)),
    State("expired", "part paid, that part is to go back", checked_out, (*PART_PAID, ran_out(Timer.FUNDING))),
]
