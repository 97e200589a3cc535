"""What a deal's SMS cost is what the provider told, of every try that it took; what it did not tell is not nothing."""

from decimal import Decimal
from typing import Any

import pytest

from contracts.models import Contract
from notifications import announcements, costs, sending
from notifications.costs import Cost
from notifications.models import Message
from notifications.tests.conftest import Later
from notifications.tests.provider import Provider, answers, hangs_up
from tests.factories import confirmed, drafted

pytestmark = pytest.mark.django_db


def sent(contract: Contract, **fields: Any) -> Message:
    said = {"kind": "delivered", "phone": contract.buyer.phone, "text": "x", "status": "delivered"}
    told = {"provider_id": "ATXid_1", "cost": Decimal("0.8"), "cost_currency": "KES"}
    return Message.objects.create(contract=contract, **said | told | fields)


def test_every_try_that_was_taken_counts_also_if_it_failed() -> None:
    contract = confirmed()
    first = sent(contract, status="failed")
    sent(contract, original=first, retry=1, cost=Decimal("1.6"))
    sent(drafted())
    assert costs.of_deal(contract) == Cost(2, (("KES", Decimal("2.4")),))
    assert str(costs.of_deal(contract)) == "2 SMS, KES 2.40"


def test_what_nobody_told_the_cost_of_is_unknown_and_not_nothing() -> None:
    contract = confirmed()
    sent(contract)
    sent(contract, cost=None, cost_currency="")
    sent(contract, status="unknown", provider_id="", cost=None, cost_currency="")
    assert costs.of_deal(contract) == Cost(3, (("KES", Decimal("0.8")),), untold=2)
    assert str(costs.of_deal(contract)) == "3 SMS, KES 0.80, cost of 2 unknown"


@pytest.mark.parametrize("status", ["queued", "failed", "withheld"])
def test_what_the_provider_never_took_costs_nothing(status: str) -> None:
    contract = confirmed()
    sent(contract, status=status, provider_id="", cost=None, cost_currency="")
    assert costs.of_deal(contract) == Cost()
    assert str(costs.of_deal(contract)) == "0 SMS"


def test_currencies_are_not_mixed_and_parts_of_a_cent_are_kept() -> None:
    contract = confirmed()
    sent(contract)
    sent(contract, cost=Decimal("0.0079"), cost_currency="USD")
    assert str(costs.of_deal(contract)) == "2 SMS, KES 0.80 and USD 0.0079"


def test_it_is_what_the_provider_says_when_it_takes_them(provider: Provider, later: Later) -> None:
    contract = drafted()
    announcements.announce_due()
    provider.acts[contract.buyer.phone] = answers(101, cost="KES 1.6000")
    provider.acts[contract.seller.phone] = answers(101, cost="0")
    sending.send_due()
    assert str(costs.of_deal(contract)) == "2 SMS, KES 1.60, cost of 1 unknown"


def test_an_answer_that_never_came_is_of_unknown_cost(provider: Provider, later: Later) -> None:
    contract = drafted()
    announcements.announce_due()
    for party in contract.parties.all():
        provider.acts[party.phone] = hangs_up
    sending.send_due()
    assert costs.of_deal(contract) == Cost(2, (), untold=2)


@pytest.mark.parametrize(
    ("told", "shown"), [("0.8", "0.80"), ("0.0000", "0.00"), ("0.8125", "0.8125"), ("1200", "1,200.00")]
)
def test_a_cost_has_two_decimals_or_as_many_as_were_told(told: str, shown: str) -> None:
    assert costs.written("KES", Decimal(told)) == f"KES {shown}"
