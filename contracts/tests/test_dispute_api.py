"""Disputes over HTTP: opened, read, listed, fed with evidence; and withdrawn only by the party's own word."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from contracts import attachments, disputes
from contracts.audit import party_actor
from contracts.disputes import add_evidence, open_by_clock, open_dispute
from contracts.models import Contract, Dispute, Evidence
from contracts.tests import files
from contracts.tests.files import upload
from payments import endings
from tests.factories import completed, confirmed, locked, new_phone
from tests.holdings import holdings
from voicepact.kernel.tests.caller import Caller, new_caller, refusal

pytestmark = pytest.mark.django_db

DISPUTES = "/api/v1/disputes"
MORNING = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
REASON = "Forty bags are wet"


@pytest.fixture
def caller() -> Caller:
    return new_caller()


@pytest.fixture
def contract(caller) -> Contract:
    return locked(owner=caller.key.user).contract


@pytest.fixture
def dispute(contract) -> Dispute:
    return open_dispute(contract.pk, phone=contract.buyer.phone, reason=REASON, channel="sms")


def opening(contract: Contract, **changes: Any) -> dict[str, Any]:
    return {"contract_id": contract.pk, "opened_by": contract.buyer.phone, "reason": REASON, **changes}


# --- opened -----------------------------------------------------------------------------------------------------------


def test_a_client_opens_a_dispute_in_a_partys_name(caller):
    with time_machine.travel(MORNING, tick=False):
        contract = locked(owner=caller.key.user).contract
        answer = caller.post(DISPUTES, opening(contract))

    opened = Dispute.objects.get(contract=contract)
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "dispute_id": opened.pk,
            "contract_id": contract.pk,
            "status": "open",
            "opener": "buyer",
            "opened_by": contract.buyer.phone,
            "channel": "api",
            "reason": REASON,
            "opened_at": "2026-11-23T10:30:00Z",
            "answer_due_at": "2026-11-26T10:30:00Z",
            "answered_at": None,
            "decision_due_at": "2026-11-30T10:30:00Z",
            "closed_at": None,
            "outcome": None,
            "seller_amount": None,
            "buyer_amount": None,
            "evidence": [],
        },
    )
    assert Contract.objects.get(pk=contract.pk).status == "disputed"
    event = contract.events.get(kind="dispute.opened")
    assert (event.actor, event.payload["by"]) == (f"client:{caller.key.user.pk}", "buyer")
    assert caller.get(f"{DISPUTES}/{opened.pk}").json() == answer.json()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"opened_by": "+254799999999"}, 403, "not_a_party"),
        ({"opened_by": "12"}, 400, "invalid_request"),
        ({"reason": ""}, 400, "invalid_request"),
        ({"reason": "x" * 5_001}, 400, "invalid_request"),
        ({"contract_id": "AG-2026-999999"}, 404, "not_found"),
    ],
)
def test_a_dispute_that_cannot_be_is_not_opened(caller, contract, changes, status, code):
    before = holdings(caller.key.user)

    assert refusal(caller.post(DISPUTES, opening(contract, **changes))) == (status, code)

    assert holdings(caller.key.user) == before


def test_a_second_dispute_is_refused_and_so_is_one_without_held_money(caller, dispute):
    unpaid = confirmed(owner=caller.key.user)
    finished = completed(owner=caller.key.user).contract
    before = holdings(caller.key.user)

    assert refusal(caller.post(DISPUTES, opening(dispute.contract))) == (409, "dispute_open")
    assert refusal(caller.post(DISPUTES, opening(unpaid))) == (409, "wrong_state")
    assert refusal(caller.post(DISPUTES, opening(finished))) == (409, "wrong_state")

    assert holdings(caller.key.user) == before


def test_an_opening_that_is_repeated_with_its_key_is_answered_alike(caller, contract):
    first, second = (caller.post(DISPUTES, opening(contract), Idempotency_Key="once") for _ in range(2))

    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["Idempotent-Replayed"] == "true"


# --- listed -----------------------------------------------------------------------------------------------------------


def test_disputes_are_listed_newest_first_and_narrowed(caller):
    made = []
    for hours in range(3):
        with time_machine.travel(MORNING + timedelta(hours=hours), tick=False):
            contract = locked(owner=caller.key.user).contract
            made.append(open_dispute(contract.pk, phone=contract.buyer.phone, reason=REASON, channel="sms"))
    endings.withdraw(made[0].contract_id, phone=made[0].contract.buyer.phone, channel="sms")

    def listed(query: str) -> list[int]:
        return [made.index(Dispute.objects.get(pk=row["dispute_id"])) for row in page(query)["results"]]

    def page(query: str) -> dict[str, Any]:
        found: dict[str, Any] = caller.get(f"{DISPUTES}?{query}").json()
        return found

    assert listed("") == [2, 1, 0]
    assert listed("status=open") == [2, 1]
    assert listed("status=closed") == [0]
    assert listed(f"contract_id={made[1].contract_id}") == [1]
    assert listed(f"party_phone=%2B{made[2].contract.seller.phone[1:]}") == [2]
    assert listed("created_from=2026-11-23T11:30:00Z&created_to=2026-11-23T12:30:00Z") == [1]
    first = page("limit=2")
    assert len(first["results"]) == 2
    assert [row["dispute_id"] for row in caller.get(first["next"]).json()["results"]] == [made[0].pk]
    assert "evidence" not in first["results"][0]
    assert refusal(caller.get(f"{DISPUTES}?status=lost")) == (400, "invalid_request")


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_words_are_brought_as_json(caller, dispute):
    answer = caller.post(
        f"{DISPUTES}/{dispute.pk}/evidence", {"text": "They were dry.", "party_phone": dispute.contract.seller.phone}
    )

    piece = Evidence.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "evidence_id": piece.pk,
        "party": "seller",
        "actor": f"client:{caller.key.user.pk}",
        "channel": "api",
        "text": "They were dry.",
        "file": None,
        "file_name": "",
        "content_type": "",
        "size": 0,
        "sha256": "",
        "added_at": answer.json()["added_at"],
    }
    found = caller.get(f"{DISPUTES}/{dispute.pk}").json()
    assert found["evidence"] == [answer.json()]
    assert found["answered_at"] is None  # the client's word is not the seller's answer
    assert found["answer_due_at"]


def test_a_file_is_brought_as_a_form_and_fetched_as_it_came(caller, dispute):
    answer = caller.upload(f"{DISPUTES}/{dispute.pk}/evidence", {"text": "See", "file": upload(files.PNG, "a.html")})

    piece = Evidence.objects.get()
    assert answer.status_code == 201, answer.content
    assert answer.json() | {"added_at": ""} == {
        "evidence_id": piece.pk,
        "party": None,
        "actor": f"client:{caller.key.user.pk}",
        "channel": "api",
        "text": "See",
        "file": f"{DISPUTES}/{dispute.pk}/evidence/{piece.pk}/file",
        "file_name": "a.html",
        "content_type": "image/png",
        "size": len(files.PNG),
        "sha256": hashlib.sha256(files.PNG).hexdigest(),
        "added_at": "",
    }
    fetched = caller.get(answer.json()["file"], Accept="image/png")
    assert (fetched.status_code, b"".join(fetched.streaming_content)) == (200, files.PNG)
    assert fetched.headers["Content-Type"] == "image/png"
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    named = f'attachment; filename="{dispute.contract_id}-evidence-{piece.pk}.png"'
    assert fetched.headers["Content-Disposition"] == named


@pytest.mark.parametrize("size", [3 * 1024 * 1024, attachments.LARGEST])
def test_a_large_file_is_kept_once_also_with_a_key(caller, dispute, size):
    content = files.PDF + b"\0" * (size - len(files.PDF))
    address = f"{DISPUTES}/{dispute.pk}/evidence"

    first, second = (caller.upload(address, {"file": upload(content)}, Idempotency_Key="once") for _ in range(2))
    other = caller.upload(address, {"file": upload(content[:-1] + b"1")}, Idempotency_Key="once")

    assert (first.status_code, second.status_code, second.json()) == (201, 201, first.json())
    assert refusal(other) == (422, "idempotency_key_reused")
    assert Evidence.objects.get().size == size


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        (lambda: {"file": upload(b"MZ\x90\x00 a program", "photo.jpg")}, 400, "evidence_type_refused"),
        (lambda: {"file": upload(b"", "empty.txt")}, 400, "evidence_type_refused"),
        (lambda: {"file": upload(files.JPEG + b"\0" * attachments.LARGEST)}, 413, "evidence_too_large"),
        (lambda: {"file": upload(files.JPEG + b"\0" * 2 * attachments.LARGEST)}, 413, "evidence_too_large"),
        (lambda: {"text": "x" * 5_001}, 400, "invalid_request"),
        (lambda: {"text": "  "}, 400, "evidence_empty"),
        (dict, 400, "evidence_empty"),
        (lambda: {"text": "I saw it", "party_phone": "+254799999999"}, 403, "not_a_party"),
    ],
    ids=["program", "empty file", "large", "very large", "long", "blank", "nothing", "stranger"],
)
@pytest.mark.parametrize("key", [{}, {"Idempotency_Key": "k"}], ids=["", "key"])
def test_evidence_that_is_none_is_refused(caller, dispute, fields, status, code, key):
    before = holdings(caller.key.user)

    answer = caller.upload(f"{DISPUTES}/{dispute.pk}/evidence", fields(), **key)

    assert refusal(answer) == (status, code)
    assert holdings(caller.key.user) == before


def test_json_carries_no_file(caller, dispute):
    before = holdings(caller.key.user)

    assert refusal(caller.post(f"{DISPUTES}/{dispute.pk}/evidence", {"file": "aGVsbG8="})) == (400, "invalid_request")

    assert holdings(caller.key.user) == before


def test_a_dispute_that_is_full_or_over_takes_no_more(caller, dispute, monkeypatch):
    address = f"{DISPUTES}/{dispute.pk}/evidence"
    monkeypatch.setattr(disputes, "MOST_EVIDENCE", 1)
    caller.post(address, {"text": "one"})
    assert refusal(caller.post(address, {"text": "two"})) == (409, "evidence_full")

    endings.withdraw(dispute.contract_id, phone=dispute.contract.buyer.phone, channel="sms")
    assert refusal(caller.post(address, {"text": "two"})) == (409, "dispute_closed")

    assert Evidence.objects.filter(dispute=dispute).count() == 1


# --- withdrawn --------------------------------------------------------------------------------------------------------


def test_a_request_to_withdraw_only_asks_the_opener(caller, dispute):
    address, body = f"{DISPUTES}/{dispute.pk}/withdraw", {"requested_by": dispute.contract.buyer.phone}

    answers = [caller.post(address, body) for _ in range(2)]

    assert [(answer.status_code, answer.json()["awaiting"]) for answer in answers] == [(202, ["buyer"])] * 2
    assert answers[0].json()["status"] == "open"
    assert Contract.objects.get(pk=dispute.contract_id).status == "disputed"
    asked = dispute.contract.events.get(kind="dispute.withdrawal_asked")
    assert asked.payload == {"dispute": dispute.pk, "party": "buyer"}

    endings.withdraw(dispute.contract_id, phone=dispute.contract.buyer.phone, channel="sms")
    done = caller.post(address, body)
    assert (done.status_code, done.json()["awaiting"], done.json()["outcome"]) == (200, [], "withdrawn")


@pytest.mark.parametrize(
    ("who", "status", "code"), [("seller", 403, "not_the_opener"), ("stranger", 403, "not_a_party")]
)
def test_nobody_is_asked_to_withdraw_anothers_dispute(caller, dispute, who, status, code):
    phone = new_phone() if who == "stranger" else dispute.contract.party(who).phone
    before = holdings(caller.key.user)

    assert refusal(caller.post(f"{DISPUTES}/{dispute.pk}/withdraw", {"requested_by": phone})) == (status, code)

    assert holdings(caller.key.user) == before


def test_what_the_clock_opened_and_what_ended_otherwise_is_not_withdrawn(caller, contract, dispute):
    silent = locked(owner=caller.key.user).contract
    by_clock = open_by_clock(silent, reason="silence")
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    before = holdings(caller.key.user)

    for one, answer in ((by_clock, (403, "not_the_opener")), (dispute, (409, "dispute_closed"))):
        body = {"requested_by": one.contract.buyer.phone}
        assert refusal(caller.post(f"{DISPUTES}/{one.pk}/withdraw", body)) == answer

    assert holdings(caller.key.user) == before


def test_nobody_is_asked_to_withdraw_what_staff_decide_by_now(caller, contract, dispute):
    body = {"requested_by": contract.buyer.phone}
    for _ in range(2):
        endings.withdraw(contract.pk, phone=contract.buyer.phone, channel="sms")
        again = open_dispute(contract.pk, phone=contract.buyer.phone, reason=REASON, channel="sms")
    before = holdings(caller.key.user)

    assert refusal(caller.post(f"{DISPUTES}/{again.pk}/withdraw", body)) == (409, "taken_back_too_often")

    assert holdings(caller.key.user) == before


# --- whose ------------------------------------------------------------------------------------------------------------


def test_another_clients_disputes_do_not_exist(dispute):
    party = dispute.contract.seller
    piece = add_evidence(dispute.pk, party=party, actor=party_actor(party, "sms"), file=upload())
    stranger, owner = new_caller(), dispute.contract.owner
    address = f"{DISPUTES}/{dispute.pk}"
    before = holdings(owner)

    answers = [
        stranger.post(DISPUTES, opening(dispute.contract)),
        stranger.get(address),
        stranger.get(f"{address}/evidence/{piece.pk}/file"),
        stranger.post(f"{address}/evidence", {"text": "I know better"}),
        stranger.post(f"{address}/withdraw", {"requested_by": dispute.contract.buyer.phone}),
    ]

    assert [refusal(answer) for answer in answers] == [(404, "not_found")] * 5
    assert stranger.get(DISPUTES).json()["results"] == []
    assert holdings(owner) == before


def test_a_piece_is_found_only_under_its_own_dispute_and_only_where_there_is_a_file(caller, dispute):
    other = open_by_clock(locked(owner=caller.key.user).contract, reason="silence")
    filed = add_evidence(dispute.pk, party=None, actor=party_actor(dispute.contract.buyer, "api"), file=upload())
    words = add_evidence(dispute.pk, party=None, actor=party_actor(dispute.contract.buyer, "api"), text="words")

    for dispute_id, piece in ((other.pk, filed), (dispute.pk, words)):
        answer = caller.get(f"{DISPUTES}/{dispute_id}/evidence/{piece.pk}/file")
        assert refusal(answer) == (404, "not_found")


@pytest.mark.parametrize("number", ["0", "-1", "abc", "9" * 30])
def test_an_id_that_is_none_is_not_found(caller, number):
    assert refusal(caller.get(f"{DISPUTES}/{number}")) == (404, "not_found")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("disputes:write", "get", ""),
        ("disputes:write", "get", "/{}"),
        ("disputes:write", "get", "/{}/evidence/1/file"),
        ("disputes:read", "post", ""),
        ("disputes:read", "post", "/{}/evidence"),
        ("disputes:read", "post", "/{}/withdraw"),
    ],
)
def test_each_call_takes_its_scope(dispute, scope, method, path):
    wrong = new_caller(scopes=[scope])
    address = DISPUTES + path.format(dispute.pk)

    answer = wrong.get(address) if method == "get" else wrong.post(address, {})

    assert refusal(answer) == (403, "missing_scope")
