"""SMS and USSD of both sides at the same moment, with codes and PINs: one side is paid, and nobody waits for ever."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import transaction
from pytest_django import Settings

from contracts.models import Contract
from notifications import replies
from notifications.models import InboundMessage
from notifications.tests.dialling import Dialled
from notifications.tests.people import new_id, say, send
from notifications.tests.proving import GOOD_PIN, code_in, open_codes, read, with_pin
from payments import escrow, ledger
from payments.models import Transfer
from tests.factories import locked
from tests.together import at_once

pytestmark = pytest.mark.usefixtures("committed_db")

WORTH_A_PROOF = Decimal(35_000)


@pytest.fixture(autouse=True)
def proof_is_asked_for(settings: Settings) -> None:
    settings.PROOF_FROM = Decimal(10_000)


def delivered() -> Contract:
    contract = locked(amount=WORTH_A_PROOF).contract
    return escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")


def by_sms(phone: str, text: str) -> Callable[[], str]:
    def word() -> str:
        id = new_id()
        send(phone, text, id=id)
        while (row := InboundMessage.objects.get(message_id=id)).worked_at is None:
            replies.read_due()
        return row.result

    return word


def before_the_pin(contract: Contract, role: str, *labels: str) -> Dialled:
    """The party has chosen, and is asked for its PIN."""
    phone = contract.party(role).phone
    with transaction.atomic():
        with_pin(phone)
    dialled = Dialled(phone)
    dialled.choose("My deals", contract.pk, *labels, "Yes")
    assert "enter your VoicePact PIN" in dialled.screen
    return dialled


@pytest.mark.parametrize("_round", range(2))
def test_accept_and_cancel_by_either_channel_at_once_pay_one_side_once(_round: int) -> None:
    contract = delivered()
    buyer, seller = contract.buyer.phone, contract.seller.phone
    accepting = before_the_pin(contract, "buyer", "Accept goods")
    cancelling = before_the_pin(contract, "seller", "Cancel deal")
    say(buyer, f"ACCEPT-{contract.pk}")
    accepted = f"ACCEPT-{contract.pk} {code_in(read(buyer))}"
    say(seller, f"CANCEL-{contract.pk}")
    cancelled = f"CANCEL-{contract.pk} {code_in(read(seller))}"

    at_once(
        by_sms(buyer, accepted),
        by_sms(buyer, accepted),
        lambda: accepting.key(GOOD_PIN),
        by_sms(seller, cancelled),
        lambda: cancelling.key(GOOD_PIN),
    )

    out = Transfer.objects.filter(payment__contract=contract).exclude(kind=Transfer.Kind.COLLECTION)
    assert out.count() == 1
    ends = {"completed": Transfer.Kind.PAYOUT, "cancelled": Transfer.Kind.REVERSAL}
    assert out.get().kind == ends[Contract.objects.get(pk=contract.pk).status]
    where = ledger.standing(contract.payments.get())
    assert (where.held, where.in_transit) == (0, WORTH_A_PROOF)


def test_first_pins_of_several_phones_set_at_once_wait_for_nobody_for_ever() -> None:
    """Each records an event of no deal while it holds its deal, and pays out of that deal then."""
    deals = [delivered() for _ in range(3)]
    calls = []
    for contract in deals:
        dialled = Dialled(contract.buyer.phone)
        dialled.choose(contract.pk, "Accept goods", "Yes")
        (code,) = open_codes(contract.buyer.phone)
        dialled.key(code, GOOD_PIN)
        calls.append(dialled)

    at_once(*[lambda call=call: call.key(GOOD_PIN) for call in calls])

    for call, contract in zip(calls, deals, strict=True):
        again = call.turn(call.text)  # one that waited for longer than the network does has done nothing
        assert again.startswith(f"END {contract.pk}: thank you, you have accepted")
        assert Transfer.objects.filter(payment__contract=contract, kind=Transfer.Kind.PAYOUT).count() == 1
