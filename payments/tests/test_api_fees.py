"""Fees over HTTP: quoted with their sources, and what a deal with fees then says of its sums."""

from decimal import Decimal

import pytest

from contracts.tests.bodies import contract_body
from payments.tests.client import API, WHOLE, checkout, status
from tests.factories import completed, confirmed, locked, pay_out
from tests.holdings import holdings
from voicepact.kernel.tests.caller import new_caller, refusal

pytestmark = pytest.mark.django_db


def test_fees_are_quoted_with_their_sources(caller):
    answer = caller.get(f"{API}/fees?amount=10000&fees_paid_by=split")

    found = answer.json()
    assert answer.status_code == 200
    assert [source for source in found.pop("sources") if "August 2023" in source]
    assert found == {
        "amount": 10000,
        "currency": "KES",
        "gateway": "daraja",
        "fees_paid_by": "split",
        "platform_fee": 0,
        "payout_charge": 11,
        "collection_charge": 0,
        "buyer_fee": 5,
        "seller_fee": 6,
        "buyer_pays": 10005,
        "seller_gets": 9994,
    }


def test_a_quote_is_what_the_contract_then_says(caller, settings):
    settings.PLATFORM_FEE = Decimal(50)
    quoted = caller.get(f"{API}/fees?amount=10000&fees_paid_by=buyer").json()

    made = caller.post("/api/v1/contracts", contract_body(amount=10000, fees_paid_by="buyer")).json()

    fixed = ("amount", "currency", "gateway", "fees_paid_by", "buyer_fee", "seller_fee", "buyer_pays", "seller_gets")
    assert {name: made[name] for name in fixed} == {name: quoted[name] for name in fixed}


def test_where_the_platform_pays_an_unknown_charge_is_null(caller):
    found = caller.get(f"{API}/fees?amount=350000").json()

    assert (found["fees_paid_by"], found["payout_charge"], found["buyer_pays"]) == ("platform", None, WHOLE)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "invalid_request"),
        ("amount=", "invalid_request"),
        ("amount=much", "invalid_request"),
        ("amount=-5", "invalid_request"),
        ("amount=NaN", "invalid_request"),
        ("amount=1000&fees_paid_by=nobody", "invalid_request"),
        ("amount=1000&gateway=airtel", "contract_invalid"),
        ("amount=9", "contract_invalid"),
        ("amount=500001", "contract_invalid"),
        ("amount=100.50", "contract_invalid"),
        ("amount=350000&fees_paid_by=seller", "fee_unknown"),
        ("amount=1000&gateway=africastalking&fees_paid_by=buyer", "fee_unknown"),
    ],
)
def test_what_cannot_be_quoted_is_refused(caller, query, code):
    assert refusal(caller.get(f"{API}/fees?{query}")) == (400, code)


def test_quotes_are_for_keys_that_may_read_payments():
    answer = new_caller(scopes=["contracts:read"]).get(f"{API}/fees?amount=1000")

    assert answer.status_code == 403


def test_with_fees_the_checkout_names_the_price_and_its_parts_are_what_is_prompted(caller, client_owner):
    contract = confirmed(owner=client_owner, amount=Decimal(10_000), fees_paid_by="split")
    before = holdings(client_owner)

    refused_sum = checkout(caller, contract, amount=10_005)
    assert (refusal(refused_sum), holdings(client_owner)) == ((400, "amount_mismatch"), before)

    found = checkout(caller, contract).json()
    assert (found["amount"], [part["amount"] for part in found["parts"]]) == (10_000, [10_005])


def test_with_fees_status_and_release_say_what_reaches_the_seller(caller, client_owner):
    payment = completed(owner=client_owner, amount=Decimal(10_000), fees_paid_by="split")
    body = {
        "contract_id": payment.contract_id,
        "transaction_id": payment.transaction_id,
        "confirmed_by": [payment.recipient_phone, payment.payer_phone],
    }
    assert caller.post(f"{API}/release", body).json()["amount"] == 9_994

    pay_out(payment)

    found = status(caller, payment)
    assert (found["amount"], found["buyer_fee"], found["seller_fee"]) == (10_000, 5, 6)
    assert (found["amount_held"], found["amount_released"], found["amount_refunded"]) == (0, 9_994, 0)
    assert caller.post(f"{API}/release", body).json()["amount"] == 9_994


def test_with_fees_a_refund_is_all_that_came_in(caller, client_owner):
    payment = locked(owner=client_owner, amount=Decimal(10_000), fees_paid_by="buyer")
    body = {"transaction_id": payment.transaction_id, "reason": "off", "initiated_by": payment.recipient_phone}

    assert caller.post(f"{API}/refund", body).json()["amount"] == 10_011
