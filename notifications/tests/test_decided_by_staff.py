"""What two members of staff decide in a silent party's place is told to everybody whom it concerns, once."""

from decimal import Decimal

import pytest

from contracts.audit import CLOCK
from notifications import announcements
from notifications.models import Message
from notifications.tests.people import announced
from payments import escrow, new_phones
from payments.models import Payment, Proposal
from payments.tests.desk import agreed
from tests.factories import locked, new_phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment() -> Payment:
    """Delivered, and the buyer is silent."""
    payment = locked(amount=Decimal(1_000))
    escrow.deliver(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return payment


def test_a_release_is_told_to_both(payment: Payment) -> None:
    before = len(announced(payment.contract))
    agreed(Proposal.Kind.RELEASE, payment)
    assert announced(payment.contract)[before:] == [("buyer", "release_decided"), ("seller", "release_decided")]


def test_a_refund_is_told_to_both_and_not_a_second_time_as_a_cancellation(payment: Payment) -> None:
    before = len(announced(payment.contract))
    agreed(Proposal.Kind.REFUND, payment)
    assert announced(payment.contract)[before:] == [("buyer", "refund_decided"), ("seller", "refund_decided")]


def test_a_new_number_that_is_called_off_is_told_to_all_who_were_told_of_it(payment: Payment) -> None:
    seller, new = payment.contract.seller, new_phone()
    proposal = agreed(Proposal.Kind.PHONE_CHANGE, seller, details={"phone": new})
    announcements.announce_due()

    new_phones.call_off(proposal.pk, actor=CLOCK)

    announcements.announce_due()
    told = Message.objects.filter(kind__startswith="phone_stays").values_list("kind", "phone")
    assert set(told) == {
        ("phone_stays", seller.phone),
        ("phone_stays_not_this", new),
        ("phone_stays_theirs", payment.contract.buyer.phone),
    }
