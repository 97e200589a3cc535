"""From intent to result: what is sent, how often, and what is known afterwards."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from contracts.audit import CLOCK
from contracts.disputes import open_dispute
from contracts.models import Deadline, Event
from payments import callbacks, endings, escrow, ledger, reconciliation, requests, submission
from payments.gateways.base import Acknowledgement, Instruction
from payments.ledger import Standing
from payments.models import Payment, Transfer
from payments.reconciliation import ask
from payments.settlement import settle
from payments.submission import LEASE, LOOK_AGAIN, submit
from payments.tests.conftest import Later
from payments.tests.rail import PAY, PUSH, QUERY, REVERSE, STATUS, Asked, Rail, Reply, finds, hangs_up, refuses
from payments.tests.words import arrives, prompt_paid
from tests.factories import CLIENT, answered, checked_out, completed, fund, locked, open_transfer, refused, succeeded
from tests.together import at_once
from voicepact.kernel.clock import now

SMALL = Decimal(1_000)
LOCKED_PHONE = "Unable to lock subscriber, a transaction is already in process for the current subscriber"


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def reopened(payment: Payment) -> Payment:
    return Payment.objects.select_related("contract").get(pk=payment.pk)


def prompt_due() -> Transfer:
    return open_transfer(checked_out(amount=SMALL))


def payout_due() -> Transfer:
    return open_transfer(completed(amount=SMALL))


def kinds(transfer: Transfer) -> list[str]:
    assert transfer.payment
    return list(
        Event.objects.filter(contract=transfer.payment.contract).order_by("serial").values_list("kind", flat=True)
    )


# --- one call, one result ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_prompt_that_the_rail_took_is_submitted_and_its_timers_run(rail: Rail, later: Later) -> None:
    transfer = prompt_due()

    assert submit(transfer.pk)

    sent = fresh(transfer)
    assert (sent.status, sent.claimed_at, sent.submitted_at) == ("submitted", now(), now())
    assert sent.next_ask_at == now() + timedelta(minutes=1)
    assert sent.external_id.startswith("C-")
    assert sent.payment
    assert sent.payment.external_transaction_id == sent.external_id
    assert Deadline.objects.get(subject=str(sent.pk)).due_at == now() + timedelta(minutes=5)
    assert kinds(sent)[-1] == "transfer.submitted"


@pytest.mark.django_db
def test_a_transfer_is_sent_once_however_often_it_is_submitted(rail: Rail) -> None:
    transfer = prompt_due()

    assert submit(transfer.pk)
    assert not submit(transfer.pk)
    submission.submit_due()

    assert len(rail.about(transfer, PUSH)) == 1


@pytest.mark.django_db
def test_a_transfer_is_not_sent_before_its_time(rail: Rail, later: Later) -> None:
    transfer = prompt_due()
    transfer.not_before = now() + timedelta(minutes=2)
    transfer.save(update_fields=["not_before"])

    submission.submit_due()
    assert rail.about(transfer) == []

    later(minutes=2)
    submission.submit_due()
    assert len(rail.about(transfer, PUSH)) == 1


def test_the_row_is_claimed_before_the_call_and_no_transaction_is_open_during_it(
    rail: Rail, committed_db: None
) -> None:
    transfer = prompt_due()
    seen: list[bool] = []

    def look(asked: Asked) -> Reply:
        with transaction.atomic():
            row = Transfer.objects.select_for_update(nowait=True).get(pk=transfer.pk)
            seen.append(row.claimed_at is not None and row.status == "requested")
        return Reply({"ResponseCode": "0", "CheckoutRequestID": f"ws_CO_{transfer.token}"})

    rail.will(PUSH, look)
    submit(transfer.pk)

    assert seen == [True]
    assert fresh(transfer).status == "submitted"


@pytest.mark.django_db
def test_a_refused_push_fails_the_payment_with_the_rails_reason(rail: Rail) -> None:
    transfer = prompt_due()
    rail.will(PUSH, refuses(400, "400.002.02", "Bad Request - Invalid PhoneNumber"))

    submit(transfer.pk)

    failed = fresh(transfer)
    assert (failed.status, failed.failure_code, failed.next_ask_at) == ("failed", "refused", None)
    assert failed.payment
    assert (failed.payment.status, failed.payment.failure_code) == ("failed", "refused")
    assert ledger.standing(failed.payment) == Standing()


@pytest.mark.django_db
def test_a_refused_payout_is_held_again_and_owed(rail: Rail) -> None:
    transfer = payout_due()
    rail.will(PAY, refuses(400, "400.002.02", "Bad Request - Invalid InitiatorName"))

    submit(transfer.pk)

    failed = fresh(transfer)
    assert failed.status == "failed"
    assert failed.payment
    assert (failed.payment.status, ledger.standing(failed.payment)) == ("locked", Standing(held=SMALL))
    assert kinds(failed)[-2:] == ["transfer.failed", "payout.owed"]


@pytest.mark.django_db
def test_a_busy_phone_is_prompted_again_after_a_minute(rail: Rail, later: Later) -> None:
    transfer = prompt_due()
    rail.will(PUSH, refuses(500, "500.001.1001", LOCKED_PHONE))

    submit(transfer.pk)

    waiting = fresh(transfer)
    assert (waiting.status, waiting.claimed_at) == ("requested", None)
    assert waiting.not_before == now() + timedelta(seconds=60)
    assert waiting.payment
    assert (waiting.payment.status, waiting.payment.retry_count) == ("pending", 1)

    later(seconds=59)
    assert not submit(transfer.pk)
    later(seconds=1)
    assert submit(transfer.pk)
    assert fresh(transfer).status == "submitted"


@pytest.mark.django_db
def test_a_payout_that_was_not_sent_goes_later_under_the_same_id(rail: Rail, later: Later) -> None:
    transfer = payout_due()
    rail.will(PAY, refuses(500, "500.003.02", "System is busy. Please try again in few minutes."))

    submit(transfer.pk)
    later(minutes=1)
    submit(transfer.pk)

    ids = {asked.body["OriginatorConversationID"] for asked in rail.about(transfer, PAY)}
    assert ids == {transfer.originator_conversation_id}
    assert fresh(transfer).status == "submitted"


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "path"), [(prompt_due, PUSH), (payout_due, PAY)])
def test_a_time_out_leaves_the_transfer_unknown_and_it_is_never_sent_again(
    rail: Rail, later: Later, impatient: None, make: Callable[[], Transfer], path: str
) -> None:
    transfer = make()
    rail.will(path, rail.stays_silent)

    submit(transfer.pk)
    assert fresh(transfer).status == "unknown"

    for _ in range(20):
        later(minutes=30)
        submission.submit_due()
        reconciliation.ask_due()
    assert len(rail.about(transfer, path)) == 1


@pytest.mark.django_db
def test_a_duplicate_id_means_that_the_rail_has_had_it_and_is_asked(rail: Rail, later: Later) -> None:
    transfer = payout_due()
    rail.will(PAY, refuses(500, "500.002.1001", "Duplicate OriginatorConversationID."))

    submit(transfer.pk)

    assert fresh(transfer).status == "unknown"
    later(minutes=1)
    ask(transfer.pk)
    (asked,) = rail.about(transfer, STATUS)
    assert asked.body["OriginalConversationID"] == transfer.originator_conversation_id
    assert fresh(transfer).inquiry_id


# --- races ------------------------------------------------------------------------------------------------------------


def test_a_callback_before_the_acknowledgement_settles_the_transfer_once(rail: Rail, committed_db: None) -> None:
    transfer = prompt_due()

    def call_back_first(asked: Asked) -> Reply:
        assert callbacks.keep(
            gateway="daraja", kind="stk", token=transfer.token, body=prompt_paid(transfer), address=None
        )
        callbacks.work_due()
        return Reply({"ResponseCode": "0", "CheckoutRequestID": f"ws_CO_{transfer.token}"})

    rail.will(PUSH, call_back_first)
    submit(transfer.pk)

    settled = fresh(transfer)
    assert (settled.status, settled.external_id) == ("succeeded", f"ws_CO_{transfer.token}")
    assert settled.payment
    assert settled.payment.external_transaction_id == settled.external_id
    assert (settled.payment.status, ledger.standing(settled.payment)) == ("locked", Standing(held=SMALL))
    assert not Deadline.objects.filter(subject=str(settled.pk)).exists()


@pytest.mark.django_db
def test_a_lying_callback_before_the_acknowledgement_stays_in_quarantine_unasked(rail: Rail) -> None:
    transfer = prompt_due()
    submission._claim(transfer.pk)
    arrives(transfer, "stk", prompt_paid(transfer, Amount=1))

    submission._acknowledged(transfer.pk, Acknowledgement(f"ws_CO_{transfer.token}"))

    kept = fresh(transfer)
    assert (kept.status, kept.next_ask_at) == ("submitted", None)
    assert kept.quarantined_at


@pytest.mark.parametrize(("make", "path"), [(prompt_due, PUSH), (payout_due, PAY)])
def test_two_workers_submit_one_transfer_once(
    rail: Rail, committed_db: None, make: Callable[[], Transfer], path: str
) -> None:
    transfer = make()

    results = at_once(*[lambda: submit(transfer.pk)] * 8)

    assert sorted(results) == [False] * 7 + [True]
    assert len(rail.about(transfer, path)) == 1
    assert fresh(transfer).status == "submitted"


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "path"), [(prompt_due, PUSH), (payout_due, PAY)])
def test_a_worker_killed_in_between_leaves_the_transfer_unknown_asked_about_and_never_sent_again(
    rail: Rail, later: Later, make: Callable[[], Transfer], path: str
) -> None:
    transfer = make()
    assert submission._claim(transfer.pk)  # and here the worker dies

    later(seconds=LEASE.total_seconds())
    reconciliation.ask_due()
    assert fresh(transfer).status == "requested"
    later(seconds=1)
    reconciliation.ask_due()
    assert fresh(transfer).status == "unknown"

    for _ in range(15):
        later(minutes=1)
        submission.submit_due()
        reconciliation.ask_due()
    assert rail.about(transfer, path) == []
    expected = ("failed", 0) if path == PUSH else ("unknown", 4)
    assert (fresh(transfer).status, len(rail.about(transfer, STATUS))) == expected


@pytest.mark.django_db
def test_an_acknowledgement_after_the_lease_still_gives_the_transfer_its_name(rail: Rail, later: Later) -> None:
    transfer = prompt_due()
    submission._claim(transfer.pk)
    later(seconds=LEASE.total_seconds() + 1)
    submission.give_up_lost()

    submission._acknowledged(transfer.pk, Acknowledgement(f"ws_CO_{transfer.token}"))

    named = fresh(transfer)
    assert (named.status, named.external_id) == ("unknown", f"ws_CO_{transfer.token}")
    later(minutes=10)
    rail.will(QUERY, finds("0"))
    ask(transfer.pk)
    assert fresh(transfer).status == "succeeded"


@pytest.mark.django_db
def test_one_transfer_that_cannot_be_worked_does_not_stop_the_others(
    rail: Rail, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned, sound = prompt_due(), prompt_due()
    real = submission.instruction

    def instruct(transfer: Transfer) -> Instruction:
        if transfer.pk == poisoned.pk:
            raise RuntimeError("poison")
        return real(transfer)

    monkeypatch.setattr(submission, "instruction", instruct)
    submission.submit_due()

    assert rail.about(poisoned) == []
    assert len(rail.about(sound, PUSH)) == 1


# --- the last look before sending -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_prompt_that_nobody_wants_any_more_is_not_sent(rail: Rail, later: Later) -> None:
    transfer = prompt_due()
    submit(transfer.pk)
    transfer = fresh(transfer)
    settle(transfer.pk, refused(transfer, "17"))
    assert transfer.payment
    again = open_transfer(transfer.payment)
    settle(transfer.pk, succeeded(transfer))  # late: the part is paid after all

    later(minutes=2)
    assert not submit(again.pk)

    assert rail.about(again) == []
    assert (fresh(again).status, fresh(again).failure_code) == ("failed", "paid_otherwise")
    assert reopened(transfer.payment).status == "locked"


@pytest.mark.django_db
def test_a_cancelled_deals_prompt_is_not_sent(rail: Rail) -> None:
    transfer = prompt_due()
    assert transfer.payment
    contract = transfer.payment.contract
    endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert not submit(transfer.pk)

    assert rail.about(transfer) == []
    assert reopened(transfer.payment).status == "failed"


def early_payout(payment: Payment) -> Transfer:
    """A payout that should not have been requested yet: only the last look stands before the rail."""
    return requests.payout(payment, part=1, amount=SMALL, not_before=now(), actor=CLOCK)


@pytest.mark.django_db
def test_a_payout_waits_until_the_rail_has_confirmed_the_collection(rail: Rail, later: Later) -> None:
    payment = fund(checked_out(amount=SMALL), confirm=False)
    payout = early_payout(payment)

    assert not submit(payout.pk)
    assert rail.about(payout) == []
    assert fresh(payout).not_before == now() + LOOK_AGAIN

    collected = payment.transfers.collections().get()
    settle(collected.pk, answered(collected))
    later(minutes=1)
    assert submit(payout.pk)
    assert len(rail.about(payout, PAY)) == 1


@pytest.mark.django_db
def test_a_payout_does_not_leave_while_a_dispute_is_open(rail: Rail, later: Later) -> None:
    payment = locked(amount=SMALL)
    contract = payment.contract
    payout = early_payout(payment)
    open_dispute(contract.pk, phone=contract.buyer.phone, reason="half of it is missing", channel="sms")

    for _ in range(3):
        later(minutes=1)
        submission.submit_due()

    assert rail.about(payout) == []
    assert (fresh(payout).status, ledger.standing(payment)) == ("requested", Standing(in_transit=SMALL))


@pytest.mark.django_db
def test_a_payout_does_not_leave_while_a_collection_is_in_quarantine(rail: Rail) -> None:
    payment = locked(amount=SMALL)
    payout = early_payout(payment)
    collected = payment.transfers.collections().get()
    settle(collected.pk, succeeded(collected, amount=Decimal(5)))

    assert not submit(payout.pk)

    assert rail.about(payout) == []


@pytest.mark.django_db
def test_a_refund_waits_for_its_own_collection_only(rail: Rail) -> None:
    payment = checked_out()
    first = open_transfer(payment)
    submit(first.pk)
    first = fresh(first)
    settle(first.pk, succeeded(first))
    settle(first.pk, answered(first))
    second = open_transfer(payment)
    submit(second.pk)
    second = fresh(second)
    contract = payment.contract
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    settle(second.pk, succeeded(second))  # not confirmed yet

    refund = payment.transfers.get(kind="reversal")
    assert submit(refund.pk)

    (asked,) = rail.about(refund, REVERSE)
    assert (asked.body["Amount"], asked.body["TransactionID"]) == ("250000", fresh(first).receipt_number)


# --- the push whose answer was lost -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_push_whose_answer_was_lost_is_given_up_after_ten_minutes_and_late_money_is_kept_once(
    rail: Rail, later: Later
) -> None:
    payment = checked_out(amount=SMALL)
    contract, first = payment.contract, open_transfer(payment)
    rail.will(PUSH, hangs_up)
    submit(first.pk)
    assert fresh(first).status == "unknown"

    later(minutes=9, seconds=59)
    reconciliation.ask_due()
    assert fresh(first).status == "unknown"
    later(seconds=1)
    reconciliation.ask_due()
    assert (fresh(first).status, fresh(first).failure_code) == ("failed", "no_answer")
    assert reopened(payment).status == "pending"
    assert rail.about(first, QUERY) == []

    same = escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)
    assert same.transaction_id == payment.transaction_id
    second = open_transfer(payment)
    submit(second.pk)

    arrives(first, "stk", prompt_paid(first))
    assert reopened(payment).status == "locked"
    arrives(second, "stk", prompt_paid(fresh(second)))
    for transfer in (first, second):
        rail.will(QUERY, finds("0"))
        ask(transfer.pk)

    refund = payment.transfers.get(kind="reversal")
    assert (refund.original, refund.amount) == (second, SMALL)
    assert ledger.standing(payment) == Standing(held=SMALL, in_transit=SMALL)
    assert reopened(payment).contract.status == "payment_locked"


@pytest.mark.django_db
def test_a_callback_within_ten_minutes_settles_a_push_whose_answer_was_lost(rail: Rail, later: Later) -> None:
    transfer = prompt_due()
    rail.will(PUSH, hangs_up)
    submit(transfer.pk)
    later(minutes=6)

    arrives(transfer, "stk", prompt_paid(transfer))

    assert transfer.payment
    assert (fresh(transfer).status, reopened(transfer.payment).status) == ("succeeded", "locked")


@pytest.mark.django_db
def test_a_prompt_let_go_after_the_deal_was_cancelled_fails_the_payment(rail):
    payment = checked_out(amount=Decimal(1_000))
    transfer = open_transfer(payment)
    Transfer.objects.filter(pk=transfer.pk).update(claimed_at=now())
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    Transfer.objects.filter(pk=transfer.pk).update(claimed_at=None)

    assert submit(transfer.pk) is False

    assert Payment.objects.get(pk=payment.pk).status == "failed"
    assert rail.to(PUSH) == []


@pytest.mark.django_db
def test_equal_sums_to_one_phone_leave_two_minutes_apart(rail, later):
    payment = completed(amount=Decimal(500_000))
    first, second = payment.transfers.filter(kind="payout").order_by("part")
    later(minutes=60)

    assert submit(first.pk)
    assert submit(second.pk) is False

    later(minutes=60 + 2)
    assert submit(second.pk)
