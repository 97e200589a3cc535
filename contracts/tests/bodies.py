"""What a REST client sends to make a contract."""

from typing import Any

from tests.factories import new_phone


def contract_body(**changes: Any) -> dict[str, Any]:
    """The page's own deal, between two new people, with every field that may be sent but the payer."""
    return {
        "contract_type": "agricultural_supply",
        "amount": 350000,
        "currency": "KES",
        "terms": {"product": "Maize", "quantity": 100, "unit": "bags", "unit_price": 3500},
        "transcript": "A hundred bags of maize, at Nakuru.",
        "audio_url": "https://calls.example/17.mp3",
        "delivery_location": "Nakuru",
        "delivery_deadline": "2029-12-01T12:00:00Z",
        "parties": [
            {"role": "buyer", "phone": new_phone(), "name": "Wanjiku", "language": "sw"},
            {"role": "seller", "phone": new_phone(), "name": "Otieno", "language": "en"},
        ],
        **changes,
    }
