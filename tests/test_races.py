"""Many at once: whatever the order, there is one payment, one payout, one world.

Each test commits a contract of its own; every thread has its own connection, as every worker of the web server has.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import pytest
from django.db import transaction

from contracts import agreements, audit, disputes
from contracts.models import Contract, Deadline, Dispute, Party
from payments import endings, escrow, ledger, timers
from payments.models import Payment
from tests import together
from tests.factories import CLIENT, DraftFactory, completed, confirmed, drafted, locked
from voicepact.kernel.clock import now
from voicepact.kernel.errors import Refusal
from voicepact.kernel.locking import lock
from voicepact.kernel.models import IdempotencyRecord
from voicepact.kernel.tests.caller import Caller, new_caller

pytestmark = pytest.mark.usefixtures("committed_db")

MANY = 50
ROUNDS = 8
T = TypeVar("T")


def at_once(*calls: Callable[[], T]) -> list[T | Refusal]:
    """What each call returned, or the refusal it met; all are let go at the same moment."""
    return together.at_once(*[partial(_or_refusal, call) for call in calls])


def _or_refusal(call: Callable[[], T]) -> T | Refusal:
    try:
        return call()
    except Refusal as refusal:
        return refusal


def post(caller: Caller, path: str, body: dict[str, Any], **headers: str) -> Callable[[], Any]:
    return lambda: Caller(caller.key, caller.text).post(f"/api/v1{path}", body, Prefer="respond-async", **headers)


def committed(state: Callable[..., T], **terms: Any) -> T:
    """A deal that appears whole, so that no worker of a running stack meets it half made."""
    with transaction.atomic():
        return state(amount=Decimal(1_000), **terms)


def checkout_body(contract: Contract) -> dict[str, Any]:
    return {"contract_id": contract.pk, "phone_number": contract.buyer.phone, "amount": 1_000}


@transaction.atomic
def assert_whole(contract: Contract) -> None:
    """The chain of events holds, and what came in is where the books say; seen while nobody can change it."""
    lock(Contract, contract.pk)
    assert list(audit.verify(contract.pk)) == []
    for payment in contract.payments.all():
        where = ledger.standing(payment)
        on_the_way = sum(ledger.balance(ledger.in_transit(transfer)) for transfer in payment.transfers.all())
        assert (where.held, where.in_transit) == (ledger.balance(ledger.held(payment)), on_the_way)


@pytest.fixture
def caller() -> Caller:
    return new_caller(rate=1_000_000)


def statuses(answers: Sequence[Any]) -> Counter[tuple[int, str]]:
    return Counter((answer.status_code, answer.json().get("code", "")) for answer in answers)


# --- checkouts --------------------------------------------------------------------------------------------------------


def test_fifty_checkouts_make_one_live_payment(caller):
    contract = committed(confirmed, owner=caller.key.user)

    answers = at_once(*[post(caller, "/payments/checkout", checkout_body(contract))] * MANY)

    assert statuses(answers) == {(201, ""): 1, (409, "payment_pending"): MANY - 1}
    [payment] = contract.payments.all()
    assert {answer.json()["transaction_id"] for answer in answers} == {payment.transaction_id}
    assert payment.transfers.count() == 1
    assert_whole(contract)


def test_the_same_idempotency_key_at_once_works_once(caller):
    contract = committed(confirmed, owner=caller.key.user)
    call = post(caller, "/payments/checkout", checkout_body(contract), Idempotency_Key="one")

    answers = at_once(*[call] * 20)
    later = call()

    replayed = [answer for answer in answers if answer.headers.get("Idempotent-Replayed")]
    seen = statuses(answers)
    assert set(seen) <= {(201, ""), (409, "request_in_progress")}
    assert seen[201, ""] == 1 + len(replayed)
    assert (later.status_code, later.headers["Idempotent-Replayed"]) == (201, "true")
    assert contract.payments.get().transfers.count() == 1
    assert IdempotencyRecord.objects.filter(user=caller.key.user).count() == 1


def test_contracts_made_at_once_have_serials_without_a_gap():
    owner = new_caller().key.user
    drafts = [DraftFactory.build(contract_type="service") for _ in range(20)]

    made = at_once(*[lambda draft=draft: agreements.draft(draft, owner=owner, actor=CLIENT) for draft in drafts])

    serials = sorted(int(contract.pk[-6:]) for contract in made)
    assert serials == list(range(serials[0], serials[0] + 20))


# --- agreements -------------------------------------------------------------------------------------------------------


def test_both_agree_at_once_many_times_over():
    contract = committed(drafted)
    phones = [party.phone for party in contract.parties.all()] * 10

    at_once(*[lambda phone=phone: agreements.agree(contract.pk, phone=phone, channel="sms") for phone in phones])

    assert Contract.objects.get(pk=contract.pk).status == "confirmed"
    kinds = Counter(contract.events.values_list("kind", flat=True))
    assert (kinds["party.agreed"], kinds["contract.confirmed"]) == (2, 1)
    assert contract.deadlines.filter(kind="funding", closed_at=None).count() == 1
    assert_whole(contract)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_yes_and_no_at_once_end_in_one_of_the_two(_round):
    contract = committed(drafted)
    buyer, seller = contract.buyer.phone, contract.seller.phone
    agreements.agree(contract.pk, phone=buyer, channel="sms")

    yes, no = at_once(
        lambda: agreements.agree(contract.pk, phone=seller, channel="sms"),
        lambda: agreements.decline(contract.pk, phone=buyer, channel="sms"),
    )

    end = Contract.objects.get(pk=contract.pk).status
    assert (end, isinstance(yes, Refusal), isinstance(no, Refusal)) in {
        ("confirmed", False, True),
        ("cancelled", True, False),
    }
    assert_whole(contract)


# --- money out --------------------------------------------------------------------------------------------------------


def test_fifty_releases_make_one_payout(caller):
    payment = committed(completed, owner=caller.key.user)
    contract = payment.contract
    body = {
        "contract_id": contract.pk,
        "transaction_id": payment.transaction_id,
        "confirmed_by": [contract.buyer.phone, contract.seller.phone],
    }

    answers = at_once(*[post(caller, "/payments/release", body)] * MANY)

    assert set(statuses(answers)) <= {(202, ""), (200, "")}
    assert payment.transfers.filter(kind="payout").count() == 1
    assert_whole(contract)


def test_confirming_fifty_times_at_once_makes_one_payout_per_part():
    with transaction.atomic():
        payment = locked()
    contract = payment.contract
    buyer, seller = contract.buyer.phone, contract.seller.phone

    at_once(
        *[lambda: escrow.deliver(contract.pk, phone=seller, channel="sms")] * (MANY // 2),
        *[lambda: escrow.accept(contract.pk, phone=buyer, channel="sms")] * (MANY // 2),
    )

    assert Contract.objects.get(pk=contract.pk).status == "completed"
    payouts = payment.transfers.filter(kind="payout").order_by("part").values_list("part", "amount")
    assert list(payouts) == [(1, 250_000), (2, 100_000)]
    assert_whole(contract)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_accept_and_dispute_at_once_end_in_one_of_the_two_worlds(_round):
    payment = committed(locked)
    contract = payment.contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")

    accepted, disputed = at_once(
        lambda: escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms"),
        lambda: disputes.open_dispute(contract.pk, phone=contract.seller.phone, reason="unpaid", channel="sms"),
    )

    end = Contract.objects.get(pk=contract.pk).status
    payouts = payment.transfers.filter(kind="payout").count()
    quarrels = Dispute.objects.filter(contract=contract).count()
    assert not isinstance(accepted, Refusal)
    assert (end, payouts, quarrels, isinstance(disputed, Refusal)) in {
        ("completed", 1, 0, True),
        ("disputed", 0, 1, False),
    }
    assert_whole(contract)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_the_sellers_word_and_the_clock_at_once_end_in_one_of_the_two_worlds(_round):
    payment = committed(locked)
    contract = payment.contract
    Party.objects.filter(pk=contract.seller.pk).update(warned_at=now() - timedelta(days=2))
    Deadline.objects.filter(contract=contract, kind="delivery").update(due_at=now())
    timer = contract.deadlines.get(kind="delivery")

    said, *_ = at_once(
        lambda: escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms"),
        *[lambda: timers.work(timer)] * 3,
    )

    end = Contract.objects.get(pk=contract.pk).status
    refunds = payment.transfers.filter(kind="reversal").count()
    assert (end, refunds, isinstance(said, Refusal)) in {("delivered", 0, False), ("cancelled", 1, True)}
    assert_whole(contract)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_cancel_and_accept_at_once_pay_one_side_only(_round):
    payment = committed(locked)
    contract = payment.contract
    buyer, seller = contract.buyer.phone, contract.seller.phone
    escrow.deliver(contract.pk, phone=seller, channel="sms")

    cancelled, accepted = at_once(
        lambda: endings.cancel(contract.pk, phone=seller, channel="sms"),
        lambda: escrow.accept(contract.pk, phone=buyer, channel="sms"),
    )

    end = Contract.objects.get(pk=contract.pk).status
    out = Counter(payment.transfers.exclude(kind="collection").values_list("kind", flat=True))
    assert (end, dict(out), isinstance(cancelled, Refusal), isinstance(accepted, Refusal)) in [
        ("completed", {"payout": 1}, True, False),
        ("cancelled", {"reversal": 1}, False, True),
    ]
    assert_whole(contract)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_cancel_and_checkout_at_once_leave_no_live_prompt_on_a_dead_deal(caller, _round):
    contract = committed(confirmed, owner=caller.key.user)

    cancelled, paid = at_once(
        post(caller, f"/contracts/{contract.pk}/cancel", {}),
        post(caller, "/payments/checkout", checkout_body(contract)),
    )

    assert (cancelled.status_code, Contract.objects.get(pk=contract.pk).status) == (200, "cancelled")
    assert paid.status_code in (201, 409)
    assert Payment.objects.filter(contract=contract).count() == (paid.status_code == 201)
    assert not contract.payments.filter(transfers__status="requested", transfers__claimed_at=None).exists()
    assert_whole(contract)


def test_many_refunds_asked_at_once_ask_the_seller_once(caller):
    payment = committed(locked, owner=caller.key.user)
    contract = payment.contract
    body = {"transaction_id": payment.transaction_id, "reason": "rain", "initiated_by": payment.payer_phone}

    answers = at_once(*[post(caller, "/payments/refund", body)] * 20)
    at_once(*[lambda: endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")] * 20)

    assert statuses(answers) == {(202, ""): 20}
    assert contract.events.filter(kind="cancellation.asked").count() == 1
    assert payment.transfers.filter(kind="reversal").count() == 1
    assert_whole(contract)
