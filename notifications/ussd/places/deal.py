"""One deal: how it stands, whose turn it is, and only what this party can say now."""

from contracts.models import Confirmation, Contract, Dispute, Party
from notifications import possible, texts
from notifications.gsm import cut
from notifications.ussd.deals import PAYERS, Deal
from notifications.ussd.labels import label
from notifications.ussd.places import money
from notifications.ussd.screens import Option, Screen
from notifications.ussd.states import Step
from notifications.ussd.visits import Visit
from payments import checkout, prompts
from payments.proof import Place

Status, Kind, Role = Contract.Status, Confirmation.Kind, Party.Role
REASONS = {
    "Not delivered": "not_delivered",
    "Part is missing": "part_missing",
    "Bad quality": "bad_quality",
    "Wrong goods": "wrong_goods",
}
"""What a party can report without words of its own, as staff read it, and the label under which it chooses it."""
LEADS = {
    "agree": ("act", "YES"),
    "decline": ("sure", "NO"),
    "pay": ("act", "PAY"),
    "accept": ("sure", "ACCEPT"),
    "problem": ("reasons", "DISPUTE"),
    "answer": ("reasons", "DISPUTE"),
    "add": ("reasons", "DISPUTE"),
    "withdraw": ("sure", "WITHDRAW"),
    "cancel": ("sure", "CANCEL"),
    "delivered": ("delivery", "DELIVERED"),
}
"""Where each choice leads, and the command that it becomes at last."""
LONGEST_REASON = 20


def deal(visit: Visit) -> Screen:
    """How the deal stands for this party, and what it can say."""
    found = visit.deal()
    stands = _stands(found)
    options = tuple(_option(visit, name) for name in _choices(found, stands))
    facts = {"short": found.short_of, "so_far": money.so_far(found), "by": _by(found, visit.language)}
    facts["at"] = texts.prompt_at(found.contract) if stands == "prompted" else ""
    why = reason_told(found.dispute.reason if found.dispute else "", visit.language)
    return visit.about(found, f"deal_{stands}", *options, **facts, why=why)


def _option(visit: Visit, name: str) -> Option:
    if name not in LEADS:
        return visit.option(name, Step(name, visit.here.deal))
    place, verb = LEADS[name]
    return visit.option(name, Step(place, visit.here.deal, notes={"verb": verb}))


# --- what is said -----------------------------------------------------------------------------------------------------


def _stands(deal: Deal) -> str:
    """Which text says how the deal stands for this party, without `deal_`."""
    status, role = deal.status, deal.role
    if status == Status.PENDING:
        return "agreed" if deal.has_said(Kind.AGREED) else f"agree_{role.value}"
    if status == Status.CONFIRMED:
        return _stands_unpaid(deal)
    if status == Status.DISPUTED:
        return _stands_in_dispute(deal)
    if status in (Status.PAYMENT_LOCKED, Status.DELIVERED):
        return _stands_locked(deal)
    return f"{PLACES_AFTER.get(deal.proof.place, 'over')}_{'seller' if role == Role.SELLER else 'buyer'}"


PLACES_AFTER = {
    Place.PAYING: "paying",
    Place.PAID: "paid",
    Place.RETURNING: "returning",
    Place.RETURNED: "returned",
}


def _stands_unpaid(deal: Deal) -> str:
    if deal.proof.place == Place.CHECKING:
        return "checking"
    if checkout.is_late(deal.contract) and prompts.open_for(deal.contract) is None:
        return "late"
    if deal.role not in PAYERS:
        return "unpaid"
    return "pay" if checkout.brings_prompt(deal.contract) else "prompted"


def _stands_locked(deal: Deal) -> str:
    if deal.proof.place == Place.CHECKING:
        return "checking"
    if deal.role == Role.PAYER:
        return "locked_payer"
    if deal.is_asked_to_cancel:
        return "cancel_asked"
    if deal.role == Role.SELLER:
        if deal.has_said(Kind.DELIVERED):
            return "delivered"
        return "accepted_early" if deal.has_said(Kind.ACCEPTED, Role.BUYER) else "deliver"
    if deal.has_said(Kind.ACCEPTED):
        return "accepted"
    if deal.status == Status.DELIVERED:
        return "accept_short" if deal.short_of else "accept"
    return "locked"


def _stands_in_dispute(deal: Deal) -> str:
    assert deal.dispute is not None, "a disputed contract has a dispute that is open"
    if deal.is_opener:
        return "problem_mine"
    if deal.dispute.opener != Dispute.Opener.PARTY:
        return "problem_ours"
    return "problem_theirs" if deal.has_to_answer else "problem"


def _by(deal: Deal, language: str) -> str:
    opener = deal.dispute.opened_by if deal.dispute else None
    return label(opener.role, language) if opener else ""


def reason_told(reason: str, language: str) -> str:
    """Why somebody quarrels, in the reader's language where it is one of the list."""
    return label(REASONS[reason], language) if reason in REASONS else cut(reason, LONGEST_REASON)


# --- what can be said -------------------------------------------------------------------------------------------------


def _choices(deal: Deal, stands: str) -> list[str]:
    """The labels of what this party can do now, the most likely first: all that would be obeyed, and nothing else."""
    verbs = possible.commands(deal.contract, deal.party)
    if deal.status == Status.PENDING:
        has_agreed = ["decline" if deal.role == Role.PAYER else "cancel"]
        return ["agree", "decline"] if "YES" in verbs else has_agreed
    if deal.status == Status.CONFIRMED:
        return [*PAYING.get(stands, ["money", "payment"]), *["cancel"] * ("CANCEL" in verbs)]
    said = [_name(deal, verb) for verb in verbs]
    return sorted([*said, "money"], key=_order(deal).index)


PAYING = {"pay": ["pay", "payment"], "prompted": ["payment", "money"], "late": ["money"]}
"""What can be said of a payment, by how it stands for this party."""
WORDS = ("delivered", "accept")
TAKEN_UP = ("withdraw", *WORDS, "money", "add", "cancel")
TO_ANSWER = ("answer", *WORDS, "money", "cancel")
TO_CANCEL = ("cancel", *WORDS, "money", "problem")
TO_WAIT = ("money", "problem", *WORDS, "cancel")
TO_SPEAK = (*WORDS, "problem", "money", "cancel")
"""In which order the choices stand while money is held."""


def _name(deal: Deal, verb: str) -> str:
    """The label under which the command is chosen."""
    if verb == "DISPUTE":
        return "problem" if deal.dispute is None else "add" if deal.is_opener else "answer"
    return verb.lower()


def _order(deal: Deal) -> tuple[str, ...]:
    if deal.dispute is not None:
        return TAKEN_UP if deal.is_opener else TO_ANSWER
    if deal.is_asked_to_cancel:
        return TO_CANCEL
    waits = deal.role == Role.BUYER and deal.status == Status.PAYMENT_LOCKED
    return TO_WAIT if waits else TO_SPEAK
