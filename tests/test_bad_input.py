"""Whatever is sent, the answer is a clear refusal, never a 500, and nothing moves."""

import itertools
import json
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import schemathesis
import time_machine
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from contracts.models import Contract
from contracts.tests.bodies import contract_body
from payments.models import Payment, Wallet
from tests.factories import checked_out, completed, confirmed, drafted, locked, new_phone
from tests.holdings import holdings
from voicepact.kernel.clock import now
from voicepact.kernel.rails import RAILS
from voicepact.kernel.tests.caller import Caller, new_caller
from voicepact.wsgi import application

API = "/api/v1"


@pytest.fixture(autouse=True)
def _no_waiting(settings):
    """No worker runs here, so nobody waits for one."""
    settings.CHECKOUT_WAIT_S = 0


@pytest.fixture
def caller(db) -> Caller:
    return new_caller(rate=1_000_000)


@pytest.fixture
def unmoved(caller) -> Generator[Callable[[], None]]:
    """Called once the scene is set; when the test ends, the client owns just what it owned then."""
    before: list[Any] = []
    yield lambda: before.append(holdings(caller.key.user))
    assert before, "the test never said when its scene was set"
    assert holdings(caller.key.user) == before[0]


def assert_refused(answer: Any, status: int, code: str, *words: str) -> None:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code), problem
    for word in words:
        assert word in problem["detail"], problem["detail"]


# --- a checkout that says the wrong thing -----------------------------------------------------------------------------


def pay(caller: Caller, contract: Contract, **changes: Any) -> Any:
    body = {"contract_id": contract.pk, "phone_number": contract.buyer.phone, "amount": int(contract.amount)}
    return caller.post(f"{API}/payments/checkout", {**body, **changes})


@pytest.mark.parametrize(
    ("changes", "status", "code", "words"),
    [
        ({"contract_id": "AG-2026-999999"}, 404, "not_found", "Not found"),
        ({"amount": 349_999}, 400, "amount_mismatch", "KES 350,000"),
        ({"amount": 350_001}, 400, "amount_mismatch", "KES 350,000"),
        ({"amount": 350_000.5}, 400, "amount_mismatch", "350,000.50"),
        ({"amount": 500_001}, 400, "amount_mismatch", "KES 350,000"),
        ({"amount": 9}, 400, "amount_mismatch", "KES 350,000"),
        ({"amount": 0}, 400, "invalid_request", "amount"),
        ({"amount": -350_000}, 400, "invalid_request", "amount"),
        ({"amount": 350_000.001}, 400, "invalid_request", "amount"),
        ({"currency_code": "USD"}, 400, "currency_mismatch", "KES"),
        ({"currency": "UGX"}, 400, "currency_mismatch", "KES"),
        ({"currency_code": "KES", "currency": "USD"}, 400, "invalid_request", "currency"),
        ({"currency_code": "kes"}, 400, "invalid_request", "currency_code"),
        ({"currency_code": ""}, 400, "invalid_request", "currency_code"),
        ({"phone_number": "+254799999999"}, 400, "payer_mismatch", "not the buyer"),
        ({"phone_number": "12"}, 400, "invalid_request", "phone_number"),
        ({"metadata": [1]}, 400, "invalid_request", "metadata"),
        ({"metadata": {str(n): n for n in range(51)}}, 400, "invalid_request", "metadata"),
    ],
)
def test_a_checkout_must_say_what_was_agreed(caller, unmoved, changes, status, code, words):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    assert_refused(pay(caller, contract, **changes), status, code, words)


def test_the_seller_does_not_pay(caller, unmoved):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    assert_refused(pay(caller, contract, phone_number=contract.seller.phone), 400, "payer_mismatch")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (drafted, "is pending; it is paid once both parties have agreed."),
        (lambda **terms: locked(**terms).contract, "is payment locked; its money is locked"),
        (lambda **terms: completed(**terms).contract, "is completed; it was paid"),
    ],
)
def test_only_a_confirmed_contract_is_paid(caller, unmoved, state, words):
    contract = state(owner=caller.key.user)
    unmoved()

    assert_refused(pay(caller, contract), 409, "contract_not_confirmed", contract.pk, words)


def test_a_second_live_payment_is_refused(caller, unmoved):
    payment = checked_out(owner=caller.key.user)
    unmoved()

    answer = pay(caller, payment.contract)

    assert_refused(answer, 409, "payment_pending", "already on its way")
    assert answer.json()["transaction_id"] == payment.transaction_id


def test_after_the_day_of_delivery_nothing_is_paid(caller, unmoved):
    contract = confirmed(owner=caller.key.user, delivery_deadline=now() + timedelta(hours=1))
    unmoved()

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        assert_refused(pay(caller, contract), 409, "delivery_deadline_passed", contract.pk)


# --- a contract that cannot be ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"amount": 9}, "contract_invalid", "KES 10 to KES 500,000"),
        ({"amount": 500_001}, "contract_invalid", "KES 10 to KES 500,000"),
        ({"amount": 100.5}, "contract_invalid", "whole shillings"),
        ({"amount": 1e12}, "contract_invalid", "KES 500,000"),
        ({"amount": 1e13}, "invalid_request", "amount"),
        ({"amount": 99999999999999999999}, "invalid_request", "amount"),
        ({"currency": "USD"}, "contract_invalid", "KES only"),
        ({"currency": "Shillings"}, "invalid_request", "currency"),
        ({"gateway": "airtel"}, "contract_invalid", "airtel"),
        ({"contract_type": "marriage"}, "invalid_request", "contract_type"),
        ({"delivery_deadline": "2020-01-01T00:00:00Z"}, "contract_invalid", "in the past"),
        ({"delivery_deadline": "9999-12-31T23:59:59Z"}, "contract_invalid", "five years"),
        ({"delivery_deadline": "2029-12-01T12:00:00"}, "invalid_request", "delivery_deadline"),
        ({"delivery_deadline": "tomorrow"}, "invalid_request", "delivery_deadline"),
        ({"delivery_deadline": "2029-02-30T12:00:00Z"}, "invalid_request", "delivery_deadline"),
        ({"audio_url": "javascript:alert(1)"}, "invalid_request", "audio_url"),
        ({"delivery_location": "Nakuru\nVoicePact: send your PIN"}, "invalid_request", "delivery_location"),
        ({"delivery_location": "x" * 201}, "invalid_request", "delivery_location"),
        ({"terms": {str(n): n for n in range(101)}}, "invalid_request", "terms"),
        ({"fees_paid_by": "nobody"}, "invalid_request", "fees_paid_by"),
        ({"parties": []}, "invalid_request", "parties"),
        ({"payer": {"name": "Njeri"}}, "invalid_request", "payer.phone"),
    ],
)
def test_a_contract_that_cannot_be_is_not_made(caller, unmoved, changes, code, words):
    unmoved()

    assert_refused(caller.post(f"{API}/contracts", contract_body(**changes)), 400, code, words)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"phone": "+256712345678"}, "contract_invalid", "Kenyan mobile"),
        ({"phone": "+254201234567"}, "invalid_request", "parties.0.phone"),
        ({"phone": "0712"}, "invalid_request", "parties.0.phone"),
        ({"phone": 712345678}, "invalid_request", "parties.0.phone"),
        ({"phone": None}, "invalid_request", "parties.0.phone"),
        ({"role": "seller"}, "contract_invalid", "one buyer and one seller"),
        ({"role": "payer"}, "invalid_request", "parties.0.role"),
        ({"name": "x" * 101}, "invalid_request", "parties.0.name"),
        ({"name": "Wanjiku\r\nVoicePact: paid"}, "invalid_request", "parties.0.name"),
        ({"name": ["Wanjiku"]}, "invalid_request", "parties.0.name"),
        ({"language": "fr"}, "invalid_request", "parties.0.language"),
    ],
)
def test_a_party_that_cannot_be_is_refused(caller, unmoved, change, code, words):
    body = contract_body()
    body["parties"][0].update(change)
    unmoved()

    answer = caller.post(f"{API}/contracts", body)
    if change.get("phone") == "+254201234567":  # a landline is a number, but none that the rail reaches
        code, words = "contract_invalid", "Kenyan mobile"
    assert_refused(answer, 400, code, words)


def test_two_parties_with_one_phone_are_refused(caller, unmoved):
    phone = new_phone()
    people = [{"role": "buyer", "phone": phone}, {"role": "seller", "phone": f"0{phone[4:]}"}]
    unmoved()

    answer = caller.post(f"{API}/contracts", contract_body(parties=people))

    assert_refused(answer, 400, "contract_invalid", "different phone numbers")


@pytest.mark.parametrize(
    "name",
    [
        "Wanjikũ Mũthoni",
        "🌽🌽",
        "مزارع",
        "\u202eevil",
        "'; DROP TABLE parties; --",
        "<script>alert(1)</script>",
        "{{7*7}}",
    ],
)
def test_odd_but_honest_text_is_kept_as_it_is(caller, name):
    body = contract_body(terms={name: name}, transcript=name * 500)
    body["parties"][0]["name"] = name

    made = caller.post(f"{API}/contracts", body)

    assert made.status_code == 201, made.content
    found = caller.get(f"{API}/contracts/{made.json()['contract_id']}").json()
    assert (found["parties"][0]["name"], found["terms"]) == (name, {name: name})


# --- JSON that no honest client sends ---------------------------------------------------------------------------------

POSTS = (
    "/contracts",
    "/contracts/{contract}/cancel",
    "/disputes",
    "/payments/checkout",
    "/payments/release",
    "/payments/refund",
)
NO_OBJECTS = (b"[]", b"[1,2]", b"null", b"1", b'"text"', b"true", b"[{}]")
NO_JSON = (
    b"{",
    b"}",
    b"not json",
    b"{'a': 1}",
    b'{"a": 1,}',
    b'{"amount": NaN}',
    b'{"amount": Infinity}',
    b'{"amount": -Infinity}',
    b'{"amount": 1e400}',
    b'{"amount": 1E-400}',
    b'{"amount": ' + b"9" * 5000 + b"}",
    b'{"a": 1, "a": 2}',
    b'{"a": "\\u0000"}',
    b'{"\\u0000": 1}',
    b'{"a": "\\ud800"}',
    b"\xff\xfe\x00",
    b'{"a": "\xc3\x28"}',
    b"[" * 100_000,
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b"\xef\xbb\xbf",
)


def at(path: str, contract: Contract) -> str:
    return f"{API}{path.format(contract=contract.pk)}"


@pytest.mark.parametrize("path", POSTS)
def test_a_body_that_is_no_object_is_refused(caller, unmoved, path):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    for body in NO_OBJECTS:
        assert_refused(caller.post(at(path, contract), body), 400, "invalid_request")


@pytest.mark.parametrize("path", POSTS)
def test_a_body_that_is_no_json_is_refused(caller, unmoved, path):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    for body in NO_JSON:
        assert_refused(caller.post(at(path, contract), body), 400, "malformed_json")


@pytest.mark.parametrize("path", [path for path in POSTS if "cancel" not in path])
def test_an_empty_body_is_refused(caller, unmoved, path):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    for body in (b"", b"{}"):
        assert_refused(caller.post(at(path, contract), body), 400, "invalid_request", "required")


@pytest.mark.parametrize("path", POSTS)
def test_a_body_that_is_too_large_is_refused(caller, unmoved, path):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    assert_refused(caller.post(at(path, contract), {"reason": "x" * 300_000}), 413, "body_too_large")


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "a/b"])
def test_a_body_of_another_type_is_refused(caller, unmoved, path, kind):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    key = {"Authorization": f"Bearer {caller.text}"}
    answer = caller.client.post(at(path, contract), data=b"a=1", content_type=kind, headers=key)

    assert 400 <= answer.status_code < 500, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_every_post_needs_its_post(caller, unmoved):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    for path in set(POSTS) - {"/contracts", "/disputes"}:
        assert_refused(caller.get(at(path, contract)), 405, "method_not_allowed")


# --- each field, with each kind of nonsense ---------------------------------------------------------------------------

NONSENSE: tuple[Any, ...] = (
    None,
    True,
    [],
    {},
    [None],
    {"a": {"b": []}},
    -1,
    10**39,
    "",
    " ",
    "x" * 10_000,
    "🌽" * 3_000,
    "\u202e\u200f",
    "' OR 1=1 --",
    "%00",
    "٣٥٠٠٠٠",
    "0x10",
    "1e5",
    "NaN",
)


AS_GOOD_AS_NOT_SENT = [("audio_url", ""), ("audio_url", " "), ("delivery_deadline", None)]


@pytest.mark.parametrize("field", ["contract_type", "amount", "currency", "audio_url", "delivery_deadline", "parties"])
def test_no_nonsense_in_a_contracts_fields(caller, unmoved, field):
    unmoved()

    for nonsense in NONSENSE:
        if (field, nonsense) in AS_GOOD_AS_NOT_SENT:
            continue
        answer = caller.post(f"{API}/contracts", contract_body(**{field: nonsense}))
        assert answer.status_code == 400, (nonsense, answer.content)
        assert any(path.startswith(field) for path in answer.json()["errors"]), answer.content


@pytest.mark.parametrize("field", ["terms", "transcript", "delivery_location", "payer", "fees_paid_by", "gateway"])
def test_nonsense_in_a_contracts_other_fields_is_refused_or_kept_but_breaks_nothing(caller, field):
    for nonsense in NONSENSE:
        answer = caller.post(f"{API}/contracts", contract_body(**{field: nonsense}))
        assert answer.status_code in (201, 400), (nonsense, answer.content)


@pytest.mark.parametrize("field", ["contract_id", "phone_number", "amount", "currency", "currency_code"])
def test_no_nonsense_in_a_checkout(caller, unmoved, field):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    for nonsense in NONSENSE:
        answer = pay(caller, contract, **{field: nonsense})
        assert answer.status_code in (400, 404), (nonsense, answer.content)


@pytest.mark.parametrize("field", ["contract_id", "transaction_id", "confirmed_by"])
def test_no_nonsense_in_a_release(caller, unmoved, field):
    payment = completed(owner=caller.key.user)
    body = {
        "contract_id": payment.contract_id,
        "transaction_id": payment.transaction_id,
        "confirmed_by": [payment.payer_phone, payment.recipient_phone],
    }
    unmoved()

    for nonsense in NONSENSE:
        answer = caller.post(f"{API}/payments/release", {**body, field: nonsense})
        assert answer.status_code in (400, 404, 409), (nonsense, answer.content)


@pytest.mark.parametrize("field", ["transaction_id", "initiated_by", "amount"])
def test_no_nonsense_in_a_refund(caller, unmoved, field):
    payment = locked(owner=caller.key.user)
    body = {"transaction_id": payment.transaction_id, "reason": "rain", "initiated_by": payment.payer_phone}
    unmoved()

    for nonsense in NONSENSE:
        answer = caller.post(f"{API}/payments/refund", {**body, field: nonsense})
        assert answer.status_code in (400, 404), (nonsense, answer.content)


@pytest.mark.parametrize("nonsense", [None, True, [], {}, "x" * 501])
@pytest.mark.parametrize("field", ["requested_by", "reason"])
def test_no_nonsense_in_a_cancellation(caller, unmoved, field, nonsense):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    assert_refused(caller.post(at("/contracts/{contract}/cancel", contract), {field: nonsense}), 400, "invalid_request")


# --- ids in addresses -------------------------------------------------------------------------------------------------

STRANGE_IDS = (
    "AG-2026-999999",
    "ag-2026-000001",
    "' OR '1'='1",
    "1; DROP TABLE contracts",
    "x" * 10_000,
    "%00",
    "AG-2026-%00",
    "%F0%9F%8C%BD",
    "%E2%80%AE",
    "%ff",
    "..%2f..%2fetc",
    "{}",
    "-1",
    "null",
)


@pytest.mark.parametrize(
    "path",
    ["/contracts/{}", "/contracts/{}/events", "/payments/status/{}", "/payments/history/{}", "/contracts/{}/cancel"],
)
def test_a_strange_id_is_not_found(caller, unmoved, path):
    unmoved()

    for strange in STRANGE_IDS:
        address = f"{API}{path.replace('{}', strange)}"
        answer = caller.post(address, {}) if path.endswith("cancel") else caller.get(address)
        assert answer.status_code in (400, 404), (strange, answer.content)
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("key", [" ", "x" * 256, "schlüssel", "\x7f", "a\tb"])
def test_an_idempotency_key_that_is_none_is_refused(caller, unmoved, key):
    contract = confirmed(owner=caller.key.user)
    unmoved()

    answer = caller.post(at("/contracts/{contract}/cancel", contract), {}, Idempotency_Key=key)

    assert_refused(answer, 400, "invalid_idempotency_key")


@pytest.mark.parametrize(
    "text", ["", "Bearer", "Bearer ", "Basic abc", "Bearer x", "Bearer " + "x" * 5000, "Bearer é", "Bearer a b c"]
)
def test_a_key_that_is_none_opens_nothing(client, db, text):
    for path in ("/contracts", "/payments/balance"):
        answer = client.get(f"{API}{path}", headers={"Authorization": text} if text else {})
        assert answer.status_code == 401, answer.content


# --- anything at all --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
QUICK = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@QUICK
@given(changes=st.dictionaries(st.sampled_from(sorted(contract_body())), JSON, min_size=1, max_size=3))
def test_any_json_in_a_contract_is_taken_or_refused(caller, changes):
    answer = caller.post(f"{API}/contracts", json.dumps(contract_body(**changes)))

    assert answer.status_code in (201, 400), answer.content


@QUICK
@given(amount=JSON | st.decimals(allow_nan=True, places=2).map(str))
def test_no_amount_but_the_agreed_one_opens_a_payment(caller, amount):
    contract = confirmed(owner=caller.key.user, amount=Decimal(777))

    answer = pay(caller, contract, amount=amount)

    right = amount in (777, 777.0, "777", "777.00") and not isinstance(amount, bool)
    assert answer.status_code == (201 if right else 400), answer.content
    assert Payment.objects.filter(contract=contract).exists() == right


@pytest.fixture
def schema(caller) -> Generator[Any]:
    """The API as it describes itself, called through WSGI, which is kept from closing the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/schema?format=json", application)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def probe(operation: Any, key: str) -> int:
    """Calls the operation with what its schema allows and what it does not; returns how often."""
    tried = itertools.count()

    @QUICK
    @given(case=operation.as_strategy())
    def call(case):
        next(tried)
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=[not_a_server_error])

    call()
    return next(tried)


def test_nothing_that_the_schema_describes_breaks_the_server(caller, schema):
    for gateway in RAILS:
        Wallet.objects.update_or_create(gateway=gateway, defaults={"available": Decimal(1_000), "updated_at": now()})

    tried = [probe(found.ok(), caller.text) for found in schema.get_all_operations()]

    assert len(tried) >= 11
    assert sum(tried) > 200
