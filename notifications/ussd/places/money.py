"""Where the money of a deal is: how far its payment has come, and whether it is locked."""

from decimal import Decimal

from contracts.models import Contract
from notifications import texts
from notifications.ussd.deals import Deal
from notifications.ussd.screens import Screen
from notifications.ussd.visits import Visit
from payments import checkout, ledger
from payments.models import Payment, Transfer
from payments.proof import Place
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money

Status = Contract.Status


def payment(visit: Visit) -> Screen:
    """How far the payment is: nothing yet, a prompt open or to come, a part in, or the last try failed."""
    found = visit.deal()
    if found.status != Status.CONFIRMED or found.proof.place == Place.CHECKING:
        return money(visit)
    last, facts = _last(found), {"so_far": so_far(found), "part": None, "at": ""}
    asked = prompt(found)
    if last is None or asked is None:
        failed = last is not None and last.status == Payment.Status.FAILED
        return visit.about(found, "payment_failed" if failed else "payment_awaited", **facts)
    facts["part"] = asked.money
    if asked.status == Transfer.Status.REQUESTED and not asked.claimed_at:
        planned = (part.not_before for part in checkout.parts(last) if part.number == asked.part)
        moment = next(planned, None) or asked.not_before
        if moment > now():
            return visit.about(found, "payment_later", **facts | {"at": texts.moment(moment)})
    return visit.about(found, "payment_prompted", **facts)


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


def prompt(deal: Deal) -> Transfer | None:
    """The prompt that is open, or about to come."""
    last = _last(deal)
    return last.transfers.collections().open().order_by("created_at").first() if last else None


def _last(deal: Deal) -> Payment | None:
    return deal.contract.payments.order_by("-pk").first()
