"""A wallet's transaction in JSON: as a question about it is answered, and as the application is notified of it."""

import hashlib
import hmac
import json
from datetime import UTC

from voicepact.simulator import identities, results
from voicepact.simulator.jobs import Post
from voicepact.simulator.movements import Movement
from voicepact.simulator.wallet import CHANNEL, CHECKOUT, PROVIDER, WalletTransaction

SIGNATURE = "X-VoicePact-Signature"
NO_FEE = "KES 0.0000"


def money(amount: int) -> str:
    return f"KES {amount}.0000"


def status(transaction: WalletTransaction) -> str:
    if transaction.code:
        return "Success" if transaction.code == "0" else "Failed"
    return "PendingConfirmation" if transaction.category == CHECKOUT else "Queued"


def described(transaction: WalletTransaction, moved: Movement | None, *, product: str) -> dict[str, object]:
    """All that Africa's Talking says of a transaction, under its own names."""
    phone, came_in = f"+{transaction.msisdn}", transaction.category == CHECKOUT
    ends = [("PhoneNumber", phone), ("Wallet", "PaymentWallet")]
    (source_type, source), (destination_type, destination) = ends if came_in else reversed(ends)
    said: dict[str, object] = {
        "transactionId": transaction.id,
        "category": transaction.category,
        "provider": PROVIDER,
        "providerChannel": CHANNEL,
        "productName": product,
        "sourceType": source_type,
        "source": source,
        "destinationType": destination_type,
        "destination": destination,
        "value": money(transaction.amount),
        "transactionFee": NO_FEE,
        "status": status(transaction),
        "description": _description(transaction),
        "requestMetadata": dict(transaction.metadata),
        "providerMetadata": {},
        "creationTime": f"{transaction.made_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
    }
    if moved is not None:
        said |= {"providerRefId": moved.receipt, "transactionDate": identities.long_date(moved.at)}
    return said


def notification(
    transaction: WalletTransaction, moved: Movement | None, *, product: str, stated: int, url: str, secret: str
) -> Post:
    """Africa's Talking's names, the product page's beside and before them, and a signature over the raw body."""
    said = described(transaction, moved, product=product) | {
        "phoneNumber": f"+{transaction.msisdn}",
        "amount": f"KES {stated}.00",
        "value": f"KES {stated}.00",
        "sourceType": PROVIDER if transaction.category == CHECKOUT else "Wallet",
    }
    body = json.dumps(said)
    signature = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    return Post(url, body, {"Content-Type": "application/json", SIGNATURE: f"sha256={signature}"})


def _description(transaction: WalletTransaction) -> str:
    came_in, phone = transaction.category == CHECKOUT, f"+{transaction.msisdn}"
    if not transaction.code:
        return "Waiting for user input" if came_in else "Waiting to be sent"
    if transaction.code != "0":
        return results.words(transaction.code)
    return f"Payment received from {phone}" if came_in else f"Payment sent to {phone}"
