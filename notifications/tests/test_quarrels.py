"""What people quarrel about by SMS: who opens a dispute, adds to it and ends it, and whose word breaks a silence."""

import pytest

from contracts.models import Contract
from notifications.models import InboundMessage
from notifications.tests.people import answer_to, heard, say, send, standing, status
from notifications.tests.proving import funded
from tests.factories import SMALL, completed, confirmed, locked, pay_out, with_payer
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db


def disputed() -> Contract:
    """A deal about which the buyer has opened a dispute, and of which everything so far has been told."""
    contract = funded(amount=SMALL)
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    heard(contract)
    return contract


def test_dispute_freezes_the_deal_with_its_reason():
    contract = funded(amount=SMALL)

    assert "a dispute is open" in answer_to(contract.buyer.phone, f"DISPUTE-{contract.pk} nusu haipo")

    assert status(contract) == "disputed"
    assert contract.disputes.get().reason == "nusu haipo"


def test_words_in_a_dispute_are_noted_and_move_nothing():
    payment = locked(amount=SMALL)
    contract = payment.contract
    say(contract.seller.phone, f"DISPUTE-{contract.pk} half of it came back")
    heard(contract)

    assert "until it is settled" in answer_to(contract.seller.phone, f"DELIVERED-{contract.pk}")
    assert "until it is settled" in answer_to(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    assert "the money stays locked" in answer_to(contract.buyer.phone, f"CANCEL-{contract.pk}")

    assert status(contract) == "disputed"
    assert not payment.transfers.exclude(kind="collection").exists()


def test_what_either_side_adds_to_a_dispute_is_its_evidence():
    contract = disputed()

    assert "We keep your words" in answer_to(contract.buyer.phone, f"DISPUTE-{contract.pk} I counted twice")
    assert "We keep your words" in answer_to(contract.seller.phone, f"dispute-{contract.pk} he lies")

    pieces = contract.disputes.get().evidence.values_list("party__role", "channel", "text")
    assert list(pieces) == [("buyer", "sms", "I counted twice"), ("seller", "sms", "he lies")]
    assert contract.disputes.get().answered_at is not None


def test_an_empty_word_in_a_dispute_adds_nothing():
    contract = disputed()
    before = standing(contract)

    assert "a dispute is open" in answer_to(contract.seller.phone, f"DISPUTE-{contract.pk}")

    assert standing(contract) == before
    assert not contract.disputes.get().evidence.exists()


def test_the_payer_has_no_part_in_the_quarrel():
    contract = locked(amount=SMALL, parties=with_payer()).contract
    payer = contract.party("payer").phone
    before = standing(contract)
    for text in ("DISPUTE-{} he lies", "WITHDRAW-{}"):
        assert "refused" in say(payer, text.format(contract.pk)).result
    assert standing(contract) == before

    say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    assert "refused" in say(payer, f"DISPUTE-{contract.pk} he lies").result
    assert not contract.disputes.get().evidence.exists()


def test_its_opener_withdraws_a_dispute():
    contract = disputed()

    assert "dispute is over" in answer_to(contract.buyer.phone, f"WITHDRAW-{contract.pk}")

    assert status(contract) == "payment_locked"


def test_the_other_side_does_not_withdraw_it():
    contract = disputed()
    before = standing(contract)

    assert "only whoever opened" in answer_to(contract.seller.phone, f"WITHDRAW-{contract.pk}")

    assert standing(contract) == before


def test_where_no_dispute_is_open_there_is_nothing_to_withdraw():
    contract = funded(amount=SMALL)
    before = standing(contract)

    assert "no dispute is open" in answer_to(contract.seller.phone, f"WITHDRAW-{contract.pk}")

    assert standing(contract) == before


def test_the_buyers_acceptance_ends_the_buyers_dispute():
    contract = locked(amount=SMALL).contract
    say(contract.seller.phone, f"DELIVERED-{contract.pk}")
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    heard(contract)

    assert "dispute is over" in answer_to(contract.buyer.phone, f"ACCEPT-{contract.pk}")

    assert status(contract) == "completed"


def test_the_seller_gives_in():
    contract = disputed()

    assert "is cancelled" in answer_to(contract.seller.phone, f"CANCEL-{contract.pk}")

    assert status(contract) == "cancelled"
    assert contract.payments.get().transfers.exclude(kind="collection").get().phone == contract.buyer.phone


def test_a_dispute_after_completion_opens_nothing_and_waits_for_staff():
    contract = pay_out(completed(amount=SMALL)).contract
    heard(contract)
    before = standing(contract)

    assert "Our staff will read it" in answer_to(contract.buyer.phone, f"DISPUTE-{contract.pk} the maize is wet")

    assert standing(contract) == before
    row = InboundMessage.objects.get(phone=contract.buyer.phone)
    assert (row.needs_staff, row.contract, row.party) == (True, contract, contract.buyer)


def test_a_dispute_before_any_money_is_refused_and_needs_no_staff():
    contract = confirmed(amount=SMALL)
    heard(contract)
    before = standing(contract)

    assert "the money is not locked yet" in answer_to(contract.buyer.phone, f"DISPUTE-{contract.pk} changed my mind")

    assert standing(contract) == before
    assert not InboundMessage.objects.get(phone=contract.buyer.phone).needs_staff


def test_nobody_is_offered_to_take_back_a_dispute_that_staff_decide():
    contract = locked(amount=SMALL).contract
    buyer = contract.buyer.phone
    for _ in range(2):
        heard(contract)
        assert f"WITHDRAW-{contract.pk}" in answer_to(buyer, f"DISPUTE-{contract.pk} it is late")
        say(buyer, f"WITHDRAW-{contract.pk}")
    heard(contract)

    assert answer_to(buyer, f"DISPUTE-{contract.pk} it is late").endswith("This one our staff decide.")
    before = standing(contract)
    assert "WITHDRAW" not in answer_to(buyer, "HELP")
    assert "Our staff decide this one" in answer_to(buyer, f"WITHDRAW-{contract.pk}")

    assert standing(contract) == before


# --- silence ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["hello?", "DELIVERED", "Niko njiani"])
def test_whatever_a_party_writes_while_money_is_held_breaks_its_silence(text, later):
    contract, unpaid = locked(amount=SMALL).contract, confirmed(amount=SMALL)

    send(contract.seller.phone, text)

    assert contract.parties.get(role="seller").last_wrote_at == now()
    assert contract.parties.get(role="buyer").last_wrote_at is None
    send(unpaid.seller.phone, text)
    assert unpaid.parties.get(role="seller").last_wrote_at is None
