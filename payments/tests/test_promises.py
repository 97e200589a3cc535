"""What the database refuses, whatever the code may forget."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.utils import DatabaseError, ProgrammingError

from contracts.models import Contract, Event
from payments import ledger
from payments.models import Balance, Payment, Posting, Transfer
from tests.factories import checked_out, completed, confirmed, locked, open_transfer, prompted
from tests.stack import renew_database
from voicepact.kernel.money import Money

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)
APPEND_ONLY = {"contracts_event": "kind = 'forged'", "payments_posting": "amount = 1"}


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
def test_the_applications_role_cannot_touch_what_was_written(table, verb):
    locked(amount=SMALL)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY id)) FROM {table} t")
        before = cursor.fetchone()
    statement = {
        "UPDATE": f"UPDATE {table} SET {APPEND_ONLY[table]}",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[verb]

    with pytest.raises(ProgrammingError, match="permission denied"):
        run(statement)

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY id)) FROM {table} t")
        assert cursor.fetchone() == before
    assert before[0] > 0


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
def test_triggers_refuse_even_the_owner(table, verb, committed_owner_rows, owner_connection):
    statement = {
        "UPDATE": f"UPDATE {table} SET {APPEND_ONLY[table]}",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[verb]

    with pytest.raises(Exception, match=r"pgtrigger: Cannot|never removed"):
        owner_connection.execute(statement)

    count = owner_connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert count[0] >= committed_owner_rows[table]


@pytest.fixture
def committed_owner_rows(committed_deal, owner_connection):
    return {t: owner_connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in APPEND_ONLY}


@pytest.fixture(scope="module")
def committed_deal(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield locked(amount=SMALL)
        connections.close_all()
        renew_database()


def test_no_state_changes_but_by_a_transition():
    payment = prompted(amount=SMALL)

    for table, key, forged in (
        ("payments", payment.pk, "released"),
        ("contracts", payment.contract_id, "completed"),
        ("payments_transfer", open_transfer(payment).pk, "requested"),
    ):
        with pytest.raises(DatabaseError, match="Invalid transition"):
            run(f"UPDATE {table} SET status = '{forged}' WHERE id = '{key}'")


@pytest.mark.parametrize("model", [Contract, Payment, Transfer])
def test_a_queryset_cannot_walk_round_the_state_machine(model):
    with pytest.raises(TypeError, match="transitions only"):
        model.objects.update(status="released")


def test_a_failed_payout_never_succeeds_late():
    payout = open_transfer(completed(amount=SMALL))
    payout.fail("2040", "no")
    payout.save()

    with pytest.raises(DatabaseError, match="only_collections_succeed_late"):
        run(f"UPDATE payments_transfer SET status = 'succeeded' WHERE id = '{payout.pk}'")


def test_escrow_never_falls_below_zero():
    payment = locked(amount=SMALL)
    transfer = payment.transfers.get()

    with pytest.raises(IntegrityError, match="balance_never_negative"), transaction.atomic():
        ledger.post(ledger.held(payment), ledger.OUTSIDE, Money(SMALL + 1), transfer=transfer)

    assert ledger.balance(ledger.held(payment)) == SMALL


def test_money_cannot_leave_an_account_that_never_had_any():
    payment = prompted(amount=SMALL)

    with pytest.raises(IntegrityError, match="is empty"), transaction.atomic():
        ledger.post(ledger.held(payment), ledger.OUTSIDE, payment.money, transfer=open_transfer(payment))

    assert not Posting.objects.filter(payment=payment).exists()


@pytest.mark.parametrize(("source", "destination", "amount"), [("outside", "outside", 5), ("outside", "suspense", 0)])
def test_a_posting_moves_something_somewhere(source, destination, amount):
    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(source=source, destination=destination, amount=amount)


def test_one_live_payment_per_contract():
    payment = checked_out(amount=SMALL)
    twin = Payment.objects.get(pk=payment.pk)

    with pytest.raises(IntegrityError, match="one_live_payment_per_contract"), transaction.atomic():
        Payment.objects.create(
            contract=twin.contract,
            serial=2,
            transaction_id="TXN-twin",
            amount=SMALL,
            gateway="daraja",
            payment_method="x",
            payer_phone="x",
            recipient_phone="x",
        )


@pytest.mark.parametrize("kind", ["collection", "payout"])
def test_one_live_transfer_per_part(kind):
    payment = checked_out(amount=SMALL) if kind == "collection" else completed(amount=SMALL)
    live = open_transfer(payment)

    with pytest.raises(IntegrityError, match="one_live_transfer_per_part"), transaction.atomic():
        Transfer.objects.create(
            payment=payment, kind=kind, part=live.part, gateway="daraja", phone=live.phone, amount=SMALL
        )


def test_people_and_money_cannot_be_deleted():
    payment = locked(amount=SMALL)

    for row in (payment, payment.contract, payment.transfers.get(), payment.contract.buyer):
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            row.delete()

    assert Payment.objects.filter(pk=payment.pk).exists()


def test_events_are_numbered_without_a_gap():
    contract = confirmed()

    serials = Event.objects.filter(contract=contract).order_by("serial").values_list("serial", flat=True)
    assert list(serials) == list(range(1, len(serials) + 1))


def test_balances_follow_postings():
    payment = completed(amount=SMALL)

    payout = open_transfer(payment)
    assert Balance.objects.get(pk=f"held:{payment.transaction_id}").amount == 0
    assert Balance.objects.get(pk=f"in_transit:{payout.pk}").amount == SMALL
