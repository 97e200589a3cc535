"""Whose payments a key may see and move, and what for."""

import pytest

from payments.tests.client import API, checkout, refund, release
from tests.factories import ClientFactory, locked
from tests.holdings import holdings
from voicepact.kernel.tests.caller import new_caller, refusal

pytestmark = pytest.mark.django_db


def test_another_clients_payment_is_not_found(caller):
    payment = locked(owner=ClientFactory.create())
    owner = payment.contract.owner
    before = holdings(owner)

    for answer in (
        caller.get(f"{API}/status/{payment.transaction_id}"),
        caller.get(f"{API}/history/{payment.contract_id}"),
        checkout(caller, payment.contract),
        release(caller, payment),
        refund(caller, payment),
    ):
        assert refusal(answer) == (404, "not_found")
    assert holdings(owner) == before


def test_each_call_takes_its_scope():
    nobody = new_caller(scopes=["contracts:read", "contracts:write"])
    payment = locked(owner=nobody.key.user)
    before = holdings(nobody.key.user)

    for answer, scope in (
        (nobody.get(f"{API}/status/{payment.transaction_id}"), "payments:read"),
        (nobody.get(f"{API}/history/{payment.contract_id}"), "payments:read"),
        (nobody.get(f"{API}/balance"), "balance:read"),
        (checkout(nobody, payment.contract), "payments:write"),
        (release(nobody, payment), "payments:write"),
        (refund(nobody, payment), "payments:write"),
    ):
        assert refusal(answer) == (403, "missing_scope")
        assert answer.json()["scope"] == scope
    assert holdings(nobody.key.user) == before


def test_without_a_key_nothing_is_answered(client):
    payment = locked()

    for path in (f"status/{payment.transaction_id}", f"history/{payment.contract_id}", "balance"):
        assert client.get(f"{API}/{path}").status_code == 401
    for path in ("checkout", "release", "refund"):
        assert client.post(f"{API}/{path}", {}, content_type="application/json").status_code == 401
