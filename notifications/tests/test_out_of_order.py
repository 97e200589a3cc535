"""An SMS that the network kept back means what it meant when it was written: what was said later goes before."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import transaction

from contracts import disputes
from contracts.agreements import PartyDraft
from contracts.audit import Actor, party_actor
from contracts.models import Contract, Dispute
from notifications import replies
from notifications.models import Code, InboundMessage, Message
from notifications.tests.dialling import Dialled
from notifications.tests.people import new_id, say, send, standing, status
from notifications.tests.proving import code_in, read
from payments import endings, escrow
from payments.models import Transfer
from payments.tests.conftest import Later
from tests.factories import locked
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)
CLIENT = Actor("client:test", "api")
EARLIER, LATER = "2026-11-24 10:00:00", "2026-11-24 10:10:00"


@pytest.fixture
def contract() -> Contract:
    """A small deal of which the seller says that it is delivered."""
    found = locked(amount=SMALL).contract
    return escrow.deliver(found.pk, phone=found.seller.phone, channel="sms")


def comes(contract: Contract, text: str, *, written: str, by: str = "buyer") -> str:
    """The party's SMS arrives, and has been read; returns what became of it."""
    id = new_id()
    assert send(contract.party(by).phone, f"{text}-{contract.pk}", id=id, date=written).status_code == 200
    replies.read_due()
    return InboundMessage.objects.get(message_id=id).result


def test_an_acceptance_from_before_a_dispute_does_not_end_it_and_gets_the_exact_reply_to_send(contract):
    assert comes(contract, "DISPUTE", written=LATER) == "done"
    before = standing(contract)

    assert comes(contract, "ACCEPT", written=EARLIER) == "overtaken by later words"

    assert standing(contract) == before
    answer = Message.objects.filter(phone=contract.buyer.phone).order_by("pk").last()
    assert (answer.kind, f"ACCEPT-{contract.pk}" in answer.text) == ("reply_exactly", True)


def test_sent_once_more_it_is_obeyed(contract):
    comes(contract, "DISPUTE", written=EARLIER)
    assert comes(contract, "ACCEPT", written=LATER) == "done"
    assert Contract.objects.get(pk=contract.pk).status == "completed"


@pytest.mark.parametrize("written", ["", "24/11/2026 09:00", "2026-11-24 9:00", LATER])
def test_a_date_that_cannot_be_compared_and_the_same_one_keep_nothing_back(contract, written):
    comes(contract, "DISPUTE", written=LATER)
    assert comes(contract, "ACCEPT", written=written) == "done"


def test_dates_that_are_not_in_the_networks_writing_are_not_compared(contract):
    comes(contract, "DISPUTE", written=LATER.replace(" ", "T"))
    assert comes(contract, "ACCEPT", written=EARLIER) == "done"


@pytest.mark.parametrize("first", ["STATUS", "WITHDRAW"])
def test_a_question_and_what_was_refused_go_before_nothing(contract, first):
    comes(contract, first, written=LATER)
    assert comes(contract, "ACCEPT", written=EARLIER) == "done"


def test_what_is_about_another_deal_goes_before_nothing(contract):
    other = locked(amount=SMALL, parties=_same_people(contract)).contract
    comes(other, "DISPUTE", written=LATER)
    assert comes(contract, "ACCEPT", written=EARLIER) == "done"


def _same_people(contract: Contract) -> tuple[PartyDraft, ...]:
    return tuple(PartyDraft(role=party.role, phone=party.phone) for party in contract.parties.all())


# --- what was said by another channel ---------------------------------------------------------------------------------


def date() -> str:
    """Now, as the network writes it."""
    return f"{now():%Y-%m-%d %H:%M:%S}"


def by_ussd(contract: Contract) -> None:
    Dialled(contract.buyer.phone).choose(contract.pk, "Problem", "Bad quality", "Yes")


def by_the_client(contract: Contract) -> None:
    disputes.open_dispute(contract.pk, phone=contract.buyer.phone, reason="wet", channel="api", actor=CLIENT)


def in_the_dispute_of_the_clock(contract: Contract) -> None:
    with transaction.atomic():
        dispute = disputes.open_by_clock(lock(Contract, contract.pk), reason="silent")
    buyer = contract.buyer
    disputes.add_evidence(dispute.pk, party=buyer, actor=party_actor(buyer, "ussd"), text="It is wet")


OBJECTIONS = (by_ussd, by_the_client, in_the_dispute_of_the_clock)


def payouts(contract: Contract) -> int:
    return Transfer.objects.filter(payment__contract=contract, kind=Transfer.Kind.PAYOUT).count()


@pytest.mark.parametrize("object_to_it", OBJECTIONS)
def test_no_acceptance_from_before_pays_against_what_the_buyer_said_elsewhere(
    contract: Contract, later: Later, object_to_it: Callable[[Contract], None]
) -> None:
    written = date()
    later(minutes=10)
    object_to_it(contract)
    before = standing(contract)

    assert comes(contract, "ACCEPT", written=written) == "overtaken by later words"

    assert standing(contract) == before
    assert f"ACCEPT-{contract.pk}" in read(contract.buyer.phone)
    assert comes(contract, "ACCEPT", written=date()) == "done"
    assert (status(contract), payouts(contract)) == ("completed", 1)


@pytest.mark.parametrize("written", ["", "24/11/2026 09:00", "2026-11-24T12:00:00", "2024-03-06 10:30:00"])
def test_a_date_of_no_clock_that_can_be_compared_keeps_nothing_back(contract, later, written):
    later(minutes=10)
    by_ussd(contract)

    assert comes(contract, "ACCEPT", written=written) == "done"


def test_of_a_large_deal_it_is_asked_back_before_a_code_is_sent(settings, contract, later):
    settings.PROOF_FROM = SMALL
    written = date()
    later(minutes=10)
    by_the_client(contract)

    assert comes(contract, "ACCEPT", written=written) == "overtaken by later words"
    assert not Code.objects.exists()
    assert comes(contract, "ACCEPT", written=date()) == "sent a code"
    assert read(contract.buyer.phone).startswith(
        "You reported a problem. To release KES 1,000 to the seller all the same"
    )


def test_a_code_from_before_the_problem_is_no_word_on_it(settings, contract):
    settings.PROOF_FROM = SMALL
    say(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    code = code_in(read(contract.buyer.phone))
    by_ussd(contract)
    before = standing(contract)

    assert say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code}").result == "no code waits"

    assert standing(contract) == before
    assert f"Reply ACCEPT-{contract.pk} without a code" in read(contract.buyer.phone)
    say(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code_in(read(contract.buyer.phone))}")
    assert (status(contract), payouts(contract)) == ("completed", 1)


def test_a_code_from_before_a_problem_reported_by_sms_is_none_either(settings, contract):
    settings.PROOF_FROM = SMALL
    say(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    code = code_in(read(contract.buyer.phone))
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} wet")
    before = standing(contract)

    assert say(contract.buyer.phone, f"ACCEPT-{contract.pk} {code}").result == "no code waits"
    assert standing(contract) == before


def test_a_problem_that_was_taken_back_since_leaves_open_which_word_was_the_last_and_it_is_asked(contract, later):
    written = date()
    later(minutes=10)
    by_ussd(contract)
    endings.withdraw(contract.pk, phone=contract.buyer.phone, channel="ussd")

    assert comes(contract, "ACCEPT", written=written) == "overtaken by later words"
    assert (status(contract), payouts(contract)) == ("delivered", 0)
    assert comes(contract, "ACCEPT", written=date()) == "done"


def test_the_dispute_of_another_is_none_of_the_buyers_words(contract, later):
    written = date()
    later(minutes=10)
    disputes.open_dispute(contract.pk, phone=contract.seller.phone, reason="unpaid", channel="ussd")

    assert comes(contract, "ACCEPT", written=written) == "done"
    assert (status(contract), payouts(contract)) == ("disputed", 0)


def test_a_withdrawal_from_before_a_dispute_does_not_take_it_back(contract, later):
    written = date()
    later(minutes=10)
    by_ussd(contract)

    assert comes(contract, "WITHDRAW", written=written) == "overtaken by later words"
    assert status(contract) == "disputed"
    assert comes(contract, "WITHDRAW", written=date()) == "done"


def test_no_cancellation_gives_back_the_money_of_a_delivery_that_its_seller_told_elsewhere_since(later):
    contract = locked(amount=SMALL).contract
    written = date()
    later(minutes=10)
    Dialled(contract.seller.phone).choose(contract.pk, "Delivered", "All of it")
    before = standing(contract)

    assert comes(contract, "CANCEL", written=written, by="seller") == "overtaken by later words"

    assert standing(contract) == before
    assert comes(contract, "CANCEL", written=date(), by="seller") == "done"
    assert status(contract) == "cancelled"


def test_no_acceptance_from_before_pays_a_seller_whom_the_buyer_has_asked_elsewhere_to_give_the_money_back(later):
    contract = locked(amount=SMALL).contract
    written = date()
    later(minutes=10)
    endings.cancel(contract.pk, phone=contract.buyer.phone, channel="ussd")
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    before = standing(contract)

    assert comes(contract, "ACCEPT", written=written) == "overtaken by later words"

    assert standing(contract) == before
    assert comes(contract, "ACCEPT", written=date()) == "done"
    assert (status(contract), payouts(contract)) == ("completed", 1)


def test_the_code_of_a_buyer_who_asked_for_the_money_back_speaks_of_no_problem(settings):
    settings.PROOF_FROM = SMALL
    contract = locked(amount=SMALL).contract
    endings.cancel(contract.pk, phone=contract.buyer.phone, channel="ussd")

    assert comes(contract, "ACCEPT", written=date()) == "sent a code"
    assert read(contract.buyer.phone).startswith("To release KES 1,000 to the seller, reply ACCEPT-")


def test_by_ussd_where_nothing_is_kept_back_a_small_deal_asks_for_no_proof(contract):
    by_ussd(contract)

    dialled = Dialled(contract.buyer.phone)
    dialled.choose("My deals", contract.pk, "Accept goods", "Yes")

    assert (status(contract), payouts(contract)) == ("completed", 1)
    assert Dispute.objects.get(contract=contract).outcome == Dispute.Outcome.ACCEPTED
