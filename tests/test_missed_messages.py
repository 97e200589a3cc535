"""What a phone misses comes again later, on the running stack with the network's own reports."""

from functools import partial

import pytest
from django.db.models import QuerySet

from contracts.models import Party
from notifications.models import Message
from tests.deal import Deal
from tests.stack import Stack
from voicepact.kernel.clock import now

pytestmark = pytest.mark.usefixtures("committed_db")

UNREACHED = "+254711000121"  # the network takes every SMS to it, and reports DeliveryFailure


def test_a_text_that_the_network_cannot_deliver_leaves_three_times_before_its_reader_is_out_of_reach(
    stack: Stack,
) -> None:
    deal = Deal(stack, seller=UNREACHED)
    asked = Message.objects.filter(contract=deal.id, party__role="seller", kind="asked_to_agree")
    out_of_reach = Party.objects.filter(contract=deal.id, role="seller", unreachable_since__isnull=False)

    for number in range(3):
        assert not out_of_reach.exists()
        deal.until(partial(has_failed, deal, asked.filter(retry=number)), f"try {number} did not fail")

    deal.until(out_of_reach.exists, "the seller is not known to be out of reach")
    assert asked.count() == 3
    assert len(set(asked.values_list("provider_id", flat=True))) == 3
    assert len(set(asked.values_list("text", flat=True))) == 1
    assert deal.contract()["status"] == "pending"


def has_failed(deal: Deal, tries: "QuerySet[Message]") -> bool:
    """Whether the network has said so; while the try waits for its time, or for the morning, that comes."""
    message = tries.first()
    if message and message.status == Message.Status.QUEUED and message.not_before > now():
        deal.advance(int((message.not_before - now()).total_seconds()) + 1)
    return bool(message and (message.status, message.failure_reason) == (Message.Status.FAILED, "DeliveryFailure"))
