"""What Daraja posts to us: read by name, never believed beyond what it says, and refused where it cannot be read."""

import json
from decimal import Decimal
from typing import Any

import pytest

from payments.gateways.base import Outcome, Source, Unreadable, Verdict, WalletReport
from payments.gateways.daraja import Daraja
from payments.tests.rail import Rail

daraja = Daraja()

PAID_ITEMS = [
    {"Name": "PhoneNumber", "Value": 254711000000},
    {"Name": "Balance"},
    {"Name": "MpesaReceiptNumber", "Value": "UKN7A1B2C3"},
    {"Name": "Amount", "Value": 125000.00},
]


def stk(code: Any, items: Any = None, **more: Any) -> str:
    said = {"CheckoutRequestID": "ws_CO_1", "ResultCode": code, "ResultDesc": "words", **more}
    if items is not None:
        said["CallbackMetadata"] = {"Item": items}
    return json.dumps({"Body": {"stkCallback": said}})


def result(code: Any, pairs: Any = None, **more: Any) -> str:
    said = {"ResultType": 0, "ResultCode": code, "ResultDesc": "words", "ConversationID": "AG_1", **more}
    if pairs is not None:
        said["ResultParameters"] = {"ResultParameter": pairs}
    return json.dumps({"Result": said})


def test_a_paid_prompt_is_read_by_name_not_by_position() -> None:
    assert daraja.read("stk", stk(0, PAID_ITEMS)) == Outcome(
        Verdict.SUCCEEDED,
        Source.CALLBACK,
        code="0",
        description="words",
        amount=Decimal(125_000),
        phone="+254711000000",
        receipt_number="UKN7A1B2C3",
        external_id="ws_CO_1",
    )


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (1, Verdict.FAILED),
        ("1", Verdict.FAILED),
        (1032, Verdict.FAILED),
        ("1037", Verdict.FAILED),
        ("SFC_IC0003", Verdict.FAILED),
        (4999, Verdict.UNCLEAR),
        (9999, Verdict.UNCLEAR),
        ("E3008", Verdict.UNCLEAR),
        (None, Verdict.UNCLEAR),
        ({}, Verdict.UNCLEAR),
    ],
)
def test_a_prompts_refusal(code: Any, verdict: Verdict) -> None:
    said = daraja.read("stk", stk(code))

    assert (said.verdict, said.amount, said.receipt_number) == (verdict, None, "")


@pytest.mark.parametrize(
    ("items", "amount", "receipt_number", "phone"),
    [
        ({"Name": "Amount", "Value": "10.00"}, Decimal(10), "", ""),
        ([{"Name": "Amount"}, {"Name": "MpesaReceiptNumber"}], None, "", ""),
        ([{"Name": "Amount", "Value": "NaN"}, {"Name": "Amount", "Value": True}], None, "", ""),
        ([{"Value": 1}, 7, None, {"Name": 3, "Value": 4}], None, "", ""),
        ([{"Name": "MpesaReceiptNumber", "Value": "x" * 31}], None, "", ""),
        ([{"Name": "MpesaReceiptNumber", "Value": "A\0B"}], None, "AB", ""),
        ([{"Name": "PhoneNumber", "Value": "2547 ***** 126"}], None, "", ""),
        ([{"Name": "PhoneNumber", "Value": "254711000000"}], None, "", "+254711000000"),
        ("nonsense", None, "", ""),
    ],
)
def test_what_a_prompts_callback_does_not_say_is_empty(
    items: Any, amount: Decimal | None, receipt_number: str, phone: str
) -> None:
    said = daraja.read("stk", stk(0, items))

    assert (said.amount, said.receipt_number, said.phone) == (amount, receipt_number, phone)


def test_text_from_the_rail_is_such_as_a_database_holds() -> None:
    said = daraja.read("stk", '{"Body":{"stkCallback":{"CheckoutRequestID":"ws\\u0000_1","ResultDesc":"\\ud800"}}}')

    assert (said.external_id, said.description) == ("ws_1", "?")


def test_an_amount_is_never_a_float() -> None:
    said = daraja.read("stk", stk(0, PAID_ITEMS).replace("125000.0", "0.1000000000000000000001"))

    assert said.amount == Decimal("0.1000000000000000000001")


PAID_PAIRS = [
    {"Key": "TransactionAmount", "Value": 124000},
    {"Key": "TransactionReceipt", "Value": "UKN9Z8Y7X6"},
    {"Key": "ReceiverPartyPublicName", "Value": "254722000111 - WANJIKU TEST"},
    {"Key": "TransactionCompletedDateTime", "Value": "23.11.2026 23:20:41"},
    {"Key": "B2CWorkingAccountAvailableFunds"},
]


def test_a_payouts_result() -> None:
    assert daraja.read("b2c", result(0, PAID_PAIRS)) == Outcome(
        Verdict.SUCCEEDED,
        Source.CALLBACK,
        code="0",
        description="words",
        amount=Decimal(124_000),
        phone="+254722000111",
        receipt_number="UKN9Z8Y7X6",
        external_id="AG_1",
    )


def test_a_payouts_lone_parameter_is_an_object() -> None:
    said = daraja.read("b2c", result("0", {"Key": "TransactionAmount", "Value": "124000.00"}))

    assert (said.verdict, said.amount, said.receipt_number) == (Verdict.SUCCEEDED, Decimal(124_000), "")


@pytest.mark.parametrize(
    ("code", "verdict"), [(2040, Verdict.FAILED), ("SFC_IC0003", Verdict.FAILED), (1037, Verdict.UNCLEAR)]
)
def test_a_payouts_codes_are_not_a_collections(code: Any, verdict: Verdict) -> None:
    assert daraja.read("b2c", result(code)).verdict == verdict


def test_a_queue_that_timed_out_is_no_refusal() -> None:
    assert daraja.read("b2c-timeout", "{}").verdict == Verdict.UNCLEAR
    assert daraja.read("status-timeout", "{}").verdict == Verdict.UNDERWAY


def status(code: Any, word: str, **pairs: Any) -> str:
    known = {"TransactionStatus": word, "Amount": "124000.00", "ReceiptNo": "UKN9Z8Y7X6", **pairs}
    listed = [{"Key": key, "Value": value} for key, value in known.items()]
    names = [{"Key": "DebitPartyName", "Value": "174379 - US"}, {"Key": "DebitPartyName", "Value": "254722000111 - X"}]
    return result(code, [*names, {"Key": "CreditPartyName", "Value": "254722000111 - X"}, *listed])


@pytest.mark.parametrize(
    ("code", "word", "verdict", "receipt_number"),
    [
        (0, "Completed", Verdict.SUCCEEDED, "UKN9Z8Y7X6"),
        ("0", "Completed", Verdict.SUCCEEDED, "UKN9Z8Y7X6"),
        (0, "Declined", Verdict.FAILED, ""),
        (0, "Cancelled", Verdict.FAILED, ""),
        (0, "Expired", Verdict.FAILED, ""),
        (0, "Initiated", Verdict.UNDERWAY, ""),
        (0, "Pending Authorized", Verdict.UNDERWAY, ""),
        (2001, "Completed", Verdict.UNDERWAY, ""),
        ("R000002", "Declined", Verdict.DENIED, ""),
    ],
)
def test_a_transactions_status(code: Any, word: str, verdict: Verdict, receipt_number: str) -> None:
    said = daraja.read("status", status(code, word))

    assert (said.verdict, said.source, said.receipt_number) == (verdict, Source.ANSWER, receipt_number)
    assert (said.inquiry_id, said.amount, said.phone) == ("AG_1", Decimal(124_000), "+254722000111")


US, OTHER = "174379 - VOICEPACT", "254722000111 - WANJIKU TEST"

DEBIT, CREDIT = "DebitPartyName", "CreditPartyName"


@pytest.mark.parametrize(
    ("parties", "phone", "money_out"),
    [
        ([(DEBIT, OTHER), (CREDIT, US)], "+254722000111", False),
        ([(DEBIT, OTHER), (DEBIT, US), (CREDIT, US)], "+254722000111", False),
        ([(DEBIT, OTHER), (DEBIT, US)], "+254722000111", False),
        ([(DEBIT, US), (CREDIT, OTHER)], "+254722000111", True),
        ([(DEBIT, US), (DEBIT, OTHER), (CREDIT, OTHER)], "+254722000111", True),
        ([(DEBIT, US), (DEBIT, OTHER)], "+254722000111", True),
        ([(DEBIT, US), (CREDIT, "2547 ***** 111 - WANJIKU")], "", True),
        ([(DEBIT, US), (CREDIT, US)], "", None),
        ([(CREDIT, OTHER)], "+254722000111", None),
        ([], "", None),
    ],
)
def test_a_status_names_the_other_side_and_the_direction(
    rail: Rail, parties: list[tuple[str, str]], phone: str, money_out: bool | None
) -> None:
    said = daraja.read("status", result(0, [{"Key": key, "Value": value} for key, value in parties]))

    assert (said.phone, said.money_out) == (phone, money_out)


def test_a_balance() -> None:
    accounts = (
        "Working Account|KES|1.00|1.00|0.00|0.00&Float Account|KES|0.00|0.00|0.00|0.00"
        "&Utility Account|KES|228037.00|228036.50|0.50|0.00"
        "&Charges Paid Account|KES|-1540.00|-1540.00|0.00|0.00&Broken"
    )
    body = result("0", {"Key": "AccountBalance", "Value": accounts})

    assert daraja.read_balance(body) == WalletReport(available=Decimal("228036.50"), charges_paid=Decimal("-1540.00"))


@pytest.mark.parametrize(
    "accounts", ["", "nonsense", "Utility Account|KES|x|x", "Utility Account|KES|1|1e13|0|0", None]
)
def test_a_balance_without_a_usable_account_is_unreadable(accounts: str | None) -> None:
    with pytest.raises(Unreadable):
        daraja.read_balance(result("0", [{"Key": "AccountBalance", "Value": accounts}]))


MALFORMED = ["", "nonsense", "[]", "null", "7", '"text"', "{" * 5, "[" * 100_000, "1e99999999999999999999", "9" * 5000]


@pytest.mark.parametrize("kind", ["stk", "b2c", "b2c-timeout", "status", "status-timeout"])
@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_callback_is_unreadable(kind: str, body: str) -> None:
    with pytest.raises(Unreadable):
        daraja.read(kind, body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("stk", "{}"),
        ("stk", '{"Body": []}'),
        ("stk", '{"Body": {"stkCallback": 1}}'),
        ("stk", '{"Body": {"stkCallback": {"ResultCode": 0}}}'),
        ("b2c", '{"Result": null}'),
        ("status", '{"Result": []}'),
        ("reversal", "{}"),
        ("balance", "{}"),
    ],
)
def test_a_callback_of_another_shape_is_unreadable(kind: str, body: str) -> None:
    with pytest.raises(Unreadable):
        daraja.read(kind, body)
