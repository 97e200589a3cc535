"""What people pay by hand: our addresses are registered with Daraja, and what it took is pulled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from payments import gateways
from payments.gateways.base import HandPayment, OutcomeUnknown
from payments.gateways.daraja import Daraja
from payments.gateways.repetition import ATTEMPTS
from payments.tests.orders import CALLBACKS
from payments.tests.rail import PULL, REGISTER, Rail, hangs_up, refuses, says

daraja = Daraja()

REGISTERED = {"OriginatorCoversationID": "6e86-1", "ResponseCode": "0", "ResponseDescription": "Success"}
ENTRY = {
    "transactionId": "UKN1A2B3C4",
    "trxDate": "2026-11-23T10:13:00Z",
    "msisdn": 722000111,
    "sender": "UAT2",
    "transactiontype": "c2b-pay-bill-debit",
    "billreference": " A7F5C3D8E9B2",
    "amount": "168.00",
    "organizationname": "VoicePact",
}
PULLED = HandPayment(
    receipt_number="UKN1A2B3C4",
    amount=Decimal(168),
    reference="A7F5C3D8E9B2",
    shortcode="174379",
    phone="+254722000111",
    paid_at=datetime(2026, 11, 23, 10, 13, tzinfo=UTC),
)


def lists(*entries: dict[str, Any], code: str = "1000") -> Any:
    return says({"ResponseRefID": "1", "ResponseCode": code, "ResponseMessage": "Success", "Response": [list(entries)]})


def test_our_addresses_are_registered_for_what_is_paid_by_hand(rail: Rail) -> None:
    rail.will(REGISTER, says(REGISTERED))

    call_command("register_paybill", stdout=StringIO())

    token = gateways.own_token("daraja")
    (asked,) = rail.to(REGISTER)
    assert asked.body == {
        "ShortCode": "174379",
        "ResponseType": "Completed",
        "ConfirmationURL": f"{CALLBACKS}/c2b-confirmation/{token}",
        "ValidationURL": f"{CALLBACKS}/c2b-validation/{token}",
    }


@pytest.mark.parametrize(
    ("act", "returncode"),
    [
        (refuses(500, "500.003.1001", "Urls are already registered."), 1),
        (refuses(400, "400.002.02", "Bad Request - Invalid ShortCode"), 1),
        (refuses(500, "500.003.02", "System is busy. Please try again in few minutes."), 2),
    ],
)
def test_an_address_that_the_rail_does_not_take(rail: Rail, act: Any, returncode: int) -> None:
    rail.will(REGISTER, act)

    with pytest.raises(CommandError) as no:
        call_command("register_paybill")

    assert no.value.returncode == returncode


def test_what_was_paid_is_pulled_page_by_page(rail: Rail) -> None:
    second = {**ENTRY, "transactionId": "UKN1A2B3C5", "msisdn": "254722000111"}
    rail.will(PULL, lists(ENTRY), lists(second), lists(code="1001"))

    start = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    found = daraja.pull(start, start + timedelta(hours=48))

    assert found == [PULLED, replace(PULLED, receipt_number="UKN1A2B3C5")]
    assert [asked.body["OffSetValue"] for asked in rail.to(PULL)] == ["0", "1", "2"]
    assert rail.to(PULL)[0].body == {
        "ShortCode": "174379",
        "StartDate": "2026-11-23 10:00:00",
        "EndDate": "2026-11-25 10:00:00",
        "OffSetValue": "0",
    }


def test_a_rail_that_repeats_its_page_is_read_once(rail: Rail) -> None:
    rail.will(PULL, lists(ENTRY), lists(ENTRY))

    assert daraja.pull(datetime.now(UTC), datetime.now(UTC)) == [PULLED]


@pytest.mark.parametrize(
    "changes",
    [
        *({"amount": "-1"}, {"amount": "x"}, {"amount": "1e13"}, {"amount": None}),
        *({"transactionId": ""}, {"transactionId": "a b"}, {"transactiontype": "b2c"}, {"transactiontype": None}),
    ],
)
def test_an_entry_that_is_no_payment_to_us_is_passed_over(rail: Rail, changes: dict[str, Any]) -> None:
    rail.will(PULL, lists({**ENTRY, **changes}, ENTRY), lists(code="1001"))

    assert daraja.pull(datetime.now(UTC), datetime.now(UTC)) == [PULLED]


@pytest.mark.parametrize("body", [{}, {"Response": [7, {}]}, {"Response": [[7]]}, {"Response": [[]]}])
def test_a_list_without_entries_is_empty(rail: Rail, body: dict[str, Any]) -> None:
    rail.will(PULL, says({"ResponseCode": "1000", **body}))

    assert daraja.pull(datetime.now(UTC), datetime.now(UTC)) == []


@pytest.mark.parametrize(
    "act", [says({"ResponseCode": "1000", "Response": "?"}), refuses(500, "500.003.1001"), hangs_up]
)
def test_without_a_list_nothing_is_known(rail: Rail, act: Any) -> None:
    rail.will(PULL, *[act] * ATTEMPTS)

    with pytest.raises(OutcomeUnknown):
        daraja.pull(datetime.now(UTC), datetime.now(UTC))
