"""What Daraja is sent: the wire format of each request, and what never leaves."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pytest_django import Settings
from time_machine import TimeMachineFixture

from payments.gateways.base import GatewayRejected, GatewayUnavailable, Instruction
from payments.gateways.daraja import Daraja
from payments.tests.orders import CALLBACKS, ORDER, PAYOUT, SENT
from payments.tests.rail import BALANCE, PAY, PUSH, QUERY, STATUS, TOKEN, Rail
from voicepact.kernel.money import Money

daraja = Daraja()

PASSWORD = "MTc0Mzc5c2ltcGFzc2tleTAwMDEyMDI2MTEyMzIzMTUwMA=="


@pytest.fixture
def quarter_past_eleven(settings: Settings, time_machine: TimeMachineFixture) -> None:
    """23:15 in Nairobi on 23 November 2026."""
    settings.CLOCK_MOVABLE = False
    time_machine.move_to(datetime(2026, 11, 23, 20, 15, tzinfo=UTC), tick=False)


def reveal(credential: str, key: rsa.RSAPrivateKey) -> str:
    return key.decrypt(base64.b64decode(credential), padding.PKCS1v15()).decode()


def test_the_token_is_asked_for_with_key_and_secret(rail: Rail) -> None:
    daraja.collect(ORDER)

    (asked,) = rail.to(TOKEN)
    assert (asked.method, asked.query) == ("GET", "grant_type=client_credentials")
    assert asked.headers["Authorization"] == f"Basic {base64.b64encode(b'key:secret').decode()}"


def test_a_push_has_the_rails_form(rail: Rail, quarter_past_eleven: None) -> None:
    acknowledgement = daraja.collect(ORDER)

    (asked,) = rail.to(PUSH)
    assert asked.body == {
        "BusinessShortCode": "174379",
        "Password": PASSWORD,
        "Timestamp": "20261123231500",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": "125000",
        "PartyA": "254711000000",
        "PartyB": "174379",
        "PhoneNumber": "254711000000",
        "CallBackURL": f"{CALLBACKS}/stk/{ORDER.token}",
        "AccountReference": "A7F5C3D8E9B2",
        "TransactionDesc": "Escrow",
    }
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["Authorization"].startswith("Bearer token-")
    assert acknowledgement.external_id.startswith("C-")


def test_a_query_has_a_password_of_its_own_and_the_rails_id(rail: Rail, quarter_past_eleven: None) -> None:
    daraja.ask(SENT)

    (asked,) = rail.to(QUERY)
    assert asked.body == {
        "BusinessShortCode": "174379",
        "Password": PASSWORD,
        "Timestamp": "20261123231500",
        "CheckoutRequestID": "ws_CO_1",
    }


def test_a_payout_carries_our_own_id_and_a_credential_that_only_the_rail_reads(
    rail: Rail, mpesa_key: rsa.RSAPrivateKey
) -> None:
    daraja.pay(ORDER)

    (asked,) = rail.to(PAY)
    body = asked.body
    assert reveal(body.pop("SecurityCredential"), mpesa_key) == "initiator password"
    assert body == {
        "OriginatorConversationID": "VP-1",
        "InitiatorName": "testapi",
        "CommandID": "BusinessPayment",
        "Amount": "125000",
        "PartyA": "174379",
        "PartyB": "254711000000",
        "Remarks": "Escrow A7F5C3D8E9B2",
        "QueueTimeOutURL": f"{CALLBACKS}/b2c-timeout/{ORDER.token}",
        "ResultURL": f"{CALLBACKS}/b2c/{ORDER.token}",
        "Occassion": "A7F5C3D8E9B2",
    }


@pytest.mark.parametrize(("order", "name"), [(PAYOUT, "VP-1"), (replace(PAYOUT, external_id="AG_1"), "AG_1")])
def test_a_payout_is_asked_about_by_the_rails_id_else_by_ours(
    rail: Rail, mpesa_key: rsa.RSAPrivateKey, order: Instruction, name: str
) -> None:
    daraja.ask(order)

    (asked,) = rail.to(STATUS)
    body = asked.body
    assert reveal(body.pop("SecurityCredential"), mpesa_key) == "initiator password"
    assert body == {
        "Initiator": "testapi",
        "CommandID": "TransactionStatusQuery",
        "OriginalConversationID": name,
        "PartyA": "174379",
        "IdentifierType": "4",
        "ResultURL": f"{CALLBACKS}/status/{ORDER.token}",
        "QueueTimeOutURL": f"{CALLBACKS}/status-timeout/{ORDER.token}",
        "Remarks": "Escrow",
        "Occasion": "A7F5C3D8E9B2",
    }


def test_the_balance_is_asked_for_our_own_short_code(rail: Rail, mpesa_key: rsa.RSAPrivateKey) -> None:
    daraja.ask_balance("f" * 32)

    (asked,) = rail.to(BALANCE)
    body = asked.body
    assert reveal(body.pop("SecurityCredential"), mpesa_key) == "initiator password"
    assert body == {
        "Initiator": "testapi",
        "CommandID": "AccountBalance",
        "PartyA": "174379",
        "IdentifierType": "4",
        "ResultURL": f"{CALLBACKS}/balance/{'f' * 32}",
        "QueueTimeOutURL": f"{CALLBACKS}/balance-timeout/{'f' * 32}",
        "Remarks": "Escrow",
    }


@pytest.mark.parametrize("money", [Money(Decimal("99.50")), Money(Decimal(100), "UGX")])
@pytest.mark.parametrize("call", [daraja.collect, daraja.pay])
def test_cents_and_other_currencies_never_reach_the_rail(
    rail: Rail, call: Callable[[Instruction], object], money: Money
) -> None:
    order = Instruction(kind="payout", own_id="VP-2", token=ORDER.token, money=money, phone=ORDER.phone, reference="X")

    with pytest.raises(GatewayRejected, match="whole shillings"):
        call(order)

    assert rail.to(PUSH) + rail.to(PAY) == []


def test_without_a_readable_certificate_nothing_is_sent(rail: Rail, settings: Settings, tmp_path) -> None:
    settings.DARAJA_CERTIFICATE = str(tmp_path / "missing.pem")

    with pytest.raises(GatewayUnavailable):
        daraja.pay(ORDER)

    assert rail.asked == []


def test_without_redis_nothing_is_sent(rail: Rail, without_redis: None) -> None:
    with pytest.raises(GatewayUnavailable):
        daraja.collect(ORDER)

    assert rail.asked == []
