"""What people answer by SMS: what each command does, who may say it, and that everything else changes nothing."""

import itertools
from decimal import Decimal

import pytest

from contracts.agreements import PartyDraft, agree
from contracts.models import Contract, Party
from notifications import commands, replies
from notifications.gsm import ONE_SMS
from notifications.models import InboundMessage, Message
from notifications.tests.conftest import Later
from notifications.tests.people import announced, answer_to, new_id, say, send, standing
from payments import breaker
from payments.settlement import settle
from tests.factories import (
    completed,
    confirmed,
    drafted,
    locked,
    new_phone,
    open_transfer,
    pay_out,
    prompted,
    refused,
)
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)


def status(contract: Contract) -> str:
    return str(Contract.objects.get(pk=contract.pk).status)


def messages_to(phone: str) -> list[str]:
    return list(Message.objects.filter(phone=phone).order_by("pk").values_list("text", flat=True))


def heard(contract: Contract) -> None:
    """All that has happened so far has been told."""
    announced(contract)


# --- agreement --------------------------------------------------------------------------------------------------------


def test_yes_from_both_confirms_the_deal_and_says_what_comes_next():
    contract = drafted()
    heard(contract)

    first = answer_to(contract.buyer.phone, f"YES-{contract.pk}")
    assert "waits for the other side" in first
    second = answer_to(contract.seller.phone, f"yes-{contract.pk.lower()}")

    assert status(contract) == "confirmed"
    assert "Do not deliver yet" in second
    assert messages_to(contract.buyer.phone)[-1].startswith(f"VoicePact {contract.pk} is agreed. Pay KES 350,000")


def test_a_yes_that_comes_twice_is_answered_twice_and_counts_once():
    contract = confirmed()
    heard(contract)
    before = standing(contract)

    assert f"PAY-{contract.pk}" in answer_to(contract.buyer.phone, f"YES-{contract.pk}")
    assert "Do not deliver yet" in answer_to(contract.seller.phone, f"YES-{contract.pk}")

    assert standing(contract) == before


def test_no_cancels_and_both_read_it_once():
    contract = drafted()
    heard(contract)

    assert "is cancelled" in answer_to(contract.seller.phone, f"NO-{contract.pk}")
    assert "is cancelled" in answer_to(contract.seller.phone, f"NO-{contract.pk}")

    assert status(contract) == "cancelled"
    assert [text for text in messages_to(contract.buyer.phone) if "is cancelled" in text] != []


def test_no_after_agreement_changes_nothing_and_says_how_to_call_it_off():
    contract = confirmed()
    heard(contract)
    before = standing(contract)

    assert f"CANCEL-{contract.pk}" in answer_to(contract.seller.phone, f"NO-{contract.pk}")

    assert standing(contract) == before


# --- paying -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["PAY", "lipa"])
def test_pay_sends_the_prompt_for_the_whole_amount_to_the_buyers_phone(word):
    contract = confirmed(amount=SMALL)
    heard(contract)

    assert "prompt is coming" in answer_to(contract.buyer.phone, f"{word}-{contract.pk}")

    payment = contract.payments.get()
    assert (payment.amount, payment.payer_phone) == (SMALL, contract.buyer.phone)
    assert open_transfer(payment).phone == contract.buyer.phone


def test_pay_from_the_agreed_payer_prompts_the_payers_phone():
    people = ((Party.Role.BUYER, "Wanjiku"), (Party.Role.SELLER, "Otieno"), (Party.Role.PAYER, "Mwangi"))
    contract = confirmed(parties=tuple(PartyDraft(role=role, phone=new_phone(), name=name) for role, name in people))
    payer = contract.party("payer").phone
    heard(contract)

    answer_to(payer, f"PAY-{contract.pk}")

    assert open_transfer(contract.payments.get()).phone == payer


def test_pay_after_a_missed_prompt_sends_it_again():
    payment = prompted(amount=SMALL)
    transfer = open_transfer(payment)
    settle(transfer.pk, refused(transfer, "1037"))
    heard(payment.contract)

    answer_to(payment.contract.buyer.phone, f"PAY-{payment.contract_id}")

    assert payment.contract.payments.count() == 2


def test_pay_while_a_prompt_is_open_sends_no_second_one():
    contract = prompted(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    assert "already on its way" in answer_to(contract.buyer.phone, f"PAY-{contract.pk}")

    assert standing(contract) == before


def test_pay_while_the_rail_is_left_alone_says_so_and_asks_for_nothing(monkeypatch):
    contract = confirmed(amount=SMALL)
    heard(contract)
    before = standing(contract)
    monkeypatch.setattr(breaker, "retry_after", lambda *_: 45)

    assert "does not answer" in answer_to(contract.buyer.phone, f"PAY-{contract.pk}")

    assert standing(contract) == before


@pytest.mark.parametrize("role", ["seller", "buyer"])
def test_pay_from_the_wrong_party_or_too_early_opens_nothing(role):
    contract = confirmed(amount=SMALL) if role == "seller" else drafted(amount=SMALL)
    heard(contract)
    before = standing(contract)

    answer = answer_to(contract.party(role).phone, f"PAY-{contract.pk}")

    assert ("paid by the buyer" if role == "seller" else "not all have agreed yet") in answer
    assert standing(contract) == before


# --- delivery ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("DELIVERED", "ACCEPT"), ("ACCEPT", "DELIVERED")])
def test_delivered_and_accept_complete_the_deal_in_either_order(order):
    payment = locked(amount=SMALL)
    contract = payment.contract
    phones = {"DELIVERED": contract.seller.phone, "ACCEPT": contract.buyer.phone}
    heard(contract)

    first, second = (answer_to(phones[word], f"{word}-{contract.pk}") for word in order)

    assert first.startswith("Thank you.")
    assert "delivered and accepted" in second
    assert status(contract) == "completed"
    assert payment.transfers.filter(kind="payout").count() == 1


def test_the_other_side_is_told_by_the_announcement_and_only_by_it():
    contract = locked(amount=SMALL).contract
    heard(contract)
    told = len(messages_to(contract.buyer.phone))

    answer_to(contract.seller.phone, f"DELIVERED-{contract.pk}")

    (asked,) = messages_to(contract.buyer.phone)[told:]
    assert f"ACCEPT-{contract.pk}" in asked


def test_saying_it_again_is_answered_and_pays_nothing_twice():
    contract = completed(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    assert "delivered and accepted" in answer_to(contract.seller.phone, f"DELIVERED-{contract.pk}")
    assert "delivered and accepted" in answer_to(contract.buyer.phone, f"ACCEPT-{contract.pk}")

    assert standing(contract) == before


@pytest.mark.parametrize(("role", "word"), [("buyer", "DELIVERED"), ("seller", "ACCEPT")])
def test_neither_can_speak_for_the_other(role, word):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    only = "seller" if word == "DELIVERED" else "buyer"
    assert f"only the {only} can do this" in answer_to(contract.party(role).phone, f"{word}-{contract.pk}")

    assert standing(contract) == before


@pytest.mark.parametrize("word", ["DELIVERED", "ACCEPT"])
def test_delivery_is_not_confirmed_before_the_money_is_locked(word):
    contract = confirmed(amount=SMALL)
    phone = contract.seller.phone if word == "DELIVERED" else contract.buyer.phone
    heard(contract)
    before = standing(contract)

    assert "the money is not locked yet" in answer_to(phone, f"{word}-{contract.pk}")

    assert standing(contract) == before


# --- dispute ----------------------------------------------------------------------------------------------------------


def test_dispute_freezes_the_deal_with_its_reason():
    contract = locked(amount=SMALL).contract
    heard(contract)

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
    contract = locked(amount=SMALL).contract
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    heard(contract)

    assert "We keep your words" in answer_to(contract.buyer.phone, f"DISPUTE-{contract.pk} I counted twice")
    assert "We keep your words" in answer_to(contract.seller.phone, f"dispute-{contract.pk} he lies")

    pieces = contract.disputes.get().evidence.values_list("party__role", "channel", "text")
    assert list(pieces) == [("buyer", "sms", "I counted twice"), ("seller", "sms", "he lies")]
    assert contract.disputes.get().answered_at is not None


def test_an_empty_word_in_a_dispute_adds_nothing():
    contract = locked(amount=SMALL).contract
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    heard(contract)
    before = standing(contract)

    assert "a dispute is open" in answer_to(contract.seller.phone, f"DISPUTE-{contract.pk}")

    assert standing(contract) == before
    assert not contract.disputes.get().evidence.exists()


def test_the_payer_has_no_part_in_the_quarrel():
    people = tuple(PartyDraft(role=role, phone=new_phone()) for role in ("buyer", "seller", "payer"))
    contract = locked(amount=SMALL, parties=people).contract
    payer = contract.party("payer").phone
    before = standing(contract)
    for text in ("DISPUTE-{} he lies", "WITHDRAW-{}"):
        assert "refused" in say(payer, text.format(contract.pk)).result
    assert standing(contract) == before

    say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    assert "refused" in say(payer, f"DISPUTE-{contract.pk} he lies").result
    assert not contract.disputes.get().evidence.exists()


def test_its_opener_withdraws_a_dispute():
    contract = locked(amount=SMALL).contract
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    heard(contract)

    assert "dispute is over" in answer_to(contract.buyer.phone, f"WITHDRAW-{contract.pk}")

    assert status(contract) == "payment_locked"


def test_the_other_side_does_not_withdraw_it():
    contract = locked(amount=SMALL).contract
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    heard(contract)
    before = standing(contract)

    assert "only whoever opened" in answer_to(contract.seller.phone, f"WITHDRAW-{contract.pk}")

    assert standing(contract) == before


def test_where_no_dispute_is_open_there_is_nothing_to_withdraw():
    contract = locked(amount=SMALL).contract
    heard(contract)
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
    contract = locked(amount=SMALL).contract
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    heard(contract)

    assert "is cancelled" in answer_to(contract.seller.phone, f"CANCEL-{contract.pk}")

    assert status(contract) == "cancelled"
    assert contract.payments.get().transfers.exclude(kind="collection").get().phone == contract.buyer.phone


# --- silence ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["hello?", "DELIVERED", "Niko njiani"])
def test_whatever_a_party_writes_while_money_is_held_breaks_its_silence(text, later):
    contract, unpaid = locked(amount=SMALL).contract, confirmed(amount=SMALL)

    send(contract.seller.phone, text)

    assert contract.parties.get(role="seller").last_wrote_at == now()
    assert contract.parties.get(role="buyer").last_wrote_at is None
    send(unpaid.seller.phone, text)
    assert unpaid.parties.get(role="seller").last_wrote_at is None


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


# --- cancel -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_either_party_cancels_before_the_money_is_locked(role):
    contract = confirmed(amount=SMALL)
    heard(contract)

    assert "is cancelled" in answer_to(contract.party(role).phone, f"CANCEL-{contract.pk}")

    assert status(contract) == "cancelled"


def test_the_buyers_cancel_of_a_locked_deal_asks_the_seller_whose_cancel_sends_the_money_back():
    payment = locked(amount=SMALL)
    contract = payment.contract
    heard(contract)

    assert "asked the seller" in answer_to(contract.buyer.phone, f"CANCEL-{contract.pk}")
    assert status(contract) == "payment_locked"
    assert f"CANCEL-{contract.pk}" in messages_to(contract.seller.phone)[-1]
    assert "is cancelled" in answer_to(contract.seller.phone, f"CANCEL-{contract.pk}")

    assert status(contract) == "cancelled"
    assert open_transfer(payment).kind == "reversal"
    assert "is cancelled" in answer_to(contract.seller.phone, f"CANCEL-{contract.pk}")
    assert payment.transfers.filter(kind="reversal").count() == 1


def test_a_completed_deal_is_not_cancelled():
    contract = completed(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    assert "is completed" in answer_to(contract.seller.phone, f"CANCEL-{contract.pk}")

    assert standing(contract) == before


# --- what changes nothing ---------------------------------------------------------------------------------------------

BARE = sorted(commands.HANDLERS)
MAKE_SENSE = {
    ("payment_locked", "buyer"): {"ACCEPT", "DISPUTE", "CANCEL"},
    ("payment_locked", "seller"): {"DELIVERED", "DISPUTE", "CANCEL"},
    ("pending", "buyer"): {"YES", "NO"},
    ("pending", "seller"): {"YES", "NO"},
    ("confirmed", "buyer"): {"PAY", "CANCEL"},
    ("confirmed", "seller"): {"CANCEL"},
    ("disputed", "buyer"): {"ACCEPT", "DISPUTE", "WITHDRAW"},
    ("disputed", "seller"): {"DELIVERED", "DISPUTE", "CANCEL"},
}


def deal_that_is(state: str) -> Contract:
    if state in ("pending", "confirmed"):
        return drafted(amount=SMALL) if state == "pending" else confirmed(amount=SMALL)
    contract = locked(amount=SMALL).contract
    if state == "disputed":
        say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    return contract


@pytest.mark.parametrize("state", sorted({state for state, _ in MAKE_SENSE}))
def test_a_bare_command_changes_nothing_and_gets_the_exact_reply_to_send_where_it_makes_sense(state):
    contract = deal_that_is(state)
    heard(contract)
    before = standing(contract)

    for word, role in itertools.product(BARE, ("buyer", "seller")):
        answer = answer_to(contract.party(role).phone, word.lower())
        assert "Nothing has changed" in answer
        assert (f"{word}-{contract.pk}" in answer) == (word in MAKE_SENSE[state, role])

    assert standing(contract) == before


@pytest.mark.parametrize(
    "text",
    [
        "ACEPT {deal}",
        "accept",
        "ACCEPT 000123",
        "Accept {deal}?",
        "{deal} aceppt",
        "ACCEPT AG-2026-99999X",
        "accept {no}",
    ],
)
def test_a_typing_error_changes_nothing_and_is_answered_with_the_exact_reply(text):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    answer = answer_to(contract.buyer.phone, text.format(deal=contract.pk, no=f"{contract.pk}0"))

    assert answer == f"Nothing has changed. If you mean it, reply exactly ACCEPT-{contract.pk}"
    assert standing(contract) == before
    assert answer_to(contract.buyer.phone, answer.split()[-1]).startswith("Thank you.")


@pytest.mark.parametrize("text", ["accept {deal} but half is missing", "don't accept {deal}", "yes accept {deal}"])
def test_two_commands_or_a_word_against_one_wait_for_staff(text):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    row = say(contract.buyer.phone, text.format(deal=contract.pk))

    assert (row.needs_staff, row.command, row.result) == (True, "", "not a command: unclear")
    assert "Our staff will read your SMS" in messages_to(contract.buyer.phone)[-1]
    assert standing(contract) == before


def test_a_command_with_words_besides_is_asked_back_and_waits_for_staff_too():
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    row = say(contract.buyer.phone, f"ACCEPT-{contract.pk} three bags are wet")

    assert (row.needs_staff, row.result) == (True, "asked back")
    assert standing(contract) == before


def test_a_bare_command_names_up_to_three_open_deals_newest_first():
    buyer = PartyDraft(role=Party.Role.BUYER, phone=new_phone())

    def deal() -> Contract:
        return drafted(parties=(buyer, PartyDraft(role=Party.Role.SELLER, phone=new_phone())))

    over, oldest, *newest = [deal() for _ in range(5)]
    say(buyer.phone, f"NO-{over.pk}")
    for contract in (over, oldest, *newest):
        heard(contract)

    answer = answer_to(buyer.phone, "YES")

    assert answer.endswith(" or ".join(f"YES-{contract.pk}" for contract in reversed(newest)))
    assert not any(contract.pk in answer for contract in (over, oldest))
    assert len(answer) <= ONE_SMS


def test_a_bare_command_with_no_open_deal_says_so():
    contract = drafted()
    say(contract.buyer.phone, f"NO-{contract.pk}")
    heard(contract)

    assert "no open deal" in answer_to(contract.buyer.phone, "YES")


@pytest.mark.parametrize(
    "text",
    ["I am late", "niko njiani", "PAID-{deal}", "{deal}", "\U0001f642", "' OR 1=1 --", "MZIGO " * 400, "x" * 9_999],
)
def test_what_is_no_command_waits_for_staff_and_changes_nothing(text):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    row = say(contract.buyer.phone, text.format(deal=contract.pk))

    assert row.needs_staff
    assert "Our staff will read your SMS" in messages_to(contract.buyer.phone)[-1]
    assert standing(contract) == before


@pytest.mark.parametrize("text", ["-", "", "Asante sana!", "\U0001f44d", "ok thanks"])
def test_courtesies_and_nothing_at_all_get_help_and_wait_for_nobody(text):
    contract = locked(amount=SMALL).contract
    heard(contract)
    before = standing(contract)

    assert f"You can reply ACCEPT-{contract.pk}" in answer_to(contract.buyer.phone, text)
    assert not InboundMessage.objects.get(phone=contract.buyer.phone).needs_staff
    assert standing(contract) == before


def test_a_word_that_is_said_over_and_over_is_answered_so_often_in_a_day_and_in_each_deal_anew():
    contract = confirmed()
    phone = contract.buyer.phone
    other = drafted(parties=(PartyDraft(role="buyer", phone=phone), PartyDraft(role="seller", phone=new_phone())))
    for each in (contract, other):
        heard(each)
    told = len(messages_to(phone))
    before = standing(contract)
    for _ in range(replies.HELP_PER_DAY + 5):
        say(phone, f"YES-{contract.pk}")

    assert len(messages_to(phone)) - told == replies.HELP_PER_DAY - 1  # the announcement said it too
    assert standing(contract) == before
    assert "waits for the other side" in answer_to(phone, f"YES-{other.pk}")


def test_answers_end_when_a_machine_answers_every_sms():
    contract = locked(amount=SMALL).contract
    heard(contract)
    told = len(messages_to(contract.buyer.phone))

    for _ in range(15):
        say(contract.buyer.phone, "I am driving and will call you back")
        say(contract.buyer.phone, f"On {now():%d %b} you wrote: reply ACCEPT-{contract.pk}")

    assert len(messages_to(contract.buyer.phone)) == told + replies.UNCLEAR_PER_DAY + replies.HELP_PER_DAY


@pytest.mark.parametrize("word", [*BARE, "HALI", "STATEMENT"])
def test_an_unknown_deal_and_somebody_elses_get_the_same_words_and_nobodys_data(word):
    mine, theirs = drafted(), locked(amount=SMALL).contract
    heard(mine)
    heard(theirs)
    before = standing(theirs)

    answers = {answer_to(mine.buyer.phone, f"{word}-{deal} wet") for deal in ("AG-2019-999999", theirs.pk)}

    assert len(answers) == 1
    assert theirs.pk not in answers.pop()
    assert standing(theirs) == before


def test_an_absurd_id_is_not_repeated_in_the_answer():
    contract = drafted()
    heard(contract)

    assert answer_to(contract.buyer.phone, f"YES-{'<script>' * 50}").endswith(f"reply exactly YES-{contract.pk}")


# --- strangers --------------------------------------------------------------------------------------------------------


def test_a_stranger_gets_one_answer_in_24_hours_and_changes_nothing(later: Later):
    contract = locked(amount=SMALL).contract
    stranger = new_phone()
    before = standing(contract)

    for text in (f"ACCEPT-{contract.pk}", f"CANCEL-{contract.pk}", "hello", "YES"):
        say(stranger, text)

    assert messages_to(stranger) == [
        "VoicePact holds money for deals agreed by phone. This number is in no deal with us. To sell with us dial"
        " *384*1234#"
    ]
    assert standing(contract) == before
    later(hours=24, seconds=1)
    say(stranger, "hello again")
    assert len(messages_to(stranger)) == 2


# --- how it is worked -------------------------------------------------------------------------------------------------


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


def test_a_payer_who_agrees_last_or_again_reads_how_to_pay():
    people = ((Party.Role.BUYER, "Wanjiku"), (Party.Role.SELLER, "Otieno"), (Party.Role.PAYER, "Mwangi"))
    contract = drafted(parties=tuple(PartyDraft(role=role, phone=new_phone(), name=name) for role, name in people))
    for party in (contract.buyer, contract.seller):
        agree(contract.pk, phone=party.phone, channel="sms")
    heard(contract)

    for _ in range(2):
        answer = answer_to(contract.party("payer").phone, f"YES-{contract.pk}")
        assert f"reply PAY-{contract.pk}" in answer
        assert "until the buyer accepts" in answer


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
