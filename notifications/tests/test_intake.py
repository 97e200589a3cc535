"""The provider's door: what is kept, what is refused, and that the secret in the address stays secret."""

import logging

import pytest
from django.test import Client

from notifications.models import DeliveryReport, InboundMessage
from notifications.tests.people import new_id, say, send, standing
from payments import escrow
from tests.factories import locked, new_phone

pytestmark = pytest.mark.django_db

DOORS = ["inbound", "delivery"]


def post(door: str, form, *, secret: str, **extra):
    return Client(raise_request_exception=False).post(f"/api/v1/sms/{door}/{secret}", form, **extra)


def kept() -> tuple[int, int]:
    return InboundMessage.objects.count(), DeliveryReport.objects.count()


def sms(**changes: str) -> dict[str, str]:
    return {"id": new_id(), "from": new_phone(), "to": "22384", "text": "YES", "status": "Success", **changes}


def test_an_sms_is_kept_as_it_came():
    id, phone = new_id(), new_phone()

    assert send(phone, "YES-AG-2026-000001", id=id, linkId="L1", networkCode="63902", cost="KES 0").status_code == 200

    row = InboundMessage.objects.get(message_id=id)
    assert (row.phone, row.text, row.worked_at) == (phone, "YES-AG-2026-000001", None)
    assert (row.raw["linkId"], row.raw["networkCode"]) == ("L1", "63902")
    assert phone not in str(row.raw)


def test_the_same_id_is_kept_once_whatever_it_says_later():
    id, phone = new_id(), new_phone()
    send(phone, "YES-AG-2026-000001", id=id)

    assert send(phone, "CANCEL-AG-2026-000001", id=id).status_code == 200

    assert InboundMessage.objects.get(message_id=id).text == "YES-AG-2026-000001"


def test_of_a_text_that_is_too_long_what_is_left_is_no_command():
    """What was cut off may have turned it round."""
    contract = locked().contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    before = standing(contract)

    row = say(contract.buyer.phone, f"ACCEPT-{contract.pk}{' ' * 2_000}only if he brings the rest")

    assert standing(contract) == before
    assert (len(row.text), row.text[-6:], row.result) == (2_000, " [cut]", "asked back")


def test_a_report_is_kept_as_it_came(secret):
    form = {"id": new_id(), "status": "Failed", "failureReason": "UserDoesNotExist", "retryCount": "1"}

    assert post("delivery", form, secret=secret).status_code == 200

    row = DeliveryReport.objects.get(provider_id=form["id"])
    assert (row.status, row.failure_reason, row.raw["retryCount"]) == ("Failed", "UserDoesNotExist", "1")


@pytest.mark.parametrize("door", DOORS)
def test_either_of_two_live_secrets_opens_and_no_other(settings, door):
    settings.AT_CALLBACK_SECRETS = ["new-secret", "old-secret", ""]
    for secret in ("new-secret", "old-secret"):
        assert post(door, sms(), secret=secret).status_code == 200
    before = kept()

    for secret in ("wrong", "new-secre", "new-secret2", "\u00e9", "%00", " "):
        assert post(door, sms(), secret=secret).status_code == 404

    assert kept() == before


@pytest.mark.parametrize("door", DOORS)
def test_without_a_secret_of_our_own_the_door_is_shut(settings, door):
    settings.AT_CALLBACK_SECRETS = []

    assert post(door, sms(), secret="anything").status_code == 404
    assert Client().post(f"/api/v1/sms/{door}/", sms()).status_code == 404


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post(secret, door, method):
    assert getattr(Client(), method)(f"/api/v1/sms/{door}/{secret}").status_code == 405


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"id": "", "from": "+254712345678", "text": "x", "status": "Success"},
        {"id": "x" * 101, "from": "+254712345678", "text": "x", "status": "Success"},
        {"id": "a\0b", "from": "+254712345678", "text": "x", "status": "Success"},
        {"id": "1", "from": "+254712345678", "text": "x", "status": "Success", "to": "\0"},
        {"id": "1", "from": "+254712345678", "text": "x" * 70_000, "status": "Success"},
        {"id": "1"},
        {"from": "+254712345678", "text": "x", "status": "Success"},
    ],
)
@pytest.mark.parametrize("door", DOORS)
def test_what_is_missing_or_absurd_is_a_problem_and_nothing_is_kept(secret, door, form):
    before = kept()

    refusal = post(door, form, secret=secret)

    assert refusal.status_code == 400
    assert refusal["Content-Type"] == "application/problem+json"
    assert refusal.json()["code"] == "malformed_sms"
    assert kept() == before


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xff\xfe\x00", "application/octet-stream"),
        (b'{"id": "1"}', "application/json"),
        (b"id=1&from=%2B254712345678", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"no boundary", "multipart/form-data"),
        (b"&".join(b"a%d=1" % number for number in range(2_000)), "application/x-www-form-urlencoded"),
        (b"x" * 3_000_000, "application/x-www-form-urlencoded"),
    ],
)
@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_is_no_form_is_refused(secret, door, body, content_type):
    before = kept()

    assert post(door, body, secret=secret, content_type=content_type).status_code == 400

    assert kept() == before


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("field", ["id", "text", "status", "to", "failureReason"])
def test_half_a_character_is_refused_in_whatever_field(secret, door, field):
    before = kept()
    form = {**sms(), "status": "Success", field: "\\ud800"}
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{form[name]}\r\n' for name in form)
    spelt = "multipart/form-data; boundary=x; charset=unicode_escape"

    assert post(door, f"{parts}--x--\r\n".encode(), secret=secret, content_type=spelt).status_code == 400

    assert kept() == before


@pytest.mark.parametrize("sender", ["VOICEPACT", "AFRICASTKNG", "22384", "", "+254", "+1" * 30, "0"])
def test_what_no_phone_can_have_sent_is_answered_and_forgotten(sender):
    before = kept()

    assert send(sender, "YES-AG-2026-000001").status_code == 200

    assert kept() == before


def test_our_own_sender_id_is_not_answered_even_where_it_is_a_number(settings):
    settings.AT_SENDER_ID = new_phone()
    before = kept()

    assert send(settings.AT_SENDER_ID, "You have an SMS").status_code == 200

    assert kept() == before


@pytest.mark.parametrize("written", ["+254712345678", "254712345678", "0712345678", "+254 712 345678"])
def test_a_number_is_known_in_any_writing(written):
    id = new_id()
    send(written, "YES", id=id)

    assert InboundMessage.objects.get(message_id=id).phone == "+254712345678"


def test_a_refused_request_does_not_write_the_secret_to_the_log(secret, caplog):
    with caplog.at_level(logging.DEBUG):
        for door in DOORS:
            post(door, {}, secret=secret)
            Client().get(f"/api/v1/sms/{door}/{secret}")

    assert len([record for record in caplog.records if record.name == "django.request"]) == 4
    assert secret not in caplog.text
    assert "(token)" in caplog.text
