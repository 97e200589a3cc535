"""Staff send an SMS once more: to whoever has the party's phone now, a few times, and never what would mislead."""

from decimal import Decimal
from typing import Any

import pytest

from contracts import audit
from contracts.models import Contract, Event, Party
from notifications import announcements, reports, resending, sending, texts
from notifications.errors import NotSentAgain
from notifications.models import DeliveryReport, Message
from notifications.occasions import ANNOUNCEMENTS
from notifications.tests.conftest import Later
from notifications.tests.people import announced, say
from notifications.tests.provider import Provider
from payments.approvals import staff_actor
from tests.factories import completed, confirmed, drafted, locked, new_phone, pay_out
from tests.together import at_once
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

Status = Message.Status


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create(username="wambui", is_staff=True)


def told(contract: Contract, kind: str, role: str = "seller", status: Status = Status.FAILED) -> Message:
    """What the deal has told one of its people, with this end."""
    announcements.announce_due()
    message = Message.objects.get(contract=contract, kind=kind, party__role=role, original=None)
    Message.objects.filter(pk=message.pk).update(status=status, finished_at=now(), sent_at=now())
    return Message.objects.get(pk=message.pk)


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Message, Event)]


def refused(message: Message, staff: User, words: str) -> None:
    """It is not sent again, and nothing has changed."""
    before = everything()
    with pytest.raises(NotSentAgain, match=words):
        resending.resend(message.pk, actor=staff_actor(staff))
    assert everything() == before


@pytest.mark.parametrize("status", [Status.FAILED, Status.UNKNOWN, Status.DELIVERED])
def test_the_same_text_goes_out_once_more_and_the_first_one_stays(
    staff: User, provider: Provider, status: Status
) -> None:
    contract = locked().contract
    first = told(contract, "locked_seller", status=status)
    before = Message.objects.filter(pk=first.pk).values().get()

    again = resending.resend(first.pk, actor=staff_actor(staff))
    sending.send_due()

    assert first.text in provider.texts_to(contract.seller.phone)
    assert Message.objects.filter(pk=first.pk).values().get() == before
    again = Message.objects.get(pk=again.pk)
    assert (again.original, again.event, again.text, again.kind) == (first, None, first.text, "locked_seller")
    assert (again.contract, again.party, again.status) == (contract, first.party, Status.SENT)
    event = Event.objects.get(kind="message.resent")
    assert (event.contract, event.actor, event.channel) == (contract, f"staff:{staff.pk}", "desk")
    assert event.payload == {"message": first.pk, "again": again.pk}
    assert list(audit.verify(contract.pk)) == []


def test_it_goes_to_the_number_at_which_the_party_is_reached_now(staff: User) -> None:
    first = told(locked().contract, "locked_seller")
    number = new_phone()
    Party.objects.filter(messages=first).update(phone=number)
    assert resending.resend(first.pk, actor=staff_actor(staff)).phone == number


def test_what_the_network_says_of_the_second_changes_nothing_of_the_first(staff: User, provider: Provider) -> None:
    first = told(locked().contract, "locked_seller")
    again = resending.resend(first.pk, actor=staff_actor(staff))
    sending.send_due()
    provider_id = Message.objects.get(pk=again.pk).provider_id
    DeliveryReport.objects.create(provider_id=provider_id, status="Success")
    reports.work_due()
    assert [Message.objects.get(pk=row.pk).status for row in (first, again)] == [Status.FAILED, Status.DELIVERED]


def test_an_event_is_still_told_once_by_itself(staff: User) -> None:
    contract = locked().contract
    resending.resend(told(contract, "locked_seller").pk, actor=staff_actor(staff))
    before = Message.objects.count()
    event = Event.objects.get(kind="payment.locked", contract=contract)
    announcements._announce(event)
    announced(contract)
    assert Message.objects.count() == before


def test_what_is_on_its_way_is_not_sent_again(staff: User, later: Later) -> None:
    refused(told(locked().contract, "locked_seller", status=Status.QUEUED), staff, "still on its way")


def test_what_was_sent_a_moment_ago_waits_for_the_networks_word(staff: User, later: Later) -> None:
    first = told(locked().contract, "locked_seller", status=Status.SENT)
    refused(first, staff, "a moment ago")
    later(minutes=11)
    assert resending.resend(first.pk, actor=staff_actor(staff)).original == first


def test_a_second_click_sends_nothing_whichever_of_the_two_it_names(staff: User, later: Later) -> None:
    first = told(locked().contract, "locked_seller")
    again = resending.resend(first.pk, actor=staff_actor(staff))
    for message in (first, again):
        refused(message, staff, "still on its way")
    Message.objects.filter(pk=again.pk).update(status=Status.DELIVERED)
    for message in (first, again):
        refused(message, staff, "a moment ago")


def test_it_is_sent_three_times_a_day_at_most(staff: User, later: Later) -> None:
    first = told(locked().contract, "locked_seller")
    for _ in range(3):
        again = resending.resend(first.pk, actor=staff_actor(staff))
        assert again.original == first
        Message.objects.filter(pk=again.pk).update(status=Status.FAILED)
        later(minutes=11)
        first = Message.objects.get(pk=first.pk)
    refused(first, staff, "3 times within a day")
    refused(again, staff, "3 times within a day")
    later(hours=24)
    resending.resend(first.pk, actor=staff_actor(staff))


def test_what_asks_for_something_is_not_sent_again_once_the_deal_has_gone_on(staff: User) -> None:
    contract = drafted()
    asked = told(contract, "asked_to_agree")
    refused(told(locked().contract, "asked_to_agree"), staff, "has gone on since")
    assert resending.resend(asked.pk, actor=staff_actor(staff)).text == asked.text


@pytest.mark.parametrize("kind", sorted(resending.UNDER_WAY))
def test_what_promises_more_is_not_sent_again_once_all_is_paid(staff: User, kind: str) -> None:
    payment = completed(amount=Decimal(1_000))
    party = payment.contract.seller
    given = {"party": party, "contract": party.contract, "phone": party.phone, "status": Status.FAILED}
    first = Message.objects.create(**given, kind=kind, text="x")
    assert resending.why_not(first) == ""
    pay_out(payment)
    refused(Message.objects.get(pk=first.pk), staff, "has arrived since")


def test_what_came_short_is_not_told_again_once_the_buyer_has_accepted(staff: User) -> None:
    contract = locked(amount=Decimal(1_000)).contract
    say(contract.seller.phone, f"DELIVERED-{contract.pk}")
    party = contract.buyer
    given = {"party": party, "contract": party.contract, "phone": party.phone, "status": Status.FAILED}
    short = Message.objects.create(**given, kind="delivered_short", text="x")
    assert resending.why_not(Message.objects.get(pk=short.pk)) == ""
    say(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    refused(Message.objects.get(pk=short.pk), staff, "has gone on since")


@pytest.mark.parametrize("kind", sorted(resending.NEVER))
def test_what_was_right_at_one_moment_or_for_one_number_only_is_not_sent_again(staff: User, kind: str) -> None:
    party = confirmed().seller
    given = {"party": party, "contract": party.contract, "phone": party.phone, "status": Status.FAILED}
    refused(Message.objects.create(**given, kind=kind, text="x"), staff, "right at its moment")


@pytest.mark.parametrize(("kind", "hours"), [("locked_seller", 7 * 24), ("reply_help", 24)])
def test_what_is_old_is_not_sent_again(staff: User, later: Later, kind: str, hours: int) -> None:
    party = locked().contract.seller
    given = {"party": party, "contract": party.contract, "phone": party.phone, "status": Status.FAILED}
    message = Message.objects.create(**given, kind=kind, text="x")
    later(hours=hours, minutes=1)
    refused(message, staff, "too old")


def test_nothing_goes_to_a_number_that_is_no_partys(staff: User) -> None:
    stranger = say(new_phone(), "hello").phone
    message = Message.objects.get(phone=stranger)
    Message.objects.filter(pk=message.pk).update(status=Status.FAILED)
    refused(message, staff, "no party")
    party = confirmed().seller
    Message.objects.filter(pk=message.pk).update(phone=party.phone)
    assert resending.resend(message.pk, actor=staff_actor(staff)).phone == party.phone


def test_every_text_that_has_its_moment_exists() -> None:
    ours = {one.text for announced in ANNOUNCEMENTS.values() for one in announced}
    others = {path.stem for path in (texts.DIRECTORY / "en").glob("*.txt") if path.stem.startswith(("reply_", "pin_"))}
    assert {*resending.WHILE, *resending.NEVER, *resending.UNDER_WAY} - ours - others == set()


@pytest.mark.usefixtures("committed_db")
def test_clicks_at_the_same_time_send_one() -> None:
    staff = User.objects.create(username=f"staff-{new_phone()}", is_staff=True)
    first = told(locked().contract, "locked_seller")
    sent = []

    def click() -> int:
        try:
            sent.append(resending.resend(first.pk, actor=staff_actor(staff)))
        except NotSentAgain:
            return 0
        return 1

    at_once(*[click] * 4)
    assert len(sent) == 1
    assert Message.objects.filter(original=first).count() == 1
    assert Event.objects.filter(kind="message.resent", contract=first.contract).count() == 1
