"""The gateway `africastalking` over real HTTP: the wire format of each request, and each answer as what to do next."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from payments import gateways, ledger, reconciliation, stops, wallets
from payments.gateways.africastalking import AfricasTalkingPayments
from payments.gateways.base import (
    Acknowledgement,
    GatewayRejected,
    GatewayUnavailable,
    Instruction,
    Outcome,
    OutcomeUnknown,
    Source,
    Unreadable,
    Verdict,
    WalletReport,
)
from payments.gateways.repetition import ATTEMPTS
from payments.ledger import Standing
from payments.models import Transfer, Wallet
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.orders import ORDER, PAYOUT
from payments.tests.rail import AT_BALANCE, AT_FIND, AT_PAY, AT_PUSH, Act, Rail, hangs_up, has_found, says
from tests.factories import checked_out, completed, open_transfer
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money

SENT = replace(ORDER, external_id="ATPid_1")

rail_of_at = AfricasTalkingPayments()
MOVES = pytest.mark.parametrize(("call", "path"), [(rail_of_at.collect, AT_PUSH), (rail_of_at.pay, AT_PAY)])
Move = Callable[[Instruction], Acknowledgement]


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_a_checkout_has_the_rails_form_and_carries_our_token(rail: Rail) -> None:
    acknowledged = rail_of_at.collect(ORDER)

    (asked,) = rail.asked
    assert (asked.method, asked.path, asked.headers["apiKey"]) == ("POST", AT_PUSH, "at key")
    assert asked.body == {
        "username": "voicepact",
        "productName": "escrow",
        "phoneNumber": "+254711000000",
        "currencyCode": "KES",
        "amount": 125000,
        "metadata": {"transfer_token": ORDER.token},
    }
    assert acknowledged.external_id.startswith("ATPid_")


def test_a_payout_has_the_rails_form_and_our_own_id_as_its_key(rail: Rail) -> None:
    acknowledged = rail_of_at.pay(PAYOUT)

    (asked,) = rail.asked
    assert (asked.path, asked.headers["Idempotency-Key"]) == (AT_PAY, "VP-1")
    assert asked.body["recipients"] == [
        {
            "phoneNumber": "+254711000000",
            "currencyCode": "KES",
            "amount": 125000,
            "reason": "BusinessPayment",
            "metadata": {"transfer_token": ORDER.token},
        }
    ]
    assert acknowledged.external_id.startswith("ATPid_")


def test_questions_name_the_account_and_the_rails_id(rail: Rail) -> None:
    with pytest.raises(OutcomeUnknown):
        rail_of_at.ask(SENT)
    rail_of_at.ask_balance("")

    found, balance = rail.asked
    assert (found.method, found.path, found.query) == ("GET", AT_FIND, "username=voicepact&transactionId=ATPid_1")
    assert (balance.method, balance.path, balance.query) == ("GET", AT_BALANCE, "username=voicepact")
    assert found.headers["apiKey"] == "at key"


@MOVES
@pytest.mark.parametrize("money", [Money(Decimal("99.50")), Money(Decimal(100), "UGX")])
def test_cents_and_other_currencies_never_reach_the_rail(rail: Rail, call: Move, path: str, money: Money) -> None:
    with pytest.raises(GatewayRejected):
        call(replace(ORDER, money=money))

    assert rail.asked == []


def test_what_the_rail_cannot_do_is_refused_without_a_call(rail: Rail) -> None:
    with pytest.raises(GatewayRejected):
        rail_of_at.reverse(ORDER)
    with pytest.raises(GatewayRejected):
        rail_of_at.register_urls("token")
    with pytest.raises(GatewayRejected):
        rail_of_at.ask(PAYOUT)  # its id is not known
    assert rail_of_at.pull(now() - timedelta(hours=1), now()) == []

    assert rail.asked == []


@pytest.mark.parametrize("kind", ["stk", "b2c", "status", "webhook"])
def test_it_tells_nothing_at_the_addresses_of_other_rails(kind: str) -> None:
    with pytest.raises(Unreadable):
        rail_of_at.read(kind, "{}")
    with pytest.raises(Unreadable):
        rail_of_at.read_balance("{}")
    with pytest.raises(Unreadable):
        rail_of_at.read_hand_payment("{}")


# --- each answer as what to do next -----------------------------------------------------------------------------------


def queued(**entry: Any) -> dict[str, Any]:
    return {"numQueued": 0, "entries": [entry]}


@pytest.mark.parametrize("status", ["InvalidRequest", "NotSupported", "Failed"])
def test_a_final_no(rail: Rail, status: str) -> None:
    words = "Value is outside the allowed limits for 254711000000"
    rail.will(AT_PUSH, says({"status": status, "description": words}, 201))
    rail.will(AT_PAY, says(queued(status=status, errorMessage=words), 201))

    for call in (rail_of_at.collect, rail_of_at.pay):
        with pytest.raises(GatewayRejected) as no:
            call(ORDER)
        assert (no.value.code, "711000000" in no.value.description) == (status, False)


@MOVES
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 415, 422])
def test_a_request_that_the_rail_does_not_take_is_a_final_no(rail: Rail, call: Move, path: str, status: int) -> None:
    rail.will(path, says(b"The supplied authentication is invalid", status))

    with pytest.raises(GatewayRejected) as no:
        call(ORDER)

    assert no.value.code == f"http_{status}"


@MOVES
def test_certainly_not_sent(rail: Rail, settings: Settings, call: Move, path: str) -> None:
    rail.will(path, says(b"", 429))
    with pytest.raises(GatewayUnavailable):
        call(ORDER)

    settings.AT_PAYMENTS_BASE_URL = "http://rail.invalid"
    with pytest.raises(GatewayUnavailable):
        call(ORDER)

    assert len(rail.asked) == 1


def test_a_busy_phone_is_tried_again_after_a_minute_and_is_no_fault_of_the_rails(rail: Rail) -> None:
    words = "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    rail.will(AT_PUSH, says({"status": "Failed", "description": words, "providerChannel": "525900"}, 201))

    with pytest.raises(GatewayUnavailable) as busy:
        rail_of_at.collect(ORDER)

    assert (busy.value.retry_after, busy.value.rails_fault) == (60, False)


@MOVES
@pytest.mark.parametrize(
    "act",
    [
        *(says(b"", 500), says(b"", 502), says({"status": "Failed"}, 503), says(b"", 408), says(b"", 302)),
        *(says(b"<html>"), says(b"[]"), says({}), says({"status": "Perhaps", "transactionId": "ATPid_1"}, 201)),
        *(says({"status": "PendingConfirmation"}, 201), says({"status": "Queued", "transactionId": 7}, 201)),
        *(says({"status": "Failed", "description": "Duplicate request"}), says(b"duplicate request", 400)),
        says({"numQueued": 0, "entries": []}, 201),
        says({"numQueued": 2, "entries": [{"status": "Queued", "transactionId": "a"}] * 2}, 201),
        says(queued(status="Failed", errorMessage="This is a duplicate request"), 201),
        hangs_up,
    ],
)
def test_perhaps_sent_and_never_sent_twice(rail: Rail, call: Move, path: str, act: Act) -> None:
    rail.will(path, act)

    with pytest.raises(OutcomeUnknown):
        call(ORDER)

    assert len(rail.to(path)) == 1


@MOVES
def test_a_time_out_leaves_the_outcome_open(rail: Rail, impatient: None, call: Move, path: str) -> None:
    rail.will(path, rail.stays_silent)

    with pytest.raises(OutcomeUnknown):
        call(ORDER)

    assert len(rail.to(path)) == 1


# --- what it finds ----------------------------------------------------------------------------------------------------

DATA = {
    "transactionId": "ATPid_1",
    "category": "MobileB2C",
    "provider": "Mpesa",
    "providerRefId": "UKN9Z8Y7X6",
    "sourceType": "Wallet",
    "source": "PaymentWallet",
    "destinationType": "PhoneNumber",
    "destination": "+254722000111",
    "value": "KES 2900.0000",
    "transactionFee": "KES 1.0000",
    "status": "Success",
    "description": "Paid to 254722000111 - WANJIKU TEST",
    "requestMetadata": {},
    "transactionDate": "12.05.2026 21:46:13",
}


def finds_data(**changes: Any) -> Act:
    data = {name: value for name, value in {**DATA, **changes}.items() if value is not None}
    return says({"status": "Success", "data": data})


def test_a_transaction_is_found_at_once_and_nobodys_name_is_taken_from_it(rail: Rail) -> None:
    rail.will(AT_FIND, finds_data())

    assert rail_of_at.ask(SENT) == Outcome(
        Verdict.SUCCEEDED,
        Source.ANSWER,
        amount=Decimal(2900),
        phone="+254722000111",
        receipt_number="UKN9Z8Y7X6",
        external_id="ATPid_1",
        money_out=True,
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"category": "MobileCheckout", "source": "+254711000000", "destination": "PaymentWallet"},
            (Verdict.SUCCEEDED, "", "+254711000000", False),
        ),
        ({"status": "Queued"}, (Verdict.UNDERWAY, "", "+254722000111", True)),
        ({"status": "PendingConfirmation"}, (Verdict.UNDERWAY, "", "+254722000111", True)),
        ({"status": "Odd"}, (Verdict.UNCLEAR, "", "+254722000111", True)),
        ({"status": None}, (Verdict.UNCLEAR, "", "+254722000111", True)),
        ({"status": "Failed", "description": "Insufficient funds"}, (Verdict.FAILED, "1", "+254722000111", True)),
        ({"status": "Failed", "description": None}, (Verdict.FAILED, "", "+254722000111", True)),
        ({"category": "Odd", "destination": "2547*****111"}, (Verdict.SUCCEEDED, "", "", None)),
    ],
)
def test_what_is_found_is_read_by_name(rail: Rail, changes: dict[str, Any], said: tuple[Any, ...]) -> None:
    rail.will(AT_FIND, finds_data(**changes))

    found = rail_of_at.ask(SENT)

    assert isinstance(found, Outcome)
    assert (found.verdict, found.code, found.phone, found.money_out) == said


@pytest.mark.parametrize(
    "act",
    [
        *(finds_data(value=None), finds_data(value="2900"), finds_data(value="UGX 2900.0000"), finds_data(value=2900)),
        says({"status": "Failure", "errorMessage": "No transaction found"}),
        says({"status": "Success", "data": []}),
    ],
)
def test_an_answer_that_tells_no_sum_of_ours_is_no_answer(rail: Rail, act: Act) -> None:
    rail.will(AT_FIND, act)

    with pytest.raises(OutcomeUnknown):
        rail_of_at.ask(SENT)

    assert len(rail.to(AT_FIND)) == 1


def test_a_question_without_an_answer_is_put_three_times(rail: Rail) -> None:
    rail.will(AT_FIND, hangs_up, says(b"", 500), finds_data())
    assert isinstance(rail_of_at.ask(SENT), Outcome)

    rail.will(AT_FIND, *[hangs_up] * ATTEMPTS)
    with pytest.raises(OutcomeUnknown):
        rail_of_at.ask(SENT)

    assert len(rail.to(AT_FIND)) == 2 * ATTEMPTS


def test_a_balance(rail: Rail) -> None:
    assert rail_of_at.ask_balance("") == WalletReport(available=Decimal(90), charges_paid=Decimal(0))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"status": "NotAvailable"}, GatewayUnavailable),
        ({"status": "Success"}, OutcomeUnknown),
        ({"status": "Success", "balance": "UGX 90.0000"}, OutcomeUnknown),
        ({"status": "Failed", "balance": "KES 90.0000"}, OutcomeUnknown),
    ],
)
def test_an_answer_without_a_balance(rail: Rail, body: dict[str, Any], error: type[Exception]) -> None:
    rail.will(AT_BALANCE, says(body))

    with pytest.raises(error):
        rail_of_at.ask_balance("")


@pytest.mark.django_db
def test_the_wallet_of_this_rail_is_noted_at_once(rail: Rail, later: Later) -> None:
    wallets.ask_due()

    wallet = Wallet.objects.get(pk="africastalking")
    assert (wallet.available, wallet.updated_at) == (Decimal(90), now())


# --- a deal on this rail ----------------------------------------------------------------------------------------------

ON_AT = {"gateway": "africastalking"}


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def ask_again(transfer: Transfer, later: Later) -> Transfer:
    """Time passes until the rail is asked about the transfer once more."""
    due = fresh(transfer).next_ask_at
    assert due
    later(seconds=max((due - now()).total_seconds(), 0))
    reconciliation.ask_due()
    return fresh(transfer)


def test_the_rail_is_chosen_by_its_name() -> None:
    assert gateways.by_name("africastalking").name == "africastalking"


@pytest.mark.django_db
def test_the_whole_amount_goes_in_one_push_and_is_settled_by_asking(rail: Rail, later: Later) -> None:
    transfer = open_transfer(checked_out(**ON_AT))
    submit(transfer.pk)
    transfer = fresh(transfer)
    assert (transfer.amount, transfer.status) == (Decimal(350_000), "submitted")

    rail.will(AT_FIND, has_found(transfer))
    settled = ask_again(transfer, later)

    assert (settled.status, settled.rail_confirmed_at) == ("succeeded", now())
    assert settled.receipt_number.startswith("AT")
    assert settled.payment
    assert (settled.payment.status, ledger.standing(settled.payment)) == ("locked", Standing(held=Decimal(350_000)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lie",
    [
        {"value": "KES 1.0000"},
        {"source": "+254700000009"},
        {"transactionId": "ATPid_of_another"},
        {"category": "MobileB2C"},
    ],
)
def test_an_answer_about_other_money_is_quarantined(rail: Rail, later: Later, lie: dict[str, str]) -> None:
    transfer = open_transfer(checked_out(**ON_AT))
    submit(transfer.pk)

    rail.will(AT_FIND, has_found(fresh(transfer), **lie))
    kept = ask_again(transfer, later)

    assert kept.quarantined_at == now()
    assert kept.payment
    assert (kept.status, ledger.standing(kept.payment)) == ("submitted", Standing())


@pytest.mark.django_db
def test_a_payout_whose_id_was_lost_stays_unknown_and_is_never_sent_again(rail: Rail, later: Later) -> None:
    transfer = open_transfer(completed(**ON_AT))
    rail.will(AT_PAY, hangs_up)
    submit(transfer.pk)

    for _ in range(7):
        lost = ask_again(transfer, later)

    assert (lost.status, lost.next_ask_at) == ("unknown", None)
    assert [asked.path for asked in rail.about(lost)] == [AT_PAY]
    assert lost.payment
    assert ledger.standing(lost.payment) == Standing(in_transit=Decimal(350_000))


@pytest.mark.django_db
def test_a_payout_is_failed_only_when_the_rail_says_so_itself(rail: Rail, later: Later) -> None:
    transfer = open_transfer(completed(**ON_AT))
    submit(transfer.pk)

    rail.will(AT_FIND, has_found(fresh(transfer), "Failed", description="Insufficient funds", providerRefId=None))
    failed = ask_again(transfer, later)

    assert (failed.status, failed.failure_code) == ("failed", "float_short")
    assert failed.payment
    waiting = open_transfer(failed.payment)
    assert (waiting.replaces, stops.holds(waiting)) == (failed, True)
    assert ledger.standing(failed.payment) == Standing(in_transit=Decimal(350_000))
