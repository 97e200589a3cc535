"""The rail asks before it takes money by hand: answered at once, from what is so, and nothing changes."""

import json
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from contracts.models import Contract, Event
from payments import callbacks, endings, gateways
from payments.models import Callback, Deposit, Payment
from payments.settlement import settle
from payments.tests.conftest import Later
from payments.tests.rail import Rail
from payments.tests.words import hand_paid
from tests.factories import SMALL, answered, checked_out, confirmed, drafted, locked, new_receipt, open_transfer
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db

YES = {"ResultCode": "0", "ResultDesc": "Accepted"}


def no(code: str) -> dict[str, str]:
    return {"ResultCode": code, "ResultDesc": "Rejected"}


@pytest.fixture
def door() -> Client:
    return Client(enforce_csrf_checks=True)


def address(kind: str, token: str | None = None) -> str:
    token = gateways.own_token("daraja") if token is None else token
    return f"/api/v1/payments/callbacks/daraja/{kind}/{token}"


def ask(door: Client, contract: Contract, amount: Any = SMALL, **lies: Any) -> Any:
    reference = lies.pop("reference", contract.payment_reference)
    body = hand_paid(new_receipt(), amount, reference, **lies)
    before = Callback.objects.count(), Deposit.objects.count(), Payment.objects.count(), Event.objects.count()
    response = door.post(address("c2b-validation"), body, content_type="application/json")
    assert response.status_code == 200
    assert (Callback.objects.count(), Deposit.objects.count(), Payment.objects.count(), Event.objects.count()) == before
    return response.json()


def test_the_next_part_of_a_confirmed_deal_is_taken(door: Client, later: Later) -> None:
    deal = confirmed(amount=SMALL)

    assert ask(door, deal) == YES
    assert ask(door, deal, reference=f" {deal.payment_reference.lower()[:6]} {deal.payment_reference[6:]}") == YES
    assert ask(door, deal, amount="1000") == YES


def test_it_is_answered_within_a_second_and_in_few_queries(
    door: Client, later: Later, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    payment = checked_out(amount=Decimal(350_000))
    body = hand_paid(new_receipt(), Decimal(250_000), payment.reference)
    began = time.monotonic()

    with django_assert_max_num_queries(4):
        response = door.post(address("c2b-validation"), body, content_type="application/json")

    assert response.json() == YES
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("reference", ["", "NOBODYS", "A" * 20, "AG-2026-000001"])
def test_a_reference_that_nobody_has_is_refused(door: Client, later: Later, reference: str) -> None:
    assert ask(door, confirmed(amount=SMALL), reference=reference) == no("C2B00012")


@pytest.mark.parametrize("amount", ["999.00", "1000.01", "250000.00"])
def test_another_amount_is_refused(door: Client, later: Later, amount: str) -> None:
    assert ask(door, confirmed(amount=SMALL), amount=amount) == no("C2B00013")


def test_another_short_code_is_refused(door: Client, later: Later) -> None:
    assert ask(door, confirmed(amount=SMALL), BusinessShortCode="600000") == no("C2B00015")


def test_a_deal_that_cannot_be_paid_now_is_refused(door: Client, later: Later) -> None:
    off = confirmed(amount=SMALL)
    endings.cancel(off.pk, phone=off.buyer.phone, channel="sms")

    for deal in (drafted(amount=SMALL), off, locked(amount=SMALL).contract):
        assert ask(door, deal) == no("C2B00016")


def test_after_the_day_of_delivery_it_is_refused(door: Client, later: Later) -> None:
    deal = confirmed(amount=SMALL, delivery_deadline=now() + timedelta(hours=5))
    assert ask(door, deal) == YES

    later(hours=5)

    assert ask(door, deal) == no("C2B00016")


def test_a_deal_of_another_rail_is_refused(door: Client, later: Later) -> None:
    deal = confirmed(amount=SMALL)
    Contract.objects.filter(pk=deal.pk).update(gateway="africastalking")

    assert ask(door, deal) == no("C2B00016")


def test_the_amount_is_the_part_that_is_not_in_yet(door: Client, rail: Rail, later: Later) -> None:
    payment = checked_out(amount=Decimal(350_000))
    deal = payment.contract
    assert ask(door, deal, amount=Decimal(250_000)) == YES
    assert ask(door, deal, amount=Decimal(350_000)) == no("C2B00013")
    first = open_transfer(payment)
    settle(first.pk, answered(first))

    assert ask(door, deal, amount=Decimal(100_000)) == YES
    assert ask(door, deal, amount=Decimal(250_000)) == no("C2B00013")


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "{}", json.dumps({"TransID": "X", "TransAmount": "NaN"})])
def test_what_cannot_be_read_is_refused(door: Client, body: str) -> None:
    response = door.post(address("c2b-validation"), body, content_type="application/json")

    assert (response.status_code, response.json()) == (200, no("C2B00016"))


@pytest.mark.parametrize("kind", ["c2b-validation", "c2b-confirmation"])
@pytest.mark.parametrize("token", ["0" * 32, "a" * 32])
def test_an_unknown_token_is_not_found_and_nothing_is_kept(door: Client, later: Later, kind: str, token: str) -> None:
    before = Callback.objects.count()
    body = hand_paid(new_receipt(), SMALL, confirmed(amount=SMALL).payment_reference)

    assert door.post(address(kind, token), body, content_type="application/json").status_code == 404

    assert (Callback.objects.count(), Deposit.objects.count()) == (before, 0)


@pytest.mark.parametrize("kind", ["c2b-validation", "c2b-confirmation"])
def test_the_token_of_a_transfer_opens_no_door_for_money_by_hand(door: Client, later: Later, kind: str) -> None:
    prompt = open_transfer(checked_out(amount=SMALL))
    body = hand_paid(new_receipt(), SMALL, "")

    assert door.post(address(kind, prompt.token), body, content_type="application/json").status_code == 404

    assert Callback.objects.count() == 0


def test_a_confirmation_is_kept_answered_at_once_and_worked_afterwards(door: Client, later: Later) -> None:
    deal, receipt = confirmed(amount=SMALL), new_receipt()
    body = hand_paid(receipt, SMALL, deal.payment_reference)

    response = door.post(address("c2b-confirmation"), body, content_type="application/json")

    assert (response.status_code, response.json()) == (200, {"ResultCode": 0, "ResultDesc": "Success"})
    kept = Callback.objects.get(kind="c2b-confirmation")
    assert (kept.body, kept.worked_at, kept.transfer, kept.deposit) == (body, None, None, None)
    assert not Deposit.objects.exists()
    callbacks.work_due()
    deposit = Deposit.objects.get(receipt_number=receipt)
    assert Callback.objects.get(pk=kept.pk).deposit == deposit
    assert (deposit.status, deposit.reference) == ("told", deal.payment_reference)


@pytest.mark.parametrize("body", ["", "nonsense", "[]", json.dumps({"TransID": "UKN1", "TransAmount": "-5"})])
def test_a_confirmation_that_cannot_be_read_is_kept_and_tells_nothing(door: Client, later: Later, body: str) -> None:
    assert door.post(address("c2b-confirmation"), body, content_type="application/json").status_code == 200

    callbacks.work_due()

    assert Callback.objects.get(kind="c2b-confirmation").result.startswith("unreadable: ")
    assert not Deposit.objects.exists()
