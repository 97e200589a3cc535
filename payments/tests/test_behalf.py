"""The whole payment is released or refunded by two members of staff in a silent party's place, once, and else not."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts import disputes
from contracts.models import Contract, Event
from payments import approvals, endings, escrow, ledger
from payments.errors import ChangedSince, NotDecidable
from payments.gateways.base import Source, Verdict
from payments.ledger import Standing
from payments.models import Payment, Proposal
from payments.settlement import settle
from payments.tests.desk import agreed, books_hold, fresh, moved, proposed, quarrelling, staff
from tests.factories import (
    acknowledge,
    answered,
    checked_out,
    completed,
    fund,
    locked,
    open_transfer,
    pay_out,
    prompted,
    refused,
    succeeded,
)

pytestmark = pytest.mark.django_db

SMALL, WHOLE = Decimal(1_000), Decimal(350_000)
Kind = Proposal.Kind
Make = Callable[[], Payment]


def delivered(**terms: object) -> Payment:
    """The seller has said that it is delivered, and the buyer is silent."""
    payment = locked(**terms)
    escrow.deliver(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return fresh(payment)


def in_part() -> Payment:
    """The first of two parts is in, and the prompt for the second waits."""
    payment = prompted()
    first = open_transfer(payment)
    settle(first.pk, succeeded(first))
    settle(first.pk, answered(first))
    return fresh(payment)


def unconfirmed() -> Payment:
    """Delivered, and paid by a callback's word alone."""
    payment = fund(checked_out(amount=SMALL), confirm=False)
    escrow.deliver(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return fresh(payment)


def called_off() -> Payment:
    payment = locked(amount=SMALL)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return fresh(payment)


def refunded() -> Payment:
    return pay_out(called_off())


def failed() -> Payment:
    payment = prompted(amount=SMALL)
    prompt = open_transfer(payment)
    settle(prompt.pk, refused(prompt, "1032"))
    return fresh(payment)


def paid_out() -> Payment:
    return pay_out(completed(amount=SMALL))


def owed() -> Payment:
    """Its payout was finally refused."""
    payment = completed(amount=SMALL)
    payout = acknowledge(open_transfer(payment))
    settle(payout.pk, refused(payout, "2040", Source.ANSWER))
    return fresh(payment)


# --- released ---------------------------------------------------------------------------------------------------------


def test_what_is_delivered_is_released_in_the_silent_buyers_place() -> None:
    payment = delivered()
    before = moved(payment)
    proposal = proposed(Kind.RELEASE, payment)
    assert (fresh(payment).contract.status, moved(payment)) == ("delivered", before)

    approvals.approve(proposal.pk, by=staff("brian"))

    assert fresh(payment).contract.status == "completed"
    payouts = payment.transfers.filter(kind="payout").order_by("part")
    assert list(payouts.values_list("amount", "phone")) == [
        (250_000, payment.recipient_phone),
        (100_000, payment.recipient_phone),
    ]
    end = pay_out(payment)
    assert (end.status, ledger.standing(end)) == ("released", Standing(released=WHOLE))
    assert not end.contract.deadlines.filter(closed_at=None).exists()
    assert books_hold(end.contract)


def test_a_release_names_who_decided_it_and_how_much_reaches_the_seller() -> None:
    payment = delivered(amount=SMALL)
    proposal = agreed(Kind.RELEASE, payment)
    told = Event.objects.get(contract=payment.contract, kind="release.decided")
    assert told.actor == f"staff:{staff('brian').pk}"
    assert told.payload == {"proposal": proposal.pk, "payment": payment.transaction_id, "amount": 1_000}


def test_a_release_pays_only_what_was_not_given_back_before() -> None:
    payment = delivered()
    agreed(Kind.PARTIAL_REFUND, payment, details={"amount": 50_000})

    agreed(Kind.RELEASE, payment)

    end = pay_out(payment)
    assert (end.status, ledger.standing(end)) == (
        "released",
        Standing(released=Decimal(300_000), refunded=Decimal(50_000)),
    )
    assert books_hold(end.contract)


def test_the_buyers_word_after_a_release_pays_nothing_more() -> None:
    payment = delivered(amount=SMALL)
    agreed(Kind.RELEASE, payment)
    before = moved(payment)

    escrow.accept(payment.contract_id, phone=payment.contract.buyer.phone, channel="sms")

    assert moved(payment) == before
    assert ledger.standing(pay_out(payment)) == Standing(released=SMALL)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (locked, "The seller has not said that it has delivered"),
        (quarrelling, "A dispute is open: decide it there"),
        (unconfirmed, "The rail itself has not confirmed yet"),
        (in_part, "The money is not all in yet"),
        (completed, "Its payout is on the way already"),
        (owed, "Its payout is on the way already"),
        (paid_out, "It has reached the seller"),
        (called_off, "The deal is over, and what came in goes back already"),
        (refunded, "It has gone back"),
        (failed, "Nothing ever came in"),
    ],
)
def test_what_is_not_ready_is_not_released(state: Make, why: str) -> None:
    _refused(Kind.RELEASE, fresh(state()), why)


# --- refunded ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [locked, delivered])
def test_what_is_held_is_refunded_in_the_sellers_place(state: Make) -> None:
    payment = fresh(state())

    proposal = agreed(Kind.REFUND, payment)

    assert fresh(payment).contract.status == "cancelled"
    assert set(payment.transfers.open().values_list("kind", flat=True)) == {"reversal"}
    told = Event.objects.get(contract=payment.contract, kind="refund.decided")
    assert (told.actor, told.payload["amount"], told.payload["proposal"]) == (
        f"staff:{staff('brian').pk}",
        350_000,
        proposal.pk,
    )
    end = pay_out(payment)
    assert (end.status, ledger.standing(end)) == ("refunded", Standing(refunded=WHOLE))
    assert books_hold(end.contract)


def test_a_refund_gives_back_only_what_was_not_given_back_before() -> None:
    payment = locked()
    agreed(Kind.PARTIAL_REFUND, payment, details={"amount": 50_000})

    agreed(Kind.REFUND, payment)

    end = pay_out(payment)
    assert (end.status, ledger.standing(end)) == ("refunded", Standing(refunded=WHOLE))
    assert books_hold(end.contract)


def test_what_came_in_in_part_is_refunded_and_the_next_prompt_is_not_sent() -> None:
    payment = in_part()

    agreed(Kind.REFUND, payment)

    assert fresh(payment).contract.status == "cancelled"
    second = payment.transfers.get(kind="collection", part=2)
    assert (second.status, second.claimed_at) == ("failed", None)
    end = pay_out(payment)
    assert (end.status, ledger.standing(end)) == ("refunded", Standing(refunded=Decimal(250_000)))
    assert books_hold(end.contract)


def test_a_part_that_is_paid_after_the_refund_goes_back_as_well() -> None:
    payment = in_part()
    second = acknowledge(open_transfer(payment))
    agreed(Kind.REFUND, payment)

    settle(second.pk, succeeded(second))
    settle(second.pk, answered(second))

    end = pay_out(payment)
    assert (end.status, ledger.standing(end)) == ("refunded", Standing(refunded=WHOLE))
    assert books_hold(end.contract)


def test_what_the_rail_has_not_confirmed_goes_back_once_it_has() -> None:
    payment = unconfirmed()
    agreed(Kind.REFUND, payment)
    collected = payment.transfers.get()
    assert not payment.transfers.open().exists()

    settle(collected.pk, answered(collected, Verdict.SUCCEEDED))

    assert ledger.standing(pay_out(payment)) == Standing(refunded=SMALL)
    assert books_hold(payment.contract)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (quarrelling, "A dispute is open: decide it there"),
        (checked_out, "Nothing has come in that could go back"),
        (completed, "Its payout is on the way already"),
        (owed, "Its payout is on the way already"),
        (paid_out, "It has reached the seller"),
        (called_off, "what came in goes back already"),
        (refunded, "It has gone back"),
        (failed, "Nothing ever came in"),
    ],
)
def test_what_is_on_its_way_or_quarrelled_about_is_not_refunded(state: Make, why: str) -> None:
    _refused(Kind.REFUND, fresh(state()), why)


# --- what happens meanwhile -------------------------------------------------------------------------------------------


def _accepts(contract: Contract) -> None:
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")


def _cancels(contract: Contract) -> None:
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")


def _quarrels(contract: Contract) -> None:
    disputes.open_dispute(contract.pk, phone=contract.buyer.phone, reason="half is missing", channel="sms")


@pytest.mark.parametrize("kind", [Kind.RELEASE, Kind.REFUND])
@pytest.mark.parametrize("meanwhile", [_accepts, _cancels, _quarrels])
def test_what_the_parties_settle_or_freeze_meanwhile_is_not_decided_as_well(
    kind: Proposal.Kind, meanwhile: Callable[[Contract], None]
) -> None:
    payment = delivered(amount=SMALL)
    proposal = proposed(kind, payment)
    meanwhile(payment.contract)
    before = moved(payment)

    with pytest.raises(NotDecidable):
        approvals.approve(proposal.pk, by=staff("brian"))

    assert moved(payment) == before
    assert Proposal.objects.get(pk=proposal.pk).is_open
    assert not Event.objects.filter(contract=payment.contract, kind__endswith=".decided").exists()


def test_of_a_release_and_a_refund_only_the_first_to_be_approved_happens() -> None:
    payment = delivered(amount=SMALL)
    release, refund = proposed(Kind.RELEASE, payment), proposed(Kind.REFUND, payment)
    approvals.approve(refund.pk, by=staff("brian"))
    before = moved(payment)

    with pytest.raises(NotDecidable):
        approvals.approve(release.pk, by=staff("brian"))

    assert moved(payment) == before
    assert ledger.standing(pay_out(payment)) == Standing(refunded=SMALL)
    assert books_hold(payment.contract)


def test_what_is_not_as_the_approver_has_read_it_does_not_happen() -> None:
    payment = delivered(amount=SMALL)
    proposal = proposed(Kind.RELEASE, payment)
    before = moved(payment)

    with pytest.raises(ChangedSince):
        approvals.approve(proposal.pk, by=staff("brian"), as_read=lambda _: False)

    assert (moved(payment), fresh(payment).contract.status) == (before, "delivered")
    assert Proposal.objects.get(pk=proposal.pk).is_open


def _refused(kind: Proposal.Kind, payment: Payment, why: str) -> None:
    before = moved(payment), payment.contract.status
    with pytest.raises(NotDecidable, match=why):
        proposed(kind, payment)
    assert not Proposal.objects.filter(kind=kind).exists()
    assert (moved(payment), fresh(payment).contract.status) == before
