"""Messages leave once: taken, refused, later or perhaps."""

from datetime import timedelta
from decimal import Decimal
from threading import Event

import pytest
import requests

from notifications import sending, tasks
from notifications.models import Message
from notifications.tests.conftest import Later
from notifications.tests.provider import Provider, Reply, answers, hangs_up, says
from notifications.transports.africastalking import AfricasTalkingClient
from notifications.transports.base import Sent
from tests.factories import new_phone
from voicepact.kernel.clock import now
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db


def queued(**fields) -> Message:
    return Message.objects.create(**{"kind": "reply_help", "phone": new_phone(), "text": "Hello", **fields})


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


# --- out --------------------------------------------------------------------------------------------------------------


def test_a_message_is_sent_once_with_its_id_and_cost_written_down(provider: Provider):
    message = queued()

    sending.send_due()
    sending.send_due()

    sent = fresh(message)
    assert provider.texts_to(message.phone) == ["Hello"]
    assert (sent.status, sent.provider_id) == ("sent", f"ATXid_{message.phone}")
    assert (sent.cost, sent.cost_currency) == (Decimal("0.8"), "KES")
    assert (sent.sent_at is None, sent.attempts) == (False, 1)


def test_it_goes_to_africas_talking_as_its_sdk_sends_it(provider: Provider):
    message = queued()

    sending.send_due()

    (form,) = [form for form in provider.asked if form["to"] == message.phone]
    assert (form["path"], form["apiKey"], form["username"]) == ("/version1/messaging", "atsk_key", "sandbox")
    assert (form["message"], form["bulkSMSMode"]) == ("Hello", "1")
    assert "from" not in form


def test_our_sender_id_is_named_where_we_have_one(provider: Provider, settings):
    settings.AT_SENDER_ID = "VOICEPACT"
    message = queued()

    sending.send_due()

    assert [form["from"] for form in provider.asked if form["to"] == message.phone] == ["VOICEPACT"]


@pytest.mark.parametrize("code", [100, 101, 102, "101"])
def test_every_code_of_acceptance_counts(provider: Provider, code):
    message = queued()
    provider.acts[message.phone] = answers(code)

    sending.send_due()

    assert fresh(message).status == "sent"


REFUSALS = [answers(code) for code in (401, 402, 403, 404, 406, 409, 999)]


@pytest.mark.parametrize("act", [*REFUSALS, says({"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}})])
def test_what_the_provider_refuses_is_failed_and_not_sent_again(provider: Provider, later: Later, act):
    message = queued()
    provider.acts[message.phone] = act

    sending.send_due()
    later(days=1)
    sending.send_due()

    assert len(provider.texts_to(message.phone)) == 1
    assert (fresh(message).status, fresh(message).finished_at is None) == ("failed", False)
    assert fresh(message).failure_reason != ""


REFUSED = (400, 401, 403, 404, 429)
BROKEN = (500, 502, 503, 504)
TROUBLE = [answers(code) for code in (405, 407, 500, 501, 502)]


@pytest.mark.parametrize(
    "act",
    [
        *TROUBLE,
        *(says(b"Request is missing a form field", status=status, content_type="text/plain") for status in REFUSED),
        says({"error": "Too many requests"}, status=429),
    ],
)
def test_what_was_certainly_not_sent_is_sent_later(provider: Provider, later: Later, act):
    message = queued()
    provider.acts[message.phone] = act

    sending.send_due()
    sending.send_due()
    assert (fresh(message).status, fresh(message).claimed_at) == ("queued", None)
    assert len(provider.texts_to(message.phone)) == 1
    del provider.acts[message.phone]
    later(seconds=11)
    sending.send_due()

    assert (fresh(message).status, fresh(message).failure_reason) == ("sent", "")


def test_trouble_that_does_not_end_is_given_up(provider: Provider, later: Later):
    message = queued()
    provider.acts[message.phone] = answers(500)

    for _ in range(sending.ATTEMPTS + 3):
        sending.send_due()
        later(hours=1)

    assert len(provider.texts_to(message.phone)) == sending.ATTEMPTS
    assert fresh(message).status == "failed"


def test_a_provider_that_cannot_be_reached_was_not_sent_anything(later: Later, settings, provider: Provider):
    message = queued()
    settings.SIMULATOR_URL = "http://127.0.0.1:1"
    sending.send_due()
    assert (fresh(message).status, fresh(message).attempts) == ("queued", 1)

    settings.SIMULATOR_URL = provider.url
    later(seconds=11)
    sending.send_due()

    assert fresh(message).status == "sent"


@pytest.mark.parametrize(
    "act",
    [
        hangs_up,
        says(b"not JSON"),
        says(b"Sent", content_type="text/plain"),
        *(says(b"There was an internal server error.", status=s, content_type="text/plain") for s in BROKEN),
        says({"SMSMessageData": {"Message": "Sent to 1/1"}}, status=500),
        says({"SMSMessageData": {}}),
        says({"SMSMessageData": {"Recipients": ["?"]}}),
        says([1]),
        says({"SMSMessageData": {"Message": "Sent to 1/1"}}, content_type="application/json; charset=utf-8"),
    ],
)
def test_what_was_perhaps_sent_is_unknown_and_not_sent_again(provider: Provider, later: Later, act):
    message = queued()
    provider.acts[message.phone] = act

    for _ in range(3):
        sending.send_due()
        later(days=1)

    assert len(provider.texts_to(message.phone)) == 1
    assert fresh(message).status == "unknown"


def test_a_provider_that_does_not_answer_in_time_has_perhaps_sent_it(
    provider: Provider, later: Later, monkeypatch: pytest.MonkeyPatch
):
    message, heard, answering = queued(), Event(), Event()
    in_time = requests.request
    monkeypatch.setattr(requests, "request", lambda **call: in_time(**{**call, "timeout": (1, 0.05)}))

    def too_late(phone: str) -> Reply | None:
        heard.set()
        answering.wait(30)
        return answers(101)(phone)

    provider.acts[message.phone] = too_late
    for _ in range(3):
        sending.send_due()
        later(days=1)
    assert heard.wait(30), "we have given up before its thread came to read"
    answering.set()

    assert len(provider.texts_to(message.phone)) == 1
    assert (fresh(message).status, fresh(message).failure_reason) == ("unknown", "ReadTimeout")


def test_a_message_that_surprises_us_is_not_sent_again_and_stops_no_other(
    provider: Provider, later: Later, monkeypatch: pytest.MonkeyPatch
):
    odd, other = queued(), queued()
    sound = AfricasTalkingClient.send

    def surprising(client: AfricasTalkingClient, *, phone: str, text: str, sender: str) -> Sent:
        sent = sound(client, phone=phone, text=text, sender=sender)
        if phone == odd.phone:
            raise KeyError("surprise")
        return sent

    monkeypatch.setattr(AfricasTalkingClient, "send", surprising)
    for _ in range(3):
        sending.send_due()
        later(days=1)

    assert (fresh(odd).status, fresh(other).status) == ("unknown", "sent")
    assert len(provider.texts_to(odd.phone)) == 1


def test_a_message_in_the_hands_of_a_dead_worker_is_unknown_after_the_lease(provider: Provider, later: Later):
    message = queued(claimed_at=now())

    later(seconds=119)
    sending.send_due()
    assert fresh(message).status == "queued"
    later(seconds=2)
    sending.send_due()

    assert fresh(message).status == "unknown"
    assert provider.texts_to(message.phone) == []


def test_a_slow_worker_that_sends_after_its_lease_has_sent(provider: Provider, later: Later):
    message = queued()

    claimed = sending._claim(message.pk)
    assert claimed == message
    later(minutes=10)
    sending._give_up_lost()
    assert fresh(message).status == "unknown"
    sending._send(AfricasTalkingClient(), claimed)

    assert (fresh(message).status, fresh(message).failure_reason, fresh(message).finished_at) == ("sent", "", None)


def test_a_message_for_later_waits(provider: Provider, later: Later):
    message = queued(not_before=now() + sending.LEASE)

    sending.send_due()
    assert provider.texts_to(message.phone) == []
    later(minutes=3)
    sending.send_due()

    assert provider.texts_to(message.phone) == ["Hello"]


def test_a_worker_that_comes_back_after_its_lease_does_not_queue_what_was_given_up(provider: Provider, later: Later):
    message = queued()
    provider.acts[message.phone] = answers(500)
    claimed = sending._claim(message.pk)
    assert claimed == message
    later(minutes=10)
    sending._give_up_lost()

    sending._send(AfricasTalkingClient(), claimed)
    later(days=1)
    sending.send_due()

    assert fresh(message).status == "unknown"
    assert len(provider.texts_to(message.phone)) == 1


# --- in order ---------------------------------------------------------------------------------------------------------


def test_what_one_phone_is_told_leaves_in_the_order_in_which_it_was_made(provider: Provider, later: Later):
    phone = new_phone()
    first, second = (queued(phone=phone, text=text) for text in ("first", "second"))
    elsewhere = queued()
    provider.acts[phone] = answers(500)

    sending.send_due()
    assert (fresh(first).attempts, fresh(second).attempts) == (1, 0)
    assert fresh(elsewhere).status == "sent"
    del provider.acts[phone]
    later(seconds=11)
    sending.send_due()

    assert provider.texts_to(phone) == ["first", "first", "second"]
    assert (fresh(first).status, fresh(second).status) == ("sent", "sent")


def test_nothing_overtakes_a_message_that_is_in_a_workers_hands(provider: Provider, later: Later):
    phone = new_phone()
    first, second = queued(phone=phone), queued(phone=phone)

    claimed = sending._claim(first.pk)
    assert claimed == first
    sending.send_due()
    assert provider.texts_to(phone) == []
    later(minutes=3)
    sending.send_due()

    assert (fresh(first).status, fresh(second).status) == ("unknown", "sent")


def test_a_message_for_tomorrow_holds_up_none_of_today(provider: Provider):
    phone = new_phone()
    tomorrow, today = queued(phone=phone, not_before=now() + timedelta(days=1)), queued(phone=phone)

    sending.send_due()

    assert (fresh(tomorrow).status, fresh(today).status) == ("queued", "sent")


def test_a_message_that_is_refused_holds_up_none_after_it(provider: Provider):
    phone = new_phone()
    first, second = queued(phone=phone), queued(phone=phone)
    refusing, taking = answers(403), answers(101)
    provider.acts[phone] = lambda to: (taking if len(provider.texts_to(to)) > 1 else refusing)(to)

    sending.send_due()

    assert (fresh(first).status, fresh(second).status) == ("failed", "sent")


# --- the log ----------------------------------------------------------------------------------------------------------


def test_logs_show_masked_phones_only(provider: Provider, capsys):
    message = queued()
    provider.acts[message.phone] = answers(403, "InvalidPhoneNumber")

    sending.send_due()

    printed = capsys.readouterr()
    assert mask(message.phone) in printed.out + printed.err
    assert message.phone not in printed.out + printed.err


def test_no_more_than_three_threads_wait_for_the_provider(provider: Provider):
    message = queued()
    for _ in range(3):
        assert tasks.sending_places.acquire(blocking=False)
    try:
        tasks.send_due()
        assert provider.texts_to(message.phone) == []
    finally:
        for _ in range(3):
            tasks.sending_places.release()

    tasks.send_due()

    assert provider.texts_to(message.phone) == ["Hello"]
