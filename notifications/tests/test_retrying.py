"""What a phone that was off has missed comes again later; only when that is over does it count as out of reach."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from contracts.models import Contract, Deadline, Event, Party
from notifications import announcements, reports, resending, sending
from notifications.models import DeliveryReport, Message
from notifications.tests.conftest import SECRET, Later
from notifications.tests.people import new_id
from notifications.tests.provider import Provider, answers, hangs_up, says
from payments import escrow
from payments.timers import work_deadlines
from tests.factories import confirmed, drafted, locked, new_phone
from tests.together import at_once
from voicepact.kernel.clock import now

Status = Message.Status
OFF, NO_WAY = "UserIsInactive", "DeliveryFailure"


@pytest.fixture
def contract(db: None, later: Later, provider: Provider) -> Contract:
    """A deal whose money is locked, and whose seller is told just now."""
    contract = locked(amount=Decimal(1_000)).contract
    announcements.announce_due()
    Message.objects.filter(contract=contract).exclude(kind="locked_seller").update(status=Status.DELIVERED)
    leave()
    return contract


def leave() -> None:
    """What is due has left, each under an id of its own."""
    sending.send_due()
    for message in Message.objects.filter(status=Status.SENT, provider_id__startswith="ATXid_"):
        Message.objects.filter(pk=message.pk).update(provider_id=new_id())


def reported(message: Message, status: str, reason: str = "") -> None:
    """The network says so of the message, and we have read it."""
    provider_id = Message.objects.get(pk=message.pk).provider_id
    form = {"id": provider_id, "status": status, "failureReason": reason}
    assert Client().post(f"/api/v1/sms/delivery/{SECRET}", form).status_code == 200
    reports.work_due()


def tries(contract: Contract, kind: str = "locked_seller") -> list[Message]:
    return list(Message.objects.filter(contract=contract, kind=kind).order_by("pk"))


def states(contract: Contract, kind: str = "locked_seller") -> list[str]:
    return [message.status for message in tries(contract, kind)]


def out_of_reach(contract: Contract) -> list[str]:
    return list(contract.parties.filter(unreachable_since__isnull=False).values_list("role", flat=True))


# --- again, later -----------------------------------------------------------------------------------------------------


def test_it_comes_again_after_half_an_hour_and_after_four_hours_and_then_no_more(
    contract: Contract, provider: Provider, later: Later
) -> None:
    (first,) = tries(contract)
    reported(first, "Failed", OFF)
    assert states(contract) == ["failed", "queued"]
    later(minutes=29)
    leave()
    assert len(provider.texts_to(contract.seller.phone)) == 1
    later(minutes=1)
    leave()
    assert states(contract) == ["failed", "sent"]

    reported(tries(contract)[1], "Failed", OFF)
    later(hours=3, minutes=59)
    leave()
    assert states(contract) == ["failed", "failed", "queued"]
    assert out_of_reach(contract) == []
    later(minutes=1)
    leave()
    reported(tries(contract)[2], "Failed", OFF)
    later(days=1)
    leave()

    assert states(contract) == ["failed", "failed", "failed"]
    assert provider.texts_to(contract.seller.phone) == [first.text] * 3
    assert out_of_reach(contract) == ["seller"]


def test_each_try_names_the_first_and_its_own_number(contract: Contract) -> None:
    (first,) = tries(contract)
    reported(first, "Failed", OFF)
    again = tries(contract)[1]
    assert (again.original, again.retry, again.event, again.text) == (first, 1, None, first.text)
    assert (again.contract, again.party, again.phone) == (contract, first.party, first.phone)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("Failed", "UserDoesNotExist"),
        ("Failed", "UserInBlackList"),
        ("Failed", "UserAccountSuspended"),
        ("Failed", "NotNetworkSubscriber"),
        ("Failed", "InvalidLinkId"),
        ("Failed", ""),
        ("Failed", "Whatever"),
        ("Rejected", ""),
        ("Rejected", OFF),
    ],
)
def test_what_will_not_pass_is_not_tried_again_and_its_reader_is_out_of_reach_at_once(
    contract: Contract, status: str, reason: str
) -> None:
    reported(tries(contract)[0], status, reason)
    assert states(contract) == ["failed"]
    assert out_of_reach(contract) == ["seller"]


@pytest.mark.parametrize("kind", ["reply_accepted", "staff_answer", "phone_changes_to_this", "prompt_tomorrow"])
def test_an_answer_and_what_was_right_at_its_moment_only_is_not_tried_again(contract: Contract, kind: str) -> None:
    message = sent(contract.seller, kind)
    reported(message, "Failed", OFF)
    assert states(contract, kind) == ["failed"]
    assert out_of_reach(contract) == ["seller"]


def sent(party: Party, kind: str, **fields: Any) -> Message:
    """A message of which the network has still to tell."""
    said = {"kind": kind, "text": "Hello", "status": Status.SENT, "sent_at": now(), "provider_id": new_id()}
    return Message.objects.create(party=party, contract=party.contract, phone=party.phone, **said | fields)


def test_nothing_is_tried_again_that_the_deal_has_overtaken(contract: Contract) -> None:
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    reported(tries(contract)[0], "Failed", OFF)
    assert states(contract) == ["failed"]


def test_what_the_deal_overtakes_while_it_waits_is_withheld(
    contract: Contract, provider: Provider, later: Later
) -> None:
    reported(tries(contract)[0], "Failed", OFF)
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="ussd")
    later(minutes=31)
    leave()
    assert states(contract) == ["failed", "withheld"]
    assert "gone on" in tries(contract)[1].failure_reason
    assert len(provider.texts_to(contract.seller.phone)) == 1


def test_a_report_of_the_day_before_is_too_late_for_another_try(contract: Contract, later: Later) -> None:
    later(hours=24, minutes=1)
    reported(tries(contract)[0], "Failed", OFF)
    assert states(contract) == ["failed"]


def test_it_goes_to_the_number_at_which_the_person_is_reached_now(contract: Contract) -> None:
    number = new_phone()
    Party.objects.filter(pk=contract.seller.pk).update(phone=number)
    reported(tries(contract)[0], "Failed", OFF)
    assert tries(contract)[1].phone == number


def test_what_was_perhaps_sent_is_never_tried_again(contract: Contract, provider: Provider, later: Later) -> None:
    reported(tries(contract)[0], "Failed", OFF)
    provider.acts[contract.seller.phone] = hangs_up
    later(minutes=31)
    leave()
    later(days=1)
    leave()
    assert states(contract) == ["failed", "unknown"]
    assert len(provider.texts_to(contract.seller.phone)) == 2


def test_a_try_that_the_provider_does_not_take_was_the_last(
    contract: Contract, provider: Provider, later: Later
) -> None:
    reported(tries(contract)[0], "Failed", OFF)
    provider.acts[contract.seller.phone] = answers(403)
    assert out_of_reach(contract) == []
    later(minutes=31)
    leave()
    assert states(contract) == ["failed", "failed"]
    assert out_of_reach(contract) == ["seller"]


# --- reports twice, late, out of order --------------------------------------------------------------------------------


def test_a_failure_that_is_told_twice_leads_to_one_try(contract: Contract) -> None:
    for _ in range(3):
        reported(tries(contract)[0], "Failed", OFF)
    assert states(contract) == ["failed", "queued"]


def test_what_arrived_after_all_is_not_tried_again(contract: Contract, provider: Provider, later: Later) -> None:
    (first,) = tries(contract)
    reported(first, "Failed", OFF)
    later(minutes=1)
    reported(first, "Success")
    later(hours=1)
    leave()
    assert states(contract) == ["delivered", "withheld"]
    assert tries(contract)[1].failure_reason == "it has arrived after all"
    assert len(provider.texts_to(contract.seller.phone)) == 1
    assert out_of_reach(contract) == []


def test_a_try_that_arrives_leaves_nobody_out_of_reach_whatever_comes_late_about_the_first(
    contract: Contract, later: Later
) -> None:
    (first,) = tries(contract)
    reported(first, "Failed", OFF)
    later(minutes=31)
    leave()
    reported(tries(contract)[1], "Success")
    later(minutes=1)
    for reason in (OFF, "UserDoesNotExist"):
        reported(first, "Failed", reason)
    assert states(contract) == ["failed", "delivered"]
    assert out_of_reach(contract) == []


def test_a_failure_of_the_first_that_comes_after_staff_have_sent_it_again_waits_for_the_second(
    contract: Contract, later: Later
) -> None:
    (first,) = tries(contract)
    later(minutes=20)
    second = sent(contract.seller, "locked_seller", original=first)
    reported(first, "Failed", OFF)
    assert (states(contract), out_of_reach(contract)) == (["failed", "sent"], [])

    reported(second, "Failed", "UserDoesNotExist")
    assert (states(contract), out_of_reach(contract)) == (["failed", "failed"], ["seller"])


def test_a_failure_of_one_text_says_nothing_once_another_has_arrived(contract: Contract, later: Later) -> None:
    later(minutes=5)
    other = sent(contract.seller, "payout_delayed")
    reported(other, "Success")
    reported(tries(contract)[0], "Failed", "UserDoesNotExist")
    assert out_of_reach(contract) == []


def test_a_message_that_arrives_while_a_try_waits_keeps_its_reader_in_reach(
    contract: Contract, provider: Provider, later: Later
) -> None:
    reported(tries(contract)[0], "Failed", OFF)
    later(minutes=5)
    reported(sent(contract.seller, "payout_delayed"), "Success")
    provider.acts[contract.seller.phone] = answers(403)
    later(minutes=31)
    leave()
    assert states(contract) == ["failed", "failed"]
    assert out_of_reach(contract) == []


def test_staff_see_that_it_comes_by_itself_and_have_their_own_three_times(
    contract: Contract, later: Later, provider: Provider
) -> None:
    (first,) = tries(contract)
    reported(first, "Failed", OFF)
    assert "leaves by itself" in resending.why_not(first)
    later(minutes=31)
    leave()
    reported(tries(contract)[1], "Failed", OFF)
    later(hours=4)
    leave()
    reported(tries(contract)[2], "Failed", OFF)
    later(minutes=11)
    assert resending.why_not(first) == ""


# --- by which sender --------------------------------------------------------------------------------------------------


def senders(provider: Provider, contract: Contract) -> list[str]:
    return [form.get("from", "") for form in provider.asked if form["to"] == contract.seller.phone]


@pytest.mark.parametrize(
    ("reason", "second", "by"),
    [(NO_WAY, "VOICE2", "VOICE2"), (OFF, "VOICE2", "VOICE1"), (NO_WAY, "", "VOICE1"), (OFF, "", "VOICE1")],
)
def test_where_the_way_failed_another_sender_is_tried_if_there_is_one(
    contract: Contract, provider: Provider, later: Later, settings: Any, reason: str, second: str, by: str
) -> None:
    settings.AT_SENDER_ID, settings.AT_SECOND_SENDER_ID = "VOICE1", second
    reported(tries(contract)[0], "Failed", reason)
    later(minutes=31)
    leave()
    assert senders(provider, contract)[1:] == [by]
    assert tries(contract)[1].sender == by


WRONG = [answers(402, "InvalidSenderId"), says({"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}})]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.django_db
def test_a_sender_that_is_not_ours_is_replaced_at_once_for_nothing_was_sent(
    provider: Provider, settings: Any, wrong: Any
) -> None:
    settings.AT_SENDER_ID, settings.AT_SECOND_SENDER_ID = "VOICE1", "VOICE2"
    message = Message.objects.create(kind="payout_delayed", phone=new_phone(), text="x")
    provider.acts[message.phone] = lambda to: (wrong if len(provider.texts_to(to)) == 1 else answers(101))(to)
    sending.send_due()
    assert [form["from"] for form in provider.asked if form["to"] == message.phone] == ["VOICE1", "VOICE2"]
    assert Message.objects.values_list("status", "sender").get(pk=message.pk) == ("sent", "VOICE2")


@pytest.mark.parametrize("second", ["", "VOICE2"])
@pytest.mark.django_db
def test_where_no_sender_is_ours_it_has_failed(provider: Provider, settings: Any, second: str) -> None:
    settings.AT_SENDER_ID, settings.AT_SECOND_SENDER_ID = "VOICE1", second
    message = Message.objects.create(kind="payout_delayed", phone=new_phone(), text="x")
    provider.acts[message.phone] = WRONG[0]
    sending.send_due()
    assert Message.objects.get(pk=message.pk).status == Status.FAILED
    assert len(provider.texts_to(message.phone)) == 1 + bool(second)


# --- clocks -----------------------------------------------------------------------------------------------------------


def warned(later: Later) -> Contract:
    """A deal whose seller has let the time of delivery pass, and was warned just now."""
    contract = locked(amount=Decimal(1_000)).contract
    announcements.announce_due()
    leave()
    later(days=6)
    work_deadlines()
    announcements.announce_due()
    leave()
    return contract


@pytest.mark.django_db
def test_a_warning_that_arrives_at_the_second_try_gives_its_whole_time_from_then(
    provider: Provider, later: Later
) -> None:
    contract = warned(later)
    (warning,) = tries(contract, "seller_warned")
    reported(warning, "Failed", OFF)
    later(minutes=30)
    leave()
    reported(tries(contract, "seller_warned")[1], "Success")
    later(minutes=5)
    reported(warning, "Success")
    assert contract.parties.get(role="seller").warned_at == tries(contract, "seller_warned")[1].finished_at

    later(hours=23, minutes=54)
    work_deadlines()
    assert Contract.objects.get(pk=contract.pk).status == "payment_locked"
    later(minutes=2)
    work_deadlines()
    assert Contract.objects.get(pk=contract.pk).status == "cancelled"


@pytest.mark.django_db
def test_a_warning_that_arrives_late_after_all_counts_while_another_try_waits(provider: Provider, later: Later) -> None:
    contract = warned(later)
    (warning,) = tries(contract, "seller_warned")
    reported(warning, "Failed", OFF)
    reported(warning, "Success")
    assert contract.parties.get(role="seller").warned_at == now()


@pytest.mark.django_db
def test_a_clock_waits_for_whoever_is_out_of_reach_only_after_the_last_try(provider: Provider, later: Later) -> None:
    contract = warned(later)
    for _ in range(3):
        assert out_of_reach(contract) == []
        reported(tries(contract, "seller_warned")[-1], "Failed", OFF)
        later(hours=4)
        leave()
    assert states(contract, "seller_warned") == ["failed"] * 3
    assert out_of_reach(contract) == ["seller"]

    later(hours=13)
    work_deadlines()

    moved = Event.objects.get(contract=contract, kind="deadline.moved")
    assert (moved.payload["kind"], moved.payload["why"]) == (Deadline.Kind.DELIVERY, "unreachable")
    assert Contract.objects.get(pk=contract.pk).status == "payment_locked"


@pytest.mark.django_db
def test_who_is_not_asked_to_agree_in_time_loses_no_deal_to_it(provider: Provider, later: Later) -> None:
    contract = drafted()
    announcements.announce_due()
    leave()
    asked = Message.objects.get(contract=contract, kind="asked_to_agree", party__role="buyer")
    reported(asked, "Failed", "UserDoesNotExist")
    later(hours=24, minutes=1)
    work_deadlines()
    assert Contract.objects.get(pk=contract.pk).status == "pending"


# --- at the same time -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("committed_db")
def test_reports_that_are_worked_at_the_same_time_lead_to_one_try() -> None:
    contract = confirmed()
    message = sent(contract.buyer, "agreed_pay")
    for _ in range(8):
        DeliveryReport.objects.create(provider_id=message.provider_id, status="Failed", failure_reason=OFF)
    at_once(*[reports.work_due] * 4)
    assert states(contract, "agreed_pay") == ["failed", "queued"]
    assert out_of_reach(contract) == []
