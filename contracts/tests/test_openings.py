"""A deal that its seller opens by phone: what it holds, whose word is in it, and what is refused."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from contracts import agreements
from contracts.audit import verify
from contracts.errors import ContractInvalid, TooManyOpen
from contracts.models import Confirmation, Contract, Party
from contracts.openings import HOUSE, is_by_phone
from tests.factories import drafted, new_phone, opened_by_phone
from voicepact.kernel import phones
from voicepact.kernel.clock import NAIROBI, now
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db


def test_the_deal_is_pending_and_holds_its_sellers_word_only() -> None:
    seller, buyer = new_phone(), new_phone()

    contract = opened_by_phone(seller=seller, buyer=buyer)

    assert (contract.status, contract.money.amount, contract.currency) == ("pending", 35_000, "KES")
    assert (contract.seller.phone, contract.buyer.phone) == (seller, buyer)
    assert contract.terms == {"product": "Maize", "quantity": 10, "unit_price": 3_500}
    said = Confirmation.objects.get(contract=contract)
    assert (said.party, said.kind, said.channel) == (contract.seller, "agreed", "ussd")
    assert contract.pk.startswith("GD-")
    assert list(verify(contract.pk)) == []


def test_it_belongs_to_a_house_client_that_nobody_can_sign_in_as() -> None:
    house = opened_by_phone().owner
    assert (house.username, str(house)) == (HOUSE, "VoicePact by phone")
    assert not house.has_usable_password()
    assert not house.is_staff
    assert not house.is_superuser
    assert not house.api_keys.exists()


def test_a_deal_of_a_rest_client_is_not_by_phone() -> None:
    assert is_by_phone(opened_by_phone())
    assert not is_by_phone(drafted())


def test_its_events_name_the_phone_by_a_digest_and_the_channel() -> None:
    contract = opened_by_phone()
    first = contract.events.order_by("serial")[0]
    assert (first.kind, first.actor) == ("contract.drafted", f"phone:{phones.digest(contract.seller.phone)}")
    assert {event.channel for event in contract.events.all()} == {"ussd"}
    assert contract.seller.phone[1:] not in str(list(contract.events.values()))


@pytest.mark.parametrize(
    ("quantity", "unit_price", "amount"), [("2.5", "400", 1_000), ("3", "33.50", None), ("4", "33.50", 134)]
)
def test_the_amount_is_quantity_times_price_in_whole_shillings(quantity: str, unit_price: str, amount: int) -> None:
    if amount:
        assert opened_by_phone(quantity=Decimal(quantity), unit_price=Decimal(unit_price)).amount == amount
        return
    with pytest.raises(ContractInvalid, match=r"whole shillings, not 100\.5"):
        opened_by_phone(quantity=Decimal(quantity), unit_price=Decimal(unit_price))


def test_delivery_is_due_by_the_end_of_its_day_in_nairobi() -> None:
    day = (now() + timedelta(days=1)).astimezone(NAIROBI).date()
    due = opened_by_phone(delivery_day=day).delivery_deadline
    assert due == datetime(day.year, day.month, day.day, 23, 59, tzinfo=NAIROBI)
    assert opened_by_phone(delivery_day=None).delivery_deadline is None


def test_the_seller_is_spoken_to_as_it_chose_and_the_buyer_as_in_other_deals(settings: Settings) -> None:
    buyer = new_phone()
    settings.DEFAULT_LANGUAGE = "en"
    first = opened_by_phone(buyer=buyer, language="sw")
    assert (first.seller.language, first.buyer.language) == ("sw", "en")
    Party.objects.filter(phone=buyer).update(language="sw")
    assert opened_by_phone(buyer=buyer, language="en").buyer.language == "sw"


# --- refused ----------------------------------------------------------------------------------------------------------


def rows() -> tuple[int, int, int]:
    return Contract.objects.count(), Party.objects.count(), Confirmation.objects.count()


SAME = new_phone()
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    "wrong",
    [
        {"buyer": SAME, "seller": SAME},
        {"buyer": "+14155552671"},
        {"buyer": "+254202345678"},
        {"quantity": Decimal(0)},
        {"quantity": Decimal(-1)},
        {"quantity": Decimal("NaN")},
        {"quantity": Decimal("Infinity")},
        {"quantity": Decimal("1e50")},
        {"quantity": Decimal("1e-50")},
        {"unit_price": Decimal(0)},
        {"unit_price": Decimal("sNaN")},
        {"quantity": Decimal(3), "unit_price": Decimal(3)},
        {"quantity": Decimal(1), "unit_price": Decimal(500_001)},
        {"delivery_day": TODAY - timedelta(days=400)},
        {"delivery_day": date.max},
        {"delivery_day": date.min},
        {"product": ""},
        {"product": "   "},
        {"product": "x" * 61},
        {"product": "🙂"},
        {"product": "{{ deal }}"},
        {"product": "pay 0712345678"},
        {"product": "pay 0712 345 678"},
        {"product": "call +254712345678"},
        {"product": "see evil.co"},
        {"product": "Lipa Till 55512"},
        {"product": "Paybill 555 123"},
        {"product": "Maize", "unit": "till 5-5-5-1-2"},
        {"product": "www win"},
        {"product": "10 magunia"},
        {"product": "2 goats"},
        {"product": "12,500"},
        {"product": "1/2 bag"},
        {"product": "5"},
        {"product": "a"},
        {"unit": "see evil.co"},
    ],
)
def test_what_cannot_be_a_deal_is_refused_and_nothing_is_kept(wrong: dict[str, Any]) -> None:
    before = rows()
    with pytest.raises(ContractInvalid):
        opened_by_phone(**wrong)
    assert rows() == before


@pytest.mark.parametrize(
    "product", ["Maize", "Mahindi meupe 90 kg", "Sukuma-wiki", "Ng'ombe (2)", "90kg bags", "4x4 tyres"]
)
def test_goods_are_named_as_people_name_them(product: str) -> None:
    assert opened_by_phone(product=product).terms["product"] == product


def test_the_goods_stand_on_one_line() -> None:
    assert opened_by_phone(product=" Maize\n\u2028Paid ").terms["product"] == "Maize Paid"


def test_a_phone_opens_no_more_while_so_many_of_its_deals_wait(settings: Settings) -> None:
    settings.OPENINGS_PENDING = 2
    seller = new_phone()
    first, _ = opened_by_phone(seller=seller), opened_by_phone(seller=seller)
    before = rows()
    with pytest.raises(TooManyOpen):
        opened_by_phone(seller=seller)
    assert rows() == before
    agreements.decline(first.pk, phone=first.buyer.phone, channel="sms")
    assert opened_by_phone(seller=seller)
    assert opened_by_phone()


def test_a_phone_opens_so_many_deals_in_a_day_whatever_became_of_them(settings: Settings) -> None:
    settings.OPENINGS_PER_DAY = 2
    seller = new_phone()
    for _ in range(2):
        contract = opened_by_phone(seller=seller)
        agreements.decline(contract.pk, phone=contract.buyer.phone, channel="sms")
    before = rows()
    with pytest.raises(TooManyOpen):
        opened_by_phone(seller=seller)
    assert rows() == before


def test_a_buyer_who_does_not_agree_is_asked_by_the_same_seller_only_so_often_in_a_day(settings: Settings) -> None:
    settings.OPENINGS_UNWANTED = 2
    seller, buyer = new_phone(), new_phone()
    for _ in range(2):
        contract = opened_by_phone(seller=seller, buyer=buyer)
        agreements.decline(contract.pk, phone=seller, channel="ussd")
    before = rows()
    with pytest.raises(TooManyOpen):
        opened_by_phone(seller=seller, buyer=buyer)
    assert rows() == before
    assert opened_by_phone(seller=seller)
    assert opened_by_phone(buyer=buyer)


def test_what_the_buyer_has_agreed_to_does_not_count_as_unwanted(settings: Settings) -> None:
    settings.OPENINGS_UNWANTED = 1
    seller, buyer = new_phone(), new_phone()
    for _ in range(3):
        contract = opened_by_phone(seller=seller, buyer=buyer)
        agreements.agree(contract.pk, phone=buyer, channel="sms")


def test_deals_that_others_made_with_the_phone_do_not_count(settings: Settings) -> None:
    settings.OPENINGS_PENDING = settings.OPENINGS_PER_DAY = 1
    phone = new_phone()
    opened_by_phone(buyer=phone)
    assert opened_by_phone(seller=phone)


def test_the_house_client_is_made_by_the_migration() -> None:
    assert User.objects.get(username=HOUSE).get_full_name() == "VoicePact by phone"
