"""A part goes back while the whole is locked, and leaves nobody less than the rail can carry."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts.agreements import PartyDraft
from contracts.models import Party
from payments import endings, escrow, ledger
from payments.errors import NotDecidable
from payments.ledger import Standing
from payments.models import Payment, Proposal
from payments.settlement import settle
from payments.tests.desk import agreed, books_hold, fresh, moved, proposed
from tests.factories import (
    CLIENT,
    SMALL,
    DraftFactory,
    acknowledge,
    answered,
    completed,
    fund,
    locked,
    new_phone,
    open_transfer,
    pay_out,
    prompted,
    refused,
    succeeded,
)

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind


def test_a_part_goes_back_and_the_rest_to_the_seller() -> None:
    payment = locked()
    agreed(Kind.PARTIAL_REFUND, payment, details={"amount": 50_000})
    back = open_transfer(payment)
    assert (back.kind, back.phone, back.original) == ("refund", payment.payer_phone, None)
    pay_out(payment)
    assert fresh(payment).status == "locked"

    contract = payment.contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")

    end = pay_out(payment)
    assert ledger.standing(end) == Standing(released=Decimal(300_000), refunded=Decimal(50_000))
    assert end.status == "released"
    assert books_hold(contract)


def test_after_a_part_the_rest_goes_back_too_and_no_more() -> None:
    payment = locked()
    agreed(Kind.PARTIAL_REFUND, payment, details={"amount": 50_000})
    pay_out(payment)

    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    end = pay_out(payment)
    assert (end.status, ledger.standing(end)) == ("refunded", Standing(refunded=Decimal(350_000)))
    assert not payment.transfers.filter(kind="reversal").exists()
    assert books_hold(end.contract)


def paid_by_two() -> tuple[Payment, str]:
    """250,000 from the buyer and 100,000 from the payer, whose phone is returned."""
    payer = PartyDraft(role=Party.Role.PAYER, phone=new_phone())
    payment = prompted(parties=(*DraftFactory.build().parties, payer))
    contract = payment.contract
    first = open_transfer(payment)
    settle(first.pk, succeeded(first))
    settle(first.pk, answered(first))
    second = acknowledge(open_transfer(payment))
    settle(second.pk, refused(second, "1032"))
    escrow.open_checkout(contract.pk, phone=payer.phone, money=contract.money, actor=CLIENT)
    return fund(payment), payer.phone


@pytest.mark.parametrize(
    ("parts", "rest"),
    [
        ([99_995], {"buyer": 150_005, "payer": 100_000}),  # the payer would be left with 5
        ([90_000], {"buyer": 250_000, "payer": 10_000}),
        ([100_000], {"buyer": 250_000}),
        ([250_005], {"buyer": 99_995}),
        ([200_000, 100_005], {"buyer": 49_985, "payer": 10}),  # the buyer would get 5
    ],
)
def test_of_two_payers_none_is_left_with_less_than_the_rail_can_carry(parts: list[int], rest: dict[str, int]) -> None:
    payment, payer = paid_by_two()
    phones = {"buyer": payment.payer_phone, "payer": payer}
    for part in parts:
        agreed(Kind.PARTIAL_REFUND, payment, details={"amount": part})
    first = list(payment.transfers.open().values_list("pk", flat=True))

    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    second = payment.transfers.open().exclude(pk__in=first)
    assert dict(second.values_list("phone", "amount")) == {phones[role]: amount for role, amount in rest.items()}
    assert pay_out(payment).status == "refunded"
    assert books_hold(payment.contract)


@pytest.mark.parametrize("amount", [0, 9, 349_991, 350_000, 400_000, "1.50"])
def test_a_part_beyond_what_is_held_is_refused(amount: object) -> None:
    payment = locked()
    before = moved(payment)

    with pytest.raises(NotDecidable):
        proposed(Kind.PARTIAL_REFUND, payment, details={"amount": amount})

    assert moved(payment) == before


@pytest.mark.parametrize("state", [prompted, completed, lambda **terms: pay_out(completed(**terms))])
def test_a_part_goes_back_only_while_the_whole_is_locked(state: Callable[..., Payment]) -> None:
    with pytest.raises(NotDecidable):
        proposed(Kind.PARTIAL_REFUND, state(amount=SMALL), details={"amount": 100})
