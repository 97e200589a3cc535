"""Who cannot be reached is known by the network's final word, phone by phone, until a message arrives again."""

import pytest
from django.test import Client

from contracts.agreements import PartyDraft
from contracts.models import Contract, Party
from notifications import reports
from notifications.models import Message
from notifications.tests.conftest import SECRET, Later
from notifications.tests.people import new_id
from payments import endings
from tests.factories import DraftFactory, confirmed, drafted, new_phone
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db


def sent(party: Party) -> Message:
    """A message to the party that the provider has taken just now."""
    return Message.objects.create(
        kind="reply_help",
        phone=party.phone,
        party=party,
        contract=party.contract,
        text="Hello",
        status=Message.Status.SENT,
        provider_id=new_id(),
        sent_at=now(),
    )


def reported(message: Message, status: str) -> None:
    form = {"id": message.provider_id, "status": status, "failureReason": "DeliveryFailure"}
    assert Client().post(f"/api/v1/sms/delivery/{SECRET}", form).status_code == 200
    reports.work_due()


def unreachable(contract: Contract) -> list[str]:
    return list(contract.parties.filter(unreachable_since__isnull=False).values_list("role", flat=True))


@pytest.mark.parametrize("status", ["Failed", "Rejected"])
def test_a_final_failure_is_known_of_the_party_and_of_no_other(status, later: Later):
    contract = confirmed()
    reported(sent(contract.buyer), status)

    assert unreachable(contract) == ["buyer"]
    assert Party.objects.get(pk=contract.buyer.pk).unreachable_since == now()


@pytest.mark.parametrize("status", ["Sent", "Submitted", "Buffered", "AbsentSubscriber", "Expired?"])
def test_what_is_not_final_says_nothing(status):
    contract = confirmed()
    reported(sent(contract.buyer), status)

    assert unreachable(contract) == []


def test_since_when_is_the_first_of_several_failures(later: Later):
    contract = confirmed()
    reported(sent(contract.buyer), "Failed")
    first = Party.objects.get(pk=contract.buyer.pk).unreachable_since
    later(hours=5)
    reported(sent(contract.buyer), "Failed")

    assert Party.objects.get(pk=contract.buyer.pk).unreachable_since == first


def test_a_message_that_arrives_ends_it(later: Later):
    contract = confirmed()
    reported(sent(contract.buyer), "Failed")
    later(minutes=1)
    reported(sent(contract.buyer), "Success")

    assert unreachable(contract) == []


def test_a_failure_that_is_told_late_does_not_deny_a_message_that_arrived_since(later: Later):
    contract = confirmed()
    old = sent(contract.buyer)
    later(hours=1)
    reported(sent(contract.buyer), "Success")
    later(hours=23)
    reported(old, "Failed")

    assert unreachable(contract) == []


def test_it_counts_in_every_deal_of_that_phone_that_is_not_over(later: Later):
    phone = new_phone()
    mine = [drafted(parties=(PartyDraft(role="buyer", phone=phone, name="Wanjiku"), _seller())) for _ in range(3)]
    endings.cancel(mine[2].pk, phone=phone, channel="sms")

    reported(sent(mine[0].buyer), "Failed")
    assert [unreachable(contract) for contract in mine] == [["buyer"], ["buyer"], []]
    later(minutes=1)
    reported(sent(mine[1].buyer), "Success")

    assert [unreachable(contract) for contract in mine] == [[], [], []]


def _seller():
    return DraftFactory.build().parties[1]
