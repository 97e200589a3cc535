import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from contracts import audit
from contracts.models import Contract, Event
from notifications.models import InboundMessage, Message
from payments.gateways.base import Source
from payments.settlement import settle
from tests import factories
from voicepact.console.deal.sentences import SENTENCES, tell
from voicepact.console.deal.sentences.story import Story
from voicepact.console.deal.timeline import Kind, entries
from voicepact.console.tests.cases import owed, quarantined, quarrel, unknown
from voicepact.console.tests.desk import closed_deal, disputed_deal
from voicepact.kernel.display import PHONE

APPS = ("contracts", "payments", "notifications", "voicepact")
VARIABLE = {
    "party.*": {"party.agreed", "party.declined", "party.delivered", "party.accepted", "party.cancelled"},
    "*.arrived": {"payout.arrived", "refund.arrived", "reversal.arrived"},
    "*.owed": {"payout.owed", "refund.owed", "reversal.owed"},
}


def _sources() -> Iterator[ast.AST]:
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            if not {"tests", "migrations"} & set(path.parts):
                yield ast.parse(path.read_text())


def _kinds_in_source() -> set[str]:
    """Every kind that is written as an argument of a function that records."""
    found: set[str] = set()
    trees = list(_sources())
    constants = {name: value for tree in trees for name, value in _constants(tree)}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in ("record", "_record", "_done"):
                for given in node.args:
                    found |= _kinds(constants.get(_name(given), given))
    return found | {"rail.circuit_opened", "rail.circuit_closed"}  # constants of the breaker


def _constants(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if _name(target).isupper():
                    yield _name(target), node.value


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _kinds(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
        return {node.value}
    if isinstance(node, ast.JoinedStr):
        pattern = "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)  # type: ignore[misc]
        return VARIABLE[pattern]
    return set()


def _words(contract: Contract) -> list[str]:
    return [entry.words for entry in entries(contract)]


def test_every_kind_of_event_that_the_code_records_has_a_sentence() -> None:
    kinds = _kinds_in_source()
    assert {"contract.drafted", "proposal.made", "transfer.failed", "suspense.used"} <= kinds
    assert kinds - set(SENTENCES) == set()


def test_no_sentence_is_about_a_kind_that_nobody_records() -> None:
    assert set(SENTENCES) - _kinds_in_source() == set()


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_a_sentence_is_told_even_when_the_rows_that_it_names_are_not_at_hand(kind: str) -> None:
    at = SimpleNamespace(isoformat=lambda: "2026-11-24T09:00:00+00:00")
    event = Event(kind=kind, actor="clock", channel="clock", payload={}, at=at)  # type: ignore[misc]
    said = tell(event, Story(contract=None))
    assert said[0].isupper()
    assert "{" not in said
    assert "None" not in said
    assert "  " not in said


@pytest.mark.django_db
def test_a_deal_that_went_well_is_told_from_its_draft_to_its_payout() -> None:
    payment = factories.pay_out(factories.completed())
    receipts = [transfer.receipt_number for transfer in payment.transfers.order_by("created_at", "part")]
    told = _words(payment.contract)
    assert f"The buyer's second payment of KES 100,000 received, receipt {receipts[1]}" in told
    first = f"The buyer's first payment of KES 250,000 received, receipt {receipts[0]}"
    assert f"{first}; KES 250,000 of KES 350,000 so far" in told
    assert "M-Pesa confirmed the buyer's second payment of KES 100,000" in told
    assert "The buyer agreed by SMS" in told
    assert "The seller said by SMS: delivered" in told
    assert told[0].endswith("drafted the deal, for KES 350,000")
    assert any(words.startswith("The first payout of KES 250,000 to the seller arrived, receipt ") for words in told)
    assert "All is paid: the seller has KES 350,000" in told


@pytest.mark.django_db
def test_one_payment_in_one_part_has_no_ordinal() -> None:
    told = _words(closed_deal().contract)
    assert any(words.startswith("The buyer's payment of KES 1,000 received, receipt ") for words in told)
    assert any(words.startswith("The payout of KES 1,000 to the seller arrived, receipt ") for words in told)


@pytest.mark.django_db
def test_a_failure_is_told_in_words() -> None:
    prompt = factories.open_transfer(factories.prompted(amount=Decimal(1000)))
    settle(prompt.pk, factories.refused(prompt, "1032", Source.CALLBACK))
    assert prompt.payment is not None
    assert "The buyer's payment of KES 1,000 did not happen: cancelled by the payer" in _words(prompt.payment.contract)


@pytest.mark.django_db
def test_what_people_have_to_look_at_is_told() -> None:
    for transfer, words in (
        (owed(), "The payout of KES 1,000 to the seller did not get through: the recipient is not registered"),
        (unknown(), "Nobody can tell yet whether the payout of KES 1,000 to the seller has moved (no answer)"),
        (
            quarantined(),
            "The buyer's payment of KES 1,000 is in quarantine: M-Pesa's word does not fit it (another amount)",
        ),
    ):
        assert transfer.payment is not None
        assert any(told.startswith(words) for told in _words(transfer.payment.contract)), words


@pytest.mark.django_db
def test_money_that_did_not_leave_is_told_once() -> None:
    transfer = owed()
    assert transfer.payment is not None
    told = [entry.words for entry in entries(transfer.payment.contract) if not entry.is_step]
    assert len([words for words in told if "the recipient is not registered" in words]) == 1


@pytest.mark.django_db
def test_a_dispute_is_told_with_its_reason_and_who_opened_it() -> None:
    told = _words(quarrel().contract)
    assert "The buyer opened a dispute by SMS: “Only 80 bags came”; while it is open, nothing is paid" in told


@pytest.mark.django_db
def test_messages_and_callbacks_stand_in_the_same_line_with_phones_masked() -> None:
    payment = disputed_deal()
    contract = payment.contract
    phone = contract.buyer.phone
    sms = {"party": contract.buyer, "contract": contract, "phone": phone, "kind": "agreed"}
    Message.objects.create(**sms, text=f"Call {contract.seller.phone}\nor wait.", status=Message.Status.DELIVERED)
    wrote = {"party": contract.seller, "contract": contract, "phone": contract.seller.phone, "message_id": "m1"}
    InboundMessage.objects.create(**wrote, text=f"ACCEPT-{contract.pk} {phone}", result="done")
    told = entries(contract)
    text = "\n".join(entry.words for entry in told)
    assert PHONE.search(text) is None
    assert "or wait. (delivered)" in text
    assert f"The seller wrote: ACCEPT-{contract.pk}" in text
    assert {Kind.EVENT, Kind.MESSAGE, Kind.POSTING, Kind.CALLBACK, Kind.STEP} <= {entry.kind for entry in told}
    assert [entry.at for entry in told] == sorted(entry.at for entry in told)
    assert all("\n" not in entry.words for entry in told)


@pytest.mark.django_db
def test_the_newest_entries_are_kept_of_a_long_deal() -> None:
    contract = closed_deal().contract
    assert entries(contract, most=5) == entries(contract)[-5:]


@pytest.mark.django_db
def test_a_long_story_takes_as_many_queries_as_a_short_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    contract = disputed_deal().contract
    with CaptureQueriesContext(connection) as short:
        entries(Contract.objects.get(pk=contract.pk))
    for number in range(30):
        Message.objects.create(contract=contract, kind="x", phone=contract.buyer.phone, text=str(number))
        with transaction.atomic():
            audit.record("party.agreed", contract=contract, actor=audit.party_actor(contract.buyer, "sms"))
    with django_assert_num_queries(len(short)):
        assert len(entries(Contract.objects.get(pk=contract.pk))) > 60
