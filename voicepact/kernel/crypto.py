"""Signatures and codes: payment references, webhook HMACs, and the seal on every audit event."""

import base64
import hashlib
import hmac
import json
from decimal import Decimal
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from voicepact.kernel.money import CENT

REFERENCE_LENGTH = 12  # what M-Pesa's AccountReference holds


def canonical(value: Any) -> bytes:
    """The one byte string for a JSON value: sorted keys, no spaces, UTF-8.

    A Decimal is an integer, or text if it has a fraction.
    """

    def encode(item: Any) -> Any:
        if isinstance(item, Decimal):
            return int(item) if item == item.to_integral_value() else f"{item.normalize():f}"
        raise TypeError(f"{type(item).__name__} has no canonical form")

    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=encode).encode()


class CryptoService:
    """Keyed functions over the settings' secrets; holds no state of its own."""

    def generate_payment_reference(self, contract_id: str, amount: Decimal | float | str, phone_number: str) -> str:
        """The contract's account reference: 12 upper-case hex characters, the same for 350000 and 350000.00."""
        exact = Decimal(str(amount)).quantize(CENT)
        message = f"{contract_id}|{exact}|{phone_number}".encode()
        digest = hmac.new(settings.PAYMENT_REFERENCE_KEY.encode(), message, hashlib.sha256)
        return digest.hexdigest()[:REFERENCE_LENGTH].upper()

    def derive_token(self, purpose: str) -> str:
        """A secret of 32 lower-case hex characters for `purpose`, the same on every process of this installation."""
        return hmac.new(settings.SECRET_KEY.encode(), f"token:{purpose}".encode(), hashlib.sha256).hexdigest()[:32]

    def cipher(self, purpose: str) -> Fernet:
        """Encrypts what this installation alone can read again, for `purpose`; anybody may see the outcome."""
        key = hmac.new(settings.SECRET_KEY.encode(), f"cipher:{purpose}".encode(), hashlib.sha256).digest()
        return Fernet(base64.urlsafe_b64encode(key))

    def pepper(self, secret: str) -> str:
        """`secret` as it is hashed where it is too short to be hashed alone: worth nothing without a key of ours.

        The key is that of the payment references, which is never changed for another.
        """
        return hmac.new(
            settings.PAYMENT_REFERENCE_KEY.encode(), f"pepper:{secret}".encode(), hashlib.sha256
        ).hexdigest()

    def sign_webhook(self, payload: str | bytes) -> str:
        """Hex HMAC-SHA256 of the raw body with the webhook secret."""
        body = payload.encode() if isinstance(payload, str) else payload
        return hmac.new(settings.WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()

    def verify_webhook_signature(self, payload: str | bytes, signature: str) -> bool:
        """Whether `signature` (with or without `sha256=`) is that of the raw body `payload`."""
        given = signature.strip().removeprefix("sha256=").lower().encode()
        return hmac.compare_digest(self.sign_webhook(payload).encode(), given)

    def create_audit_signature(self, action: str, contract_id: str, actor: str, data: dict[str, Any]) -> str:
        """Hex Ed25519 signature over who did what to which contract, with which data."""
        return _audit_key().sign(self._audit_message(action, contract_id, actor, data)).hex()

    def verify_audit_signature(
        self, action: str, contract_id: str, actor: str, data: dict[str, Any], signature: str
    ) -> bool:
        """Whether `signature` was made by `create_audit_signature` for exactly these values."""
        message = self._audit_message(action, contract_id, actor, data)
        try:
            _audit_key().public_key().verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True

    @staticmethod
    def _audit_message(action: str, contract_id: str, actor: str, data: dict[str, Any]) -> bytes:
        return canonical({"action": action, "contract_id": contract_id, "actor": actor, "data": data})


@cache
def _audit_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.AUDIT_SIGNING_KEY))


@cache
def get_crypto_service() -> CryptoService:
    """The process's CryptoService."""
    return CryptoService()
