"""What a client of ours asks about payments over HTTP."""

from datetime import UTC, datetime
from typing import Any

from contracts.models import Contract
from payments.models import Payment
from voicepact.kernel.tests.caller import Caller

API = "/api/v1/payments"
MORNING = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
WHOLE = 350_000


def checkout(caller: Caller, contract: Contract, *, headers: dict[str, str] | None = None, **changes: Any) -> Any:
    body = {
        "contract_id": contract.pk,
        "phone_number": contract.buyer.phone,
        "amount": int(contract.amount),
        "currency_code": "KES",
        **changes,
    }
    return caller.post(f"{API}/checkout", body, **(headers or {}))


def status(caller: Caller, payment: Payment) -> dict[str, Any]:
    answer = caller.get(f"{API}/status/{payment.transaction_id}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def release(caller: Caller, payment: Payment, **changes: Any) -> Any:
    contract = payment.contract
    body = {
        "contract_id": contract.pk,
        "transaction_id": payment.transaction_id,
        "confirmed_by": [contract.buyer.phone, contract.seller.phone],
        **changes,
    }
    return caller.post(f"{API}/release", body)


def refund(caller: Caller, payment: Payment, **changes: Any) -> Any:
    body = {
        "transaction_id": payment.transaction_id,
        "reason": "Contract cancelled by mutual agreement",
        "initiated_by": payment.payer_phone,
        **changes,
    }
    return caller.post(f"{API}/refund", body)
