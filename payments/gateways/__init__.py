"""The choice of a gateway by its name."""

from payments.gateways.africastalking import AfricasTalkingPayments
from payments.gateways.base import Gateway
from payments.gateways.daraja import Daraja
from voicepact.kernel.crypto import get_crypto_service

GATEWAYS: dict[str, Gateway] = {gateway.name: gateway for gateway in (Daraja(), AfricasTalkingPayments())}


def by_name(name: str) -> Gateway:
    """Raises KeyError for a gateway that does not exist."""
    return GATEWAYS[name]


def own_token(name: str) -> str:
    """The secret in the address of callbacks that are about the gateway's account and no transfer."""
    return get_crypto_service().derive_token(f"callbacks of {name}")
