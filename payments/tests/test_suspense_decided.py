"""Money in suspense goes to its payment, or back, when two people say so."""

from decimal import Decimal
from typing import Any

import pytest

from payments import ledger
from payments.errors import NotDecidable
from payments.locks import lock_transfer
from payments.models import Deposit, Proposal, Transfer
from payments.settlement import lose, settle
from payments.tests.desk import agreed, books_hold, proposed, statement
from payments.tests.hand import suspended
from tests.factories import SMALL, acknowledge, open_transfer, prompted, succeeded

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind


def test_the_receipt_number_of_money_in_suspense_is_not_another_prompts_too() -> None:
    other, prompt = suspended(), open_transfer(prompted(amount=SMALL))
    settle(prompt.pk, succeeded(prompt, receipt_number=other.receipt_number))
    prompt = Transfer.objects.get(pk=prompt.pk)
    assert prompt.quarantined_at

    details = {"outcome": "succeeded", "receipt_number": other.receipt_number}

    with pytest.raises(NotDecidable, match="other money's in suspense"):
        proposed(Kind.MARK_TRANSFER, prompt, details=details, attachment=statement())

    assert not prompt.postings.exists()
    assert not Proposal.objects.exists()
    with pytest.raises(NotDecidable, match="Name its receipt number"):
        proposed(Kind.MARK_TRANSFER, prompt, details={"outcome": "succeeded"}, attachment=statement())
    assert not prompt.postings.exists()


def test_money_in_suspense_is_matched_with_its_payment_by_two_people() -> None:
    payment, deposit = prompted(amount=SMALL), suspended()
    assert ledger.balance(ledger.SUSPENSE) == SMALL

    agreed(Kind.MATCH_DEPOSIT, deposit, details={"transaction_id": payment.transaction_id})

    assert Deposit.objects.get(pk=deposit.pk).status == "kept"
    assert (ledger.balance(ledger.SUSPENSE), ledger.standing(payment).held) == (0, SMALL)
    assert books_hold(payment.contract)


def test_money_in_suspense_goes_back_when_two_people_say_so() -> None:
    deposit = suspended()

    agreed(Kind.RETURN_DEPOSIT, deposit)

    back = Transfer.objects.get(deposit=deposit)
    assert (back.kind, back.payment, ledger.balance(ledger.SUSPENSE)) == ("reversal", None, 0)
    with pytest.raises(NotDecidable):
        proposed(Kind.MATCH_DEPOSIT, deposit, details={"transaction_id": "TXN-none"})


@pytest.mark.parametrize(("outcome", "status", "left"), [("succeeded", "returned", 0), ("failed", "suspense", SMALL)])
def test_an_unknown_return_of_a_deposit_is_marked_by_two_people(outcome: str, status: str, left: Decimal) -> None:
    deposit = suspended()
    agreed(Kind.RETURN_DEPOSIT, deposit)
    back = acknowledge(Transfer.objects.get(deposit=deposit))
    lose(lock_transfer(back.pk), why="test")

    agreed(Kind.MARK_TRANSFER, back, details={"outcome": outcome}, attachment=statement())

    assert Deposit.objects.get(pk=deposit.pk).status == status
    assert ledger.balance(ledger.SUSPENSE) == left


@pytest.mark.parametrize("details", [{}, {"transaction_id": "TXN-AG-2026-999999-001"}])
def test_money_is_matched_only_with_a_payment_that_exists(details: dict[str, Any]) -> None:
    deposit = suspended()

    with pytest.raises(NotDecidable):
        proposed(Kind.MATCH_DEPOSIT, deposit, details=details)

    assert ledger.balance(ledger.SUSPENSE) == SMALL
