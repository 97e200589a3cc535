"""What gives way to a person's peace: STOP, the night, and too many at once. Money texts give way to nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from contracts import agreements, audit
from contracts.audit import CLOCK
from contracts.models import Contract, Event, Party
from notifications import alerts, announcements, holding, optouts, resending, sending, texts
from notifications.errors import NotSentAgain
from notifications.models import Alert, Message
from notifications.sorts import ENDED_BY_STOP, SORTS, Sort, sort_of
from notifications.tests.conftest import Later
from notifications.tests.people import say
from notifications.tests.provider import Provider, answers
from payments import endings, escrow
from payments.approvals import staff_actor
from payments.timers import work_deadlines
from tests.factories import confirmed, drafted, locked, new_phone, opened_by_phone
from voicepact.kernel import phones
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db
Status = Message.Status
NOON = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # 12:00 in Nairobi
NIGHT = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)  # 21:00
MORNING = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # 06:00


@pytest.fixture(autouse=True)
def noon(time_machine: TimeMachineFixture, later: Later) -> None:
    """Each of these tests begins at noon in Nairobi."""
    time_machine.move_to(NOON, tick=False)


def queued(kind: str, **fields: Any) -> Message:
    return Message.objects.create(**{"kind": kind, "phone": new_phone(), "text": kind, **fields})


def end(message: Message) -> tuple[str, str]:
    return Message.objects.values_list("status", "failure_reason").get(pk=message.pk)


def leaves(message: Message) -> bool:
    sending.send_due()
    return Message.objects.get(pk=message.pk).status == Status.SENT


# --- which text is of which sort --------------------------------------------------------------------------------------


PARTS_OF_ANSWERS = ("next_", "refused")


@pytest.mark.parametrize("text", sorted(path.stem for path in (texts.DIRECTORY / "en").glob("*.txt")))
def test_every_text_is_of_a_sort_that_somebody_has_chosen(text: str) -> None:
    assert text in SORTS or text.startswith(("reply_", *PARTS_OF_ANSWERS))


def test_every_text_of_which_the_table_tells_the_sort_exists() -> None:
    assert set(SORTS) - {path.stem for path in (texts.DIRECTORY / "en").glob("*.txt")} == {"staff_answer"}


@pytest.mark.parametrize(
    "text",
    [
        *("payment_received", "payment_released", "locked_seller", "part_sent", "owed_tomorrow", "refund_decided"),
        *("release_decided", "dispute_opened", "cancellation_asked", "seller_warned", "phone_changes", "delivered"),
        *("pin_code", "reply_code_accept", "a_text_that_nobody_has_named"),
    ],
)
def test_what_is_about_money_or_guards_it_goes_out_whatever_happens(provider: Provider, text: str) -> None:
    phone = new_phone()
    optouts.stop(phone)
    assert leaves(queued(text, phone=phone))


def test_reminders_ask_once_more_and_nothing_else_does() -> None:
    reminders = {text for text, sort in SORTS.items() if sort == Sort.REMINDER}
    assert reminders == {"reminded_accept", "reminded_confirm"}
    assert sort_of("reply_help") == sort_of("staff_answer") == Sort.ANSWER


# --- STOP -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(text for text, sort in SORTS.items() if sort in ENDED_BY_STOP))
def test_a_question_or_reminder_that_is_kept_from_a_phone_that_said_stop_says_why(
    provider: Provider, later: Later, kind: str
) -> None:
    message = queued(kind)
    optouts.stop(message.phone)
    for _ in range(2):
        sending.send_due()
        later(days=1)
    assert provider.texts_to(message.phone) == []
    assert end(message) == ("withheld", holding.STOPPED)
    assert Message.objects.get(pk=message.pk).finished_at == NOON


def test_a_phone_that_said_stop_has_its_own_words_answered(provider: Provider) -> None:
    contract = confirmed()
    optouts.stop(contract.buyer.phone)
    say(contract.buyer.phone, "what?")
    sending.send_due()
    assert len(provider.texts_to(contract.buyer.phone)) == 1


def test_who_said_stop_is_not_asked_to_agree_either_and_the_other_side_is(provider: Provider) -> None:
    contract = drafted()
    optouts.stop(contract.buyer.phone)
    announcements.announce_due()
    sending.send_due()
    assert [len(provider.texts_to(party.phone)) for party in (contract.buyer, contract.seller)] == [0, 1]
    assert end(Message.objects.get(phone=contract.buyer.phone)) == ("withheld", holding.STOPPED)


@pytest.mark.parametrize("told", ["cancelled", "expired"])
def test_who_said_stop_hears_nothing_of_the_end_of_a_deal_that_only_others_wanted(
    provider: Provider, later: Later, told: str
) -> None:
    """Else a stranger opens deals and calls them off, and each tells the phone so."""
    contract = opened_by_phone()
    optouts.stop(contract.buyer.phone)
    if told == "cancelled":
        endings.cancel(contract.pk, phone=contract.seller.phone, channel="ussd")
    else:
        later(hours=25)
        work_deadlines()
    announcements.announce_due()
    sending.send_due()
    assert [len(provider.texts_to(party.phone)) for party in (contract.buyer, contract.seller)] == [0, 1]
    assert end(Message.objects.get(phone=contract.buyer.phone, kind=told)) == ("withheld", holding.STOPPED)


def test_who_said_stop_hears_the_end_of_a_deal_to_which_it_has_said_a_word(provider: Provider) -> None:
    agreed, refused = drafted(), drafted()
    for contract in (agreed, refused):
        optouts.stop(contract.buyer.phone)
    agreements.agree(agreed.pk, phone=agreed.buyer.phone, channel="sms")
    endings.cancel(agreed.pk, phone=agreed.seller.phone, channel="sms")
    say(refused.buyer.phone, f"NO-{refused.pk}")
    announcements.announce_due()
    sending.send_due()
    for contract in (agreed, refused):
        (text,) = provider.texts_to(contract.buyer.phone)
        assert "is cancelled" in text


def test_start_brings_back_what_comes_next_and_nothing_of_before(provider: Provider, delivered: Contract) -> None:
    optouts.stop(delivered.buyer.phone)
    before = reminder(delivered)
    assert not leaves(before)
    optouts.start(delivered.buyer.phone)
    assert leaves(reminder(delivered))
    assert end(before) == ("withheld", holding.STOPPED)


def test_staff_remind_no_phone_that_said_stop_either(provider: Provider, delivered: Contract) -> None:
    optouts.stop(delivered.buyer.phone)
    message = reminder(delivered)
    assert not leaves(message)
    staff = staff_actor(User.objects.create(username="wambui", is_staff=True))
    with pytest.raises(NotSentAgain, match="STOP"):
        resending.resend(message.pk, actor=staff)
    assert Message.objects.filter(original=message).count() == 0

    optouts.start(delivered.buyer.phone)
    assert resending.resend(message.pk, actor=staff).original == message


# --- the night --------------------------------------------------------------------------------------------------------


def reminder(contract: Contract) -> Message:
    """The buyer is to be reminded just now."""
    return queued("reminded_accept", contract=contract, party=contract.buyer, phone=contract.buyer.phone)


@pytest.fixture
def delivered() -> Contract:
    contract = locked().contract
    Message.objects.update(status=Status.DELIVERED)
    return escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")


@pytest.mark.parametrize(
    ("at", "waits"),
    [
        (NIGHT - timedelta(seconds=1), False),
        (NIGHT, True),
        (NIGHT + timedelta(hours=3), True),
        (MORNING - timedelta(seconds=1), True),
        (MORNING, False),
    ],
)
def test_nobody_is_reminded_between_nine_and_six(
    provider: Provider, time_machine: TimeMachineFixture, delivered: Contract, at: datetime, waits: bool
) -> None:
    time_machine.move_to(at, tick=False)
    message = reminder(delivered)
    assert leaves(message) != waits
    if waits:
        assert Message.objects.get(pk=message.pk).not_before == MORNING
        assert end(message) == ("queued", holding.NIGHT)
        time_machine.move_to(MORNING, tick=False)
        assert leaves(message)
        assert end(message) == ("sent", "")


@pytest.mark.parametrize("kind", ["seller_warned", "asked_to_agree", "reply_help", "payment_received", "delivered"])
def test_all_else_goes_out_by_night(provider: Provider, time_machine: TimeMachineFixture, kind: str) -> None:
    time_machine.move_to(NIGHT + timedelta(hours=4), tick=False)
    assert leaves(queued(kind))


def test_a_reminder_that_waited_is_withheld_if_it_is_not_so_any_more(
    provider: Provider, time_machine: TimeMachineFixture, delivered: Contract
) -> None:
    time_machine.move_to(NIGHT, tick=False)
    message = reminder(delivered)
    assert not leaves(message)
    escrow.accept(delivered.pk, phone=delivered.buyer.phone, channel="sms")
    time_machine.move_to(MORNING, tick=False)
    assert not leaves(message)
    assert end(message)[0] == "withheld"
    assert "gone on" in end(message)[1]


def test_a_reminder_that_waits_for_the_morning_holds_up_nothing(
    provider: Provider, time_machine: TimeMachineFixture, delivered: Contract
) -> None:
    time_machine.move_to(NIGHT, tick=False)
    waiting = reminder(delivered)
    money = queued("payout_delayed", phone=waiting.phone)
    assert leaves(money)
    assert end(waiting)[0] == "queued"


def test_a_reminder_that_was_tried_in_the_evening_and_waits_for_the_morning_holds_up_nothing(
    provider: Provider, time_machine: TimeMachineFixture, delivered: Contract
) -> None:
    time_machine.move_to(NIGHT - timedelta(seconds=5), tick=False)
    waiting = reminder(delivered)
    provider.acts[waiting.phone] = answers(500)
    assert not leaves(waiting)
    del provider.acts[waiting.phone]
    time_machine.move_to(NIGHT + timedelta(seconds=10), tick=False)
    assert not leaves(waiting)
    assert end(waiting) == ("queued", holding.NIGHT)

    assert leaves(queued("payout_delayed", phone=waiting.phone))
    time_machine.move_to(MORNING, tick=False)
    assert leaves(waiting)


def test_a_reminder_of_the_clock_waits_and_the_clock_goes_on(
    provider: Provider, time_machine: TimeMachineFixture
) -> None:
    contract = locked().contract
    Message.objects.update(status=Status.DELIVERED)
    time_machine.move_to(NIGHT, tick=False)
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    time_machine.move_to(NIGHT + timedelta(hours=24), tick=False)
    work_deadlines()
    announcements.announce_due()
    (first,) = Message.objects.filter(contract=contract, kind="reminded_accept")
    assert not leaves(first)
    time_machine.move_to(MORNING + timedelta(hours=24), tick=False)
    assert leaves(first)
    time_machine.move_to(NIGHT + timedelta(hours=42), tick=False)
    work_deadlines()
    announcements.announce_due()
    sending.send_due()
    said = Message.objects.filter(contract=contract, kind="reminded_accept").values_list("status", flat=True)
    assert list(said) == ["sent", "sent"]
    assert Event.objects.filter(contract=contract, kind="party.reminded").count() == 2


def test_what_is_tried_again_waits_for_the_morning_unless_it_is_about_money(
    provider: Provider, time_machine: TimeMachineFixture
) -> None:
    contract = drafted()
    first = queued("asked_to_agree", status=Status.FAILED, contract=contract)
    asked = queued("asked_to_agree", original=first, retry=1, contract=contract)
    money = queued("payout_delayed", original=queued("payout_delayed", status=Status.FAILED), retry=1)
    time_machine.move_to(NIGHT, tick=False)
    sending.send_due()
    assert [end(one)[0] for one in (asked, money)] == ["queued", "sent"]
    assert Message.objects.get(pk=asked.pk).not_before == MORNING


# --- too many ---------------------------------------------------------------------------------------------------------


def filled(phone: str, settings: Any, *, per_hour: int = 3, per_day: int = 100) -> None:
    """The phone has been sent as many as it may be in an hour, one a minute."""
    settings.SMS_PER_HOUR, settings.SMS_PER_DAY = per_hour, per_day
    for minute in range(per_hour):
        at = now() - timedelta(minutes=minute)
        queued("reply_help", phone=phone, status=Status.DELIVERED, claimed_at=at)


def test_answers_end_when_they_are_too_many_so_that_two_machines_do_not_talk_for_ever(
    provider: Provider, settings: Any, later: Later
) -> None:
    phone = new_phone()
    filled(phone, settings)
    message = queued("reply_which_deal", phone=phone)
    for _ in range(3):
        assert not leaves(message)
        later(hours=1)
    assert end(message) == ("withheld", holding.TOO_MANY)
    assert provider.texts_to(phone) == []
    assert leaves(queued("reply_which_deal", phone=phone))


def test_a_question_waits_until_there_is_room_and_is_not_lost(provider: Provider, settings: Any, later: Later) -> None:
    contract = drafted()
    phone = contract.buyer.phone
    filled(phone, settings)
    message = queued("asked_to_agree", phone=phone, contract=contract)
    assert not leaves(message)
    assert end(message) == ("queued", holding.TOO_MANY)
    later(minutes=57, seconds=59)
    assert not leaves(message)
    later(seconds=1)
    assert leaves(message)


def test_the_limit_of_the_day_holds_beside_that_of_the_hour(provider: Provider, settings: Any, later: Later) -> None:
    phone = new_phone()
    filled(phone, settings, per_hour=3, per_day=3)
    later(hours=2)
    message = queued("asked_to_agree", phone=phone)
    assert not leaves(message)
    later(hours=21, minutes=57, seconds=59)
    assert not leaves(message)
    later(seconds=1)
    assert leaves(message)


def test_money_texts_neither_wait_for_room_nor_take_it(provider: Provider, settings: Any) -> None:
    phone = new_phone()
    settings.SMS_PER_HOUR = 1
    for _ in range(3):
        assert leaves(queued("payout_delayed", phone=phone))
    assert leaves(queued("reply_help", phone=phone))
    assert not leaves(queued("reply_help", phone=phone))
    assert leaves(queued("payout_delayed", phone=phone))


def test_one_phones_limit_is_no_others(provider: Provider, settings: Any) -> None:
    filled(new_phone(), settings)
    assert leaves(queued("reply_help"))


def test_what_was_never_taken_takes_no_room(provider: Provider, settings: Any, later: Later) -> None:
    settings.SMS_PER_HOUR = 1
    message = queued("reply_help")
    provider.acts[message.phone] = answers(500)
    sending.send_due()
    del provider.acts[message.phone]
    later(seconds=11)
    assert leaves(message)


def test_what_waits_for_room_is_overtaken_by_money_and_by_nothing_of_its_own_sort(
    provider: Provider, settings: Any, later: Later
) -> None:
    contract = drafted()
    phone = Party.objects.get(pk=contract.buyer.pk).phone
    filled(phone, settings)
    asked = [queued("asked_to_agree", phone=phone, text=text, contract=contract) for text in ("first", "second")]
    assert leaves(queued("payout_delayed", phone=phone))
    later(hours=1)
    sending.send_due()
    assert provider.texts_to(phone) == ["payout_delayed", "first", "second"]
    assert [end(one)[0] for one in asked] == ["sent", "sent"]


def test_people_on_call_hear_once_that_a_phone_is_held_back_for_long(
    provider: Provider, settings: Any, later: Later
) -> None:
    phone, other = new_phone(), new_phone()
    told = Event.objects.filter(kind=holding.HELD_BACK)
    for each in (phone, other):
        filled(each, settings, per_hour=3, per_day=3)
    waiting = [queued("asked_to_agree", phone=phone) for _ in range(3)]
    assert not any(map(leaves, waiting))
    event = told.get()
    assert event.payload == {"message": waiting[0].pk, "phone": phones.digest(phone), "hours": 24}
    alerts.make_due()
    alert = Alert.objects.get(event=event)
    assert "wait for 24 hours" in alert.subject
    assert phone[1:] not in alert.subject + alert.body

    assert not leaves(queued("asked_to_agree", phone=other))
    assert told.count() == 2

    later(hours=24)
    assert leaves(waiting[0])
    filled(phone, settings, per_hour=3, per_day=3)
    assert not leaves(queued("asked_to_agree", phone=phone))
    assert told.count() == 3


def test_they_hear_too_of_answers_that_are_withheld_for_the_rest_of_the_day(provider: Provider, settings: Any) -> None:
    phone = new_phone()
    filled(phone, settings, per_hour=3, per_day=3)

    answers_withheld = [queued("reply_help", phone=phone) for _ in range(2)]

    assert not any(map(leaves, answers_withheld))
    told = Event.objects.get(kind=holding.HELD_BACK)
    assert (told.payload["message"], told.payload["hours"]) == (answers_withheld[0].pk, 24)


def test_of_two_workers_at_once_one_calls_them(
    provider: Provider, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards the moment between looking whether it was told and telling it."""
    phone = new_phone()
    filled(phone, settings, per_hour=3, per_day=3)
    payload = {"message": 7, "phone": phones.digest(phone), "hours": 24}
    hold_system = audit.hold_system

    def rival_was_first() -> None:
        hold_system()
        audit.record(holding.HELD_BACK, contract=None, actor=CLOCK, payload=payload)

    monkeypatch.setattr(audit, "hold_system", rival_was_first)

    assert not leaves(queued("asked_to_agree", phone=phone))
    assert Event.objects.get(kind=holding.HELD_BACK).payload == payload


def test_nobody_is_called_for_a_wait_of_an_hour_or_for_the_night(
    provider: Provider, settings: Any, time_machine: TimeMachineFixture
) -> None:
    phone = new_phone()
    filled(phone, settings)
    assert not leaves(queued("asked_to_agree", phone=phone))
    assert not leaves(queued("reply_help", phone=phone))
    settings.SMS_PER_DAY = 100
    time_machine.move_to(NIGHT, tick=False)
    assert not leaves(queued("reminded_accept"))
    assert not Event.objects.filter(kind=holding.HELD_BACK).exists()
