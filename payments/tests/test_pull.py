"""The rail's own list of what was paid to us: whatever we have missed is told, and counts once."""

from datetime import datetime
from decimal import Decimal

import pytest
from pytest_django.fixtures import Settings

from contracts.models import Contract
from payments import gateways, ledger, pull, reconciliation
from payments.gateways.base import GatewayUnavailable, HandPayment
from payments.gateways.daraja import Daraja
from payments.models import Deposit, Posting, Transfer
from payments.settlement import settle
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.hand import confirm, contract_of, differences, fresh_transfer, paid_by_hand, the_payment
from payments.tests.rail import PUSH, Rail, hangs_up
from payments.tests.words import arrives, prompt_paid
from tests.factories import SMALL, answered, checked_out, confirmed, new_receipt, open_transfer
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db


class Listing(Daraja):
    """Daraja whose list of payments a test writes."""

    def __init__(self) -> None:
        self.payments: list[HandPayment] = []
        self.spans: list[tuple[datetime, datetime]] = []
        self.down = False

    def pull(self, start: datetime, end: datetime) -> list[HandPayment]:
        self.spans.append((start, end))
        if self.down:
            raise GatewayUnavailable("The rail cannot be reached")
        return self.payments

    def lists(self, contract: Contract, amount: Decimal = SMALL, receipt: str = "") -> str:
        receipt = receipt or new_receipt()
        self.payments.append(HandPayment(receipt, amount, contract.payment_reference, "174379"))
        return receipt


@pytest.fixture
def listing(rail: Rail, later: Later, monkeypatch: pytest.MonkeyPatch) -> Listing:
    rail_that_lists = Listing()
    monkeypatch.setitem(gateways.GATEWAYS, "daraja", rail_that_lists)
    return rail_that_lists


def placed(receipt: str, phone: str) -> Deposit:
    return confirm(Deposit.objects.get(receipt_number=receipt), phone)


def test_money_whose_confirmation_never_came_is_found_and_counts_once(listing: Listing) -> None:
    deal = confirmed(amount=SMALL)
    receipt = listing.lists(deal)

    assert pull.pull_all() == 1
    deposit = Deposit.objects.get(receipt_number=receipt)
    assert (deposit.status, deposit.next_ask_at) == ("told", now())
    assert placed(receipt, deal.buyer.phone).status == "kept"
    assert pull.pull_all() == 0

    assert ledger.standing(the_payment(deal)).held == SMALL
    assert differences() == []


def test_a_list_alone_posts_nothing(listing: Listing) -> None:
    deal = confirmed(amount=SMALL)
    listing.lists(deal)

    pull.pull_all()

    assert not Posting.objects.exists()


def test_a_prompt_whose_answer_was_lost_is_settled(listing: Listing, rail: Rail) -> None:
    rail.will(PUSH, hangs_up)
    prompt = open_transfer(checked_out(amount=SMALL))
    submit(prompt.pk)
    deal = contract_of(prompt)
    assert fresh_transfer(prompt).status == "unknown"
    receipt = listing.lists(deal)

    pull.pull_all()
    placed(receipt, deal.buyer.phone)

    settled = fresh_transfer(prompt)
    assert (settled.status, settled.receipt_number) == ("succeeded", receipt)
    assert the_payment(deal).status == "locked"


def test_a_collection_that_a_query_had_settled_gets_its_number(listing: Listing) -> None:
    prompt = open_transfer(checked_out(amount=SMALL))
    settle(prompt.pk, answered(prompt))
    deal = contract_of(prompt)
    receipt = listing.lists(deal)

    pull.pull_all()
    placed(receipt, deal.buyer.phone)

    assert fresh_transfer(prompt).receipt_number == receipt
    assert ledger.standing(the_payment(deal)).held == SMALL
    assert differences() == []


def test_what_is_known_is_not_told_again(listing: Listing) -> None:
    deal = confirmed(amount=SMALL)
    by_hand = paid_by_hand(deal)
    prompt = open_transfer(checked_out(amount=SMALL))
    receipt = new_receipt()
    arrives(prompt, "stk", prompt_paid(prompt, MpesaReceiptNumber=receipt))
    listing.lists(deal, receipt=by_hand.receipt_number)
    listing.lists(contract_of(prompt), receipt=receipt)

    assert pull.pull_all() == 0

    assert list(Deposit.objects.all()) == [by_hand]
    assert Transfer.objects.count() == 2


def test_money_that_was_refuted_but_is_on_the_list_is_asked_about_again(listing: Listing) -> None:
    deal = confirmed(amount=SMALL)
    receipt = listing.lists(deal)
    pull.pull_all()
    deposit = Deposit.objects.get(receipt_number=receipt)
    assert confirm(deposit, deal.buyer.phone, TransactionStatus="Failed").status == "refuted"

    assert pull.pull_all() == 1

    assert placed(receipt, deal.buyer.phone).status == "kept"
    assert ledger.standing(the_payment(deal)).held == SMALL


def test_the_list_is_of_a_day_without_its_newest_minutes(listing: Listing, settings: Settings) -> None:
    pull.pull_all()

    ((start, end),) = listing.spans
    assert (now() - end, end - start) == (settings.PULL_DELAY, settings.PULL_TIME)


def test_a_rail_that_does_not_answer_changes_nothing(listing: Listing) -> None:
    listing.lists(confirmed(amount=SMALL))
    listing.down = True

    assert pull.pull_all() == 0

    assert not Deposit.objects.exists()
    assert reconciliation.ask_about_deposits() == 0


def test_one_that_cannot_be_told_does_not_stop_the_others(listing: Listing) -> None:
    deal = confirmed(amount=SMALL)
    listing.payments.append(HandPayment(new_receipt(), Decimal(10) ** 20, deal.payment_reference, "174379"))
    receipt = listing.lists(deal)

    pull.pull_all()

    assert [deposit.receipt_number for deposit in Deposit.objects.all()] == [receipt]
