"""Two members of staff at work, and deals about which they decide."""

from typing import Any

from django.core.files.base import ContentFile

from contracts import audit, disputes
from contracts.models import Contract, Dispute
from payments import approvals, bookcheck
from payments.models import Payment, Proposal
from tests.factories import locked
from voicepact.kernel.models import User


def staff(name: str) -> User:
    user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    return user


def proposed(kind: Proposal.Kind, subject: Any, **more: Any) -> Proposal:
    return approvals.propose(kind, subject, by=staff("amina"), reason="as the papers show", **more)


def agreed(kind: Proposal.Kind, subject: Any, **more: Any) -> Proposal:
    return approvals.approve(proposed(kind, subject, **more).pk, by=staff("brian"))


def statement() -> "ContentFile[bytes]":
    return ContentFile(b"statement of the rail", name="statement.pdf")


def quarrelling(**terms: Any) -> Payment:
    payment = locked(**terms)
    disputes.open_dispute(payment.contract_id, phone=payment.payer_phone, reason="half is missing", channel="sms")
    return fresh(payment)


def dispute_of(payment: Payment) -> Dispute:
    return Dispute.objects.get(contract=payment.contract_id)


def fresh(payment: Payment) -> Payment:
    return Payment.objects.select_related("contract").get(pk=payment.pk)


def moved(payment: Payment) -> tuple[int, int]:
    """So many postings and transfers there are: to see that nothing moved."""
    return payment.postings.count(), payment.transfers.count()


def books_hold(contract: Contract) -> bool:
    faults = [*bookcheck.balances(), *bookcheck.totals(), *bookcheck.transfers(), *bookcheck.payments()]
    return not [*faults, *audit.verify(contract.pk)]
