"""Reads what Africa's Talking's payments API is sent. What is missing is refused in plain text, at once.

What is there but wrong is answered with a status and a description, as InvalidValue carries it.
"""

from collections.abc import Mapping

from voicepact.simulator.fields import MSISDN, Body
from voicepact.simulator.refusals import PlainRefused

LONGEST_METADATA = 50


class InvalidValue(Exception):
    """The request is understood and cannot be done; the text is the description of its `InvalidRequest`."""


def required(body: Body, name: str) -> object:
    """Raises PlainRefused where the member is missing. Words: akka-http's JSON reader, which answered there."""
    if body.get(name) is None:
        message = f"The request content was malformed:\nObject is missing required member '{name}'"
        raise PlainRefused(message, http=400)
    return body[name]


def msisdn(body: Body) -> str:
    value = str(required(body, "phoneNumber"))
    if not value.startswith("+") or not MSISDN.fullmatch(value[1:]):
        raise InvalidValue("phoneNumber is not a mobile number of this market")
    return value[1:]


def amount(body: Body, *, lowest: int, highest: int) -> int:
    """Whole shillings, as M-Pesa carries them."""
    currency, value = required(body, "currencyCode"), required(body, "amount")
    if currency != "KES":
        raise InvalidValue("currencyCode is not that of the wallet")
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        raise InvalidValue("amount is not a whole number")
    if not lowest <= value <= highest:
        raise InvalidValue(f"amount is not between {lowest} and {highest}")
    return int(value)


def metadata(body: Body) -> Mapping[str, str]:
    """The caller's own words about it, texts by name; none where there are none."""
    value = body.get("metadata") or {}
    if not isinstance(value, dict) or len(value) > LONGEST_METADATA:
        raise InvalidValue("metadata is not a map of texts")
    if not all(isinstance(text, str) for text in value.values()):
        raise InvalidValue("metadata is not a map of texts")
    return value
