"""The client of Africa's Talking: where it sends to, and the product page's own snippet."""

from decimal import Decimal

import pytest

from notifications.transports.africastalking import AfricasTalkingClient
from notifications.transports.base import NotAccepted


def test_the_pages_snippet_gives_the_pages_text():
    message = AfricasTalkingClient().generate_payment_sms(
        contract_id="AG-2024-001234", amount=350000, currency="KES", action="received"
    )

    assert message == (
        "VoicePact Payment Received:\nContract: AG-2024-001234\nAmount: KES 350,000.00\nStatus: Processing\n"
        "You will receive confirmation shortly."
    )


@pytest.mark.parametrize("amount", [350000, 350000.00, "350000", Decimal("350000.00")])
def test_released_names_recipient_and_transaction(amount):
    message = AfricasTalkingClient().generate_payment_sms(
        contract_id="AG-2024-001234",
        amount=amount,
        currency="KES",
        action="released",
        recipient_phone="+254723456789",
        transaction_id="TXN-AG-2024-001234-001",
    )

    assert message == (
        "VoicePact Payment Released:\nContract: AG-2024-001234\nAmount: KES 350,000.00\nTo: +254723456789\n"
        "Transaction ID: TXN-AG-2024-001234-001"
    )


def test_released_leaves_out_what_it_is_not_told():
    message = AfricasTalkingClient().generate_payment_sms("AG-2024-001234", 350000, "KES", "released")

    assert message == "VoicePact Payment Released:\nContract: AG-2024-001234\nAmount: KES 350,000.00"


def test_another_action_is_an_error_that_names_the_two():
    with pytest.raises(ValueError, match="received or released"):
        AfricasTalkingClient().generate_payment_sms("AG-2024-001234", 350000, "KES", "../../etc/passwd")


@pytest.mark.parametrize(
    ("environment", "username", "url"),
    [
        ("simulator", "sandbox", "http://simulator.test/version1"),
        ("simulator", "voicepact", "http://simulator.test/version1"),
        ("sandbox", "voicepact", "https://api.sandbox.africastalking.com/version1"),
        ("production", "voicepact", "https://api.africastalking.com/version1"),
    ],
)
def test_the_environment_chooses_the_address(settings, environment, username, url):
    settings.AT_ENVIRONMENT, settings.AT_USERNAME = environment, username
    settings.SIMULATOR_URL = "http://simulator.test"

    assert AfricasTalkingClient()._sms._baseUrl == url


def test_what_is_no_phone_number_is_not_sent_at_all():
    with pytest.raises(NotAccepted):
        AfricasTalkingClient().send(phone="0712", text="x", sender="")
