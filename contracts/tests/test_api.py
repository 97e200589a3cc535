"""Contracts over HTTP: made, read, listed, told event by event, cancelled; each client sees its own only."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from contracts import agreements
from contracts.disputes import open_dispute
from contracts.models import Contract
from contracts.tests.bodies import contract_body
from payments import endings
from payments.models import Payment
from tests.factories import completed, confirmed, drafted, locked, new_phone, prompted
from tests.holdings import holdings
from voicepact.kernel.tests.caller import Caller, new_caller, refusal

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
CONTRACTS = "/api/v1/contracts"


@pytest.fixture
def caller() -> Caller:
    return new_caller()


def made(caller: Caller, **changes: Any) -> dict[str, Any]:
    answer = caller.post(CONTRACTS, contract_body(**changes))
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


# --- made -------------------------------------------------------------------------------------------------------------


def test_a_contract_is_answered_with_every_field_that_was_sent(caller):
    body = contract_body()
    with time_machine.travel(MORNING, tick=False):
        answer = caller.post(CONTRACTS, body)

    found = answer.json()
    assert answer.status_code == 201
    assert found.pop("contract_id").startswith("AG-2026-")
    assert len(found.pop("contract_hash")) == 64
    assert len(found.pop("payment_reference")) == 12
    assert found == {
        **body,
        "status": "pending",
        "created_at": "2026-11-23T10:30:00Z",
        "expires_at": "2026-11-24T10:30:00Z",
        "confirmations": [],
        "payer": None,
        "fees_paid_by": "platform",
        "buyer_fee": 0,
        "seller_fee": 0,
        "buyer_pays": 350000,
        "seller_gets": 350000,
        "gateway": "daraja",
    }


def test_get_answers_the_same_as_post_did(caller):
    found = made(caller)

    answer = caller.get(f"{CONTRACTS}/{found['contract_id']}")

    assert (answer.status_code, answer.json()) == (200, found)


def test_type_amount_and_two_parties_are_enough(caller):
    body = contract_body()
    least = {name: body[name] for name in ("contract_type", "amount", "parties")}
    for person in least["parties"]:
        del person["name"], person["language"]

    found = caller.post(CONTRACTS, least).json()

    assert (found["currency"], found["terms"], found["delivery_deadline"]) == ("KES", {}, None)
    assert {(person["name"], person["language"]) for person in found["parties"]} == {("", "en")}


@pytest.mark.parametrize(
    "written",
    [
        lambda phone: f"0{phone[4:]}",
        lambda phone: phone[1:],
        lambda phone: f" {phone[:4]} {phone[4:7]} {phone[7:10]} {phone[10:]} ",
        lambda phone: f"0{phone[4:7]}-{phone[7:]}",
        lambda phone: f"(0{phone[4:7]}) {phone[7:10]} {phone[10:]}",
    ],
    ids=["national", "without plus", "spaces", "dash", "brackets"],
)
def test_phones_are_taken_as_people_write_them(caller, written):
    phone = new_phone()
    body = contract_body()
    body["parties"][0]["phone"] = written(phone)

    found = caller.post(CONTRACTS, body)

    assert found.json()["parties"][0]["phone"] == phone, found.content


def test_a_payer_stands_beside_the_parties_and_has_to_agree(caller):
    payer = {"phone": new_phone(), "name": "Njeri"}
    found = made(caller, payer=payer)

    assert found["payer"] == {"role": "payer", "language": "en", **payer}
    assert [person["role"] for person in found["parties"]] == ["buyer", "seller"]
    for person in found["parties"]:
        agreements.agree(found["contract_id"], phone=person["phone"], channel="sms")
    assert Contract.objects.get(pk=found["contract_id"]).status == "pending"
    agreements.agree(found["contract_id"], phone=payer["phone"], channel="sms")
    assert Contract.objects.get(pk=found["contract_id"]).status == "confirmed"


@pytest.mark.parametrize(
    ("who", "buyer_fee", "seller_fee"), [("platform", 0, 0), ("buyer", 13, 0), ("seller", 0, 13), ("split", 6, 7)]
)
def test_who_pays_the_fees_is_kept_and_what_each_pays_and_gets_is_shown(caller, who, buyer_fee, seller_fee):
    found = made(caller, fees_paid_by=who, amount=100_000)

    assert (found["fees_paid_by"], found["amount"]) == (who, 100_000)
    assert (found["buyer_fee"], found["seller_fee"]) == (buyer_fee, seller_fee)
    assert (found["buyer_pays"], found["seller_gets"]) == (100_000 + buyer_fee, 100_000 - seller_fee)
    assert caller.get(f"{CONTRACTS}/{found['contract_id']}").json() == found


def test_fees_that_nobody_can_quote_are_refused(caller):
    answer = caller.post(CONTRACTS, contract_body(fees_paid_by="buyer"))

    assert refusal(answer) == (400, "fee_unknown")
    assert not any(holdings(caller.key.user).values())


def test_numbers_in_terms_stay_exact(caller):
    raw = '{"contract_type": "goods", "amount": 1000.00, "terms": {"price": 0.10, "count": 12345678901234567890}'
    people = ",".join(f'{{"role": "{role}", "phone": "{new_phone()}"}}' for role in ("buyer", "seller"))

    answer = caller.post(CONTRACTS, f'{raw}, "parties": [{people}]}}')

    assert b'"price":0.10' in answer.content
    assert b'"count":12345678901234567890' in answer.content
    assert b'"amount":1000,' in answer.content


@pytest.mark.parametrize(
    "quantity", [-1, 0, -0.5, 0.0, "", "  ", "-1", "0", "0.0 bags", " -5 bags", True, [100], {"n": 1}]
)
def test_a_quantity_that_is_none_is_refused_by_its_name_and_nothing_is_made(caller, quantity):
    answer = caller.post(CONTRACTS, contract_body(terms={"product": "Maize", "quantity": quantity}))

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["errors"]) == ["terms.quantity"]
    assert not any(holdings(caller.key.user).values())


@pytest.mark.parametrize(
    "quantity", [1, 0.5, 10**20, "100", "0.5", "0,5 t", "100 bags", "magunia 100", " 05 bags", "many", None]
)
def test_a_quantity_is_kept_as_it_was_sent(caller, quantity):
    assert made(caller, terms={"quantity": quantity})["terms"] == {"quantity": quantity}


def test_times_are_answered_in_utc(caller):
    assert made(caller, delivery_deadline="2029-12-01T15:00:00+03:00")["delivery_deadline"] == "2029-12-01T12:00:00Z"


def test_confirmations_and_the_time_to_pay_are_shown(caller):
    with time_machine.travel(MORNING, tick=False) as time:
        found = made(caller)
        for person in found["parties"]:
            agreements.agree(found["contract_id"], phone=person["phone"], channel="sms")
            time.shift(60)
        shown = caller.get(f"{CONTRACTS}/{found['contract_id']}").json()

    said = {"kind": "agreed", "channel": "sms"}
    assert shown["confirmations"] == [
        {"party": "buyer", **said, "at": "2026-11-23T10:30:00Z"},
        {"party": "seller", **said, "at": "2026-11-23T10:31:00Z"},
    ]
    assert (shown["status"], shown["expires_at"]) == ("confirmed", "2026-11-26T10:31:00Z")


def test_nothing_expires_once_the_money_is_in(caller):
    payment = locked(owner=caller.key.user)

    assert caller.get(f"{CONTRACTS}/{payment.contract_id}").json()["expires_at"] is None


def test_a_repeated_post_with_one_key_makes_one_contract(caller):
    body = contract_body()
    first = caller.post(CONTRACTS, body, Idempotency_Key="once")
    second = caller.post(CONTRACTS, body, Idempotency_Key="once")

    assert second.json() == first.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Contract.objects.filter(owner=caller.key.user).count() == 1


# --- listed -----------------------------------------------------------------------------------------------------------


def ids(answer: Any) -> list[str]:
    return [row["contract_id"] for row in answer.json()["results"]]


def test_a_list_goes_newest_first_in_pages_and_back(caller):
    contracts = [made(caller)["contract_id"] for _ in range(5)]

    first = caller.get(f"{CONTRACTS}?limit=2")
    second = caller.get(first.json()["next"])
    last = caller.get(second.json()["next"])

    assert ids(first) + ids(second) + ids(last) == contracts[::-1]
    assert (first.json()["previous"], last.json()["next"]) == (None, None)
    assert ids(caller.get(last.json()["previous"])) == ids(second)


def test_a_list_is_narrowed_by_state_phone_and_time(caller):
    old = drafted(owner=caller.key.user)
    Contract.objects.filter(pk=old.pk).update(created_at=MORNING)
    new = confirmed(owner=caller.key.user)
    phone = old.buyer.phone

    for query, found in (
        ("status=pending", [old]),
        ("status=confirmed", [new]),
        ("status=delivered", []),
        (f"party_phone=0{phone[4:]}", [old]),
        (f"party_phone=%2B{phone[1:]}&status=confirmed", []),
        ("created_to=2026-11-23T10:30:01Z", [old]),
        ("created_to=2026-11-23T10:30:00Z", []),
        ("created_from=2026-11-23T10:30:00Z&created_to=2026-11-23T13:31:00%2B03:00", [old]),
        ("created_from=2026-11-23T10:30:01Z", [new]),
        ("", [new, old]),
    ):
        assert ids(caller.get(f"{CONTRACTS}?{query}")) == [contract.pk for contract in found], query


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=ten",
        "limit=1e2",
        "limit=%D9%A1",
        "cursor=abc",
        "cursor=",
        "status=gone",
        "party_phone=1",
        "party_phone=%00",
        "created_from=yesterday",
        "created_from=2026-11-23T10:30:00",
        "created_from=99999-01-01T00:00:00Z",
        "created_to=0001-01-01T00:00:00%2B14:00",
    ],
)
def test_a_list_refuses_what_it_cannot_be_narrowed_by(caller, query):
    assert refusal(caller.get(f"{CONTRACTS}?{query}")) == (400, "invalid_request")


def test_a_list_takes_the_same_number_of_queries_however_long(caller, django_assert_max_num_queries):
    for _ in range(4):
        confirmed(owner=caller.key.user)

    with django_assert_max_num_queries(8):
        assert len(ids(caller.get(CONTRACTS))) == 4


# --- events -----------------------------------------------------------------------------------------------------------


def test_events_tell_the_deal_oldest_first(caller):
    contract = confirmed(owner=caller.key.user)

    events = caller.get(f"{CONTRACTS}/{contract.pk}/events").json()["results"]

    assert [(event["serial"], event["kind"], event["actor"], event["channel"]) for event in events] == [
        (1, "contract.drafted", "client:1", "api"),
        (2, "party.agreed", f"party:{contract.buyer.pk}", "sms"),
        (3, "party.agreed", f"party:{contract.seller.pk}", "sms"),
        (4, "contract.confirmed", f"party:{contract.seller.pk}", "sms"),
    ]
    assert set(events[0]) == {"serial", "kind", "actor", "channel", "at", "payload", "hash", "previous_hash"}
    assert [event["previous_hash"] for event in events] == ["", *(event["hash"] for event in events[:-1])]
    assert events[0]["payload"] == {"amount": 350000, "currency": "KES", "contract_hash": contract.contract_hash}


def test_events_come_in_pages(caller):
    contract = confirmed(owner=caller.key.user)

    first = caller.get(f"{CONTRACTS}/{contract.pk}/events?limit=3").json()
    rest = caller.get(first["next"]).json()

    assert [event["serial"] for event in first["results"] + rest["results"]] == [1, 2, 3, 4]
    assert rest["next"] is None


# --- cancelled --------------------------------------------------------------------------------------------------------


def cancel(caller: Caller, contract: Contract, **body: str) -> Any:
    return caller.post(f"{CONTRACTS}/{contract.pk}/cancel", body)


@pytest.mark.parametrize("state", [drafted, confirmed])
def test_a_client_alone_cancels_before_the_money_is_in(caller, state):
    contract = state(owner=caller.key.user)

    answer = cancel(caller, contract, requested_by=contract.buyer.phone, reason="no rain")

    found = answer.json()
    assert (answer.status_code, found["status"], found["awaiting"]) == (200, "cancelled", [])
    assert (found["contract_id"], found["expires_at"]) == (contract.pk, None)
    assert Contract.objects.get(pk=contract.pk).cancellation_reason == "no rain"


def test_an_empty_body_is_enough_to_cancel(caller):
    contract = drafted(owner=caller.key.user)

    assert caller.post(f"{CONTRACTS}/{contract.pk}/cancel", b"").json()["status"] == "cancelled"


def test_once_the_money_is_locked_the_seller_is_asked_first(caller):
    contract = locked(owner=caller.key.user).contract

    answers = [cancel(caller, contract, requested_by=contract.buyer.phone, reason="too late") for _ in range(2)]

    for answer in answers:
        found = answer.json()
        assert (answer.status_code, found["status"], found["awaiting"]) == (202, "payment_locked", ["seller"])
    assert contract.events.filter(kind="cancellation.asked").count() == 1
    assert not contract.payments.get().transfers.filter(kind="reversal").exists()


def test_the_refund_is_under_way_once_the_seller_consents(caller):
    payment = locked(owner=caller.key.user)
    contract = payment.contract
    cancel(caller, contract)
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")

    answer = cancel(caller, contract)

    assert (answer.status_code, answer.json()["status"], answer.json()["awaiting"]) == (200, "cancelled", [])
    assert payment.transfers.filter(kind="reversal").open().exists()


def test_cancelling_while_a_prompt_is_open_leaves_the_payment_to_the_rails_word(caller):
    payment = prompted(owner=caller.key.user)

    answer = cancel(caller, payment.contract)

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert Payment.objects.get(pk=payment.pk).status == "pending"


def test_requested_by_must_be_a_party(caller):
    contract = confirmed(owner=caller.key.user)
    before = holdings(caller.key.user)

    assert refusal(cancel(caller, contract, requested_by=new_phone())) == (403, "not_a_party")
    assert holdings(caller.key.user) == before


def test_a_frozen_or_finished_deal_is_not_cancelled(caller):
    disputed = locked(owner=caller.key.user).contract
    open_dispute(disputed.pk, phone=disputed.buyer.phone, reason="rotten", channel="sms")
    finished = completed(owner=caller.key.user).contract
    before = holdings(caller.key.user)

    assert refusal(cancel(caller, disputed)) == (409, "dispute_open")
    assert refusal(cancel(caller, finished)) == (409, "already_released")
    assert holdings(caller.key.user) == before


# --- whose, and what for ----------------------------------------------------------------------------------------------


def test_another_clients_contract_is_not_found(caller):
    contract = drafted()
    before = holdings(contract.owner)

    for answer in (
        caller.get(f"{CONTRACTS}/{contract.pk}"),
        caller.get(f"{CONTRACTS}/{contract.pk}/events"),
        cancel(caller, contract),
    ):
        assert refusal(answer) == (404, "not_found")
    assert ids(caller.get(CONTRACTS)) == []
    assert holdings(contract.owner) == before


def test_each_call_takes_its_scope():
    reader, writer = new_caller(scopes=["contracts:read"]), new_caller(scopes=["contracts:write"])
    contract = drafted(owner=writer.key.user)

    for answer, scope in (
        (reader.post(CONTRACTS, contract_body()), "contracts:write"),
        (reader.post(f"{CONTRACTS}/{contract.pk}/cancel", {}), "contracts:write"),
        (writer.get(CONTRACTS), "contracts:read"),
        (writer.get(f"{CONTRACTS}/{contract.pk}"), "contracts:read"),
        (writer.get(f"{CONTRACTS}/{contract.pk}/events"), "contracts:read"),
    ):
        assert refusal(answer) == (403, "missing_scope")
        assert answer.json()["scope"] == scope


def test_without_a_key_nothing_is_answered(client):
    for answer in (client.get(CONTRACTS), client.post(CONTRACTS, contract_body(), content_type="application/json")):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
