"""Payments over HTTP: checked out, followed, released, refunded, listed; and what the wallet holds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

import pytest
import time_machine
from django.db import transaction

from contracts.agreements import PartyDraft
from contracts.disputes import open_dispute
from contracts.models import Contract, Deadline
from contracts.tests.bodies import contract_body
from payments import endings, escrow, waiting
from payments.gateways.base import Source
from payments.models import Payment, Transfer, Wallet
from payments.settlement import settle
from payments.tests.test_breaker import open_circuit
from tests.factories import (
    ClientFactory,
    acknowledge,
    answered,
    checked_out,
    completed,
    confirmed,
    fund,
    locked,
    new_phone,
    open_transfer,
    pay_out,
    prompted,
    refused,
    succeeded,
)
from tests.holdings import holdings
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock
from voicepact.kernel.tests.caller import Caller, new_caller

pytestmark = pytest.mark.django_db

API = "/api/v1/payments"
MORNING = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
WHOLE = 350_000


@pytest.fixture(autouse=True)
def _no_waiting(settings):
    """No worker runs here, so nobody waits for one."""
    settings.CHECKOUT_WAIT_S = 0


@pytest.fixture
def caller() -> Caller:
    return new_caller()


@pytest.fixture
def client_owner(caller):
    return caller.key.user


def checkout(caller: Caller, contract: Contract, *, headers: dict[str, str] | None = None, **changes: Any) -> Any:
    body = {
        "contract_id": contract.pk,
        "phone_number": contract.buyer.phone,
        "amount": int(contract.amount),
        "currency_code": "KES",
        **changes,
    }
    return caller.post(f"{API}/checkout", body, **(headers or {}))


def status(caller: Caller, payment: Payment) -> dict[str, Any]:
    answer = caller.get(f"{API}/status/{payment.transaction_id}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def refusal(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


# --- checkout ---------------------------------------------------------------------------------------------------------


def test_checkout_is_answered_in_the_pages_shape_with_its_parts(caller, client_owner):
    with time_machine.travel(MORNING, tick=False):
        contract = confirmed(owner=client_owner)
        answer = checkout(caller, contract)

    assert answer.status_code == 201
    assert answer.json() == {
        "transaction_id": f"TXN-{contract.pk}-001",
        "external_transaction_id": None,
        "status": "pending",
        "description": "Waiting for user to confirm payment",
        "amount": WHOLE,
        "currency": "KES",
        "phone_number": contract.buyer.phone,
        "created_at": "2026-11-23T10:30:00Z",
        "parts": [
            {"amount": 250000, "not_before": "2026-11-23T10:30:00Z"},
            {"amount": 100000, "not_before": "2026-11-23T10:30:00Z"},
        ],
    }


def test_while_the_rail_is_left_alone_a_checkout_is_503_and_changes_nothing(caller, client_owner, rail, later):
    contract = confirmed(owner=client_owner)
    open_circuit()
    later(seconds=20)
    before = holdings(client_owner)

    answer = checkout(caller, contract, headers={"Idempotency-Key": "once"})

    assert refusal(answer) == (503, "rail_unavailable")
    assert answer.headers["Retry-After"] == "40"
    assert holdings(client_owner) == before
    later(seconds=40)
    assert checkout(caller, contract, headers={"Idempotency-Key": "once"}).status_code == 201


def test_equal_parts_are_planned_two_minutes_apart(caller, client_owner):
    with time_machine.travel(MORNING, tick=False):
        found = checkout(caller, confirmed(owner=client_owner, amount=Decimal(500_000))).json()

    assert [part["not_before"] for part in found["parts"]] == ["2026-11-23T10:30:00Z", "2026-11-23T10:32:00Z"]


@pytest.mark.parametrize(
    "named", [{"currency_code": "KES"}, {"currency": "KES"}, {"currency_code": "KES", "currency": "KES"}, {}]
)
def test_the_currency_goes_by_either_name(caller, client_owner, named):
    contract = confirmed(owner=client_owner)
    body = {"contract_id": contract.pk, "phone_number": contract.buyer.phone, "amount": WHOLE, **named}

    assert caller.post(f"{API}/checkout", body).json()["currency"] == "KES"


def test_phone_and_amount_are_taken_as_people_write_them(caller, client_owner):
    contract = confirmed(owner=client_owner)

    answer = checkout(caller, contract, phone_number=f"0{contract.buyer.phone[4:]}", amount="350000.00")

    assert answer.json()["phone_number"] == contract.buyer.phone


def test_an_agreed_payer_may_pay_too(caller, client_owner):
    people = tuple(PartyDraft(role=role, phone=new_phone()) for role in ("buyer", "seller", "payer"))
    contract = confirmed(owner=client_owner, parties=people)

    answer = checkout(caller, contract, phone_number=people[2].phone)

    assert (answer.status_code, answer.json()["phone_number"]) == (201, people[2].phone)


def test_metadata_is_kept_and_returned_as_it_was_sent(caller, client_owner):
    metadata = {"product": "Maize", "bags": 100, "nested": {"price": "0.10"}, "seller_phone": "+254700000000"}
    contract = confirmed(owner=client_owner)

    checkout(caller, contract, metadata=metadata)

    found = status(caller, contract.payments.get())
    assert found["metadata"] == metadata
    assert found["recipient_phone"] == contract.seller.phone


def test_a_second_checkout_names_the_payment_that_is_pending(caller, client_owner):
    contract = confirmed(owner=client_owner)
    first = checkout(caller, contract).json()
    before = holdings(client_owner)

    answer = checkout(caller, contract)

    assert refusal(answer) == (409, "payment_pending")
    assert answer.json()["transaction_id"] == first["transaction_id"]
    assert holdings(client_owner) == before


def test_a_part_paid_payment_goes_on_under_its_id(caller, client_owner):
    payment = prompted(owner=client_owner)
    settle(open_transfer(payment).pk, succeeded(open_transfer(payment)))
    second = acknowledge(open_transfer(payment))
    settle(second.pk, refused(second, "1037"))
    assert status(caller, payment)["description"] == "KES 250,000 of 350,000 received"

    answer = checkout(caller, payment.contract)

    assert (answer.status_code, answer.json()["transaction_id"]) == (201, payment.transaction_id)
    assert (open_transfer(payment).part, open_transfer(payment).amount) == (2, 100_000)


def test_after_a_failed_payment_the_next_one_opens(caller, client_owner):
    payment = prompted(owner=client_owner)
    settle(open_transfer(payment).pk, refused(open_transfer(payment), "1032"))

    answer = checkout(caller, payment.contract)

    assert (answer.status_code, answer.json()["transaction_id"]) == (201, f"TXN-{payment.contract_id}-002")
    assert status(caller, payment)["status"] == "failed"


def test_the_acknowledgements_id_is_in_the_answer_when_it_comes_in_time(caller, client_owner, monkeypatch):
    contract = confirmed(owner=client_owner)

    def answered_in_time(_: object) -> None:
        acknowledge(open_transfer(contract.payments.get()))
        _note(contract)

    monkeypatch.setattr(waiting, "until", answered_in_time)
    found = checkout(caller, contract).json()

    assert found["external_transaction_id"] == contract.payments.get().external_transaction_id != ""


def _note(contract: Contract) -> None:
    """The worker has written down the first acknowledgement."""
    payment = contract.payments.get()
    payment.external_transaction_id = open_transfer(payment).external_id
    payment.save(update_fields=["external_transaction_id"])


def test_insufficient_funds_known_at_the_acknowledgement_are_402_with_the_payments_id(
    caller, client_owner, monkeypatch
):
    contract = confirmed(owner=client_owner)

    def poor(_: object) -> None:
        transfer = acknowledge(open_transfer(contract.payments.get()))
        settle(transfer.pk, refused(transfer, "1"))

    monkeypatch.setattr(waiting, "until", poor)
    answer = checkout(caller, contract)

    assert refusal(answer) == (402, "insufficient_funds")
    assert answer.json()["transaction_id"] == f"TXN-{contract.pk}-001"
    assert contract.payments.get().status == "failed"


def test_respond_async_waits_for_nothing(caller, client_owner, monkeypatch):
    monkeypatch.setattr(waiting, "until", lambda _: pytest.fail("it waited"))

    answer = checkout(caller, confirmed(owner=client_owner), headers={"Prefer": "respond-async"})

    assert (answer.status_code, answer.json()["status"]) == (201, "pending")


def test_a_repeated_checkout_with_one_key_is_answered_alike(caller, client_owner):
    contract = confirmed(owner=client_owner)
    key = {"Idempotency-Key": "once"}

    first, second = checkout(caller, contract, headers=key), checkout(caller, contract, headers=key)
    other = checkout(caller, contract, headers=key, metadata={"a": 1})

    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["Idempotent-Replayed"] == "true"
    assert refusal(other) == (422, "idempotency_key_reused")
    assert contract.payments.get().transfers.count() == 1


# --- fees -------------------------------------------------------------------------------------------------------------


def test_fees_are_quoted_with_their_sources(caller):
    answer = caller.get(f"{API}/fees?amount=10000&fees_paid_by=split")

    found = answer.json()
    assert answer.status_code == 200
    assert [source for source in found.pop("sources") if "August 2023" in source]
    assert found == {
        "amount": 10000,
        "currency": "KES",
        "gateway": "daraja",
        "fees_paid_by": "split",
        "platform_fee": 0,
        "payout_charge": 11,
        "collection_charge": 0,
        "buyer_fee": 5,
        "seller_fee": 6,
        "buyer_pays": 10005,
        "seller_gets": 9994,
    }


def test_a_quote_is_what_the_contract_then_says(caller, settings):
    settings.PLATFORM_FEE = Decimal(50)
    quoted = caller.get(f"{API}/fees?amount=10000&fees_paid_by=buyer").json()

    made = caller.post("/api/v1/contracts", contract_body(amount=10000, fees_paid_by="buyer")).json()

    fixed = ("amount", "currency", "gateway", "fees_paid_by", "buyer_fee", "seller_fee", "buyer_pays", "seller_gets")
    assert {name: made[name] for name in fixed} == {name: quoted[name] for name in fixed}


def test_where_the_platform_pays_an_unknown_charge_is_null(caller):
    found = caller.get(f"{API}/fees?amount=350000").json()

    assert (found["fees_paid_by"], found["payout_charge"], found["buyer_pays"]) == ("platform", None, WHOLE)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "invalid_request"),
        ("amount=", "invalid_request"),
        ("amount=much", "invalid_request"),
        ("amount=-5", "invalid_request"),
        ("amount=NaN", "invalid_request"),
        ("amount=1000&fees_paid_by=nobody", "invalid_request"),
        ("amount=1000&gateway=airtel", "contract_invalid"),
        ("amount=9", "contract_invalid"),
        ("amount=500001", "contract_invalid"),
        ("amount=100.50", "contract_invalid"),
        ("amount=350000&fees_paid_by=seller", "fee_unknown"),
        ("amount=1000&gateway=africastalking&fees_paid_by=buyer", "fee_unknown"),
    ],
)
def test_what_cannot_be_quoted_is_refused(caller, query, code):
    assert refusal(caller.get(f"{API}/fees?{query}")) == (400, code)


def test_quotes_are_for_keys_that_may_read_payments():
    answer = new_caller(scopes=["contracts:read"]).get(f"{API}/fees?amount=1000")

    assert answer.status_code == 403


def test_with_fees_the_checkout_names_the_price_and_its_parts_are_what_is_prompted(caller, client_owner):
    contract = confirmed(owner=client_owner, amount=Decimal(10_000), fees_paid_by="split")
    before = holdings(client_owner)

    refused_sum = checkout(caller, contract, amount=10_005)
    assert (refusal(refused_sum), holdings(client_owner)) == ((400, "amount_mismatch"), before)

    found = checkout(caller, contract).json()
    assert (found["amount"], [part["amount"] for part in found["parts"]]) == (10_000, [10_005])


def test_with_fees_status_and_release_say_what_reaches_the_seller(caller, client_owner):
    payment = completed(owner=client_owner, amount=Decimal(10_000), fees_paid_by="split")
    body = {
        "contract_id": payment.contract_id,
        "transaction_id": payment.transaction_id,
        "confirmed_by": [payment.recipient_phone, payment.payer_phone],
    }
    assert caller.post(f"{API}/release", body).json()["amount"] == 9_994

    pay_out(payment)

    found = status(caller, payment)
    assert (found["amount"], found["buyer_fee"], found["seller_fee"]) == (10_000, 5, 6)
    assert (found["amount_held"], found["amount_released"], found["amount_refunded"]) == (0, 9_994, 0)
    assert caller.post(f"{API}/release", body).json()["amount"] == 9_994


def test_with_fees_a_refund_is_all_that_came_in(caller, client_owner):
    payment = locked(owner=client_owner, amount=Decimal(10_000), fees_paid_by="buyer")
    body = {"transaction_id": payment.transaction_id, "reason": "off", "initiated_by": payment.recipient_phone}

    assert caller.post(f"{API}/refund", body).json()["amount"] == 10_011


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_a_checkout_is_acknowledged_when_the_push_was_answered_and_its_callbacks_are_worked():
    payment = checked_out()
    assert not waiting.acknowledged(payment)

    transfer = acknowledge(open_transfer(payment))
    assert waiting.acknowledged(payment)

    kept = transfer.callbacks.create(gateway="daraja", kind="stk", body="{}", received_at=now(), not_before=now())
    assert not waiting.acknowledged(payment)
    kept.worked_at = now()
    kept.save()
    assert waiting.acknowledged(payment)


def test_nobody_waits_for_a_prompt_that_is_due_later():
    payment = checked_out()
    Transfer.objects.filter(payment=payment).update(not_before=now() + timedelta(minutes=2))

    assert waiting.acknowledged(payment)


# --- status -----------------------------------------------------------------------------------------------------------


def test_a_payment_is_told_with_every_field(caller, client_owner):
    with time_machine.travel(MORNING, tick=False):
        payment = pay_out(completed(owner=client_owner, amount=Decimal(1_000)))
        found = status(caller, payment)
    contract = payment.contract

    collection, payout = sorted(found.pop("transfers"), key=itemgetter("kind"))  # both of one moment
    assert found == {
        "transaction_id": f"TXN-{contract.pk}-001",
        "external_transaction_id": found["external_transaction_id"],
        "contract_id": contract.pk,
        "status": "released",
        "description": "Payment released",
        "amount": 1000,
        "currency": "KES",
        "buyer_fee": 0,
        "seller_fee": 0,
        "amount_held": 0,
        "amount_released": 1000,
        "amount_refunded": 0,
        "payer_phone": contract.buyer.phone,
        "recipient_phone": contract.seller.phone,
        "reference": payment.reference,
        "payment_type": "escrow",
        "payment_method": "mpesa_daraja",
        "created_at": "2026-11-23T10:30:00Z",
        "confirmed_at": "2026-11-23T10:30:00Z",
        "released_at": "2026-11-23T10:30:00Z",
        "refunded_at": None,
        "failure_code": "",
        "failure_reason": "",
        "retry_count": 0,
        "metadata": {},
        "parts": [{"amount": 1000, "not_before": "2026-11-23T10:30:00Z"}],
    }
    assert (collection["kind"], payout["kind"]) == ("collection", "payout")
    transfer = payment.transfers.get(kind="payout")
    assert payout == {
        "id": str(transfer.pk),
        "kind": "payout",
        "part": 1,
        "amount": 1000,
        "status": "succeeded",
        "external_id": transfer.external_id,
        "receipt_number": transfer.receipt_number,
        "failure_code": "",
        "created_at": "2026-11-23T10:30:00Z",
        "finished_at": "2026-11-23T10:30:00Z",
    }


def refunding(**terms: Any) -> Payment:
    payment = locked(**terms)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    return Payment.objects.get(pk=payment.pk)


def first_part(payment: Payment, kind: str) -> Payment:
    transfer = acknowledge(payment.transfers.get(kind=kind, part=1))
    settle(transfer.pk, succeeded(transfer))
    return Payment.objects.get(pk=payment.pk)


def second_prompt_refused(**terms: Any) -> Payment:
    payment = first_part(checked_out(**terms), "collection")
    transfer = acknowledge(open_transfer(payment))
    settle(transfer.pk, refused(transfer, "1032"))
    return Payment.objects.get(pk=payment.pk)


def failed(**terms: Any) -> Payment:
    payment = prompted(**terms)
    settle(open_transfer(payment).pk, refused(open_transfer(payment), "1"))
    return Payment.objects.get(pk=payment.pk)


def paid_twice(**terms: Any) -> Payment:
    """The first prompt fails and is paid late, after a second one has been paid."""
    payment = prompted(**terms, amount=Decimal(1_000))
    late = open_transfer(payment)
    settle(late.pk, refused(late, "17"))
    Transfer.objects.filter(payment=payment, status="requested").update(not_before=now())
    payment = fund(payment)
    settle(late.pk, succeeded(late))
    settle(late.pk, answered(late))
    return Payment.objects.get(pk=payment.pk)


def in_quarantine(**terms: Any) -> Payment:
    """Its first prompt was answered with another amount than was asked for."""
    payment = prompted(**terms)
    asked = open_transfer(payment)
    settle(asked.pk, succeeded(asked, amount=asked.amount - 1))
    return Payment.objects.get(pk=payment.pk)


def expired_in_quarantine(**terms: Any) -> Payment:
    payment = in_quarantine(**terms)
    with transaction.atomic():
        endings.expire(lock(Contract, payment.contract_id), Deadline.Kind.FUNDING)
    return Payment.objects.get(pk=payment.pk)


@pytest.mark.parametrize(
    ("state", "words", "amounts"),
    [
        (checked_out, "Waiting for user to confirm payment", (0, 0, 0)),
        (prompted, "Waiting for user to confirm payment", (0, 0, 0)),
        (second_prompt_refused, "KES 250,000 of 350,000 received", (250_000, 0, 0)),
        (locked, "Payment held in escrow", (WHOLE, 0, 0)),
        (completed, "Payment on its way to seller", (WHOLE, 0, 0)),
        (
            lambda **terms: first_part(completed(**terms), "payout"),
            "KES 250,000 of 350,000 sent to seller",
            (100_000, 250_000, 0),
        ),
        (lambda **terms: pay_out(completed(**terms)), "Payment released", (0, WHOLE, 0)),
        (refunding, "Payment on its way back to buyer", (WHOLE, 0, 0)),
        (lambda **terms: pay_out(refunding(**terms)), "Payment refunded", (0, 0, WHOLE)),
        (failed, "Insufficient funds in mobile money account", (0, 0, 0)),
        (paid_twice, "Payment held in escrow", (2_000, 0, 0)),
        (in_quarantine, "Payment being checked with the network, do not pay again", (0, 0, 0)),
        (expired_in_quarantine, "Payment being checked with the network, do not pay again", (0, 0, 0)),
        (
            lambda **terms: fund(checked_out(**terms), confirm=False),
            "Payment received, being checked with the network",
            (WHOLE, 0, 0),
        ),
    ],
)
def test_each_state_is_told_in_words_and_sums(caller, client_owner, state, words, amounts):
    found = status(caller, state(owner=client_owner))

    assert found["description"] == words
    assert (found["amount_held"], found["amount_released"], found["amount_refunded"]) == amounts


def test_while_a_payment_is_checked_the_status_stays_and_nobody_is_asked_to_pay_again(caller, client_owner):
    payment = in_quarantine(owner=client_owner)

    assert status(caller, payment)["status"] == "pending"
    answer = checkout(caller, payment.contract)
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_pending")
    assert answer.json()["detail"] == (
        "A payment is being checked with the network. Nothing is asked for until it is clear."
    )
    assert payment.transfers.count() == 1


def test_a_failure_is_told_by_code_and_in_words(caller, client_owner):
    found = status(caller, failed(owner=client_owner))

    assert (found["status"], found["failure_code"]) == ("failed", "insufficient_funds")
    assert found["failure_reason"] == found["description"]


def test_the_first_acknowledged_id_stays_and_each_part_has_its_own(caller, client_owner):
    payment = checked_out(owner=client_owner)
    acknowledge(open_transfer(payment))
    _note(payment.contract)
    first = open_transfer(payment).external_id

    payment = fund(payment)

    found = status(caller, payment)
    own = [transfer["external_id"] for transfer in found["transfers"]]
    assert found["external_transaction_id"] == first == own[0]
    assert len(set(own)) == 2


# --- history ----------------------------------------------------------------------------------------------------------


def test_history_lists_a_contracts_payments_oldest_first(caller, client_owner):
    contract = failed(owner=client_owner).contract
    second = checkout(caller, contract).json()["transaction_id"]

    found = caller.get(f"{API}/history/{contract.pk}").json()

    assert list(found) == ["contract_id", "transactions"]
    assert found["contract_id"] == contract.pk
    assert [row["transaction_id"] for row in found["transactions"]] == [f"TXN-{contract.pk}-001", second]
    assert found["transactions"] == [status(caller, payment) for payment in contract.payments.order_by("serial")]


def test_a_contract_without_payments_has_an_empty_history(caller, client_owner):
    contract = confirmed(owner=client_owner)

    assert caller.get(f"{API}/history/{contract.pk}").json() == {"contract_id": contract.pk, "transactions": []}


# --- release ----------------------------------------------------------------------------------------------------------


def release(caller: Caller, payment: Payment, **changes: Any) -> Any:
    contract = payment.contract
    body = {
        "contract_id": contract.pk,
        "transaction_id": payment.transaction_id,
        "confirmed_by": [contract.buyer.phone, contract.seller.phone],
        **changes,
    }
    return caller.post(f"{API}/release", body)


def test_a_release_is_on_its_way_then_done_and_asking_starts_nothing(caller, client_owner):
    payment = completed(owner=client_owner)
    before = holdings(client_owner)
    expected = {
        "transaction_id": payment.transaction_id,
        "contract_id": payment.contract_id,
        "amount": WHOLE,
        "currency": "KES",
        "recipient_phone": payment.recipient_phone,
    }

    for _ in range(2):
        answer = release(caller, payment)
        found = answer.json()
        assert (answer.status_code, found["status"]) == (202, "locked")
        assert found["description"] == "Payment on its way to seller"
        assert expected.items() <= found.items()
    assert holdings(client_owner) == before

    pay_out(payment)
    answer = release(caller, payment)
    assert (answer.status_code, answer.json()["status"]) == (200, "released")
    assert expected.items() <= answer.json().items()


@pytest.mark.parametrize(
    ("said", "missing"), [([], ["seller", "buyer"]), (["deliver"], ["buyer"]), (["accept"], ["seller"])]
)
def test_a_release_names_whose_word_is_missing(caller, client_owner, said, missing):
    payment = locked(owner=client_owner)
    contract = payment.contract
    for verb in said:
        phone = contract.seller.phone if verb == "deliver" else contract.buyer.phone
        getattr(escrow, verb)(contract.pk, phone=phone, channel="sms")
    before = holdings(client_owner)

    answer = release(caller, payment)

    assert refusal(answer) == (409, "confirmations_missing")
    assert answer.json()["missing"] == missing
    assert all(role in answer.json()["detail"] for role in missing)
    assert holdings(client_owner) == before


@pytest.mark.parametrize("who", ["nobody", "buyer", "seller", "a stranger too", "strangers"])
def test_confirmed_by_is_checked_and_is_no_evidence(caller, client_owner, who):
    payment = completed(owner=client_owner)
    buyer, seller = payment.contract.buyer.phone, payment.contract.seller.phone
    named = {
        "nobody": [],
        "buyer": [buyer],
        "seller": [seller, seller],
        "a stranger too": [buyer, seller, new_phone()],
        "strangers": [new_phone(), new_phone()],
    }[who]

    assert refusal(release(caller, payment, confirmed_by=named)) == (409, "confirmed_by_mismatch")


def test_nothing_is_released_while_a_dispute_is_open(caller, client_owner):
    payment = locked(owner=client_owner)
    contract = payment.contract
    open_dispute(contract.pk, phone=contract.seller.phone, reason="she sent half back", channel="sms")
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    before = holdings(client_owner)

    assert refusal(release(caller, payment)) == (409, "dispute_open")
    assert holdings(client_owner) == before


@pytest.mark.parametrize("state", [checked_out, failed, lambda **terms: pay_out(refunding(**terms))])
def test_what_is_not_held_is_not_released(caller, client_owner, state):
    payment = state(owner=client_owner)
    before = holdings(client_owner)

    assert refusal(release(caller, payment)) == (409, "payment_not_held")
    assert holdings(client_owner) == before


def test_the_payment_must_be_of_the_contract_that_is_named(caller, client_owner):
    payment, other = completed(owner=client_owner), completed(owner=client_owner)

    assert refusal(release(caller, payment, contract_id=other.contract_id)) == (404, "not_found")


# --- refund -----------------------------------------------------------------------------------------------------------


def refund(caller: Caller, payment: Payment, **changes: Any) -> Any:
    body = {
        "transaction_id": payment.transaction_id,
        "reason": "Contract cancelled by mutual agreement",
        "initiated_by": payment.payer_phone,
        **changes,
    }
    return caller.post(f"{API}/refund", body)


def test_a_refund_waits_for_the_seller_then_is_on_its_way_then_done(caller, client_owner):
    payment = locked(owner=client_owner)
    contract = payment.contract
    seen = []

    def ask() -> None:
        answer = refund(caller, payment, amount=WHOLE)
        found = answer.json()
        seen.append((answer.status_code, found["status"], found["awaiting"]))
        assert (found["amount"], found["currency"]) == (WHOLE, "KES")
        assert found["recipient_phone"] == payment.payer_phone

    ask()
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    ask()
    pay_out(payment)
    ask()

    assert seen == [(202, "locked", ["seller"]), (202, "locked", []), (200, "refunded", [])]
    assert payment.transfers.filter(kind="reversal").count() == 2


def test_a_refund_of_a_part_paid_payment_says_what_goes_back(caller, client_owner):
    payment = second_prompt_refused(owner=client_owner)
    first = payment.transfers.get(status="succeeded")
    settle(first.pk, answered(first))

    answer = refund(caller, payment)

    assert (answer.status_code, answer.json()["amount"], answer.json()["awaiting"]) == (202, 250_000, [])
    assert pay_out(payment).status == "refunded"
    answer = refund(caller, payment)
    assert (answer.status_code, answer.json()["amount"]) == (200, 250_000)


@pytest.mark.parametrize(
    ("state", "changes", "expected"),
    [
        (second_prompt_refused, {"amount": 100}, (409, "payment_not_held")),
        (completed, {"amount": 100}, (409, "payment_not_held")),
        (locked, {"amount": 350_001}, (400, "amount_mismatch")),
        (second_prompt_refused, {"amount": WHOLE}, (400, "amount_mismatch")),
        (locked, {"initiated_by": "+254700000000"}, (403, "not_a_party")),
        (prompted, {}, (409, "payment_not_held")),
        (failed, {}, (409, "payment_not_held")),
        (completed, {}, (409, "already_released")),
        (lambda **terms: pay_out(completed(**terms)), {}, (409, "payment_not_held")),
    ],
)
def test_what_cannot_go_back_is_refused_and_nothing_moves(caller, client_owner, state, changes, expected):
    payment = state(owner=client_owner)
    before = holdings(client_owner)

    assert refusal(refund(caller, payment, **changes)) == expected
    assert holdings(client_owner) == before


def test_a_part_waits_for_our_staff_who_are_asked_once(caller, client_owner):
    payment = locked(owner=client_owner)

    answers = [refund(caller, payment, amount=100_000) for _ in range(2)]

    for answer in answers:
        assert (answer.status_code, answer.json()["awaiting"], answer.json()["status"]) == (202, ["staff"], "locked")
    asked = payment.contract.events.filter(kind="refund.asked")
    assert [event.payload["amount"] for event in asked] == [100_000]
    assert not payment.transfers.open().exists()


def test_a_disputed_payment_waits_for_the_decision(caller, client_owner):
    payment = locked(owner=client_owner)
    open_dispute(payment.contract_id, phone=payment.payer_phone, reason="rotten", channel="sms")
    before = holdings(client_owner)

    assert refusal(refund(caller, payment)) == (409, "dispute_open")
    assert holdings(client_owner) == before


# --- balance ----------------------------------------------------------------------------------------------------------


def test_the_balance_is_503_until_the_rail_has_told_it(caller):
    Wallet.objects.all().delete()

    answer = caller.get(f"{API}/balance")

    assert refusal(answer) == (503, "balance_unknown")
    assert answer.headers["Retry-After"] == "5"


def test_the_balance_is_the_rails_last_word(caller):
    Wallet.objects.update_or_create(
        gateway="daraja", defaults={"available": Decimal("1234567.50"), "updated_at": MORNING}
    )

    answer = caller.get(f"{API}/balance")

    assert answer.status_code == 200
    assert answer.json() == {"balance": 1234567.5, "currency": "KES", "updated_at": "2026-11-23T10:30:00Z"}
    assert b"1234567.50" in answer.content


def test_the_balance_of_a_rail_that_is_named(caller):
    said = {"daraja": Decimal("1.00"), "africastalking": Decimal("90.00")}
    for name, available in said.items():
        Wallet.objects.update_or_create(gateway=name, defaults={"available": available, "updated_at": MORNING})

    assert caller.get(f"{API}/balance").json()["balance"] == 1
    assert caller.get(f"{API}/balance?gateway=africastalking").json()["balance"] == 90
    assert refusal(caller.get(f"{API}/balance?gateway=nobody")) == (400, "invalid_request")


# --- whose, and what for ----------------------------------------------------------------------------------------------


def test_another_clients_payment_is_not_found(caller):
    payment = locked(owner=ClientFactory.create())
    owner = payment.contract.owner
    before = holdings(owner)

    for answer in (
        caller.get(f"{API}/status/{payment.transaction_id}"),
        caller.get(f"{API}/history/{payment.contract_id}"),
        checkout(caller, payment.contract),
        release(caller, payment),
        refund(caller, payment),
    ):
        assert refusal(answer) == (404, "not_found")
    assert holdings(owner) == before


def test_each_call_takes_its_scope():
    nobody = new_caller(scopes=["contracts:read", "contracts:write"])
    payment = locked(owner=nobody.key.user)
    before = holdings(nobody.key.user)

    for answer, scope in (
        (nobody.get(f"{API}/status/{payment.transaction_id}"), "payments:read"),
        (nobody.get(f"{API}/history/{payment.contract_id}"), "payments:read"),
        (nobody.get(f"{API}/balance"), "balance:read"),
        (checkout(nobody, payment.contract), "payments:write"),
        (release(nobody, payment), "payments:write"),
        (refund(nobody, payment), "payments:write"),
    ):
        assert refusal(answer) == (403, "missing_scope")
        assert answer.json()["scope"] == scope
    assert holdings(nobody.key.user) == before


def test_without_a_key_nothing_is_answered(client):
    payment = locked()

    for path in (f"status/{payment.transaction_id}", f"history/{payment.contract_id}", "balance"):
        assert client.get(f"{API}/{path}").status_code == 401
    for path in ("checkout", "release", "refund"):
        assert client.post(f"{API}/{path}", {}, content_type="application/json").status_code == 401


def test_the_rails_own_refusal_is_what_makes_a_payout_owed(caller, client_owner):
    payment = completed(owner=client_owner, amount=Decimal(1_000))
    transfer = acknowledge(open_transfer(payment))
    settle(transfer.pk, refused(transfer, "2040", Source.ANSWER))

    found = status(caller, payment)

    assert (found["status"], found["amount_held"]) == ("locked", 1_000)
    assert found["transfers"][-1]["failure_code"] == "recipient_not_registered"
