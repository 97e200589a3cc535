import io
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicepact.kernel.api.decimals import (
    DecimalJSONDecoder,
    DecimalJSONEncoder,
    DecimalJSONParser,
    DecimalJSONRenderer,
    decode,
    encode,
)
from voicepact.kernel.api.problems import Problem

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | texts
trees = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)


def parsed(body: bytes) -> Any:
    return DecimalJSONParser().parse(io.BytesIO(body))


def test_fractions_are_decimal_and_whole_numbers_are_int() -> None:
    value = parsed(b'{"a": 0.10, "b": 350000, "c": 3.5e5, "d": [1.005]}')
    assert value == {"a": Decimal("0.10"), "b": 350000, "c": Decimal("3.5E+5"), "d": [Decimal("1.005")]}
    assert [type(value[name]) for name in "abc"] == [Decimal, int, Decimal]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999999}',
        b'{"a": 1e99999999999999999999}',
        b'{"a": 1e-999999}',
        b'{"a": 0e999999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 0.' + b"1" * 5000 + b"}",
        b'{"a": 1, "a": 2}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\\u0000"}',
        b'{"a\\u0000": 1}',
        b'{"a": ["\\ud800"]}',
        b"[" * 100_000,
        b"[" * 40 + b"]" * 40,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_what_no_honest_client_sends_is_malformed(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        parsed(body)
    assert (refused.value.status_code, refused.value.body()["code"]) == (400, "malformed_json")
    assert len(refused.value.body()["detail"]) < 150


def test_a_body_over_256_kb_is_413() -> None:
    with pytest.raises(Problem) as refused:
        parsed(b'"' + b"a" * 256 * 1024 + b'"')
    assert refused.value.status_code == 413
    assert parsed(b'"' + b"a" * (256 * 1024 - 2) + b'"').startswith("a")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("350000", "350000"),
        ("350000.00", "350000"),
        ("3.5E+5", "350000"),
        ("0.5", "0.50"),
        ("0.50", "0.50"),
        ("-1234567890123.45", "-1234567890123.45"),
        ("0", "0"),
        ("-0.00", "0"),
        ("1.125", "1.125"),
        ("1E-7", "0.0000001"),
    ],
)
def test_an_amount_is_a_number_whole_or_with_two_decimals(number: str, text: str) -> None:
    assert DecimalJSONRenderer().render({"amount": Decimal(number)}) == f'{{"amount":{text}}}'.encode()


def test_times_are_utc_with_z() -> None:
    nairobi = timezone(timedelta(hours=3))
    assert encode(datetime(2026, 11, 23, 13, 30, tzinfo=nairobi)) == '"2026-11-23T10:30:00Z"'
    assert encode(datetime(2026, 11, 23, 10, 30, 0, 123456, tzinfo=UTC)) == '"2026-11-23T10:30:00.123Z"'
    with pytest.raises(ValueError, match="without zone"):
        encode(datetime(2026, 11, 23))  # noqa: DTZ001


def test_what_has_no_json_form_is_refused() -> None:
    for value in (b"raw", object(), Decimal("NaN"), float("inf")):
        with pytest.raises((TypeError, ValueError)):
            encode(value)


def test_text_is_kept_and_safe_in_javascript() -> None:
    assert encode('Kilimo \u2028 é "') == '"Kilimo \\u2028 é \\""'


@given(trees)
def test_whatever_is_written_is_read_back(tree: Any) -> None:
    assert decode(encode(tree).encode()) == json.loads(encode(tree)) == tree


@given(st.decimals(-(10**13), 10**13, places=2))
def test_every_amount_is_read_back_exactly(amount: Decimal) -> None:
    assert Decimal(decode(encode(amount).encode())) == amount


def test_a_json_column_keeps_numbers_as_sent() -> None:
    text = json.dumps({"quantity": Decimal("0.1"), "bags": 100}, cls=DecimalJSONEncoder)
    assert text == '{"quantity":0.10,"bags":100}'
    assert json.loads(text, cls=DecimalJSONDecoder) == {"quantity": Decimal("0.1"), "bags": 100}
