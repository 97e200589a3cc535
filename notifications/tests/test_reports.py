"""What the network says of our messages is noted once, whenever it comes; and the warning counts only if it arrived."""

from decimal import Decimal

import pytest
from django.test import Client

from contracts import disputes
from contracts.models import Contract
from notifications import announcements, reports, sending
from notifications.models import DeliveryReport, Message
from notifications.tests.conftest import Later
from notifications.tests.people import new_id
from notifications.tests.provider import Provider
from notifications.tests.test_sending import fresh, queued
from payments import endings
from payments.timers import work_deadlines
from tests.factories import locked

pytestmark = pytest.mark.django_db


def report(secret: str, provider_id: str, status: str, **fields: str) -> None:
    form = {"id": provider_id, "status": status, **fields}
    assert Client().post(f"/api/v1/sms/delivery/{secret}", form).status_code == 200
    reports.work_due()


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        ("Success", "delivered"),
        ("Failed", "failed"),
        ("Rejected", "failed"),
        ("Sent", "sent"),
        ("Submitted", "sent"),
        ("Buffered", "sent"),
        ("Whatever", "sent"),
    ],
)
def test_a_report_says_what_became_of_the_message(secret, status, becomes):
    message = queued(status="sent", provider_id=new_id())

    report(secret, message.provider_id, status, failureReason="UserDoesNotExist" if becomes == "failed" else "")

    assert fresh(message).status == becomes
    assert (fresh(message).finished_at is None) == (becomes == "sent")
    assert fresh(message).failure_reason == ("UserDoesNotExist" if becomes == "failed" else "")


def test_a_report_that_cannot_be_worked_stops_no_other_and_is_given_up(secret, later: Later, monkeypatch):
    broken, good = (queued(status="sent", provider_id=new_id()) for _ in range(2))
    real = reports._note

    def note(message: Message, told: DeliveryReport) -> None:
        if message.pk == broken.pk:
            raise RuntimeError("a fault of ours")
        real(message, told)

    monkeypatch.setattr(reports, "_note", note)
    report(secret, broken.provider_id, "Success")
    report(secret, good.provider_id, "Success")
    for _ in range(reports.ATTEMPTS):
        later(minutes=10)
        reports.work_due()

    assert (fresh(broken).status, fresh(good).status) == ("sent", "delivered")
    assert DeliveryReport.objects.get(provider_id=broken.provider_id).worked_at is not None


def test_delivered_stays_delivered(secret):
    message = queued(status="sent", provider_id=new_id())
    for status in ("Success", "Failed", "Sent", "Success"):
        report(secret, message.provider_id, status)

    assert fresh(message).status == "delivered"


def test_a_report_that_comes_before_our_own_note_of_the_id_waits_for_it(secret, later: Later):
    provider_id = new_id()
    report(secret, provider_id, "Success")
    waiting = DeliveryReport.objects.get(provider_id=provider_id)
    assert (waiting.worked_at, waiting.attempts) == (None, 1)

    message = queued(status="sent", provider_id=provider_id)
    later(seconds=30)
    reports.work_due()

    assert fresh(message).status == "delivered"


def test_a_report_about_no_message_of_ours_is_given_up_and_kept(secret, later: Later):
    provider_id = new_id()
    report(secret, provider_id, "Success")
    for _ in range(10):
        later(minutes=5)
        reports.work_due()

    kept = DeliveryReport.objects.get(provider_id=provider_id)
    assert (kept.attempts, kept.worked_at is None) == (reports.ATTEMPTS, False)


# --- the warning on which a refund hangs ------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "becomes"), [("Success", "cancelled"), ("Sent", "disputed")])
def test_a_silent_seller_loses_the_deal_only_if_the_phone_has_the_warning(
    secret, provider: Provider, later: Later, word: str, becomes: str
):
    contract = locked(amount=Decimal(1_000)).contract
    later(days=6)
    work_deadlines()
    announcements.announce_due()
    sending.send_due()
    warning = Message.objects.get(contract=contract, kind="seller_warned")
    assert provider.texts_to(contract.seller.phone)[-1] == warning.text
    Message.objects.filter(pk=warning.pk).update(provider_id=(unique := new_id()))

    report(secret, unique, word)
    later(days=1)
    work_deadlines()

    assert Contract.objects.get(pk=contract.pk).status == becomes
    assert contract.payments.get().transfers.filter(kind="reversal").exists() == (becomes == "cancelled")


def test_a_warning_that_arrives_at_a_number_of_before_warns_nobody(secret):
    contract = locked(amount=Decimal(1_000)).contract
    message = queued(status="sent", provider_id=new_id(), party=contract.seller, kind="seller_warned")
    assert message.phone != contract.seller.phone

    report(secret, message.provider_id, "Success")

    assert contract.parties.get(role="seller").warned_at is None


@pytest.mark.parametrize("warned_anew", [False, True])
def test_a_warning_of_before_a_dispute_that_arrives_afterwards_lets_no_money_go_back(
    secret, provider: Provider, later: Later, warned_anew: bool
):
    """It names a day that is past; the one that counts has not arrived."""
    contract = locked(amount=Decimal(1_000)).contract
    warn(later)
    late = Message.objects.get(contract=contract, kind="seller_warned")
    Message.objects.filter(pk=late.pk).update(provider_id=(unique := new_id()))
    disputes.open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="sms")
    endings.withdraw(contract.pk, phone=contract.buyer.phone, channel="sms")
    if warned_anew:
        warn(later)

    report(secret, unique, "Success")
    assert contract.parties.get(role="seller").warned_at is None

    for _ in range(8):
        later(days=1)
        work_deadlines()
    assert Contract.objects.get(pk=contract.pk).status == "disputed"
    assert not contract.payments.get().transfers.filter(kind="reversal").exists()


def warn(later: Later) -> None:
    """The time of silent sellers is nearly over, and they are written to."""
    later(days=6)
    work_deadlines()
    announcements.announce_due()
    sending.send_due()


def test_no_other_message_counts_as_the_warning(secret):
    contract = locked(amount=Decimal(1_000)).contract
    message = queued(status="sent", provider_id=new_id(), party=contract.seller, kind="locked_seller")

    report(secret, message.provider_id, "Success")

    assert contract.parties.get(role="seller").warned_at is None
