"""The chain of events: sealed, signed, without a gap; whatever a superuser changes is found; nobody is named in it."""

import re
from collections.abc import Callable, Generator
from decimal import Decimal
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from contracts import audit
from contracts.agreements import PartyDraft
from contracts.disputes import open_dispute
from contracts.models import Chain, Contract, Event, Outbox
from payments import endings
from tests.factories import CLIENT, completed, confirmed, drafted, locked, new_phone, pay_out
from voicepact.kernel.crypto import get_crypto_service

FREE_TEXT = "Mzigo ulichelewa sana"
NAMES = ("Wanjiku", "Otieno", "Njeri")
Connection = psycopg.Connection[tuple[object, ...]]


def faults(contract: Contract) -> list[str]:
    return list(audit.verify(contract.pk))


# --- how a chain is made ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_whole_deals_chain_holds():
    contract = pay_out(completed()).contract

    assert contract.events.count() > 15
    assert faults(contract) == []


@pytest.mark.django_db
def test_each_event_follows_the_one_before_and_is_signed():
    contract = confirmed()
    events = list(contract.events.order_by("serial"))

    assert [event.serial for event in events] == list(range(1, len(events) + 1))
    assert [event.previous_hash for event in events] == ["", *(event.hash for event in events[:-1])]
    assert len({event.hash for event in events}) == len(events)
    crypto = get_crypto_service()
    for event in events:
        seal = {"hash": event.hash}
        assert crypto.verify_audit_signature(event.kind, contract.pk, event.actor, seal, event.signature)
        assert not crypto.verify_audit_signature(event.kind, contract.pk, "clock", seal, event.signature)
    head = Chain.objects.get(name=contract.pk)
    assert (head.serial, head.head) == (events[-1].serial, events[-1].hash)


@pytest.mark.django_db
def test_an_event_of_no_contract_joins_the_chain_of_the_system():
    first = audit.record("payouts.paused", contract=None, actor=CLIENT)
    second = audit.record("payouts.resumed", contract=None, actor=CLIENT)

    assert (first.chain, second.serial, second.previous_hash) == ("system", first.serial + 1, first.hash)
    assert list(audit.verify("system")) == []


@pytest.mark.django_db
def test_each_reader_of_the_outbox_is_told_once_of_what_concerns_it():
    noted = audit.record("contract.noted", contract=drafted(), actor=CLIENT)
    alerting = audit.record("float.short", contract=None, actor=CLIENT)

    assert list(noted.outbox.values_list("reader", flat=True)) == [Outbox.Reader.ANNOUNCEMENTS]
    assert sorted(alerting.outbox.values_list("reader", flat=True)) == sorted(Outbox.Reader.values)


@pytest.mark.django_db
def test_two_events_cannot_have_one_serial():
    event = drafted().events.get()
    event.pk = None

    with pytest.raises(IntegrityError, match="one_event_per_serial"), transaction.atomic():
        event.save(force_insert=True)


@pytest.mark.django_db
def test_events_hold_no_name_phone_or_free_text():
    people = tuple(
        PartyDraft(role=role, phone=new_phone(), name=name)
        for role, name in zip(("buyer", "seller", "payer"), NAMES, strict=True)
    )
    texts = {"terms": {"note": FREE_TEXT}, "transcript": FREE_TEXT, "delivery_location": FREE_TEXT}
    paid = pay_out(completed(parties=people, **texts)).contract
    disputed = locked(parties=people, **texts).contract
    open_dispute(disputed.pk, phone=disputed.buyer.phone, reason=FREE_TEXT, channel="sms")
    cancelled = locked(parties=people, **texts).contract
    endings.cancel_for_client(cancelled.pk, reason=FREE_TEXT, actor=CLIENT)
    endings.cancel(cancelled.pk, phone=cancelled.seller.phone, channel="sms")
    pay_out(cancelled.payments.get())

    events = Event.objects.filter(contract__in=[paid, disputed, cancelled])
    kinds = set(events.values_list("kind", flat=True))
    assert {"payment.released", "dispute.opened", "payment.refunded", "cancellation.asked"} <= kinds
    digits = [person.phone[4:] for person in people]
    for event in events:
        written = f"{event.payload} {event.actor} {event.channel}"
        assert not [text for text in (*NAMES, *digits, FREE_TEXT) if text in written], event.kind
        for value in event.payload.values():
            assert isinstance(value, int) or re.fullmatch(r"[\w.:-]*", value), (event.kind, value)


# --- what is found ----------------------------------------------------------------------------------------------------


@pytest.fixture
def tampered(committed_db: None, owner_connection: Connection) -> Generator[tuple[Contract, Callable[..., None]]]:
    """A committed contract, and a hand that runs SQL on it with the triggers switched off; put right afterwards."""
    with transaction.atomic():
        contract = confirmed(amount=Decimal(1_000))
        Outbox.objects.filter(event__chain=contract.pk).delete()  # no worker makes messages of these events
    key = {"chain": contract.pk}
    kept = {
        table: owner_connection.execute(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {name} = %(chain)s", key)
        for table, name in (("contracts_event", "chain"), ("contracts_chain", "name"))
    }
    rows = {table: found.fetchall() for table, found in kept.items()}

    def run(statement: str) -> None:
        with owner_connection.transaction():
            owner_connection.execute("ALTER TABLE contracts_event DISABLE TRIGGER USER")
            owner_connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            owner_connection.execute(statement, key)
            owner_connection.execute("ALTER TABLE contracts_event ENABLE TRIGGER USER")

    yield contract, run
    run("DELETE FROM contracts_event WHERE chain = %(chain)s")
    run("DELETE FROM contracts_chain WHERE name = %(chain)s")
    for table, found in rows.items():
        for (row,) in found:
            run(f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $row${row}$row$)")
    assert faults(contract) == []


EDIT = "UPDATE contracts_event SET {} WHERE chain = %(chain)s AND serial = {}"
REMOVE = "DELETE FROM contracts_event WHERE chain = %(chain)s AND serial = {}"
INSERT = """
    INSERT INTO contracts_event
        (contract_id, chain, serial, kind, actor, channel, at, payload, previous_hash, hash, signature)
    SELECT contract_id, chain, 5, 'payment.locked', actor, channel, at, payload, hash, repeat('a', 64), signature
    FROM contracts_event WHERE chain = %(chain)s AND serial = 4
"""


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (EDIT.format("payload = jsonb_set(payload, '{amount}', '9')", 1), "#1 was edited"),
        (EDIT.format("kind = 'contract.cancelled'", 4), "#4 was edited"),
        (EDIT.format("actor = 'party:0'", 2), "#2 was edited"),
        (EDIT.format("channel = 'ussd'", 3), "#3 was edited"),
        (EDIT.format("at = at - interval '1 hour'", 3), "#3 was edited"),
        (EDIT.format("contract_id = NULL", 2), "#2 was edited"),
        (EDIT.format("hash = repeat('0', 64)", 4), "#4 was edited"),
        (EDIT.format("signature = repeat('0', 128)", 3), "#3 is not signed by us"),
        (EDIT.format("signature = 'no hex'", 3), "#3 is not signed by us"),
        (EDIT.format("signature = ''", 1), "#1 is not signed by us"),
        (REMOVE.format(1), "#1 is missing"),
        (REMOVE.format(2), "#2 is missing"),
        (REMOVE.format(4), "head is event #4, its last row #3"),
        (INSERT, "head is event #4, its last row #5"),
        ("UPDATE contracts_chain SET serial = 3 WHERE name = %(chain)s", "head is event #3, its last row #4"),
        ("UPDATE contracts_chain SET head = '' WHERE name = %(chain)s", "head is event #4, its last row #4"),
        ("DELETE FROM contracts_chain WHERE name = %(chain)s", "head is event #0, its last row #4"),
        ("DELETE FROM contracts_event WHERE chain = %(chain)s", "there is no event"),
    ],
)
def test_whatever_a_superuser_changes_is_found(tampered, statement, fault):
    contract, run = tampered

    run(statement)

    found = faults(contract)
    assert any(fault in line for line in found), found
    with pytest.raises(CommandError, match=r"faults? in 1 chain"):
        call_command("verify_audit", contract.pk, stdout=StringIO())


def test_a_chain_that_vanished_whole_is_found(tampered):
    contract, run = tampered

    run("DELETE FROM contracts_event WHERE chain = %(chain)s")
    run("DELETE FROM contracts_chain WHERE name = %(chain)s")

    assert faults(contract) == [f"{contract.pk}: there is no event, not even that it was drafted"]


def test_rows_that_changed_places_are_found(tampered):
    contract, run = tampered

    run("UPDATE contracts_event SET serial = serial + 10 WHERE chain = %(chain)s")
    run("UPDATE contracts_event SET serial = 3 WHERE chain = %(chain)s AND serial = 12")
    run("UPDATE contracts_event SET serial = 2 WHERE chain = %(chain)s AND serial = 13")
    run("UPDATE contracts_event SET serial = serial - 10 WHERE chain = %(chain)s AND serial > 10")

    assert f"{contract.pk}: event #2 does not follow the one before" in faults(contract)


def test_a_resealed_row_is_found_by_its_signature(tampered):
    contract, run = tampered
    last = contract.events.get(serial=4)
    last.kind = "contract.cancelled"
    forged = audit._hash(last)

    run(EDIT.format(f"kind = 'contract.cancelled', hash = '{forged}'", 4))
    run(f"UPDATE contracts_chain SET head = '{forged}' WHERE name = %(chain)s")

    assert faults(contract) == [f"{contract.pk}: event #4 is not signed by us"]


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_command_says_that_a_chain_holds():
    said = StringIO()

    call_command("verify_audit", confirmed().pk, stdout=said)

    assert said.getvalue().strip() == "1 chain holds."


@pytest.mark.django_db
def test_the_command_refuses_a_chain_that_is_not_there():
    with pytest.raises(CommandError, match="no chain called AG-1") as refusal:
        call_command("verify_audit", "AG-1", stdout=StringIO())

    assert refusal.value.returncode == 2
