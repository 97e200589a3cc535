"""JSON in which amounts stay exact: a number with a fraction is Decimal, in requests, answers and JSON columns."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import IO, Any
from uuid import UUID

from django.utils.functional import Promise
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from voicepact.kernel.api.problems import Problem
from voicepact.kernel.money import CENT

LARGEST_BODY = 256 * 1024
LONGEST_NUMBER = 40
LARGEST_EXPONENT = 30
DEEPEST = 32


class DecimalJSONParser(BaseParser):
    """Reads a request's JSON; whatever no honest client sends is 400 `malformed_json`."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise Problem(413, "body_too_large", f"The body is larger than {LARGEST_BODY // 1024} KB.")
        try:
            return decode(body)
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise Problem(400, "malformed_json", f"The body is not JSON that we read: {_reason(error)}.") from error


class DecimalJSONRenderer(BaseRenderer):
    """Writes an answer's JSON."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else encode(data).encode()


class DecimalJSONEncoder(json.JSONEncoder):
    """For `JSONField(encoder=DecimalJSONEncoder, decoder=DecimalJSONDecoder)`: a column keeps numbers as sent."""

    def encode(self, o: Any) -> str:
        return encode(o)

    def iterencode(self, o: Any, _one_shot: bool = False) -> Iterator[str]:
        yield encode(o)


class DecimalJSONDecoder(json.JSONDecoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


def decode(body: bytes) -> Any:
    """The value of a JSON text. Raises ValueError, ArithmeticError or RecursionError for a bad one."""
    value = json.loads(
        body.decode("utf-8"),
        parse_float=_decimal,
        parse_int=_integer,
        parse_constant=_constant,
        object_pairs_hook=_object,
    )
    _refuse_odd_text(value, depth=0)
    return value


def _decimal(text: str) -> Decimal:
    _refuse_long(text)
    number = Decimal(text)
    if abs(number.adjusted()) > LARGEST_EXPONENT or abs(int(number.as_tuple().exponent)) > LARGEST_EXPONENT:
        raise ValueError("a number out of range")
    return number


def _integer(text: str) -> int:
    _refuse_long(text)
    return int(text)


def _refuse_long(text: str) -> None:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number out of range")


def _constant(text: str) -> None:
    raise ValueError(f"{text} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object with the same name twice")
    return members


def _refuse_odd_text(value: Any, *, depth: int) -> None:
    """Nothing is nested deeper than DEEPEST, and all text can be stored: no U+0000, no half of a surrogate pair."""
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("text with the character U+0000")
        value.encode()
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_odd_text(name, depth=depth)
            _refuse_odd_text(member, depth=depth + 1)
    elif isinstance(value, list):
        for member in value:
            _refuse_odd_text(member, depth=depth + 1)


def _reason(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"{error.msg} at line {error.lineno}, column {error.colno}"
        case UnicodeError():
            return "text that is not UTF-8"
        case RecursionError():
            return "nested too deeply"
        case ArithmeticError():
            return "a number out of range"
    return str(error)


def encode(value: Any) -> str:  # noqa: PLR0911 - one line for each kind of value
    """The JSON text of a value: amounts as `350000` or `0.50`, times as UTC with `Z`.

    Raises TypeError for what has no JSON form, ValueError for a number or a time that is not a definite one.
    """
    match value:
        case None:
            return "null"
        case True:
            return "true"
        case False:
            return "false"
        case str() | Promise() | UUID():
            return _text(str(value))
        case Decimal():
            return number_text(value)
        case int():
            return int.__repr__(value)
        case float():
            return json.dumps(value, allow_nan=False)
        case datetime():
            return f'"{instant_text(value)}"'
        case date():
            return f'"{value.isoformat()}"'
        case Mapping():
            return "{" + ",".join(f"{_text(str(name))}:{encode(member)}" for name, member in value.items()) + "}"
        case bytes():
            raise TypeError("bytes have no JSON form")
        case Iterable():
            return "[" + ",".join(map(encode, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _text(text: str) -> str:
    """A JSON string that is also safe inside JavaScript."""
    return encode_basestring(text).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def number_text(number: Decimal) -> str:
    """`350000` when whole, else with two decimals (`0.50`); a finer number, which is no amount, as it is."""
    if not number.is_finite():
        raise ValueError("a number that is not finite has no JSON form")
    if number == number.to_integral_value():
        return str(int(number))
    cents = number.quantize(CENT)
    return f"{cents if cents == number else number:f}"


def instant_text(instant: datetime) -> str:
    """`2026-11-23T10:30:00Z`, with milliseconds where there are microseconds. Raises ValueError for a naive time."""
    if instant.tzinfo is None:
        raise ValueError("a time without zone is not an instant")
    precision = "milliseconds" if instant.microsecond else "seconds"
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"
