"""Reads the fields of a Daraja request, refusing each wrong one by its name as Daraja does."""

import base64
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from voicepact.simulator.identities import NAIROBI
from voicepact.simulator.refusals import invalid, no_such_merchant, wrong_credentials

MSISDN = re.compile(r"254[17][0-9]{8}")
SHORTCODE = re.compile(r"[0-9]{5,7}")
WHOLE = re.compile(r"[0-9]{1,9}")
# Source: Daraja portal, Customer to Business: words that its filter refuses in addresses.
FORBIDDEN_IN_URLS = ("m-pesa", "mpesa", "safaricom", "exe", "exec", "cmd", "sql", "query")

Body = Mapping[str, object]


def text(body: Body, name: str, *, shortest: int = 1, longest: int = 255, called: str = "") -> str:
    """The field's text, numbers too; `called` is the name in the refusal where Daraja uses another one."""
    value = body.get(name, "")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not shortest <= len(value) <= longest or not value.isprintable():
        raise invalid(called or name)
    return value


def one_of(body: Body, name: str, *values: str) -> str:
    value = text(body, name)
    if value not in values:
        raise invalid(name)
    return value


def msisdn(body: Body, name: str) -> str:
    value = text(body, name)
    if not MSISDN.fullmatch(value):
        raise invalid(name)
    return value


def amount(body: Body, *, lowest: int, highest: int) -> int:
    """A whole number of shillings; a fraction is refused, even of nothing."""
    value = text(body, "Amount")
    if not WHOLE.fullmatch(value) or not lowest <= int(value) <= highest:
        raise invalid("Amount")
    return int(value)


def url(body: Body, name: str) -> str:
    value = text(body, name, longest=1000)
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or any(word in value.lower() for word in FORBIDDEN_IN_URLS):
        raise invalid(name)
    return value


def check_password(body: Body, *, shortcode: str, passkey: str) -> None:
    """The shortcode is ours, and Password is base64(shortcode, passkey, Timestamp).

    Raises Refused: a field, `Merchant does not exist`, or `Wrong credentials`.
    """
    merchant = text(body, "BusinessShortCode")
    if not SHORTCODE.fullmatch(merchant):
        raise invalid("BusinessShortCode")
    timestamp = text(body, "Timestamp")
    if not _is_timestamp(timestamp):
        raise invalid("Timestamp")
    if merchant != shortcode:
        raise no_such_merchant()
    expected = base64.b64encode(f"{shortcode}{passkey}{timestamp}".encode())
    if not hmac.compare_digest(expected, text(body, "Password", longest=1000).encode()):
        raise wrong_credentials()


def _is_timestamp(value: str) -> bool:
    if not re.fullmatch(r"[0-9]{14}", value):
        return False
    try:
        datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=NAIROBI)
    except ValueError:
        return False
    return True
