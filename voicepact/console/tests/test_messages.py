"""Support answers SMS and sends them once more, from pages that show what was said before."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Event, Party
from notifications import announcements
from notifications.models import InboundMessage, Message
from notifications.tests.people import say
from tests import factories
from voicepact.console.models import DeskAct
from voicepact.console.tests.desk import list_of, member, page_of
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db
TEXT = "Your money is safe, and on its way."


@pytest.fixture
def support() -> Client:
    return member("support")


@pytest.fixture(autouse=True)
def secret(settings: Any) -> None:
    settings.AT_CALLBACK_SECRETS = ["sms-secret-of-these-tests"]


@pytest.fixture
def question() -> InboundMessage:
    """Somebody in a deal asks in words, with a number to call."""
    contract = factories.locked().contract
    return say(contract.buyer.phone, f"Where is it? Call {contract.seller.phone}")


@pytest.fixture
def failed() -> Message:
    """What the seller was to hear, and never did."""
    contract = factories.locked().contract
    announcements.announce_due()
    Message.objects.filter(contract=contract).update(status="failed")
    return Message.objects.get(contract=contract, kind="locked_seller")


def desk(act: str, row: Message | InboundMessage) -> str:
    return reverse(f"desk:{act}", args=[row.pk])


def counts() -> tuple[int, int, int]:
    return Message.objects.count(), Event.objects.count(), DeskAct.objects.count()


# --- answering --------------------------------------------------------------------------------------------------------


def test_the_page_of_an_sms_shows_the_deals_and_the_words_of_that_phone(
    support: Client, question: InboundMessage
) -> None:
    say(question.phone, "hello?")
    say(factories.new_phone(), "from somebody else")
    deal = Party.objects.get(phone=question.phone).contract
    for page in (page_of(question), desk("answer", question), desk("close", question)):
        text = support.get(page).content.decode()
        assert "hello?" in text
        assert "from somebody else" not in text
        assert page_of(deal) in text
        assert question.phone not in text


def test_an_answer_leaves_once_and_who_wrote_it_is_read_on_the_page(support: Client, question: InboundMessage) -> None:
    assert desk("answer", question) in support.get(page_of(question)).content.decode()

    answers = [support.post(desk("answer", question), {"text": TEXT}, follow=True) for _ in range(2)]

    assert "Your answer is queued" in answers[0].content.decode()
    assert "support has dealt with it already" in answers[1].content.decode()
    assert Message.objects.filter(kind="staff_answer").values_list("phone", "text").get() == (question.phone, TEXT)
    assert Event.objects.filter(kind="message.answered").count() == 1
    act = DeskAct.objects.get()
    assert (act.act, act.subject, act.user.username) == (
        "message.answered",
        f"inboundmessage:{question.pk}",
        "support",
    )
    page = support.get(page_of(question)).content.decode()
    assert TEXT in page
    assert "support, on " in page
    assert desk("answer", question) not in page


def test_what_needs_no_answer_leaves_the_list_of_what_waits(support: Client) -> None:
    contract = factories.pay_out(factories.completed()).contract
    late = say(contract.buyer.phone, f"DISPUTE-{contract.pk} two bags are missing")
    waiting = f"{list_of(InboundMessage)}?attention=staff"
    assert list(support.get(waiting).context["cl"].result_list) == [late]
    before = Message.objects.count()

    support.post(desk("close", late), {"reason": "she called from 0712 345 678"})

    assert list(support.get(waiting).context["cl"].result_list) == []
    assert Message.objects.count() == before
    page = support.get(page_of(late)).content.decode()
    assert "she called from" in page
    assert "0712 345 678" not in page
    assert DeskAct.objects.get().act == "message.closed"


@pytest.mark.parametrize("text", ["", "Send it to 0712 345 678", "www.elsewhere.example", "x" * 307, "\U0001f64f"])
def test_an_answer_that_must_not_leave_stays_on_the_form(support: Client, question: InboundMessage, text: str) -> None:
    before = counts()
    assert support.post(desk("answer", question), {"text": text}).status_code == 200
    assert counts() == before


# --- sending again ----------------------------------------------------------------------------------------------------


def test_a_message_is_sent_again_once_however_often_one_clicks(support: Client, failed: Message) -> None:
    address = desk("resend", failed)
    assert address in support.get(page_of(failed)).content.decode()
    assert "locked for you" in support.get(address).content.decode()

    answers = [support.post(address, {"reason": "he says that nothing came"}, follow=True) for _ in range(2)]

    assert "It is queued" in answers[0].content.decode()
    assert "still on its way" in answers[1].content.decode()
    again = Message.objects.get(original=failed)
    assert Event.objects.filter(kind="message.resent").count() == 1
    act = DeskAct.objects.get()
    assert (act.act, act.subject, act.reason) == (
        "message.resent",
        f"message:{failed.pk}",
        "he says that nothing came",
    )
    assert page_of(failed) in support.get(page_of(again)).content.decode()
    assert address not in support.get(page_of(failed)).content.decode()
    assert mask(again.phone) in support.get(page_of(again)).content.decode()


def test_nothing_is_sent_again_without_a_reason(support: Client, failed: Message) -> None:
    before = counts()
    assert "This field is required" in support.post(desk("resend", failed), {"reason": " "}).content.decode()
    assert counts() == before


@pytest.mark.parametrize("role", ["viewer", "approver", "auditor"])
def test_who_is_not_support_says_nothing_to_anybody(role: str, failed: Message, question: InboundMessage) -> None:
    client, before = member(role), counts()
    for act, row in (("resend", failed), ("answer", question), ("close", question)):
        assert desk(act, row) not in client.get(page_of(row)).content.decode()
        assert client.get(desk(act, row)).status_code == 403
        assert client.post(desk(act, row), {"text": TEXT, "reason": "so"}).status_code == 403
    assert counts() == before
    assert InboundMessage.objects.get(pk=question.pk).answered_at is None


def test_what_there_is_not_is_neither_answered_nor_sent_again(support: Client) -> None:
    for act in ("resend", "answer", "close"):
        for key in ("0", "x", "99999999999999999999"):
            assert support.post(reverse(f"desk:{act}", args=[key]), {"text": TEXT, "reason": "so"}).status_code == 404
