"""The states of a single transfer, and what the rail, the clock and two members of staff can make of it."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache

from payments import endings, settlement, submission
from payments.models import Proposal, Transfer
from tests import factories
from tests.lifecycle import rails
from tests.lifecycle.deal import CannotHappen, Deal
from tests.lifecycle.events import Event
from tests.lifecycle.stage import Stage
from tests.lifecycle.states import State, Step

Kind = Transfer.Kind
Happen = Callable[[Deal], str]
AMOUNT = Decimal(1_000)
REFUSAL = {Kind.COLLECTION: "1032", Kind.PAYOUT: "2040", Kind.REFUND: "2040", Kind.REVERSAL: "R000002"}
OUR_FAULT, TOMORROW, UNEXPLAINED, ALREADY_REVERSED = "2001", "4", "9999", "R000001"


# --- starts: it is requested ------------------------------------------------------------------------------------------


def _about(stage: Stage, transfer: Transfer) -> Deal:
    assert transfer.payment is not None
    return Deal.of(stage, transfer.payment.contract_id, about=transfer)


def collection(stage: Stage) -> Deal:
    return _about(stage, factories.open_transfer(factories.checked_out(owner=stage.owner, amount=AMOUNT)))


def payout(stage: Stage) -> Deal:
    return _about(stage, factories.open_transfer(factories.completed(owner=stage.owner, amount=AMOUNT)))


def reversal(stage: Stage) -> Deal:
    payment = factories.locked(owner=stage.owner, amount=AMOUNT)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return _about(stage, factories.open_transfer(payment))


def refund(stage: Stage) -> Deal:
    """The collection was settled by a query, which names no receipt number: it cannot be reversed."""
    payment = factories.prompted(owner=stage.owner, amount=AMOUNT)
    collected = factories.open_transfer(payment)
    settlement.settle(collected.pk, factories.answered(collected))
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return _about(stage, factories.open_transfer(payment))


# --- what happens to it -----------------------------------------------------------------------------------------------


def claimed(deal: Deal) -> None:
    """A worker has it in its hands, and has not written down what came of it."""
    submission._claim(deal.subject.pk)


def sent(deal: Deal) -> str:
    return rails.send(deal.stage, deal.subject)


def busy(deal: Deal) -> str:
    return rails.is_busy(deal.stage, deal.subject)


def rejected(deal: Deal) -> str:
    return rails.reject(deal.stage, deal.subject)


def lost(deal: Deal) -> str:
    return rails.lose(deal.stage, deal.subject)


def paid(deal: Deal) -> str:
    return rails.calls_back_paid(deal.subject)


def paid_more(deal: Deal) -> str:
    return rails.calls_back_paid(deal.subject, more=1)


def paid_under_another_number(deal: Deal) -> str:
    if not deal.subject.receipt_number:
        raise CannotHappen
    return rails.calls_back_paid(deal.subject, again=False)


def refused(deal: Deal) -> str:
    return rails.calls_back_refused(deal.subject, REFUSAL[Kind(deal.subject.kind)])


@cache
def refused_by(code: str) -> Happen:
    return lambda deal: rails.calls_back_refused(deal.subject, code)


def reversed_already(deal: Deal) -> str:
    if deal.subject.kind != Kind.REVERSAL:
        raise CannotHappen
    return rails.calls_back_refused(deal.subject, ALREADY_REVERSED)


def queue_timed_out(deal: Deal) -> str:
    return rails.queue_times_out(deal.subject)


def answered_paid(deal: Deal) -> str:
    return rails.answers(deal.stage, deal.subject, code="0", word="Completed")


def answered_failed(deal: Deal) -> str:
    return rails.answers(deal.stage, deal.subject, code=REFUSAL[Kind.COLLECTION], word="Failed")


def answered_underway(deal: Deal) -> str:
    return rails.answers(deal.stage, deal.subject, code="4999", word="Pending")


def never_heard_of(deal: Deal) -> str:
    return rails.has_never_heard_of_it(deal.stage, deal.subject)


def sent_again(deal: Deal) -> None:
    """A reversal whose answer was lost has been sent once more, and the rail has taken that."""
    rails.ask(deal.stage, deal.subject)


def not_answered(deal: Deal) -> str:
    return rails.keeps_silent(deal.stage, deal.subject)


def marked(outcome: str) -> Happen:
    """Two members of staff say so, with the rail's statement in hand."""

    def happen(deal: Deal) -> str:
        if outcome == "returned" and not deal.subject.is_collection:
            raise CannotHappen
        deal.decided(Proposal.Kind.MARK_TRANSFER, deal.subject, {"outcome": outcome}, with_statement=True)
        return ""

    return happen


# --- the states -------------------------------------------------------------------------------------------------------


def _alike() -> dict[str, tuple[Step, ...]]:
    """The states that transfers of every kind have."""
    return {
        "requested": (),
        "requested, in a worker's hands": (claimed,),
        "submitted": (sent,),
        "submitted, and the rail has not told in a day": (sent, not_answered),
        "unknown: the answer to our request was lost": (lost,),
        "unknown: a code that nobody explains": (sent, refused_by(UNEXPLAINED)),
        "in quarantine: another amount": (sent, paid_more),
    }


def _out() -> dict[str, tuple[Step, ...]]:
    """The states of money on its way out."""
    owed = (sent, refused, answered_failed)
    return {
        **_alike(),
        "submitted, its callback says refused": (sent, refused),
        "succeeded": (sent, paid),
        "failed on the rail's word": owed,
        "failed by our fault": (sent, refused_by(OUR_FAULT), answered_failed),
        "failed, and the rail says that it was paid": (*owed, answered_paid),
    }


OF_COLLECTIONS: dict[str, tuple[Step, ...]] = {
    **_alike(),
    "succeeded on its callback's word": (sent, paid),
    "succeeded on its callback's word, and the rail has not told in a day": (sent, paid, not_answered),
    "succeeded on its callback's word, and the rail denies it": (sent, paid, answered_failed),
    "succeeded, confirmed by the rail": (sent, paid, answered_paid),
    "succeeded by a query, without receipt number": (sent, answered_paid),
    "failed on its callback's word": (sent, refused),
    "failed: no answer in ten minutes": (lost, not_answered),
}
TOMORROWS = (sent, refused_by(TOMORROW), answered_failed)
OF_PAYOUTS: dict[str, tuple[Step, ...]] = {
    **_out(),
    "failed, tried again tomorrow": TOMORROWS,
    "failed, tried again tomorrow, and the rail says that it was paid": (*TOMORROWS, answered_paid),
}
OF_REVERSALS: dict[str, tuple[Step, ...]] = {
    **_out(),
    "unknown, sent again": (lost, sent_again),
    "unknown, sent again, and called reversed already": (lost, sent_again, reversed_already),
}
GROUPS = (
    ("Collection", collection, OF_COLLECTIONS),
    ("Payout", payout, OF_PAYOUTS),
    ("Refund by payout", refund, _out()),
    ("Reversal", reversal, OF_REVERSALS),
)
TRANSFER_STATES = [State(kind, name, start, steps) for kind, start, states in GROUPS for name, steps in states.items()]

OUTCOMES = [
    Event("the rail takes it", sent),
    Event("the rail rejects the request", rejected),
    Event("the rail is busy", busy),
    Event("the rail's answer is lost", lost),
    Event("callback: succeeded", paid),
    Event("callback: succeeded, with another amount", paid_more),
    Event("callback: succeeded, with another receipt number", paid_under_another_number),
    Event("callback: refused", refused),
    Event("callback: reversed already", reversed_already),
    Event("callback: a code that nobody explains", refused_by(UNEXPLAINED)),
    Event("callback: the queue timed out", queue_timed_out),
    Event("the rail, asked, answers: succeeded", answered_paid),
    Event("the rail, asked, answers: failed", answered_failed),
    Event("the rail, asked, answers: still underway", answered_underway),
    Event("the rail, asked, answers: never heard of it", never_heard_of),
    Event("no answer in time", not_answered),
    Event("two people: it succeeded", marked("succeeded")),
    Event("two people: it failed", marked("failed")),
    Event("two people: it came in and is to go back", marked("returned")),
]
