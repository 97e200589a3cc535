"""What a proposal asks for, in sentences from its own row: they stay the same however things stand when it is read."""

from decimal import Decimal, InvalidOperation

from payments.models import Proposal
from voicepact.kernel.display import veiled
from voicepact.kernel.money import Money
from voicepact.kernel.phones import mask

OUTCOMES = {
    "succeeded": "The money has moved.",
    "failed": "The money has not moved, and by this transfer it will not.",
    "returned": "The money has come in, does not count, and goes back.",
}
SENTENCES = {
    "seller_amount": "{} for the seller.",
    "buyer_amount": "{} back to whoever paid.",
    "amount": "{} goes back to whoever paid.",
    "phone": "The new number is {}.",
    "receipt_number": "The receipt number is {}.",
    "transaction_id": "The money is for {}.",
}
ORDER = ("outcome", *SENTENCES)
AMOUNTS = ("seller_amount", "buyer_amount", "amount")
WITHOUT_DETAILS = "All of what it is about."


def asked_for(proposal: Proposal) -> list[str]:
    """One sentence for each detail; phones masked."""
    given = {name: value for name, value in proposal.details.items() if value not in (None, "")}
    told = [_sentence(proposal, name, given[name]) for name in sorted(given, key=_place)]
    return told or [WITHOUT_DETAILS]


def _place(name: str) -> int:
    """JSON is kept without an order of its own."""
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _sentence(proposal: Proposal, name: str, value: object) -> str:
    if name == "outcome":
        return OUTCOMES.get(str(value), veiled(str(value)))
    sentence = SENTENCES.get(name, name.replace("_", " ").capitalize() + ": {}.")
    return sentence.format(_shown(proposal, name, value))


def _shown(proposal: Proposal, name: str, value: object) -> str:
    if name == "phone":
        return mask(str(value))
    if name not in AMOUNTS:
        return veiled(str(value))
    try:
        return str(Money(Decimal(str(value)), proposal.contract.currency if proposal.contract else "KES"))
    except InvalidOperation:
        return veiled(str(value))
