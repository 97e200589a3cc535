"""Callbacks as they come: kept if we know their token, worked once, and left for later when they cannot be worked."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import StringIO
from threading import Event as Signal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from contracts import audit
from contracts.models import Event
from payments import callbacks, gateways, ledger
from payments.callbacks import ATTEMPTS, PATIENCE, keep, keep_for_account, work_due
from payments.ledger import Standing
from payments.locks import lock_transfer
from payments.models import Callback, Posting, Transfer
from payments.settlement import settle
from payments.tests.conftest import Later
from payments.tests.words import arrives, payout_done, payout_refused, prompt_paid, prompt_refused
from tests.factories import acknowledge, completed, open_transfer, prompted
from tests.together import at_once
from voicepact.kernel.clock import now

SMALL = Decimal(1_000)
NOBODY = "0" * 32


def prompt_open() -> Transfer:
    return open_transfer(prompted(amount=SMALL))


def payout_open() -> Transfer:
    return acknowledge(open_transfer(completed(amount=SMALL)))


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def standing(transfer: Transfer) -> Standing:
    assert transfer.payment
    return ledger.standing(transfer.payment)


def kept(transfer: Transfer) -> Callback:
    return Callback.objects.get(transfer=transfer)


def keep_for(transfer: Transfer, body: str, kind: str = "stk") -> Callback:
    assert keep(gateway="daraja", kind=kind, token=transfer.token, body=body, address="196.201.212.69")
    return Callback.objects.filter(transfer=transfer).latest("id")


# --- kept -------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_callback_is_kept_as_it_came(later: Later) -> None:
    transfer = prompt_open()

    callback = keep_for(transfer, '{"nonsense": ')

    assert (callback.gateway, callback.kind, callback.body) == ("daraja", "stk", '{"nonsense": ')
    assert (callback.address, callback.received_at, callback.attempts) == ("196.201.212.69", now(), 0)
    assert (callback.worked_at, callback.result) == (None, "")


@pytest.mark.django_db
@pytest.mark.parametrize("gateway", ["daraja", "africastalking"])
def test_nothing_is_kept_for_a_token_that_no_transfer_of_the_gateway_has(gateway: str) -> None:
    transfer, before = prompt_open(), Callback.objects.count()
    token = NOBODY if gateway == "daraja" else transfer.token

    assert not keep(gateway=gateway, kind="stk", token=token, body="{}", address=None)

    assert Callback.objects.count() == before


def test_keeping_waits_for_nobody_who_holds_the_transfer(committed_db: None) -> None:
    transfer, locked, kept_it = prompt_open(), Signal(), Signal()

    def hold() -> None:
        try:
            with transaction.atomic():
                held = lock_transfer(transfer.pk).transfer
                held.next_ask_at = now()
                held.save(update_fields=["next_ask_at"])
                locked.set()
                kept_it.wait(10)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        holding = other.submit(hold)
        try:
            assert locked.wait(10)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '5s'")
                callback = keep_for(transfer, prompt_paid(transfer))
        finally:
            kept_it.set()
        holding.result()

    work_due()
    assert Callback.objects.get(pk=callback.pk).result == "settled"


# --- worked -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_paid_prompt_is_settled_and_the_callback_says_so(later: Later) -> None:
    transfer = prompt_open()

    assert arrives(transfer, "stk", prompt_paid(transfer)) == "settled"

    assert (kept(transfer).worked_at, kept(transfer).attempts) == (now(), 1)
    assert (fresh(transfer).status, standing(transfer)) == ("succeeded", Standing(held=SMALL))


@pytest.mark.django_db
def test_a_refused_prompt_fails(later: Later) -> None:
    transfer = prompt_open()

    assert arrives(transfer, "stk", prompt_refused(transfer, 1032)) == "settled"

    assert (fresh(transfer).status, fresh(transfer).failure_code) == ("failed", "cancelled")


@pytest.mark.django_db
def test_the_same_callback_three_times_posts_once() -> None:
    transfer = prompt_open()
    body = prompt_paid(transfer)

    results = [arrives(transfer, "stk", body) for _ in range(3)]

    assert results == ["settled", "repeated: nothing changed", "repeated: nothing changed"]
    assert Posting.objects.filter(transfer=transfer).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("lie", [{"Amount": 1}, {"PhoneNumber": 254700000009}])
def test_a_callback_that_lies_is_quarantined(lie: dict[str, int]) -> None:
    transfer = prompt_open()

    assert arrives(transfer, "stk", prompt_paid(transfer, **lie)).startswith("quarantined")

    assert (fresh(transfer).status, standing(transfer)) == ("submitted", Standing())


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["", "nonsense", "[]", "{}", '{"Body": {"stkCallback": {}}}', "[" * 60_000, "\\x00"])
def test_a_malformed_callback_is_worked_as_unreadable_and_settles_nothing(body: str) -> None:
    transfer = prompt_open()

    assert arrives(transfer, "stk", body).startswith("unreadable: ")

    assert kept(transfer).worked_at
    assert (fresh(transfer).status, fresh(transfer).next_ask_at, standing(transfer)) == ("submitted", None, Standing())


@pytest.mark.django_db
def test_a_callback_of_another_kind_of_transfer_settles_nothing() -> None:
    prompt, payout = prompt_open(), payout_open()

    assert arrives(prompt, "b2c", payout_done(prompt)).startswith("unreadable: ")
    assert arrives(payout, "stk", prompt_paid(payout)).startswith("unreadable: ")

    assert (fresh(prompt).status, fresh(payout).status) == ("submitted", "submitted")
    assert standing(payout) == Standing(in_transit=SMALL)


@pytest.mark.django_db
def test_a_payout_is_done_on_its_callbacks_word_and_refused_on_the_rails_only() -> None:
    done, refused = payout_open(), payout_open()

    assert arrives(done, "b2c", payout_done(done)) == "settled"
    assert arrives(refused, "b2c", payout_refused(refused, "SFC_IC0003")).startswith("not believed")

    assert standing(done) == Standing(released=SMALL)
    assert standing(refused) == Standing(in_transit=SMALL)


def test_a_callback_is_worked_once_by_however_many_workers(committed_db: None) -> None:
    transfer = prompt_open()
    keep_for(transfer, prompt_paid(transfer))

    at_once(*[work_due] * 8)

    assert (kept(transfer).attempts, kept(transfer).result) == (1, "settled")
    assert Posting.objects.filter(transfer=transfer).count() == 1


def test_many_callbacks_of_one_payment_by_many_workers_post_once(committed_db: None) -> None:
    transfer = prompt_open()
    body = prompt_paid(transfer)
    for _ in range(8):
        keep_for(transfer, body)

    at_once(*[work_due] * 4)

    results = Callback.objects.filter(transfer=transfer).values_list("result", flat=True)
    assert sorted(results) == ["repeated: nothing changed"] * 7 + ["settled"]
    assert standing(transfer) == Standing(held=SMALL)


# --- left for later ---------------------------------------------------------------------------------------------------


class OurFault(Exception):
    """Something in our own house."""


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Settling moves the money and fails afterwards; `broken.undo()` mends it."""
    real = settle

    def faulty(*args: object) -> None:
        real(*args)  # type: ignore[arg-type]
        raise OurFault

    monkeypatch.setattr(callbacks, "settle", faulty)
    return monkeypatch


@pytest.mark.django_db
def test_a_fault_of_ours_moves_nothing_and_leaves_the_callback_for_later(
    later: Later, broken: pytest.MonkeyPatch
) -> None:
    transfer = prompt_open()
    arrives(transfer, "stk", prompt_paid(transfer))

    waiting = kept(transfer)
    assert (waiting.worked_at, waiting.attempts, waiting.not_before) == (None, 1, now() + PATIENCE)
    assert (fresh(transfer).status, standing(transfer)) == ("submitted", Standing())

    broken.undo()
    work_due()
    assert kept(transfer).attempts == 1
    later(seconds=PATIENCE.total_seconds())
    work_due()
    assert (kept(transfer).attempts, kept(transfer).result) == (2, "settled")
    assert standing(transfer) == Standing(held=SMALL)


@pytest.mark.django_db
def test_a_callback_that_can_never_be_worked_is_given_up_with_an_event(
    later: Later, broken: pytest.MonkeyPatch
) -> None:
    transfer = prompt_open()
    arrives(transfer, "stk", prompt_paid(transfer))

    for _ in range(ATTEMPTS):
        later(minutes=30)
        work_due()

    given_up = kept(transfer)
    assert (given_up.attempts, given_up.worked_at is not None) == (ATTEMPTS, True)
    assert transfer.payment
    event = Event.objects.get(contract=transfer.payment.contract, kind="callback.given_up")
    assert event.payload == {"callback": given_up.pk, "kind": "stk"}
    assert list(audit.verify(transfer.payment.contract_id)) == []
    assert fresh(transfer).status == "submitted"


@pytest.mark.django_db
def test_a_callback_that_was_given_up_is_worked_when_people_replay_it_and_counts_once(
    later: Later, broken: pytest.MonkeyPatch
) -> None:
    transfer = prompt_open()
    arrives(transfer, "stk", prompt_paid(transfer))
    for _ in range(ATTEMPTS):
        later(minutes=30)
        work_due()
    assert standing(transfer) == Standing()

    broken.undo()
    call_command("replay_callback", str(kept(transfer).pk), stdout=StringIO())
    assert (kept(transfer).result, standing(transfer)) == ("settled", Standing(held=SMALL))

    call_command("replay_callback", str(kept(transfer).pk), stdout=StringIO())
    assert (kept(transfer).result, standing(transfer)) == ("repeated: nothing changed", Standing(held=SMALL))


def test_a_callback_that_does_not_exist_is_not_replayed(db: None) -> None:
    with pytest.raises(CommandError, match="no callback 999"):
        call_command("replay_callback", "999")


@pytest.mark.django_db
def test_a_callback_that_cannot_be_worked_does_not_stop_the_next(later: Later, broken: pytest.MonkeyPatch) -> None:
    stuck, sound = prompt_open(), prompt_open()
    arrives(stuck, "stk", prompt_paid(stuck))
    broken.undo()
    callback = keep_for(sound, prompt_paid(sound))

    work_due()

    assert (fresh(stuck).status, fresh(sound).status) == ("submitted", "succeeded")
    assert Callback.objects.get(pk=callback.pk).attempts == 1


# --- about the gateway's account --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["balance", "balance-timeout"])
def test_a_malformed_word_on_our_account_is_unreadable(kind: str) -> None:
    keep_for_account(gateway="daraja", kind=kind, body="{}", address=None)

    work_due()

    callback = Callback.objects.filter(kind=kind).latest("id")
    assert callback.result.startswith("unreadable: ")
    assert callback.worked_at


def test_the_gateways_own_token_is_a_secret_of_this_installation() -> None:
    token = gateways.own_token("daraja")

    assert len(token) == 32
    assert set(token) <= set("0123456789abcdef")
    assert token == gateways.own_token("daraja") != gateways.own_token("other")
