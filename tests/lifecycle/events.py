"""What can happen to a deal, each through the real verb of whoever does it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from contracts import contact, disputes
from contracts.models import Contract, Deadline, Party
from payments import approvals, refunds
from payments.models import Proposal, Transfer
from payments.tests import hand
from tests.factories import new_phone
from tests.lifecycle import rails
from tests.lifecycle.deal import CannotHappen, Deal
from tests.lifecycle.states import PART_BACK, TO_SELLER
from voicepact.kernel.clock import now
from voicepact.kernel.rails import RAILS, split

Kind, Status = Transfer.Kind, Transfer.Status
Timer = Deadline.Kind
OUT = (Kind.PAYOUT,)
BACK = (Kind.REFUND, Kind.REVERSAL)
Kinds = tuple[Transfer.Kind, ...]


@dataclass(frozen=True)
class Event:
    """`happen` returns a note; it raises a refusal, or CannotHappen."""

    name: str
    happen: Callable[[Deal], str]


# --- what the parties and the client say ------------------------------------------------------------------------------


def _says(verb: str, role: str, words: str = "") -> Event:
    return Event(f"{verb} by the {role}", lambda deal: deal.sends(role, verb, words))


def _checkout(deal: Deal) -> str:
    contract = deal.contract
    body = {"contract_id": contract.pk, "phone_number": contract.buyer.phone, "amount": int(contract.amount)}
    return deal.posts("payments/checkout", body)


def _release(deal: Deal) -> str:
    contract, payment = deal.contract, deal.payment
    both = [contract.buyer.phone, contract.seller.phone]
    body = {"contract_id": contract.pk, "transaction_id": payment.transaction_id, "confirmed_by": both}
    return deal.posts("payments/release", body)


def _refund(deal: Deal, **part: int) -> str:
    body = {"reason": "tried", "initiated_by": deal.contract.buyer.phone, **part}
    return deal.posts("payments/refund", {"transaction_id": deal.payment.transaction_id, **body})


def _cancel(deal: Deal) -> str:
    return deal.posts(f"contracts/{deal.contract.pk}/cancel", {"reason": "tried"})


# --- what the rail does -----------------------------------------------------------------------------------------------


def _is_prompt(transfer: Transfer) -> bool:
    """A prompt that the rail may know."""
    return transfer.is_collection and transfer.claimed_at is not None


def _open_prompt(deal: Deal) -> Transfer:
    return deal.transfer(lambda each: _is_prompt(each) and each.is_open)


def _unsent_prompt(deal: Deal) -> Transfer:
    return deal.transfer(lambda each: each.is_collection and rails.is_unsent(each))


def _prompt_paid(deal: Deal) -> str:
    return rails.calls_back_paid(_open_prompt(deal))


def _confirmed(deal: Deal) -> str:
    """The rail answers, about each prompt that it was to be asked about, that it was paid."""
    asked = [
        each for each in deal.look.transfers.values() if _is_prompt(each) and each.next_ask_at and each.external_id
    ]
    if not asked:
        raise CannotHappen
    for prompt in asked:
        rails.answers(deal.stage, prompt, code="0", word="")
    return ""


def _prompt_refused(code: str) -> Callable[[Deal], str]:
    return lambda deal: rails.calls_back_refused(_open_prompt(deal), code)


def _late_money(deal: Deal) -> str:
    return rails.calls_back_paid(deal.transfer(lambda each: _is_prompt(each) and each.status == Status.FAILED))


def _sent(deal: Deal, kinds: Kinds) -> Transfer:
    """The first transfer out that is with the rail; if none is, the first that can be sent is sent."""
    with suppress(CannotHappen):
        return deal.transfer(lambda each: each.kind in kinds and each.is_open and each.claimed_at)
    transfer = _unsent(deal, kinds)
    if rails.send(deal.stage, transfer):
        raise CannotHappen
    return rails.fresh(transfer)


def _unsent(deal: Deal, kinds: Kinds) -> Transfer:
    return deal.transfer(lambda each: each.kind in kinds and rails.is_unsent(each))


def _arrives(deal: Deal, kinds: Kinds) -> str:
    return rails.calls_back_paid(_sent(deal, kinds))


def _refused(deal: Deal, kinds: Kinds, code: str) -> str:
    """The callback says so, and the rail, asked, confirms it."""
    transfer = _sent(deal, kinds)
    rails.calls_back_refused(transfer, code)
    return rails.answers(deal.stage, rails.fresh(transfer), code=code, word="Failed")


def _lost(deal: Deal, kinds: Kinds) -> str:
    return rails.lose(deal.stage, _unsent(deal, kinds))


def _reversal_refused(deal: Deal) -> str:
    return _refused(deal, (Kind.REVERSAL,), "R000002")


def _paid_by_hand(deal: Deal, *, by_stranger: bool = False) -> str:
    """The part that is missing, or the first, is paid to the Pay Bill, and the rail confirms from whose phone."""
    if by_stranger and deal.contract.status != Contract.Status.CONFIRMED:
        raise CannotHappen  # it goes where everybody's goes
    first, second = split(deal.contract.buyer_pays.amount, RAILS[deal.contract.gateway])
    is_in = any(each.is_collection and each.status == Status.SUCCEEDED for each in deal.look.transfers.values())
    deposit = hand.tell(deal.contract, second if is_in else first)
    hand.confirm(deposit, new_phone() if by_stranger else deal.contract.buyer.phone)
    return ""


# --- what the clock does ----------------------------------------------------------------------------------------------


def _due(kind: Deadline.Kind) -> Event:
    def happen(deal: Deal) -> str:
        deal.runs_out(kind)
        return ""

    return Event(f"clock: {kind.value}", happen)


def _due_unreachable(kind: Deadline.Kind) -> Event:
    def happen(deal: Deal) -> str:
        deal.deadline(kind)
        Party.objects.filter(contract=deal.contract.pk).update(unreachable_since=now())
        deal.runs_out(kind)
        return ""

    return Event(f"clock: {kind.value}, nobody can be reached", happen)


def _warned(deal: Deal, *, writes: bool = False) -> str:
    """The seller has been warned a day ago, and has kept silent unless it `writes`."""
    seller = deal.contract.seller
    deal.runs_out(Timer.SELLER_WARNING)
    contact.was_warned(seller)
    if writes:
        contact.wrote(seller.phone)
    deal.again().runs_out(Timer.DELIVERY)
    return ""


# --- what staff decide ------------------------------------------------------------------------------------------------


def _decision(share: Callable[[int], int]) -> Callable[[Deal], str]:
    """The seller gets its `share` of what there is to decide about, the buyer the rest."""

    def happen(deal: Deal) -> str:
        dispute, whole = deal.dispute, int(deal.contract.amount - refunds.given(deal.payment))
        seller = share(whole)
        deal.decided(Proposal.Kind.DECISION, dispute, {"seller_amount": seller, "buyer_amount": whole - seller})
        return ""

    return happen


def _part_back(deal: Deal) -> str:
    deal.decided(Proposal.Kind.PARTIAL_REFUND, deal.payment, {"amount": PART_BACK})
    return ""


def _released(deal: Deal) -> str:
    deal.decided(Proposal.Kind.RELEASE, deal.payment, {})
    return ""


def _refunded(deal: Deal) -> str:
    deal.decided(Proposal.Kind.REFUND, deal.payment, {})
    return ""


def _pay_again(deal: Deal) -> str:
    refused = deal.transfer(lambda each: not each.is_collection and each.status == Status.FAILED)
    deal.decided(Proposal.Kind.PAY_AGAIN, refused, {})
    return ""


def _opened_by_staff(deal: Deal) -> str:
    disputes.open_by_staff(deal.contract.pk, reason="tried", actor=approvals.staff_actor(deal.stage.staff[0]))
    return ""


def _could_be_redirected(transfer: Transfer) -> bool:
    return not transfer.is_collection and transfer.status != Status.SUCCEEDED


def _new_phone(role: str) -> Callable[[Deal], str]:
    def happen(deal: Deal) -> str:
        deal.transfer(_could_be_redirected)
        party = deal.payment.contract.party(role)
        deal.decided(Proposal.Kind.PHONE_CHANGE, party, {"phone": new_phone()})
        deal.again().runs_out(Timer.PHONE_CHANGE)
        return ""

    return happen


MOVED = (Timer.AGREEMENT, Timer.FUNDING, Timer.DELIVERY, Timer.ACCEPTANCE, Timer.DELIVERY_WORD)

EVENTS = [
    _says("YES", "buyer"),
    _says("YES", "seller"),
    _says("NO", "buyer"),
    _says("NO", "seller"),
    _says("PAY", "buyer"),
    _says("DELIVERED", "seller"),
    _says("ACCEPT", "buyer"),
    _says("DISPUTE", "buyer", "the maize is wet"),
    _says("DISPUTE", "seller", "the buyer is away"),
    _says("WITHDRAW", "buyer"),
    _says("WITHDRAW", "seller"),
    _says("CANCEL", "buyer"),
    _says("CANCEL", "seller"),
    Event("client: checkout", _checkout),
    Event("client: cancel", _cancel),
    Event("client: release", _release),
    Event("client: refund", _refund),
    Event("client: refund of 50,000", partial(_refund, amount=PART_BACK)),
    Event("rail: takes the prompt", lambda deal: rails.send(deal.stage, _unsent_prompt(deal))),
    Event("rail: rejects the prompt", lambda deal: rails.reject(deal.stage, _unsent_prompt(deal))),
    Event("rail: the push's answer is lost", lambda deal: _lost(deal, (Kind.COLLECTION,))),
    Event("rail: prompt paid (callback)", _prompt_paid),
    Event("rail: confirms what was paid", _confirmed),
    Event("rail: prompt cancelled by the buyer (1032)", _prompt_refused("1032")),
    Event("rail: too little money (1)", _prompt_refused("1")),
    Event("rail: buyer's daily limit (4)", _prompt_refused("4")),
    Event("rail: same amount too soon (17)", _prompt_refused("17")),
    Event("rail: a code that nobody explains", _prompt_refused("9999")),
    Event("rail: late money for a failed prompt", _late_money),
    Event("rail: a part is paid by hand", _paid_by_hand),
    Event("rail: a part is paid by hand, by a stranger", partial(_paid_by_hand, by_stranger=True)),
    Event("rail: payout arrives", partial(_arrives, kinds=OUT)),
    Event("rail: payout refused, our fault (2001)", partial(_refused, kinds=OUT, code="2001")),
    Event("rail: payout refused, recipient's limit (4)", partial(_refused, kinds=OUT, code="4")),
    Event("rail: payout refused, wrong recipient (2040)", partial(_refused, kinds=OUT, code="2040")),
    Event("rail: payout's answer is lost", partial(_lost, kinds=OUT)),
    Event("rail: money back arrives", partial(_arrives, kinds=BACK)),
    Event("rail: money back refused, our fault (2001)", partial(_refused, kinds=BACK, code="2001")),
    Event("rail: reversal refused for good (R000002)", _reversal_refused),
    Event("rail: the answer about money back is lost", partial(_lost, kinds=BACK)),
    *(_due(kind) for kind in Timer if kind != Timer.PHONE_CHANGE),
    Event("clock: delivery, the seller was warned and kept silent", _warned),
    Event("clock: delivery, the seller was warned and wrote", partial(_warned, writes=True)),
    *(_due_unreachable(kind) for kind in MOVED),
    Event("staff: decide for the seller", _decision(lambda whole: whole)),
    Event("staff: decide for the buyer", _decision(lambda whole: 0)),
    Event("staff: split, 200,000 to the seller", _decision(lambda whole: TO_SELLER)),
    Event("staff: release in the buyer's place", _released),
    Event("staff: refund in the seller's place", _refunded),
    Event("staff: give back 50,000", _part_back),
    Event("staff: try again what is owed", _pay_again),
    Event("staff: open a dispute", _opened_by_staff),
    Event("staff: the seller has a new phone", _new_phone("seller")),
    Event("staff: the buyer has a new phone", _new_phone("buyer")),
]
