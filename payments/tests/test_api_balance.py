"""What the wallet holds, over HTTP: the rail's last word."""

from decimal import Decimal

import pytest

from payments.models import Wallet
from payments.tests.client import API, MORNING
from voicepact.kernel.tests.caller import refusal

pytestmark = pytest.mark.django_db


def test_the_balance_is_503_until_the_rail_has_told_it(caller):
    Wallet.objects.all().delete()

    answer = caller.get(f"{API}/balance")

    assert refusal(answer) == (503, "balance_unknown")
    assert answer.headers["Retry-After"] == "5"


def test_the_balance_is_the_rails_last_word(caller):
    Wallet.objects.update_or_create(
        gateway="daraja", defaults={"available": Decimal("1234567.50"), "updated_at": MORNING}
    )

    answer = caller.get(f"{API}/balance")

    assert answer.status_code == 200
    assert answer.json() == {"balance": 1234567.5, "currency": "KES", "updated_at": "2026-11-23T10:30:00Z"}
    assert b"1234567.50" in answer.content


def test_the_balance_of_a_rail_that_is_named(caller):
    said = {"daraja": Decimal("1.00"), "africastalking": Decimal("90.00")}
    for name, available in said.items():
        Wallet.objects.update_or_create(gateway=name, defaults={"available": available, "updated_at": MORNING})

    assert caller.get(f"{API}/balance").json()["balance"] == 1
    assert caller.get(f"{API}/balance?gateway=africastalking").json()["balance"] == 90
    assert refusal(caller.get(f"{API}/balance?gateway=nobody")) == (400, "invalid_request")
