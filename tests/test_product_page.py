"""The product page's Python, as written there: only base URL, ids and the Authorization header differ."""

import textwrap
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.deal import Deal
from tests.stack import Stack

pytestmark = pytest.mark.usefixtures("committed_db")

CHECKOUT = """
import httpx

response = httpx.post(
    "https://api.voicepact.com/api/v1/payments/checkout",
    json={
        "contract_id": "AG-2024-001234",
        "phone_number": "+254712345678",
        "amount": 350000,
        "currency_code": "KES",
        "metadata": {
            "product": "Maize",
            "quantity": "100 bags",
            "seller_phone": "+254723456789"
        }
    }
)

result = response.json()
print(f"Transaction ID: {result['transaction_id']}")
print(f"Status: {result['status']}")
print(f"Description: {result['description']}")
"""

STATUS = """
transaction_id = "TXN-AG-2024-001234-001"
response = httpx.get(
    f"https://api.voicepact.com/api/v1/payments/status/{transaction_id}"
)

status = response.json()
print(f"Status: {status['status']}")
print(f"Amount: {status['amount']} {status['currency']}")
print(f"Payer: {status['payer_phone']}")
print(f"Recipient: {status['recipient_phone']}")
if status['status'] == 'released':
    print(f"Released at: {status['released_at']}")
"""

RELEASE = """
response = httpx.post(
    "https://api.voicepact.com/api/v1/payments/release",
    json={
        "contract_id": "AG-2024-001234",
        "transaction_id": "TXN-AG-2024-001234-001",
        "confirmed_by": [
            "+254712345678",  # Buyer
            "+254723456789"   # Seller
        ]
    }
)

result = response.json()
print(f"Release status: {result['status']}")
print(f"Amount released: {result['amount']} {result['currency']}")
print(f"Recipient: {result['recipient_phone']}")
"""

REFUND = """
response = httpx.post(
    "https://api.voicepact.com/api/v1/payments/refund",
    json={
        "transaction_id": "TXN-AG-2024-001234-001",
        "reason": "Contract cancelled by mutual agreement",
        "initiated_by": "+254712345678"
    }
)

result = response.json()
print(f"Refund status: {result['status']}")
print(f"Amount refunded: {result['amount']} {result['currency']}")
"""

HISTORY = """
contract_id = "AG-2024-001234"
response = httpx.get(
    f"https://api.voicepact.com/api/v1/payments/history/{contract_id}"
)

payments = response.json()
for payment in payments['transactions']:
    print(f"ID: {payment['transaction_id']}")
    print(f"Amount: {payment['amount']} {payment['currency']}")
    print(f"Status: {payment['status']}")
    print(f"Date: {payment['created_at']}")
    print("---")
"""

BALANCE = """
response = httpx.get(
    "https://api.voicepact.com/api/v1/payments/balance"
)

balance = response.json()
print(f"Balance: {balance['balance']}")
print(f"Currency: {balance['currency']}")
print(f"Last updated: {balance['updated_at']}")
"""

REFERENCE = """
from voicepact.kernel.crypto import get_crypto_service

crypto = get_crypto_service()
reference = crypto.generate_payment_reference(
    contract_id="AG-2024-001234",
    amount=350000.00,
    phone_number="+254712345678"
)
print(f"Payment Reference: {reference}")  # e.g., "A7F5C3D8E9B2"
"""

TEMPLATE = """
from notifications.transports.africastalking import AfricasTalkingClient

client = AfricasTalkingClient()
message = client.generate_payment_sms(
    contract_id="AG-2024-001234",
    amount=350000,
    currency="KES",
    action="received"
)
"""

SIGNATURES = """
from voicepact.kernel.crypto import CryptoService

crypto = CryptoService()

# Verify webhook signature
def verify_webhook(payload: str, signature: str) -> bool:
    return crypto.verify_webhook_signature(payload, signature)

audit_signature = crypto.create_audit_signature(
    action="payment_released",
    contract_id="AG-2024-001234",
    actor="+254712345678",
    data={
        "amount": 350000,
        "transaction_id": "TXN-AG-2024-001234-001",
        "recipient": "+254723456789"
    }
)
"""

ERRORS = """
try:
    response = httpx.post("/api/v1/payments/checkout", json=payload)
    response.raise_for_status()
    result = response.json()

except httpx.HTTPStatusError as e:
    if e.response.status_code == 400:
        # Invalid payment request
        print(f"Invalid request: {e.response.json()['detail']}")
    elif e.response.status_code == 402:
        # Payment required - insufficient funds
        print("Insufficient funds in mobile money account")
    elif e.response.status_code == 503:
        # Service unavailable
        print("Payment service temporarily unavailable")
        # Implement exponential backoff retry
except Exception as e:
    print(f"Unexpected error: {str(e)}")
"""


class Page:
    """Runs a snippet for one deal, with the header that the page leaves out; `printed` is what it printed."""

    def __init__(self, deal: Deal, client: httpx.Client) -> None:
        self.deal = deal
        client.headers["Authorization"] = f"Bearer {deal.api.key}"

    def run(self, snippet: str, **names: Any) -> tuple[list[str], dict[str, Any]]:
        for written, ours in (
            ("https://api.voicepact.com", self.deal.stack.base_url),
            ("AG-2024-001234", self.deal.id),
            ("+254712345678", self.deal.buyer.phone),
            ("+254723456789", self.deal.seller.phone),
        ):
            snippet = snippet.replace(written, ours)
        printed: list[str] = []
        names = {"httpx": httpx, "print": printed.append, **names}
        exec(compile(textwrap.dedent(snippet), "product page", "exec"), names)
        return printed, names


@pytest.fixture
def client(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """What `httpx.post` and `httpx.get` of a snippet go through."""
    with httpx.Client(base_url=stack.base_url, timeout=30) as client:
        monkeypatch.setattr(httpx, "post", client.post)
        monkeypatch.setattr(httpx, "get", client.get)
        yield client


def test_the_pages_snippets_print_what_the_page_says(stack, client):
    deal = Deal(stack, amount=350_000).agree()
    page = Page(deal, client)
    payment = f"TXN-{deal.id}-001"

    printed, names = page.run(CHECKOUT)
    assert printed == [
        f"Transaction ID: {payment}",
        "Status: pending",
        "Description: Waiting for user to confirm payment",
    ]
    deal.transaction_id = payment
    assert set(names["result"]) >= {
        "transaction_id",
        "external_transaction_id",
        "status",
        "description",
        "amount",
        "currency",
        "phone_number",
        "created_at",
    }
    assert (names["result"]["amount"], names["result"]["phone_number"]) == (350_000, deal.buyer.phone)
    assert names["result"]["created_at"].endswith("Z")

    deal.approve()
    deal.approve()
    deal.until_secured()
    people = [f"Payer: {deal.buyer.phone}", f"Recipient: {deal.seller.phone}"]
    assert page.run(STATUS)[0] == ["Status: locked", "Amount: 350000 KES", *people]

    deal.confirm_delivery()
    deal.until_payment("released")
    printed, names = page.run(STATUS)
    released_at = names["status"]["released_at"]
    assert printed == ["Status: released", "Amount: 350000 KES", *people, f"Released at: {released_at}"]

    assert page.run(RELEASE)[0] == [
        "Release status: released",
        "Amount released: 350000 KES",
        f"Recipient: {deal.seller.phone}",
    ]
    date = names["status"]["created_at"]
    assert page.run(HISTORY)[0] == [
        f"ID: {payment}",
        "Amount: 350000 KES",
        "Status: released",
        f"Date: {date}",
        "---",
    ]


def test_the_pages_refund_and_balance(stack, client):
    deal = Deal(stack, amount=350_000).fund()
    page = Page(deal, client)
    deal.seller.send_sms(f"CANCEL-{deal.id}")
    deal.until_payment("refunded")

    assert page.run(REFUND)[0] == ["Refund status: refunded", "Amount refunded: 350000 KES"]
    printed, names = page.run(BALANCE)
    assert printed[1] == "Currency: KES"
    assert printed[0] == f"Balance: {names['balance']['balance']}"
    assert names["balance"]["updated_at"].endswith("Z")


def test_the_pages_error_handling_tells_the_errors_apart(stack, client):
    poor = Deal(stack, buyer="+254711000001").agree()
    page = Page(poor, client)
    right = {"contract_id": poor.id, "phone_number": poor.buyer.phone, "amount": poor.amount}

    assert page.run(ERRORS, payload={**right, "amount": 999})[0][0].startswith("Invalid request: ")
    assert page.run(ERRORS, payload=right)[0] == ["Insufficient funds in mobile money account"]


def test_the_pages_crypto_and_texts(stack, client):
    page = Page(Deal(stack), client)

    (printed,), names = page.run(REFERENCE)
    assert printed == f"Payment Reference: {names['reference']}"
    assert len(names["reference"]) == 12
    assert names["reference"] == names["reference"].upper()
    assert names["crypto"].generate_payment_reference(page.deal.id, 350000, page.deal.buyer.phone) == names["reference"]

    message = page.run(TEMPLATE)[1]["message"]
    assert message == (
        f"VoicePact Payment Received:\nContract: {page.deal.id}\nAmount: KES 350,000.00\n"
        "Status: Processing\nYou will receive confirmation shortly."
    )

    names = page.run(SIGNATURES)[1]
    signature = names["crypto"].sign_webhook("body")
    assert names["verify_webhook"]("body", signature)
    assert names["verify_webhook"]("body", f"sha256={signature}")
    assert not names["verify_webhook"]("tampered", signature)
    data = {"amount": 350000, "transaction_id": f"TXN-{page.deal.id}-001", "recipient": page.deal.seller.phone}
    sealed = ("payment_released", page.deal.id, page.deal.buyer.phone)
    assert names["crypto"].verify_audit_signature(*sealed, data, names["audit_signature"])
    assert not names["crypto"].verify_audit_signature(*sealed, {**data, "amount": 1}, names["audit_signature"])
