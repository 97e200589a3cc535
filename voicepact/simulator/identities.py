"""Ids in the rails' own shapes. Shapes: Daraja portal samples and sandbox answers."""

import secrets
import string
import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

NAIROBI = ZoneInfo("Africa/Nairobi")
RECEIPT_LETTERS = string.ascii_uppercase + string.digits


def receipt_number() -> str:
    """Ten upper-case letters and digits, as in `UKN7A1B2C3`."""
    return secrets.choice(string.ascii_uppercase) + "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(9))


def checkout_id(msisdn: str, *, at: datetime) -> str:
    """`ws_CO_`, Nairobi's time, up to three digits, and the phone's last nine."""
    return f"ws_CO_{at.astimezone(NAIROBI):%d%m%Y%H%M%S}{secrets.randbelow(1000)}{msisdn[-9:]}"


def merchant_id() -> str:
    """Four groups of hex and some digits, also the shape of an error's `requestId`."""
    text = secrets.token_hex(10)
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}-{text[12:]}{secrets.randbelow(10**6):06d}"


def conversation_id(*, at: datetime) -> str:
    return f"AG_{at.astimezone(NAIROBI):%Y%m%d}_{secrets.token_hex(10)}"


def message_id() -> str:
    return f"ATXid_{uuid.uuid4().hex}"


def payment_id() -> str:
    return f"ATPid_{uuid.uuid4().hex}"


def short_date(at: datetime) -> int:
    """Nairobi's time as M-Pesa Express writes it: the number 20261123231517."""
    return int(f"{at.astimezone(NAIROBI):%Y%m%d%H%M%S}")


def long_date(at: datetime) -> str:
    """Nairobi's time as B2C and status results write it."""
    return f"{at.astimezone(NAIROBI):%d.%m.%Y %H:%M:%S}"
