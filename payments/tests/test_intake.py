"""The rails' door over HTTP: who is let in, what is kept, and what a signed notification may do."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from contracts.models import Event
from payments import gateways, ledger, reconciliation
from payments.callbacks import work_due
from payments.intake import LARGEST_BODY, REFUSED_COUNTER
from payments.ledger import Standing
from payments.models import Callback, Payment, Transfer, Wallet
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.rail import AT_FIND, AT_PAY, AT_PUSH, Rail, hangs_up, has_found
from payments.tests.words import balance_found, prompt_paid
from tests.factories import checked_out, completed, locked, open_transfer, prompted
from voicepact.kernel.clock import now
from voicepact.kernel.crypto import get_crypto_service

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)
WEBHOOK = "/api/v1/payments/webhook"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def door() -> Client:
    """A caller with no cookie and no token against forgery, as a rail is."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def prompt(later: Later) -> Transfer:
    """A prompt on the phone; time stands still."""
    return open_transfer(prompted(amount=SMALL))


def address(token: str, *, gateway: str = "daraja", kind: str = "stk") -> str:
    return f"/api/v1/payments/callbacks/{gateway}/{kind}/{token}"


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def newest() -> Callback:
    return Callback.objects.latest("id")


def number_kept() -> int:
    return Callback.objects.count()


# --- callbacks --------------------------------------------------------------------------------------------------------


def test_a_callback_is_kept_raw_and_answered_at_once(door: Client, prompt: Transfer) -> None:
    body = prompt_paid(prompt)

    answer = door.post(address(prompt.token), body, content_type=JSON)

    assert (answer.status_code, answer.json()) == (200, {"ResultCode": 0, "ResultDesc": "Accepted"})
    callback = Callback.objects.get(transfer=prompt)
    assert (callback.body, callback.kind, callback.address, callback.worked_at) == (body, "stk", "127.0.0.1", None)
    assert fresh(prompt).status == "submitted"
    work_due()
    assert fresh(prompt).status == "succeeded"


@pytest.mark.parametrize("body", [b"", b"nonsense", b"{", b"\xff\xfe", b'{"a": "\0"}', b"[" * 60_000])
def test_a_malformed_body_is_kept_too_and_settles_nothing(door: Client, prompt: Transfer, body: bytes) -> None:
    answer = door.post(address(prompt.token), body, content_type=JSON)

    assert answer.status_code == 200
    callback = Callback.objects.get(transfer=prompt)
    assert callback.body == body.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    work_due()
    assert Callback.objects.get(pk=callback.pk).result.startswith("unreadable: ")
    assert fresh(prompt).status == "submitted"


@pytest.mark.parametrize("token", ["0" * 32, "A" * 32, "0" * 31, "0" * 33, "zz", "%00", "' OR 1=1 --", "é" * 32])
def test_an_unknown_token_is_not_found_and_nothing_is_kept(door: Client, prompt: Transfer, token: str) -> None:
    before = number_kept()

    answer = door.post(address(token), prompt_paid(prompt), content_type=JSON)

    assert answer.status_code == 404
    assert number_kept() == before


@pytest.mark.parametrize(
    ("gateway", "kind"),
    [("africastalking", "stk"), ("nobody", "stk"), ("daraja", "odd"), ("daraja", "balance"), ("daraja", "webhook")],
)
def test_a_transfers_token_opens_only_its_own_addresses(
    door: Client, prompt: Transfer, gateway: str, kind: str
) -> None:
    before = number_kept()

    answer = door.post(address(prompt.token, gateway=gateway, kind=kind), "{}", content_type=JSON)

    assert answer.status_code == 404
    assert number_kept() == before


def test_only_a_post_is_a_callback(door: Client, prompt: Transfer) -> None:
    before = number_kept()

    for call in (door.get, door.put, door.delete, door.head):
        assert call(address(prompt.token)).status_code == 405
        assert call(WEBHOOK).status_code == 405

    assert number_kept() == before


@pytest.mark.parametrize("size", [LARGEST_BODY + 1, 3 * 1024 * 1024])
def test_a_body_that_is_too_large_is_refused(door: Client, prompt: Transfer, size: int) -> None:
    before = number_kept()

    answer = door.post(address(prompt.token), b" " * size, content_type=JSON)

    assert answer.status_code in (400, 413)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert number_kept() == before


def test_the_gateways_own_token_brings_the_balance(door: Client, later: Later) -> None:
    token = gateways.own_token("daraja")

    answer = door.post(address(token, kind="balance"), balance_found("228037.50"), content_type=JSON)
    work_due()

    assert answer.status_code == 200
    wallet = Wallet.objects.get(pk="daraja")
    assert (wallet.available, wallet.updated_at) == (Decimal("228037.50"), now())


@pytest.mark.parametrize("kind", ["stk", "b2c", "status"])
def test_the_gateways_own_token_is_no_transfers(door: Client, kind: str) -> None:
    assert door.post(address(gateways.own_token("daraja"), kind=kind), "{}", content_type=JSON).status_code == 404


def test_a_wrong_token_brings_no_balance(door: Client) -> None:
    before = number_kept()

    answer = door.post(address("0" * 32, kind="balance"), balance_found("1.00"), content_type=JSON)

    assert answer.status_code == 404
    assert number_kept() == before


# --- the webhook ------------------------------------------------------------------------------------------------------


def page_payload(transfer: Transfer, **changes: Any) -> dict[str, Any]:
    """The product page's payload, about `transfer`; a change to None leaves a member out."""
    assert transfer.payment
    payload = {
        "transactionId": transfer.external_id,
        "phoneNumber": transfer.phone,
        "amount": "KES 1000.00",
        "status": "Success",
        "description": f"Payment received from {transfer.phone}",
        "requestMetadata": {
            "contract_id": transfer.payment.contract_id,
            "product": "Maize",
            "seller_phone": transfer.payment.recipient_phone,
        },
        "sourceType": "Mpesa",
        "provider": "Mpesa",
        "providerChannel": "525900",
        "value": "KES 1000.00",
        **changes,
    }
    return {name: value for name, value in payload.items() if value is not None}


def notify(door: Client, body: str, *, signature: str | None = None, content_type: str = JSON) -> Any:
    """The body is posted with its signature, or with another; an empty one is left out."""
    signed = f"sha256={get_crypto_service().sign_webhook(body)}" if signature is None else signature
    headers = {"X-VoicePact-Signature": signed} if signed else {}
    return door.post(WEBHOOK, body.encode(), content_type=content_type, headers=headers)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "nonsense", "sha256=é", "0" * 10_000])
def test_without_its_signature_nothing_is_kept_but_a_count(door: Client, prompt: Transfer, signature: str) -> None:
    cache.set(REFUSED_COUNTER, 7)
    before = number_kept()

    answer = notify(door, json.dumps(page_payload(prompt)), signature=signature)

    assert (answer.status_code, json.loads(answer.content)["code"]) == (401, "invalid_signature")
    assert (number_kept(), cache.get(REFUSED_COUNTER)) == (before, 8)
    assert fresh(prompt).next_ask_at is None


def test_a_tampered_body_is_refused(door: Client, prompt: Transfer) -> None:
    body = json.dumps(page_payload(prompt))
    signature = get_crypto_service().sign_webhook(body)
    before = number_kept()

    answer = notify(door, body.replace("1000.00", "9000.00"), signature=f"sha256={signature}")

    assert answer.status_code == 401
    assert number_kept() == before


def test_the_first_refusal_ever_counts_as_one(door: Client) -> None:
    cache.delete(REFUSED_COUNTER)

    notify(door, "{}", signature="")

    assert cache.get(REFUSED_COUNTER) == 1


def as_json(payload: dict[str, Any]) -> tuple[str, str]:
    return json.dumps(payload, indent=2), JSON


def as_form(payload: dict[str, Any]) -> tuple[str, str]:
    return urlencode({**payload, "requestMetadata": json.dumps(payload["requestMetadata"])}), FORM


@pytest.mark.parametrize("prefix", ["sha256=", ""])
@pytest.mark.parametrize("written", [as_json, as_form])
def test_the_pages_payload_only_makes_a_worker_ask_the_rail(
    door: Client, prompt: Transfer, prefix: str, written: Any
) -> None:
    body, content_type = written(page_payload(prompt))
    signature = prefix + get_crypto_service().sign_webhook(body)

    answer = notify(door, body, signature=signature, content_type=content_type)

    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": "received"})
    assert (newest().kind, newest().body) == ("webhook", body)
    assert fresh(prompt).next_ask_at is None
    work_due()
    assert newest().transfer == prompt
    assert (fresh(prompt).status, fresh(prompt).next_ask_at) == ("submitted", now())
    assert prompt.payment
    assert ledger.standing(prompt.payment) == Standing()


def test_the_rails_own_names_are_read_too(door: Client, prompt: Transfer) -> None:
    payload = page_payload(prompt, phoneNumber=None, amount=None, source=prompt.phone, providerRefId="UKN7A1B2C3")

    assert notify(door, json.dumps(payload)).status_code == 200

    work_due()
    assert fresh(prompt).next_ask_at == now()


def test_our_token_in_the_metadata_names_the_transfer_when_the_rails_id_does_not(
    door: Client, prompt: Transfer
) -> None:
    payload = page_payload(prompt, transactionId="AT-TXN-abc123xyz", requestMetadata={"transfer_token": prompt.token})

    notify(door, json.dumps(payload))

    work_due()
    assert newest().transfer == prompt
    assert fresh(prompt).next_ask_at == now()


def test_a_hint_about_what_was_never_sent_or_is_all_settled_changes_nothing(door: Client, later: Later) -> None:
    unsent = open_transfer(checked_out(amount=SMALL))
    settled = locked(amount=SMALL).transfers.get()

    for transfer in (unsent, settled):
        changes = {
            "transactionId": transfer.external_id or "AT-1",
            "requestMetadata": {"transfer_token": transfer.token},
        }
        assert notify(door, json.dumps(page_payload(transfer, **changes))).status_code == 200
    work_due()

    assert fresh(unsent).next_ask_at is None
    assert (fresh(settled).status, fresh(settled).next_ask_at) == ("succeeded", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"value": "KES 999.00"},
        {"value": "UGX 1000.00"},
        {"value": "a thousand"},
        {"value": 1000},
        {"amount": "KES -5"},
        {"amount": "KES 1e5"},
        {"amount": "KES ١٠٠٠"},
        {"transactionId": None},
        {"transactionId": ""},
        {"transactionId": 7},
        {"transactionId": "x" * 101},
        {"transactionId": "AT\0TXN"},
        {"transactionId": "AT-\ud800"},
        {"status": None},
        {"status": "Perhaps"},
        {"status": ["Success"]},
    ],
)
def test_a_signed_payload_that_makes_no_sense_is_refused(
    door: Client, prompt: Transfer, changes: dict[str, Any]
) -> None:
    before = number_kept()

    answer = notify(door, json.dumps(page_payload(prompt, **changes)))

    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "malformed_webhook")
    assert number_kept() == before


@pytest.mark.parametrize(
    "body",
    [
        *("", "nonsense", "{", "[]", "[1, 2]", "{}", "null", "[" * 60_000, '{"a": 1e99999999999999999999}', "{\0}"),
        *("a=1", "&".join(f"a{n}=1" for n in range(200)), "transactionId=1&status=Success&requestMetadata={"),
    ],
)
@pytest.mark.parametrize("content_type", [JSON, FORM, "text/plain", "multipart/form-data"])
def test_a_signed_body_that_is_no_notification_is_refused(door: Client, body: str, content_type: str) -> None:
    before = number_kept()

    assert notify(door, body, content_type=content_type).status_code == 400

    assert number_kept() == before


def test_a_signed_body_that_is_too_large_is_refused(door: Client, prompt: Transfer) -> None:
    before = number_kept()

    answer = notify(door, json.dumps(page_payload(prompt, description="x" * LARGEST_BODY)))

    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "body_too_large")
    assert number_kept() == before


def test_what_matches_no_transfer_is_given_up_after_ten_minutes_with_an_event(
    door: Client, later: Later, prompt: Transfer
) -> None:
    notify(door, json.dumps(page_payload(prompt, transactionId="AT-TXN-of-nobody")))
    callback = newest()

    for _ in range(4):
        work_due()
        assert Callback.objects.get(pk=callback.pk).worked_at is None
        later(minutes=2, seconds=30)
    work_due()

    given_up = Callback.objects.get(pk=callback.pk)
    assert (given_up.worked_at, given_up.result) == (now(), "it matches no transfer of ours")
    event = Event.objects.get(kind="callback.given_up", payload__callback=callback.pk)
    assert (event.chain, event.at) == ("system", now())


def test_an_unmatched_notification_finds_a_transfer_that_is_named_a_little_later(
    door: Client, later: Later, prompt: Transfer
) -> None:
    notify(door, json.dumps(page_payload(prompt, transactionId="ws_CO_to_be_named")))
    work_due()

    prompt.external_id = "ws_CO_to_be_named"
    prompt.save(update_fields=["external_id"])
    later(minutes=3)
    work_due()

    assert newest().transfer == prompt
    assert fresh(prompt).next_ask_at == now()


# --- the webhook about its own rail -----------------------------------------------------------------------------------

PAGES_AMOUNT = "KES 350000.00"


@pytest.fixture
def push(rail: Rail, later: Later) -> Transfer:
    """The page's deal on this rail: 350,000 in one push, which is on the phone."""
    transfer = open_transfer(checked_out(gateway="africastalking"))
    submit(transfer.pk)
    return fresh(transfer)


def pages_own(transfer: Transfer, **changes: Any) -> dict[str, Any]:
    return page_payload(transfer, **{"amount": PAGES_AMOUNT, "value": PAGES_AMOUNT, **changes})


def rails_own(transfer: Transfer, **changes: Any) -> dict[str, Any]:
    """The same in Africa's Talking's own names, with the network's receipt number."""
    sides = {"source": transfer.phone, "destination": "PaymentWallet"}
    if not transfer.is_collection:
        sides = {"source": "PaymentWallet", "destination": transfer.phone}
    category = "MobileCheckout" if transfer.is_collection else "MobileB2C"
    named = {"phoneNumber": None, "amount": None, "category": category, "providerRefId": "UKN7A1B2C3", **sides}
    return pages_own(transfer, **{**named, "value": "KES 350000.0000", **changes})


def where_it_is(transfer: Transfer) -> tuple[str, Standing]:
    payment = Payment.objects.get(transfers=transfer)
    return payment.status, ledger.standing(payment)


WHOLE = Decimal(350_000)
IN = ("locked", Standing(held=WHOLE))
NOT_IN = ("pending", Standing())


@pytest.mark.parametrize("written", [as_json, as_form])
def test_the_pages_own_body_settles_the_whole_amount_once_the_rail_has_been_asked(
    door: Client, rail: Rail, push: Transfer, written: Any
) -> None:
    body, content_type = written(pages_own(push))

    assert notify(door, body, content_type=content_type).status_code == 200
    work_due()
    assert where_it_is(push) == NOT_IN  # it names no receipt number

    rail.will(AT_FIND, has_found(push))
    reconciliation.ask_due()

    assert where_it_is(push) == IN
    assert (fresh(push).status, fresh(push).rail_confirmed_at) == ("succeeded", now())


@pytest.mark.parametrize("written", [as_json, as_form])
def test_a_claim_with_a_receipt_number_settles_and_is_confirmed_by_the_rail(
    door: Client, rail: Rail, push: Transfer, written: Any
) -> None:
    body, content_type = written(rails_own(push))

    notify(door, body, content_type=content_type)
    work_due()

    assert where_it_is(push) == IN
    assert (fresh(push).receipt_number, fresh(push).rail_confirmed_at) == ("UKN7A1B2C3", None)
    rail.will(AT_FIND, has_found(push, providerRefId="UKN7A1B2C3"))
    reconciliation.ask_due()
    assert fresh(push).rail_confirmed_at == now()
    assert where_it_is(push) == IN


def test_our_token_settles_a_push_whose_answer_was_lost(door: Client, rail: Rail, later: Later) -> None:
    transfer = open_transfer(checked_out(gateway="africastalking"))
    rail.will(AT_PUSH, hangs_up)
    submit(transfer.pk)
    told = pages_own(transfer, transactionId="AT-TXN-abc123xyz", requestMetadata={"transfer_token": transfer.token})

    notify(door, json.dumps(told))
    work_due()
    named = fresh(transfer)
    assert (named.status, named.external_id) == ("unknown", "AT-TXN-abc123xyz")
    rail.will(AT_FIND, has_found(named))
    reconciliation.ask_due()

    assert where_it_is(transfer) == IN


def test_the_same_notification_three_times_counts_once(door: Client, rail: Rail, push: Transfer) -> None:
    for _ in range(3):
        notify(door, json.dumps(rails_own(push)))
        work_due()

    assert where_it_is(push) == IN


def test_a_failed_push_fails_the_payment_with_the_rails_reason(door: Client, rail: Rail, push: Transfer) -> None:
    words = "The balance is insufficient for the transaction."

    notify(door, json.dumps(pages_own(push, status="Failed", description=words)))
    work_due()

    assert (fresh(push).status, fresh(push).failure_code) == ("failed", "insufficient_funds")
    assert where_it_is(push) == ("failed", Standing())


@pytest.mark.parametrize(
    "lie",
    [
        {"value": "KES 1.00"},
        {"source": "+254700000009"},
        {"category": "MobileB2C"},
        {"transactionId": "AT-other", "requestMetadata": "ours"},
    ],
)
def test_a_claim_about_other_money_is_quarantined(
    door: Client, rail: Rail, push: Transfer, lie: dict[str, Any]
) -> None:
    if lie.get("requestMetadata") == "ours":
        lie = {**lie, "requestMetadata": {"transfer_token": push.token}}

    notify(door, json.dumps(rails_own(push, **lie)))
    work_due()

    assert fresh(push).quarantined_at == now()
    assert where_it_is(push) == NOT_IN


def test_a_notification_that_names_two_phones_is_refused(door: Client, rail: Rail, push: Transfer) -> None:
    before = number_kept()

    answer = notify(door, json.dumps(pages_own(push, source="+254700000009")))

    assert (answer.status_code, number_kept()) == (400, before)


def test_a_payout_that_it_calls_refused_is_asked_about_first(door: Client, rail: Rail, later: Later) -> None:
    transfer = open_transfer(completed(gateway="africastalking"))
    submit(transfer.pk)
    transfer = fresh(transfer)

    notify(door, json.dumps(rails_own(transfer, status="Failed")))
    work_due()
    assert (fresh(transfer).status, fresh(transfer).next_ask_at) == ("submitted", now())
    rail.will(AT_FIND, has_found(transfer))
    reconciliation.ask_due()

    assert where_it_is(transfer) == ("released", Standing(released=WHOLE))


def test_our_token_finds_a_payout_whose_id_was_lost(door: Client, rail: Rail, later: Later) -> None:
    transfer = open_transfer(completed(gateway="africastalking"))
    rail.will(AT_PAY, hangs_up)
    submit(transfer.pk)
    metadata = {"transfer_token": transfer.token}

    notify(door, json.dumps(rails_own(transfer, transactionId="ATPid_lost", requestMetadata=metadata)))
    work_due()

    assert where_it_is(transfer) == ("released", Standing(released=WHOLE))
    assert len(rail.about(transfer, AT_PAY)) == 1
