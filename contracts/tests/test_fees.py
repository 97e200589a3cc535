"""What the fees of a deal are, who bears them, and when nobody can say."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from contracts import fees
from contracts.errors import ContractInvalid, FeeUnknown
from tests.factories import ClientFactory, DraftFactory, drafted
from tests.holdings import holdings
from voicepact.kernel import tariffs
from voicepact.kernel.money import Money
from voicepact.kernel.tariffs import Band, Operation, Source, Tariff

pytestmark = pytest.mark.django_db

PRICE = Decimal(10_000)  # its payout costs 11, its collection 48


def quoted(amount: Decimal = PRICE, by: str = "buyer", gateway: str = "daraja") -> fees.Quote:
    return fees.quote(amount, gateway=gateway, fees_paid_by=by)


def shares(quote: fees.Quote) -> tuple[Decimal, Decimal]:
    return quote.buyer_fee, quote.seller_fee


# --- who bears what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "buyer", "seller"), [("buyer", 11, 0), ("seller", 0, 11), ("split", 5, 6)])
def test_the_payouts_charge_is_borne_by_whoever_pays_the_fees_and_the_odd_shilling_by_the_seller(by, buyer, seller):
    found = quoted(by=by)

    assert shares(found) == (buyer, seller)
    assert (found.buyer_pays, found.seller_gets) == (Money(PRICE + buyer), Money(PRICE - seller))


def test_our_own_fee_comes_on_top(settings):
    settings.PLATFORM_FEE = Decimal(50)

    assert shares(quoted(by="buyer")) == (61, 0)
    assert shares(quoted(by="split")) == (30, 31)


@pytest.mark.parametrize(("tariff", "ours"), [("customer", 0), ("business", 57), ("split", 29)])
def test_of_the_collections_charge_ours_is_what_the_organisations_tariff_says(settings, tariff, ours):
    settings.DARAJA_COLLECTION_TARIFF = tariff
    found = quoted(Decimal(15_000))

    assert found.collection_charge == ours
    assert found.buyer_fee == 11 + ours


def test_charges_are_summed_over_the_parts(tariffs_told):
    assert quoted(Decimal(350_000)).payout_charge == 40


def test_the_platform_pays_and_nothing_is_added_or_taken_off(settings):
    settings.PLATFORM_FEE = Decimal(50)

    assert shares(quoted(by="platform")) == (0, 0)


def test_every_quote_names_its_sources(settings):
    settings.DARAJA_COLLECTION_TARIFF = "business"

    payout, collection = quoted().sources

    assert "August 2023" in payout
    assert "Pay Bill" in collection
    assert collection.endswith("(2026-01-01)")


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [150_001, 250_000, 350_000, 500_000])
@pytest.mark.parametrize("by", ["buyer", "seller", "split"])
def test_a_charge_that_no_source_tells_is_never_put_on_a_party(amount, by):
    owner = ClientFactory.create()

    with pytest.raises(FeeUnknown):
        drafted(owner=owner, amount=Decimal(amount), fees_paid_by=by)

    assert not any(holdings(owner).values())


@pytest.mark.parametrize("amount", [10, 150_001, 350_000, 500_000])
def test_where_the_platform_pays_nothing_needs_to_be_known(amount):
    contract = drafted(amount=Decimal(amount))

    assert (contract.buyer_pays, contract.seller_gets) == (contract.money, contract.money)


def test_a_rail_without_tariff_carries_deals_whose_fees_the_platform_pays():
    assert drafted(gateway="africastalking").buyer_fee == 0
    with pytest.raises(FeeUnknown):
        quoted(gateway="africastalking")


def test_price_and_buyers_fee_stay_within_what_the_rail_carries(tariffs_told):
    owner = ClientFactory.create()

    with pytest.raises(ContractInvalid, match="With the fee the buyer would pay KES 500,040"):
        drafted(owner=owner, amount=Decimal(500_000), fees_paid_by="buyer")

    assert not any(holdings(owner).values())
    assert drafted(amount=Decimal(499_960), fees_paid_by="buyer").buyer_pays == Money(Decimal(500_000))


def test_the_seller_gets_at_least_what_the_rail_pays_out(settings):
    settings.PLATFORM_FEE = Decimal(50)
    owner = ClientFactory.create()

    with pytest.raises(ContractInvalid, match="Without the fee the seller would get KES 9;"):
        drafted(owner=owner, amount=Decimal(59), fees_paid_by="seller")

    assert not any(holdings(owner).values())
    assert drafted(amount=Decimal(60), fees_paid_by="seller").seller_gets == Money(Decimal(10))


# --- fixed on the contract --------------------------------------------------------------------------------------------


def test_fees_are_fixed_when_the_contract_is_drafted(settings):
    contract = drafted(amount=PRICE, fees_paid_by="split")
    settings.PLATFORM_FEE = Decimal(50)

    contract.refresh_from_db(fields=["buyer_fee", "seller_fee"])
    assert (contract.buyer_fee, contract.seller_fee) == (5, 6)


def test_another_fee_is_another_hash(settings):
    same = {"amount": PRICE, "fees_paid_by": "buyer", "parties": DraftFactory.build().parties}
    before = drafted(**same).contract_hash
    again = drafted(**same).contract_hash
    settings.PLATFORM_FEE = Decimal(1)

    assert before == again != drafted(**same).contract_hash


def test_a_new_tariff_counts_from_its_first_morning_in_nairobi(monkeypatch):
    source = Source("A form of tomorrow", date(2026, 11, 1))
    dearer = Tariff("daraja", Operation.PAYOUT, date(2026, 12, 1), (Band(1, 250_000, 20, source),))
    monkeypatch.setattr(tariffs, "TARIFFS", (*tariffs.TARIFFS, dearer))

    with time_machine.travel(datetime(2026, 11, 30, 20, 59, tzinfo=UTC), tick=False):
        assert quoted().payout_charge == 11
    with time_machine.travel(datetime(2026, 11, 30, 21, 0, tzinfo=UTC), tick=False):
        assert quoted().payout_charge == 20
        assert quoted().sources == ("A form of tomorrow (2026-11-01)",)
