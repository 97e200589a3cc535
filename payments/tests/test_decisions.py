"""A dispute that staff decide: the whole to either side, or to each its share, to the shilling."""

from decimal import Decimal
from typing import Any

import pytest

from contracts.models import Event
from payments import approvals, endings, ledger, narration
from payments.errors import NotDecidable
from payments.ledger import Standing
from payments.models import Proposal
from payments.settlement import settle
from payments.tests.desk import agreed, books_hold, dispute_of, fresh, moved, proposed, quarrelling, staff
from tests.factories import acknowledge, pay_out, succeeded

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind


def test_a_dispute_decided_for_the_seller_pays_the_whole_out() -> None:
    payment = quarrelling()

    agreed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 350_000, "buyer_amount": 0})

    end = pay_out(payment)
    assert (end.status, end.contract.status, dispute_of(payment).outcome) == ("released", "completed", "released")
    assert ledger.standing(end) == Standing(released=Decimal(350_000))
    assert books_hold(end.contract)


def test_a_dispute_decided_for_the_buyer_gives_the_whole_back() -> None:
    payment = quarrelling()

    agreed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 0, "buyer_amount": 350_000})

    assert set(payment.transfers.open().values_list("kind", flat=True)) == {"reversal"}
    end = pay_out(payment)
    assert (end.status, end.contract.status, dispute_of(payment).outcome) == ("refunded", "cancelled", "refunded")
    assert ledger.standing(end) == Standing(refunded=Decimal(350_000))
    assert books_hold(end.contract)


@pytest.mark.parametrize("to_seller", [10, 12_345, 99_990, 100_001, 349_990])
def test_a_split_gives_each_side_its_share_to_the_shilling(to_seller: int) -> None:
    payment = quarrelling()
    shares = {"seller_amount": to_seller, "buyer_amount": 350_000 - to_seller}

    agreed(Kind.DECISION, dispute_of(payment), details=shares)

    end = pay_out(payment)
    assert (end.status, end.contract.status, dispute_of(payment).outcome) == ("released", "completed", "split")
    assert ledger.standing(end) == Standing(released=Decimal(to_seller), refunded=Decimal(350_000 - to_seller))
    assert not payment.transfers.filter(kind="reversal").exists()
    assert books_hold(end.contract)


def test_what_is_said_on_the_way_to_the_seller_is_of_the_sellers_share() -> None:
    payment = quarrelling()
    agreed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 300_000, "buyer_amount": 50_000})

    for payout in payment.transfers.filter(kind="payout").order_by("part"):
        settle(acknowledge(payout).pk, succeeded(payout))

    arrived = Event.objects.filter(contract=payment.contract, kind="payout.arrived").order_by("serial")
    assert [(event.payload["so_far"], event.payload["total"]) for event in arrived] == [
        (250_000, 300_000),
        (300_000, 300_000),
    ]
    end = fresh(payment)
    assert end.status == "locked"  # the buyer's share is still on its way
    assert narration.describe(end, ledger.standing(end)) == "KES 300,000 of 300,000 sent to seller"


@pytest.mark.parametrize(
    "shares",
    [
        {"seller_amount": 350_000, "buyer_amount": 1},
        {"seller_amount": 349_999, "buyer_amount": 0},
        {"seller_amount": 349_995, "buyer_amount": 5},
        {"seller_amount": -10, "buyer_amount": 350_010},
        {"seller_amount": "349999.50", "buyer_amount": "0.50"},
        {"seller_amount": "all", "buyer_amount": 0},
        {"seller_amount": "NaN", "buyer_amount": 0},
        {},
    ],
)
def test_an_award_that_does_not_add_up_is_refused_and_nothing_moves(shares: dict[str, Any]) -> None:
    payment = quarrelling()
    before = moved(payment)

    with pytest.raises(NotDecidable):
        proposed(Kind.DECISION, dispute_of(payment), details=shares)

    assert (moved(payment), Proposal.objects.count()) == (before, 0)
    assert fresh(payment).contract.status == "disputed"


def test_a_dispute_that_ended_meanwhile_is_not_decided() -> None:
    payment = quarrelling()
    dispute = dispute_of(payment)
    proposal = proposed(Kind.DECISION, dispute, details={"seller_amount": 350_000, "buyer_amount": 0})
    endings.withdraw(payment.contract_id, phone=payment.payer_phone, channel="sms")

    with pytest.raises(NotDecidable):
        approvals.approve(proposal.pk, by=staff("brian"))

    assert (Proposal.objects.get(pk=proposal.pk).status, fresh(payment).contract.status) == (
        "proposed",
        "payment_locked",
    )
