"""How the SMS that people send are worked: each once, in their order, and again after a fault of ours."""

import pytest

from contracts.agreements import agree
from notifications import commands, replies
from notifications.models import InboundMessage, Message
from notifications.tests.conftest import Later
from notifications.tests.people import answer_to, heard, messages_to, new_id, say, send, standing
from tests.factories import (
    drafted,
    locked,
    new_phone,
)

pytestmark = pytest.mark.django_db


def test_an_sms_that_comes_twice_is_read_once():
    contract = drafted()
    heard(contract)
    told = len(messages_to(contract.buyer.phone))
    id = new_id()

    for _ in range(3):
        assert send(contract.buyer.phone, f"YES-{contract.pk}", id=id).status_code == 200
        replies.read_due()

    assert InboundMessage.objects.filter(message_id=id).count() == 1
    assert contract.confirmations.count() == 1
    assert len(messages_to(contract.buyer.phone)) == told + 1


def test_what_was_read_is_written_at_the_sms():
    contract = drafted()

    row = say(contract.buyer.phone, f"YES-{contract.pk}")
    assert (row.command, row.result, row.contract, row.party) == ("YES", "done", contract, contract.buyer)
    assert row.worked_at is not None

    assert say(contract.buyer.phone, f"ACCEPT-{contract.pk}").result == "refused: wrong_state"
    assert say(new_phone(), "hello").result == "a stranger"


def test_our_own_fault_is_tried_again_and_then_waits_for_staff(later: Later, monkeypatch):
    contract = drafted()
    heard(contract)
    told = len(messages_to(contract.buyer.phone))
    tries = []

    def breaks(command: commands.Command) -> commands.Reply:
        tries.append(agree(command.deal, phone=command.party.phone, channel="sms"))
        raise RuntimeError("out of order")

    monkeypatch.setitem(commands.HANDLERS, "YES", breaks)
    before = standing(contract)
    row = say(contract.buyer.phone, f"YES-{contract.pk}")
    assert row.worked_at is None
    for _ in range(10):
        later(minutes=1)
        replies.read_due()

    row.refresh_from_db()
    assert len(tries) == replies.ATTEMPTS
    assert (row.needs_staff, row.worked_at is None) == (True, False)
    assert standing(contract) == before
    assert messages_to(contract.buyer.phone)[told:] == [
        "Sorry, VoicePact could not act on your SMS. Our staff will read it."
    ]


def test_a_later_sms_of_a_phone_waits_for_the_one_before(later: Later, monkeypatch):
    contract = drafted()
    agree(contract.pk, phone=contract.seller.phone, channel="sms")
    heard(contract)
    with monkeypatch.context() as broken:
        broken.setitem(commands.HANDLERS, "YES", lambda command: 1 / 0)
        say(contract.buyer.phone, f"YES-{contract.pk}")
        pay = say(contract.buyer.phone, f"PAY-{contract.pk}")
        assert (pay.worked_at, pay.attempts) == (None, 0)
        elsewhere = drafted()
        assert say(elsewhere.buyer.phone, f"YES-{elsewhere.pk}").attempts == 1

    later(minutes=1)
    replies.read_due()

    assert InboundMessage.objects.get(pk=pay.pk).result == "done"
    assert contract.payments.count() == 1


def test_a_fault_that_passes_is_worked_once(later: Later, monkeypatch):
    contract = drafted()
    heard(contract)
    sound = commands.HANDLERS["YES"]
    monkeypatch.setitem(commands.HANDLERS, "YES", lambda command: 1 / 0)
    say(contract.buyer.phone, f"YES-{contract.pk}")
    monkeypatch.setitem(commands.HANDLERS, "YES", sound)

    later(minutes=1)
    replies.read_due()

    assert contract.confirmations.count() == 1
    assert "waits for the other side" in messages_to(contract.buyer.phone)[-1]


def test_whoever_adds_words_to_a_dispute_of_its_own_reads_how_to_take_it_back() -> None:
    contract = locked().contract
    buyer, seller = contract.buyer.phone, contract.seller.phone
    say(buyer, f"DISPUTE-{contract.pk} wet")
    heard(contract)

    answer = answer_to(buyer, f"DISPUTE-{contract.pk} all of it")
    assert answer.endswith(f"To take it back reply WITHDRAW-{contract.pk}.")
    say(seller, f"DISPUTE-{contract.pk} it was dry")
    kept = Message.objects.get(phone=seller, kind="reply_evidence_kept")
    assert "WITHDRAW" not in kept.text
