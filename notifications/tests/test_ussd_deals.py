"""What a party does with a deal by USSD: the same commands as by SMS, asked once more where they cannot be undone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from contracts import disputes
from contracts.agreements import PartyDraft
from contracts.models import Contract, Dispute, Event, Evidence
from notifications import announcements
from notifications.models import Message
from notifications.tests.dialling import Dialled
from notifications.tests.people import standing
from notifications.ussd import deals
from payments import breaker, endings, escrow
from payments.models import Payment, Transfer
from payments.settlement import settle
from tests.factories import (
    acknowledge,
    checked_out,
    completed,
    confirmed,
    drafted,
    fund,
    locked,
    new_phone,
    pay_out,
    succeeded,
)
from voicepact.console.deal import timeline
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_proof(settings):
    settings.PROOF_FROM = None


def status(contract: Contract) -> str:
    return str(Contract.objects.get(pk=contract.pk).status)


def at(contract: Contract, role: str) -> Dialled:
    """The party has dialled and looks at the deal."""
    dialled = Dialled(contract.party(role).phone)
    if "broke off" in dialled.screen:
        dialled.key("00")
    if contract.pk not in dialled.screen:
        dialled.choose("My deals")
    dialled.choose(contract.pk)
    return dialled


def test_money_that_waits_for_a_word_comes_before_what_strangers_ask():
    contract = locked(amount=Decimal(1_000)).contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    people = (
        PartyDraft(role="buyer", phone=contract.buyer.phone),
        PartyDraft(role="seller", phone=new_phone()),
    )
    for _ in range(3):
        drafted(parties=people)

    assert Dialled(contract.buyer.phone).screen.splitlines()[1] == f"1 {contract.pk} accept?"


def test_strangers_who_ask_in_crowds_push_no_deal_with_money_off_the_list(monkeypatch):
    monkeypatch.setattr(deals, "MOST_OPEN", 3)
    contract = locked(amount=Decimal(1_000)).contract
    people = (PartyDraft(role="buyer", phone=contract.buyer.phone), PartyDraft(role="seller", phone=new_phone()))
    for _ in range(3):
        drafted(parties=people)

    assert contract.pk in Dialled(contract.buyer.phone).choose("My deals")


def test_both_agree_and_the_buyer_pays():
    contract = drafted()

    assert at(contract, "seller").choose("Agree").startswith(f"END {contract.pk}: thank you, you have agreed")
    assert "pay KES 350,000" in at(contract, "buyer").choose("Agree")
    assert status(contract) == "confirmed"
    assert "prompt is coming" in at(contract, "buyer").choose("Pay now")

    assert Transfer.objects.get(payment__contract=contract).status == "requested"
    events = Event.objects.filter(contract=contract, kind__startswith="party.")
    assert set(events.values_list("channel", flat=True)) == {"ussd"}


def test_declining_is_asked_once_more():
    contract = drafted()
    dialled = at(contract, "buyer")

    assert "you do not want this deal?" in dialled.choose("Decline")
    assert status(contract) == "pending"
    assert dialled.choose("Yes").startswith(f"END {contract.pk} is cancelled")

    assert status(contract) == "cancelled"


def test_whoever_has_agreed_waits_and_may_cancel():
    contract = drafted()
    at(contract, "buyer").choose("Agree")

    dialled = at(contract, "buyer")

    assert "The other side has not yet" in dialled.screen
    assert "Agree" not in dialled.screen
    dialled.choose("Cancel deal", "Yes")
    assert status(contract) == "cancelled"


def test_payment_status_says_what_the_payment_waits_for():
    contract = confirmed()
    assert "KES 350,000 is not paid" in at(contract, "seller").choose("Payment status")
    at(contract, "buyer").choose("Pay now")
    assert "prompt for KES 250,000 is on its way" in at(contract, "buyer").choose("Payment status")
    Transfer.objects.filter(payment__contract=contract).update(not_before=now() + timedelta(hours=1))
    assert "prompt for KES 250,000 comes " in at(contract, "buyer").choose("Payment status")


def test_a_part_that_is_in_is_told():
    payment = checked_out()
    contract = payment.contract
    first = payment.transfers.open().get()
    settle(acknowledge(first).pk, succeeded(first))

    assert "KES 250,000 of KES 350,000 is in" in at(contract, "buyer").screen


def test_a_prompt_while_the_rail_is_down_is_refused_in_the_persons_language_and_moves_nothing(monkeypatch):
    contract = confirmed()
    contract.parties.update(language="sw")
    before = standing(contract)
    monkeypatch.setattr(breaker, "retry_after", lambda *_: 60)
    dialled = at(contract, "buyer")

    answer = dialled.choose("Lipa sasa")

    assert answer.startswith(f"END {contract.pk}")
    assert "M-Pesa" in answer
    assert standing(contract) == before


def test_everything_delivered_and_accepted_pays_the_seller():
    contract = locked().contract

    assert "asked the buyer" in at(contract, "seller").choose("Delivered", "All of it")
    assert status(contract) == "delivered"
    dialled = at(contract, "buyer")
    sure = dialled.choose("Accept goods")
    assert "The whole KES 350,000 goes to Otieno" in sure
    assert status(contract) == "delivered"
    assert "KES 350,000 goes to the seller" in dialled.choose("Yes")

    assert status(contract) == "completed"
    assert Transfer.objects.filter(payment__contract=contract, kind="payout").count() == 2


def test_a_short_quantity_is_told_to_the_buyer_in_a_text_and_on_the_screen():
    contract = locked().contract
    dialled = at(contract, "seller")
    assert "how many of 100 bags" in dialled.choose("Delivered", "Only a part")
    for wrong in ("100", "101", "-1", "many", "0.001", "1e9", "9" * 40):
        assert "A number less than 100, please." in dialled.key(wrong)
        assert status(contract) == "payment_locked"
    assert "you delivered 90 of 100 bags?" in dialled.key("90")
    dialled.choose("Yes")

    assert status(contract) == "delivered"
    assert Event.objects.get(contract=contract, kind="delivery.short").payload == {"quantity": "90"}
    announcements.announce_due()
    told = Message.objects.filter(contract=contract, phone=contract.buyer.phone, kind__startswith="delivered")
    assert [message.kind for message in told] == ["delivered_short"]
    assert "only 90 of 100 bags" in told.get().text
    screen = at(contract, "buyer").screen
    assert "90 of 100 bags came" in screen
    assert "pays all KES 350,000" in screen


def test_a_deal_without_a_quantity_is_delivered_whole():
    contract = locked(terms={"product": "Transport"}).contract
    dialled = at(contract, "seller")

    assert "did you deliver everything?" in dialled.choose("Delivered")
    dialled.choose("Yes")

    assert status(contract) == "delivered"


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("Not delivered", "Not delivered"),
        ("Part is missing", "Part is missing"),
        ("Bad quality", "Bad quality"),
        ("Wrong goods", "Wrong goods"),
    ],
)
def test_a_problem_is_reported_with_its_reason_and_the_other_side_answers(label, reason):
    contract = locked().contract

    buyer = at(contract, "buyer")
    asked = buyer.choose("Problem", label)
    assert f"report: {label}? KES 350,000 stays locked until" in asked
    assert status(contract) == "payment_locked"
    assert "money stays locked" in buyer.choose("Yes")

    dispute = Dispute.objects.get(contract=contract)
    assert (dispute.reason, dispute.by, dispute.channel) == (reason, "buyer", "ussd")
    seller = at(contract, "seller")
    assert f"the buyer reports: {label}" in seller.screen
    assert "as your side: Bad quality? They read it" in seller.choose("My side", "Bad quality")
    assert not Evidence.objects.filter(dispute=dispute).exists()
    assert "Our staff read your side" in seller.choose("Yes")
    dispute.refresh_from_db()
    assert dispute.answered_at is not None
    assert status(contract) == "disputed"


def test_a_problem_that_is_not_on_the_list_is_reported_in_words():
    contract = locked().contract
    dialled = at(contract, "buyer")
    assert "say it in a few words" in dialled.choose("Problem", "Other problem")
    for no_words in ("", "7", "98", "??", "😀😀"):
        assert "In words, please." in dialled.key(no_words)

    assert "report: The rain came in" in dialled.key("  The rain\ncame in \u2014 magunia 40 yote 😀 ")

    assert status(contract) == "payment_locked"
    dialled.choose("Yes")
    dispute = Dispute.objects.get(contract=contract)
    assert dispute.reason == "The rain came in - magunia 40 yote ?"


def test_words_of_any_length_are_cut_and_a_side_can_be_told_in_words_too():
    contract = locked().contract
    at(contract, "buyer").choose("Problem", "Bad quality", "Yes")
    seller = at(contract, "seller")
    seller.choose("My side", "Other problem")

    assert seller.key("sound " * 100).startswith(f"CON {contract.pk}: tell our staff as your side: sound")
    seller.choose("Yes")

    assert len(Evidence.objects.get(dispute__contract=contract).text) == 100


def test_whoever_is_not_sure_goes_back_and_no_problem_is_reported():
    contract = locked().contract
    dialled = at(contract, "buyer")
    dialled.choose("Problem", "Bad quality")
    before = standing(contract)

    assert "what is wrong?" in dialled.key("0")
    assert f"{contract.pk}: KES 350,000 is locked" in dialled.key("0")

    assert standing(contract) == before


def test_an_answer_to_a_problem_that_was_taken_back_meanwhile_is_asked_anew_and_reports_none():
    contract = locked().contract
    at(contract, "buyer").choose("Problem", "Bad quality", "Yes")
    seller = at(contract, "seller")
    seller.choose("My side", "Wrong goods")
    endings.withdraw(contract.pk, phone=contract.buyer.phone, channel="sms")
    before = standing(contract)

    assert "report: Wrong goods?" in seller.choose("Yes")

    assert standing(contract) == before
    seller.choose("Yes")
    assert status(contract) == "disputed"


def test_a_yes_to_cancel_before_the_money_came_does_not_send_it_back_once_it_is_there():
    payment = checked_out()
    contract = payment.contract
    seller = at(contract, "seller")
    assert "cancel" in seller.choose("Cancel deal")
    fund(payment)
    before = standing(contract)

    assert "The whole KES 350,000 goes back to whoever paid" in seller.choose("Yes")

    assert standing(contract) == before


def test_a_swahili_reader_sees_the_reason_in_swahili():
    contract = locked().contract
    at(contract, "buyer").choose("Problem", "Part is missing", "Yes")
    contract.parties.filter(role="seller").update(language="sw")

    assert "Mzigo pungufu" in Dialled(contract.seller.phone).choose(contract.pk)


def test_only_whoever_reported_it_takes_it_back():
    contract = locked().contract
    at(contract, "buyer").choose("Problem", "Not delivered", "Yes")
    assert "Take problem back" not in at(contract, "seller").screen

    dialled = at(contract, "buyer")
    dialled.choose("Take problem back")
    assert status(contract) == "disputed"
    dialled.choose("Yes")

    assert status(contract) == "payment_locked"


def test_a_buyer_who_has_accepted_reads_who_gets_the_money_before_taking_the_problem_back():
    contract = locked().contract
    at(contract, "buyer").choose("Accept goods", "Yes")
    at(contract, "buyer").choose("Problem", "Bad quality", "Yes")
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    before = standing(contract)
    dialled = at(contract, "buyer")

    asked = dialled.choose("Take problem back")

    assert f"You have accepted the goods: then {contract.seller_gets} is the seller's." in asked
    assert standing(contract) == before
    dialled.choose("Yes")
    assert status(contract) == "completed"


def test_the_buyers_acceptance_ends_the_buyers_own_problem():
    contract = locked().contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    at(contract, "buyer").choose("Problem", "Bad quality", "Yes")

    at(contract, "buyer").choose("Accept goods", "Yes")

    assert status(contract) == "completed"


def test_a_dispute_that_another_side_has_in_words_of_its_own_shows_them_shortened():
    contract = locked().contract
    words = "The maize was wet and half of it was rotten"
    disputes.open_dispute(contract.pk, phone=contract.buyer.phone, reason=words, channel="sms")

    assert "the buyer reports: The maize was wet" in at(contract, "seller").screen


def test_the_sellers_cancel_gives_the_money_back_after_a_question_that_says_so():
    contract = locked().contract
    dialled = at(contract, "seller")

    assert "The whole KES 350,000 goes back" in dialled.choose("Cancel deal")
    assert status(contract) == "payment_locked"
    dialled.choose("Yes")

    assert status(contract) == "cancelled"


def test_is_my_money_there():
    payment = checked_out()
    contract = payment.contract
    assert at(contract, "seller").choose("Is my money there?").startswith("CON NOT LOCKED: KES 350,000")
    fund(payment)

    screen = at(contract, "buyer").choose("Is my money there?")

    head = Event.objects.filter(contract=contract).order_by("serial").last()
    assert screen.startswith(f"CON LOCKED: KES 350,000 for {contract.pk}")
    assert head is not None
    assert head.hash[:8].upper() in screen


def test_money_that_the_rail_has_not_confirmed_is_not_called_locked():
    contract = fund(checked_out(), confirm=False).contract
    seller = at(contract, "seller")

    assert "Do not deliver yet" in seller.screen
    assert seller.choose("Is my money there?").startswith("CON NOT LOCKED")


def test_a_deal_that_is_done_says_where_the_money_is_and_offers_no_word():
    contract = completed().contract
    assert "on its way" in at(contract, "buyer").screen
    pay_out(Payment.objects.get(contract=contract))

    screen = at(contract, "seller").screen

    assert "You were paid" in screen
    assert [line[2:] for line in screen.splitlines()[1:-1]] == ["Is my money there?"]


def test_what_a_screen_offered_and_has_become_impossible_is_refused_and_moves_nothing():
    contract = locked().contract
    dialled = at(contract, "seller")
    dialled.choose("Delivered")
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    before = standing(contract)

    answer = dialled.choose("All of it")

    assert answer.startswith(f"END {contract.pk}")
    assert standing(contract) == before


def test_an_agreed_payer_agrees_pays_and_sees_where_the_money_is():
    people = [PartyDraft(role=role, phone=new_phone(), name=role.title()) for role in ("buyer", "seller", "payer")]
    contract = drafted(parties=tuple(people))
    for party in contract.parties.exclude(role="payer"):
        at(contract, party.role).choose("Agree")
    payer = at(contract, "payer")
    assert "you pay KES 350,000 for Buyer" in payer.screen
    assert "agreed by all. Next: pay KES 350,000" in payer.choose("Agree")
    assert "prompt is coming" in at(contract, "payer").choose("Pay now")

    fund(Payment.objects.get(contract=contract))

    assert [line[2:] for line in at(contract, "payer").screen.splitlines()[1:-1]] == ["Is my money there?"]


def test_a_second_word_of_the_seller_does_not_change_the_first():
    contract = locked().contract
    at(contract, "seller").choose("Delivered", "All of it")

    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="ussd", only=Decimal(90))

    assert not Event.objects.filter(contract=contract, kind="delivery.short").exists()


def test_the_deals_page_tells_staff_how_much_came():
    contract = locked().contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="ussd", only=Decimal("90.5"))

    words = [entry.words for entry in timeline.entries(contract)]

    assert "The seller said by USSD that only 90.5 of 100 bags came" in words
