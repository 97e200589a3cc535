"""Where the money of a deal is: how far its payment has come, and whether it is locked."""

from decimal import Decimal

from contracts.models import Contract
from notifications import texts
from notifications.ussd.deals import Deal
from notifications.ussd.screens import Screen
from notifications.ussd.visits import Visit
from payments import ledger, prompts
from payments.models import Payment
from payments.proof import Place
from voicepact.kernel.money import Money

Status = Contract.Status


def payment(visit: Visit) -> Screen:
    """How far the payment is: nothing yet, a prompt open or to come, a part in, or the last try failed."""
    found = visit.deal()
    if found.status != Status.CONFIRMED or found.proof.place == Place.CHECKING:
        return money(visit)
    last, facts = _last(found), {"so_far": so_far(found), "part": None, "at": ""}
    asked = prompts.open_for(found.contract)
    if last is None or asked is None:
        failed = last is not None and last.status == Payment.Status.FAILED
        return visit.about(found, "payment_failed" if failed else "payment_awaited", **facts)
    facts["part"] = asked.money
    facts["at"] = texts.prompt_at(found.contract)
    return visit.about(found, "payment_later" if facts["at"] else "payment_prompted", **facts)


def money(visit: Visit) -> Screen:
    """LOCKED or not, with the amount and the code by which anybody can check that we said so."""
    found = visit.deal()
    proof = found.proof
    name = "money_locked" if proof.locked else f"money_{proof.place.value}"
    return visit.about(found, name, kept=proof.amount, code=proof.code)


def so_far(deal: Deal) -> Money | None:
    """What has come in of a payment that is not whole yet."""
    if deal.status != Status.CONFIRMED:
        return None
    payment = _last(deal)
    came = ledger.standing(payment).held if payment and payment.status == Payment.Status.PENDING else Decimal(0)
    return Money(came, deal.contract.currency) if came else None


def _last(deal: Deal) -> Payment | None:
    return deal.contract.payments.order_by("-pk").first()
