"""Staff answer an SMS once, in words that any phone can show and that send nobody elsewhere."""

from typing import Any

import pytest

from contracts import audit
from contracts.models import Event
from notifications import answering, replies, sending
from notifications.errors import NotWaiting, UnfitAnswer
from notifications.gsm import TWO_SMS
from notifications.models import InboundMessage, Message
from notifications.tests.people import new_id, say, send
from notifications.tests.provider import Provider
from tests.factories import completed, confirmed, new_phone, pay_out
from tests.together import at_once
from voicepact.kernel.models import User

TEXT = "Sorry for the wait. Your deal is safe, and the money is on its way."


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create(username="wambui", is_staff=True)


@pytest.fixture
def waiting(db: None) -> InboundMessage:
    """A dispute that came too late: it waits for staff."""
    contract = pay_out(completed()).contract
    late = say(contract.buyer.phone, f"DISPUTE-{contract.pk} two bags are missing")
    assert late.needs_staff
    return late


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Message, Event, InboundMessage)]


def refused(inbound: InboundMessage, staff: User, words: str, text: str = TEXT) -> None:
    """Neither answered nor closed, and nothing has changed."""
    before = everything()
    with pytest.raises((NotWaiting, UnfitAnswer), match=words):
        answering.answer(inbound.pk, by=staff, text=text)
    if text == TEXT:
        with pytest.raises(NotWaiting, match=words):
            answering.close(inbound.pk, by=staff, reason="nothing to say")
    assert everything() == before


def test_the_answer_reaches_the_phone_that_wrote_and_the_sms_waits_no_longer(
    staff: User, waiting: InboundMessage, provider: Provider
) -> None:
    message = answering.answer(waiting.pk, by=staff, text=TEXT)
    sending.send_due()

    assert TEXT in provider.texts_to(waiting.phone)
    done = InboundMessage.objects.get(pk=waiting.pk)
    assert (done.needs_staff, done.answered_by, done.answer) == (False, staff, message)
    assert done.answered_at is not None
    assert (message.contract, message.party, message.kind) == (waiting.contract, waiting.party, "staff_answer")
    event = Event.objects.get(kind="message.answered")
    assert (event.contract, event.actor) == (waiting.contract, f"staff:{staff.pk}")
    assert event.payload == {"inbound": waiting.pk, "message": message.pk}
    assert list(audit.verify(event.chain)) == []


def test_what_needs_no_answer_is_closed_with_a_reason_and_nobody_is_told(staff: User, waiting: InboundMessage) -> None:
    before = Message.objects.count()
    answering.close(waiting.pk, by=staff, reason="she called, and all is well")
    done = InboundMessage.objects.get(pk=waiting.pk)
    assert (done.needs_staff, done.answered_by, done.answer) == (False, staff, None)
    assert done.closed_because == "she called, and all is well"
    assert Message.objects.count() == before
    event = Event.objects.get(kind="message.closed")
    assert (event.contract, event.payload) == (waiting.contract, {"inbound": waiting.pk})


def test_nobody_is_answered_twice(staff: User, waiting: InboundMessage) -> None:
    answering.answer(waiting.pk, by=staff, text=TEXT)
    refused(waiting, User.objects.create(username="juma"), "wambui has dealt with it already")


def test_what_is_closed_is_not_answered(staff: User, waiting: InboundMessage) -> None:
    answering.close(waiting.pk, by=staff, reason="nonsense")
    refused(waiting, staff, "dealt with it already")


@pytest.mark.parametrize("known", [True, False])
def test_an_sms_that_no_command_matched_is_answered_by_staff_too(staff: User, known: bool) -> None:
    phone = confirmed().buyer.phone if known else new_phone()
    inbound = say(phone, "Where is my money?")
    assert answering.answer(inbound.pk, by=staff, text=TEXT).phone == phone


def test_a_command_that_has_had_its_answer_gets_no_other(staff: User) -> None:
    contract = confirmed()
    refused(say(contract.buyer.phone, f"ACCEPT-{contract.pk}"), staff, "It was a command")


def test_what_is_not_read_yet_is_not_answered(staff: User) -> None:
    phone, message_id = confirmed().buyer.phone, new_id()
    send(phone, "Where is my money?", id=message_id)
    inbound = InboundMessage.objects.get(message_id=message_id)
    refused(inbound, staff, "only just come")
    replies.read_due()
    answering.answer(inbound.pk, by=staff, text=TEXT)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  \n ", "Write something"),
        ("Asante \U0001f64f", "cannot carry"),
        ("x" * (TWO_SMS + 1), "carry 306 characters; this has 307"),
        ("Send it to 0712 345 678", "phone number"),
        ("Send it to +254712345678", "phone number"),
        ("Look at https://voicepact.example/help", "link"),
        ("Look at www.voicepact", "link"),
        ("Look at bit.ly/abc", "link"),
    ],
)
def test_an_answer_that_must_not_leave_does_not(staff: User, waiting: InboundMessage, text: str, words: str) -> None:
    refused(waiting, staff, words, text=text)


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("It is safe \u2013 don\u2019t worry.", "It is safe - don't worry."),
        ("One line\r\n\tand another", "One line and another"),
        ("Did all 100 bags come? Reply ACCEPT-AG-2026-000123.", "Did all 100 bags come? Reply ACCEPT-AG-2026-000123."),
        ("x" * TWO_SMS, "x" * TWO_SMS),
    ],
)
def test_what_staff_write_leaves_as_a_plain_sms(staff: User, waiting: InboundMessage, text: str, leaves: str) -> None:
    assert answering.answer(waiting.pk, by=staff, text=text).text == leaves


@pytest.mark.usefixtures("committed_db")
def test_clicks_at_the_same_time_answer_once() -> None:
    staff = User.objects.create(username=f"staff-{new_phone()}", is_staff=True)
    inbound = say(confirmed().buyer.phone, "Where is my money?")
    before = Message.objects.filter(phone=inbound.phone).count()

    def click() -> int:
        try:
            answering.answer(inbound.pk, by=staff, text=TEXT)
        except NotWaiting:
            return 0
        return 1

    at_once(*[click] * 4)
    assert Message.objects.filter(phone=inbound.phone).count() == before + 1
