"""Two pairs of eyes: what one proposes happens when another approves, as it is then, and not otherwise."""

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Event
from payments import approvals
from payments.errors import AlreadyProposed, ApproverIsProposer, NotDecidable, NotOpen
from payments.gateways.base import Source
from payments.models import Proposal
from payments.settlement import settle
from payments.tests.conftest import Later
from payments.tests.desk import agreed, dispute_of, fresh, moved, proposed, quarrelling, staff
from tests.factories import SMALL, acknowledge, completed, open_transfer, pay_out, refused

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind


def test_nothing_happens_before_another_member_of_staff_approves() -> None:
    payment = quarrelling()
    before = moved(payment)
    proposal = proposed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 350_000, "buyer_amount": 0})

    with pytest.raises(ApproverIsProposer):
        approvals.approve(proposal.pk, by=staff("amina"))

    assert (fresh(payment).contract.status, moved(payment)) == ("disputed", before)
    approvals.approve(proposal.pk, by=staff("brian"))
    assert fresh(payment).contract.status == "completed"


def test_the_database_itself_refuses_an_approver_who_proposed() -> None:
    proposal = proposed(Kind.DECISION, dispute_of(quarrelling()), details={"seller_amount": 0, "buyer_amount": 350_000})
    proposal.approve(staff("amina"))

    with pytest.raises(IntegrityError, match="approver_is_not_proposer"), transaction.atomic():
        proposal.save()


def test_a_proposal_is_decided_once() -> None:
    payment = quarrelling()
    proposal = proposed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 350_000, "buyer_amount": 0})
    approvals.approve(proposal.pk, by=staff("brian"))
    before = moved(payment)

    with pytest.raises(NotOpen):
        approvals.approve(proposal.pk, by=staff("carol"))
    with pytest.raises(NotOpen):
        approvals.reject(proposal.pk, by=staff("carol"), note="no")

    assert moved(payment) == before


def test_the_same_is_proposed_once_at_a_time() -> None:
    dispute = dispute_of(quarrelling())
    first = proposed(Kind.DECISION, dispute, details={"seller_amount": 350_000, "buyer_amount": 0})

    with pytest.raises(AlreadyProposed):
        proposed(Kind.DECISION, dispute, details={"seller_amount": 0, "buyer_amount": 350_000})

    approvals.reject(first.pk, by=staff("brian"), note="the seller sent photographs")
    assert proposed(Kind.DECISION, dispute, details={"seller_amount": 0, "buyer_amount": 350_000}).pk


def test_a_proposal_that_nobody_decides_runs_out(later: Later) -> None:
    payment = quarrelling()
    proposal = proposed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 350_000, "buyer_amount": 0})
    later(hours=72)

    with pytest.raises(NotOpen):
        approvals.approve(proposal.pk, by=staff("brian"))
    assert approvals.expire_due() == 1

    assert Proposal.objects.get(pk=proposal.pk).status == "expired"
    assert fresh(payment).contract.status == "disputed"
    kinds = list(Event.objects.filter(contract=payment.contract, kind__startswith="proposal").values_list("kind"))
    assert kinds == [("proposal.made",), ("proposal.expired",)]


# --- owed -------------------------------------------------------------------------------------------------------------


def test_an_owed_payout_is_tried_again_by_a_new_transfer() -> None:
    payment = completed(amount=SMALL)
    first = acknowledge(open_transfer(payment))
    settle(first.pk, refused(first, "2040", Source.ANSWER))

    agreed(Kind.PAY_AGAIN, first)

    second = open_transfer(payment)
    assert (second.replaces, second.phone) == (first, payment.recipient_phone)
    assert pay_out(payment).status == "released"
    with pytest.raises(NotDecidable):
        proposed(Kind.PAY_AGAIN, first)
