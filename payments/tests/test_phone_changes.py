"""A party's new phone counts after a day, for all that is then paid to that party."""

import pytest

from contracts import contact
from contracts.models import Event, Party
from payments import approvals, endings
from payments.errors import NotDecidable
from payments.gateways.base import Source
from payments.models import Payment, Proposal
from payments.settlement import settle
from payments.tests.conftest import Later
from payments.tests.desk import agreed, books_hold, fresh, proposed, staff
from payments.timers import work_deadlines
from tests.factories import SMALL, acknowledge, completed, locked, new_phone, open_transfer, pay_out, refused

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind


def test_a_sellers_new_phone_counts_after_a_day_also_for_what_is_owed(later: Later) -> None:
    payment = completed(amount=SMALL)
    first = acknowledge(open_transfer(payment))
    settle(first.pk, refused(first, "2040", Source.ANSWER))
    seller, new = payment.contract.seller, new_phone()

    agreed(Kind.PHONE_CHANGE, seller, details={"phone": new})

    later(hours=23, minutes=59)
    work_deadlines()
    assert Party.objects.get(pk=seller.pk).phone == seller.phone
    assert not payment.transfers.open().exists()
    later(minutes=1)
    work_deadlines()
    assert Party.objects.get(pk=seller.pk).phone == new
    assert (fresh(payment).recipient_phone, open_transfer(payment).phone) == (new, new)
    events = Event.objects.filter(contract=payment.contract, kind__startswith="phone.")
    assert [event.kind for event in events.order_by("serial")] == ["phone.change_agreed", "phone.changed"]
    assert new not in "".join(str(event.payload) for event in events)


def test_a_warning_at_the_old_number_is_none_at_the_new_one(later: Later) -> None:
    """Else the money of a seller who could not know would go back on silence."""
    seller = locked(amount=SMALL).contract.seller
    agreed(Kind.PHONE_CHANGE, seller, details={"phone": new_phone()})
    contact.was_warned(seller)

    later(hours=24)
    work_deadlines()

    assert Party.objects.get(pk=seller.pk).warned_at is None


def with_a_new_phone(payment: Payment, later: Later) -> str:
    new = new_phone()
    agreed(Kind.PHONE_CHANGE, payment.contract.buyer, details={"phone": new})
    later(hours=24)
    work_deadlines()
    return new


def test_what_goes_back_by_payout_goes_to_the_buyers_new_phone(later: Later) -> None:
    payment = locked(amount=SMALL)
    new = with_a_new_phone(payment, later)

    agreed(Kind.PARTIAL_REFUND, fresh(payment), details={"amount": 300})
    assert open_transfer(payment).phone == new
    pay_out(payment)
    newer = with_a_new_phone(fresh(payment), later)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    assert (open_transfer(payment).phone, open_transfer(payment).amount) == (newer, SMALL - 300)
    assert pay_out(payment).status == "refunded"
    assert books_hold(payment.contract)


def test_a_refund_that_the_buyers_old_phone_refused_is_paid_to_the_new_one(later: Later) -> None:
    payment = locked(amount=SMALL)
    agreed(Kind.PARTIAL_REFUND, payment, details={"amount": 300})
    refund = acknowledge(open_transfer(payment))
    new = with_a_new_phone(payment, later)
    settle(refund.pk, refused(refund, "2040", Source.ANSWER))

    agreed(Kind.PAY_AGAIN, refund)

    assert (open_transfer(payment).phone, open_transfer(payment).replaces) == (new, refund)


def test_a_reversal_goes_where_the_money_came_from(later: Later) -> None:
    payment = locked(amount=SMALL)
    with_a_new_phone(payment, later)

    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    assert (open_transfer(payment).kind, open_transfer(payment).phone) == ("reversal", payment.payer_phone)


def test_two_parties_never_wait_for_the_same_new_number(later: Later) -> None:
    payment, new = locked(amount=SMALL), new_phone()
    late = proposed(Kind.PHONE_CHANGE, payment.contract.seller, details={"phone": new})
    agreed(Kind.PHONE_CHANGE, payment.contract.buyer, details={"phone": new})

    with pytest.raises(NotDecidable, match="agreed for this deal already"):
        approvals.approve(late.pk, by=staff("brian"))

    later(hours=24)
    work_deadlines()
    contract = fresh(payment).contract
    assert (contract.buyer.phone, contract.seller.phone) == (new, payment.contract.seller.phone)
    assert not contract.deadlines.filter(kind="phone_change", closed_at=None).exists()


@pytest.mark.parametrize("number", ["", "0712345678", "+255712345678", "buyer"])
def test_a_number_that_cannot_be_is_refused(number: str) -> None:
    payment = completed(amount=SMALL)
    new = payment.contract.buyer.phone if number == "buyer" else number

    with pytest.raises(NotDecidable):
        proposed(Kind.PHONE_CHANGE, payment.contract.seller, details={"phone": new})

    assert not Proposal.objects.exists()
