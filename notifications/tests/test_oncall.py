"""Alerts reach the people on call: by each road until they are taken, and neither road waits for the other."""

import base64
import json
import smtplib

import pytest
from django.core import mail
from django.db import connection
from standardwebhooks import Webhook, WebhookVerificationError

from contracts import audit
from contracts.audit import CLOCK
from notifications import alerts, oncall
from notifications.models import Alert, AlertDelivery
from notifications.tests.conftest import Later
from notifications.tests.receiver import Answer, Receiver
from notifications.transports import mail as mail_transport
from notifications.transports.base import NotTaken
from tests.factories import drafted

pytestmark = pytest.mark.django_db
SECRET = "whsec_" + base64.b64encode(b"a secret of these tests only....").decode()


@pytest.fixture
def on_call(settings):
    """Somebody on call reads e-mail."""
    settings.ALERT_EMAILS = ["on@call.test", "second@call.test"]
    settings.ALERT_WEBHOOK_URL = ""
    return mail.outbox


@pytest.fixture
def receiver(settings):
    """Somebody on call has a system that takes alerts, over HTTP."""
    running = Receiver()
    settings.ALERT_EMAILS, settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = [], running.url, SECRET
    yield running
    running.close()


def raised(kind: str = "suspense.used", **payload) -> Alert:
    """An alert that is due."""
    event = audit.record(kind, contract=drafted(), actor=CLOCK, payload={"deposit": 7, "amount": 1000} | payload)
    alerts.make_due()
    return Alert.objects.get(event=event)


def delivery(alert: Alert, road: str) -> AlertDelivery:
    return AlertDelivery.objects.get(alert=alert, road=road)


# --- e-mail -----------------------------------------------------------------------------------------------------------


def test_everybody_on_call_gets_one_e_mail_in_words(on_call):
    alert = raised()

    oncall.send_due()
    oncall.send_due()

    (sent,) = on_call
    assert (sent.to, sent.subject) == (["on@call.test", "second@call.test"], f"[VoicePact] {alert.subject}")
    assert sent.body == alert.body
    assert delivery(alert, "email").taken_at is not None


class BrokenServer:
    def __init__(self, **_):
        """As Django makes a backend."""

    def send_messages(self, _):
        assert not connection.in_atomic_block or len(connection.savepoint_ids) == 0
        raise smtplib.SMTPServerDisconnected("please try again")


def test_a_mail_server_that_is_down_is_tried_again_with_growing_pauses(on_call, later: Later, settings):
    alert = raised()
    works, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.BrokenServer"
    for attempts, minutes in ((1, 1), (2, 2), (3, 4)):
        oncall.send_due()
        oncall.send_due()
        assert delivery(alert, "email").attempts == attempts
        later(minutes=minutes)
    assert (delivery(alert, "email").taken_at, delivery(alert, "email").failure_reason) == (
        None,
        "SMTPServerDisconnected",
    )

    settings.EMAIL_BACKEND = works
    oncall.send_due()

    assert len(on_call) == 1
    assert delivery(alert, "email").failure_reason == ""


def test_an_alert_whose_people_have_left_waits_for_others(on_call, settings):
    alert = raised()
    settings.ALERT_EMAILS = []

    oncall.send_due()

    assert (on_call, delivery(alert, "email").taken_at) == ([], None)
    with pytest.raises(NotTaken):
        mail_transport.send(subject="x", body="y")


# --- webhook ----------------------------------------------------------------------------------------------------------


def test_the_receiver_can_tell_that_it_is_ours(receiver: Receiver, later: Later):
    alert = raised()

    oncall.send_due()
    oncall.send_due()

    (posted,) = receiver.posted
    body = Webhook(SECRET).verify(posted.body, posted.headers)
    assert (posted.path, posted.headers["content-type"]) == ("/alerts", "application/json")
    assert body["type"] == "suspense.used"
    assert body["data"]["subject"] == alert.subject
    assert body["data"]["contract_id"] == alert.event.contract_id
    assert posted.headers["webhook-id"] == f"alert-{alert.pk}"
    assert delivery(alert, "webhook").taken_at is not None
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(posted.body.replace("1,000", "9,000"), posted.headers)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 410, 429, 500, 503])
def test_what_is_not_taken_is_posted_again_under_the_same_id(receiver: Receiver, later: Later, status):
    alert = raised()
    receiver.answers(status, Location=receiver.url)
    oncall.send_due()
    oncall.send_due()
    assert len(receiver.posted) == 1
    assert delivery(alert, "webhook").failure_reason == f"HTTP {status}"

    receiver.answers(204)
    later(minutes=1)
    oncall.send_due()

    assert [posted.headers["webhook-id"] for posted in receiver.posted] == [f"alert-{alert.pk}"] * 2
    assert (delivery(alert, "webhook").taken_at is None, delivery(alert, "webhook").failure_reason) == (False, "")


def test_a_receiver_that_does_not_answer_is_given_some_seconds_and_then_up(receiver: Receiver, later: Later, settings):
    settings.ALERT_TIMEOUT_S = (1, 0.1)
    alert = raised()
    receiver.stays_silent()

    oncall.send_due()

    assert (delivery(alert, "webhook").taken_at, delivery(alert, "webhook").failure_reason) == (None, "ReadTimeout")


def test_a_secret_that_signs_nothing_loses_no_alert(receiver: Receiver, later: Later, settings):
    alert = raised()
    settings.ALERT_WEBHOOK_SECRET = "whsec_"
    oncall.send_due()
    assert (receiver.posted, delivery(alert, "webhook").taken_at) == ([], None)

    settings.ALERT_WEBHOOK_SECRET = SECRET
    later(minutes=1)
    oncall.send_due()

    assert delivery(alert, "webhook").taken_at is not None


def test_pauses_grow_to_about_an_hour_and_it_is_never_given_up(receiver: Receiver, later: Later):
    raised()
    receiver.answers(500)
    for _ in range(12):
        oncall.send_due()
        later(minutes=64)

    assert len(receiver.posted) == 12


# --- both -------------------------------------------------------------------------------------------------------------


def test_a_dead_webhook_does_not_stop_mail_and_costs_one_attempt_at_a_sweep(receiver, later: Later, settings):
    settings.ALERT_EMAILS = ["on@call.test"]
    receiver.answers(503)
    raised_alerts = [raised() for _ in range(5)]

    oncall.send_due()

    assert len(mail.outbox) == 5
    assert len(receiver.posted) == 1
    assert not AlertDelivery.objects.filter(alert__in=raised_alerts, road="webhook", taken_at__isnull=False).exists()
    receiver.answers(200)
    oncall.send_due()
    later(minutes=1)
    oncall.send_due()
    assert len(mail.outbox) == 5
    assert not AlertDelivery.objects.filter(alert__in=raised_alerts, taken_at=None).exists()


def test_a_dead_mail_server_does_not_stop_the_webhook(receiver: Receiver, settings):
    settings.ALERT_EMAILS, settings.EMAIL_BACKEND = ["on@call.test"], f"{__name__}.BrokenServer"
    alert = raised()

    oncall.send_due()

    assert delivery(alert, "webhook").taken_at is not None
    assert delivery(alert, "email").taken_at is None


def test_one_alert_that_is_refused_holds_up_the_others_for_one_sweep_only(receiver: Receiver, later: Later):
    first, second = raised(), raised()
    receiver.act = lambda posted: Answer(400 if posted.headers["webhook-id"] == f"alert-{first.pk}" else 200)

    oncall.send_due()
    oncall.send_due()

    assert delivery(second, "webhook").taken_at is not None
    assert delivery(first, "webhook").taken_at is None


def test_an_alert_in_the_hands_of_a_worker_that_died_is_sent_by_another(on_call, later: Later):
    alert = raised()
    assert oncall._claim(AlertDelivery.Road.EMAIL) is not None
    oncall.send_due()
    assert on_call == []

    later(minutes=1)
    oncall.send_due()

    assert len(on_call) == 1
    assert delivery(alert, "email").attempts == 2


def test_no_secret_and_no_phone_is_in_what_leaves(receiver: Receiver, settings):
    settings.ALERT_EMAILS = ["on@call.test"]
    contract = raised().event.contract
    assert contract is not None

    oncall.send_due()

    sent = json.dumps([receiver.posted[0].body, mail.outbox[0].body, mail.outbox[0].subject])
    for party in contract.parties.all():
        assert party.phone[1:] not in sent
        assert party.name not in sent
