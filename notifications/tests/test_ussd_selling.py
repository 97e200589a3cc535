"""A seller opens a deal with nothing but keys; every answer that cannot be is asked for again, and loses nothing."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from contracts.models import Contract, Event
from notifications import announcements
from notifications.models import Message
from notifications.tests.dialling import Dialled
from payments.models import Transfer
from tests.factories import new_phone, opened_by_phone
from voicepact.kernel.clock import NAIROBI, now

pytestmark = pytest.mark.django_db


def local(phone: str) -> str:
    return f"0{phone.removeprefix('+254')}"


def sale(seller: str, buyer: str) -> Dialled:
    """Everything is said, and the summary is on the screen."""
    dialled = Dialled(seller)
    dialled.choose("Sell")
    dialled.key(local(buyer), "Maize", "100 bags", "3500", "3")
    return dialled


def test_a_deal_is_opened_and_the_buyer_is_asked():
    seller, buyer = new_phone(), new_phone()
    dialled = sale(seller, buyer)
    assert f"100 bags of Maize to {local(buyer)}" in dialled.screen
    assert "KES 3,500 each: KES 350,000 in all" in dialled.screen
    assert not Contract.objects.filter(parties__phone=seller).exists()

    answer = dialled.choose("Yes")

    contract = Contract.objects.get(parties__phone=seller)
    assert answer.startswith(f"END {contract.pk}: we have asked the buyer to agree and pay KES 350,000.")
    assert contract.amount == 350_000
    assert contract.terms == {
        "product": "Maize",
        "quantity": Decimal(100),
        "unit": "bags",
        "unit_price": Decimal(3500),
    }
    assert contract.delivery_deadline is not None
    assert (contract.delivery_deadline.astimezone(NAIROBI).date() - now().astimezone(NAIROBI).date()).days == 3
    announcements.announce_due()
    assert Message.objects.filter(contract=contract, phone=buyer, kind="asked_to_agree").count() == 1
    assert Event.objects.filter(contract=contract, kind="party.agreed", channel="ussd").count() == 1


def test_the_prompt_follows_once_the_buyer_has_agreed():
    seller, buyer = new_phone(), new_phone()
    sale(seller, buyer).choose("Yes")

    answer = Dialled(buyer).key("1", "1")

    contract = Contract.objects.get(parties__phone=seller)
    assert answer.startswith(f"END {contract.pk}: agreed by all. Next: pay KES 350,000")
    assert Transfer.objects.filter(payment__contract=contract, kind="collection").count() == 1


@pytest.mark.parametrize(
    ("before", "wrong", "reason", "right"),
    [
        ([], ["12345", "+44 7911 123456", "😀", "#", ""], "Not a Kenyan mobile number.", "0712345678"),
        (
            ["0712345678"],
            ["😀", "call 0712345678", "www.cheap.com", "x" * 70, "<b>", ""],
            "Plain letters only",
            "Maize",
        ),
        (
            ["0712345678"],
            ["10 magunia", "2 goats", "12,500", "1/2 bag", "7"],
            "Only the goods. How many comes",
            "Maize",
        ),
        (
            ["0712345678", "Maize"],
            ["bags", "-1", "9999999999", "😀", "e9", "12,5 kg", "bags 1 500", "12,500", "2.5", "1000"],
            "A number and a unit",
            "100 bags",
        ),
        (["0712345678", "Maize"], ["100 kg.co", "5 www"], "Plain letters only", "100 bags"),
        (
            ["0712345678", "Maize", "100 bags"],
            ["much", "", "1/2", "12,50", "1e5", ".50", "12.345"],
            "The price is a number.",
            "3500",
        ),
        (
            ["0712345678", "Maize", "100 bags"],
            ["-5", "0.00", "KES -5"],
            "The price is above zero.",
            "35",
        ),
        (["0712345678", "Maize", "3"], ["0.33"], "is not whole shillings", "35"),
        (
            ["0712345678", "Maize", "100 bags"],
            ["10000", "0.05", "99999999999", "10,000,000"],
            "must be KES 10 to KES 500,000",
            "3500",
        ),
        (["0712345678", "Maize", "100 bags", "3500"], ["366", "31/2", "soon", "1/1/2020", "99/99"], "Not a day", "3"),
    ],
)
def test_a_wrong_answer_is_asked_for_again_with_its_reason_and_loses_nothing(before, wrong, reason, right):
    dialled = Dialled(new_phone())
    dialled.choose("Sell")
    asked = dialled.key(*before) if before else dialled.screen
    for answer in wrong:
        screen = dialled.key(answer)
        assert reason in screen, (answer, screen)
        assert screen.endswith(asked.removeprefix("CON "))

    assert reason not in dialled.key(right)
    assert not Contract.objects.filter(parties__phone=dialled.phone).exists()


def test_ones_own_number_is_no_buyer():
    dialled = Dialled(new_phone())
    dialled.choose("Sell")

    assert "That is your own number." in dialled.key(local(dialled.phone))


@pytest.mark.parametrize("written", ["0712 345 678", "712345678", "254712345678", "+254712345678"])
def test_the_buyers_number_is_known_in_any_writing(written):
    dialled = Dialled(new_phone())
    dialled.choose("Sell")

    assert "What do you sell?" in dialled.key(written)


AS_WRITTEN = [
    ("100", 100, ""),
    ("1,250 kg", 1250, "kg"),
    ("2.5tonnes", 2.5, "tonnes"),
    ("magunia 100", 100, "magunia"),
]


@pytest.mark.parametrize(("written", "quantity", "unit"), AS_WRITTEN)
def test_a_quantity_is_read_as_people_write_it(written, quantity, unit):
    seller = new_phone()
    dialled = Dialled(seller)
    dialled.choose("Sell")
    dialled.key(new_phone(), "Maize", written, "20", "3")
    dialled.choose("Yes")

    terms = Contract.objects.get(parties__phone=seller).terms
    assert (float(terms["quantity"]), terms.get("unit", "")) == (quantity, unit)


@pytest.mark.parametrize("written", ["50", "Ksh 50", "Ksh. 50", "KSHS.50", "KES50", "kes. 50", "Sh 50", "50/=", "50/-"])
def test_a_price_is_read_as_people_write_it(written):
    dialled = Dialled(new_phone())
    dialled.choose("Sell")

    assert "KES 50 each: KES 5,000 in all" in dialled.key(new_phone(), "Maize", "100 bags", written, "3")


def test_a_date_means_the_next_one():
    day = now().astimezone(NAIROBI).date() + timedelta(days=364)
    assert delivery_of(f"{day.day}/{day.month}") == day


@pytest.mark.parametrize(
    ("today", "written", "day"),
    [
        ("2027-03-01", "29/2", date(2028, 2, 29)),
        ("2028-02-29", "29/2", date(2028, 2, 29)),
        ("2028-02-29", "28/2", date(2029, 2, 28)),
        ("2026-12-31", "1/1", date(2027, 1, 1)),
    ],
)
def test_the_next_one_may_be_a_leap_day_or_of_another_year(time_machine, later, today, written, day):
    time_machine.move_to(datetime.fromisoformat(f"{today}T22:30:00+03:00"), tick=False)
    assert delivery_of(written) == day


def delivery_of(written):
    """The day of delivery, in Nairobi, of a sale whose seller writes this for it."""
    seller = new_phone()
    dialled = Dialled(seller)
    dialled.choose("Sell")
    dialled.key(new_phone(), "Maize", "10", "20", written)
    dialled.choose("Yes")
    deadline = Contract.objects.get(parties__phone=seller).delivery_deadline
    assert deadline is not None
    return deadline.astimezone(NAIROBI).date()


def test_back_asks_the_question_before_and_the_answer_given_last_counts():
    seller = new_phone()
    dialled = Dialled(seller)
    dialled.choose("Sell")
    dialled.key(new_phone(), "Maiz", "0", "Maize", "10 bags", "100", "3")
    dialled.choose("Yes")

    assert Contract.objects.get(parties__phone=seller).terms["product"] == "Maize"


def test_the_confirmation_that_is_sent_twice_opens_one_deal():
    seller = new_phone()
    dialled = sale(seller, new_phone())
    done = dialled.choose("Yes")

    assert dialled.turn(dialled.text) == done

    assert Contract.objects.filter(parties__phone=seller).count() == 1


def test_too_many_deals_are_not_opened(settings):
    settings.OPENINGS_PENDING = 1
    seller = new_phone()
    dialled = sale(seller, new_phone())
    opened_by_phone(seller=seller)

    assert dialled.choose("Yes").startswith("END You have opened many deals already.")

    assert Contract.objects.filter(parties__phone=seller).count() == 1


def test_a_buyer_who_was_asked_in_vain_too_often_is_told_before_the_rest_is_asked(settings):
    settings.OPENINGS_UNWANTED = 1
    seller, buyer, other = new_phone(), new_phone(), new_phone()
    opened_by_phone(seller=seller, buyer=buyer)
    dialled = Dialled(seller)
    dialled.choose("Sell")

    assert "has not agreed to your last deals. Try tomorrow." in dialled.key(local(buyer))
    assert "what" in dialled.key(local(other)).lower()

    assert Contract.objects.filter(parties__phone=seller).count() == 1
