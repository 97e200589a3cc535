import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from contracts import agreements, audit, deadlines
from contracts.audit import CLOCK
from contracts.models import Chain, Contract, Deadline
from notifications.models import Message
from payments import endings, stops
from payments.gateways.base import Source
from payments.settlement import settle
from tests import factories
from voicepact.console.deal import chain, clocks, diagram, dossier, sheets, terms
from voicepact.console.tests.cases import owed, quarrel
from voicepact.console.tests.desk import closed_deal, disputed_deal, page_of, sign_in
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock

pytestmark = pytest.mark.django_db
Status = Contract.Status


@pytest.fixture
def staff() -> Client:
    return sign_in()


def _text(staff: Client, contract: Contract, **query: str) -> str:
    return str(staff.get(page_of(contract), query).content.decode())


# --- the head ---------------------------------------------------------------------------------------------------------


def test_terms_are_told_in_words_and_never_as_json(staff: Client) -> None:
    known = {"product": "Maize", "quantity": 100, "unit": "bags", "unit_price": 3500}
    others = {"quality": {"grade": "A", "dry_enough": True}, "colours": ["white", "yellow"], "call": "0712345678"}
    contract = factories.drafted(terms=known | others)
    assert terms.goods(contract) == "100 bags of Maize at KES 3,500"
    assert terms.others(contract) == [
        ("Quality, grade", "A"),
        ("Quality, dry enough", "yes"),
        ("Colours", "white, yellow"),
        ("Call", "+2547*****678"),
    ]
    text = _text(staff, contract)
    assert "100 bags of Maize at KES 3,500" in text
    assert "&quot;quality&quot;" not in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Agricultural supply"),
        ({"product": "Maize"}, "Maize"),
        ({"quantity": 3}, "3 of Agricultural supply"),
        ({"product": "Maize", "unit_price": "about 30"}, "Maize at about 30"),
        ({"product": "Maize", "unit_price": "3500.555"}, "Maize at 3500.555"),
        ({"product": ["Maize"], "quantity": {"n": 1}}, "Agricultural supply"),
    ],
)
def test_odd_terms_are_told_as_far_as_they_go(given: dict[str, object], words: str) -> None:
    assert terms.goods(factories.drafted(terms=given)) == words


def test_the_head_says_who_has_to_act_in_each_state() -> None:
    drafted = factories.drafted()
    locked = factories.locked(amount=Decimal(1000)).contract
    for contract, words in (
        (drafted, r"The buyer and the seller have to agree by \d+ \w+ \d{4}, \d\d:\d\d; then the buyer pays\."),
        (factories.confirmed(), r"The buyer has to pay KES 350,000 by .*; then the seller delivers\."),
        (locked, r"The seller has to deliver by .*; then the buyer accepts\."),
        (quarrel().contract, r"Staff have to decide by .*, unless the two agree; until then nothing is paid\."),
        (closed_deal().contract, r"Nothing remains to be done\."),
        (factories.completed().contract, r"KES 350,000 is on its way; nobody has to act while it is\."),
    ):
        assert re.fullmatch(words, dossier.read(Contract.objects.get(pk=contract.pk)).next), words


def test_while_what_the_network_says_is_checked_the_head_asks_nobody_to_pay_or_deliver() -> None:
    payment = factories.prompted(amount=Decimal(1000))
    prompt = factories.open_transfer(payment)
    settle(prompt.pk, factories.succeeded(prompt, amount=Decimal(999)))
    head = dossier.read(payment.contract)
    assert head.now == "Everybody has agreed; whether the money is in is being checked."
    assert head.next == (
        "What the network says of KES 1,000 (another amount) does not fit: staff have to find out. "
        "Until then nobody is asked to pay."
    )

    with transaction.atomic():
        endings.expire(lock(Contract, payment.contract_id), Deadline.Kind.FUNDING)
    head = dossier.read(Contract.objects.get(pk=payment.contract_id))
    assert head.now == "The deal has run out of time; whether money came in is being checked."
    assert head.next.endswith("Until then nothing goes back.")


def test_money_that_the_network_has_not_confirmed_is_not_said_to_be_in() -> None:
    payment = factories.fund(factories.checked_out(amount=Decimal(1000)), confirm=False)
    head = dossier.read(payment.contract)
    assert head.now.startswith("The money is said to be in")
    assert head.next == "The network has still to confirm the money; we ask it by ourselves."

    denied = payment.transfers.get()
    settle(denied.pk, factories.refused(denied, "1032", Source.ANSWER))
    assert "(the rail denies what its callback said)" in dossier.read(payment.contract).next
    assert dossier.read(payment.contract).next.endswith("Until then nothing is paid out.")

    settled = factories.locked(amount=Decimal(1000))
    assert dossier.read(settled.contract).now == "The money is in escrow; the goods are not delivered yet."


def test_money_that_is_owed_is_not_said_to_be_done() -> None:
    transfer = owed()
    assert transfer.payment is not None
    assert "KES 1,000 is still held and has to leave" in dossier.read(transfer.payment.contract).next


def test_a_standing_stop_of_the_deal_is_a_banner(staff: Client) -> None:
    contract = factories.locked(amount=Decimal(1000)).contract
    assert "Payouts of this deal are stopped" not in _text(staff, contract)
    with transaction.atomic():
        stops.stop(code="contradicted", actor=CLOCK, contract=contract)
    assert "Payouts of this deal are stopped: the rail had refused a transfer" in _text(staff, contract)


# --- the recording ----------------------------------------------------------------------------------------------------


def test_the_recording_opens_in_a_new_tab_that_knows_nothing_of_ours(staff: Client) -> None:
    contract = factories.drafted(audio_url="https://example.com/a.mp3", transcript="One\nCall 0712345678")
    text = _text(staff, contract)
    assert '<a href="https://example.com/a.mp3" target="_blank" rel="noopener noreferrer"' in text
    assert "One<br>Call" in text
    assert "0712345678" not in text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "ftp://example.com/a", "//example.com"])
def test_an_address_that_is_none_of_the_web_is_no_link(staff: Client, address: str) -> None:
    contract = factories.drafted()
    Contract.objects.filter(pk=contract.pk).update(audio_url=address)
    assert "Listen to the recording" not in _text(staff, contract)


# --- the record -------------------------------------------------------------------------------------------------------


def test_a_record_that_holds_says_so(staff: Client) -> None:
    contract = closed_deal().contract
    count = contract.events.count()
    assert f"All {count} entries hold: none was changed or removed." in _text(staff, contract)


def test_a_record_that_somebody_touched_is_told_in_red(staff: Client) -> None:
    contract = closed_deal().contract
    Chain.objects.filter(name=contract.pk).update(serial=2)
    text = _text(staff, contract)
    assert 'class="deal-bad font-semibold">The record of this deal does not hold' in text
    assert f"{contract.pk}: the chain&#x27;s head is event #2" in text


def test_a_record_that_is_very_long_is_not_checked_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = closed_deal().contract
    monkeypatch.setattr(chain, "MOST", 3)
    seal = chain.check(contract)
    assert seal.holds is None
    assert "more than 3 entries" in seal.words


# --- the states -------------------------------------------------------------------------------------------------------


def test_the_picture_has_every_state_and_every_arrow() -> None:
    arrows = Contract._meta.get_field("status").get_all_transitions(Contract)
    ways = {(arrow.source, arrow.target) for arrow in arrows}
    for plan in sheets.PLANS:
        assert set(plan.lines) == ways, plan.name
        assert set(plan.centres) == set(Status), plan.name


def test_the_picture_shows_the_way_that_was_taken() -> None:
    done = diagram.draw(closed_deal().contract)
    assert done.way == ("Pending", "Confirmed", "Payment locked", "Delivered", "Completed")
    for sheet in done.sheets:
        assert sum(line.taken for line in sheet.lines) == 4
        assert [box.name for box in sheet.boxes if "present" in box.classes] == ["Completed"]
    assert diagram.draw(factories.drafted()).words == "Pending. The deal is now pending."


def test_the_picture_shows_a_dispute_that_was_withdrawn() -> None:
    dispute = quarrel()
    contract = dispute.contract
    endings.withdraw(contract.pk, phone=contract.buyer.phone, channel="sms")
    way = diagram.draw(Contract.objects.get(pk=contract.pk)).way
    assert way == ("Pending", "Confirmed", "Payment locked", "Disputed", "Payment locked")


def test_the_picture_shows_a_deal_that_was_declined() -> None:
    contract = factories.drafted()
    agreements.decline(contract.pk, phone=contract.seller.phone, channel="sms")
    assert diagram.draw(Contract.objects.get(pk=contract.pk)).way == ("Pending", "Cancelled")


# --- timers -----------------------------------------------------------------------------------------------------------


def test_every_kind_of_timer_says_what_follows() -> None:
    assert set(clocks.THEN) == set(Deadline.Kind)


def test_a_timer_shows_its_time_left_and_why_it_was_put_off(staff: Client) -> None:
    contract = factories.drafted()
    timer = contract.deadlines.get()
    Deadline.objects.filter(pk=timer.pk).update(due_at=now() - timedelta(minutes=5))
    with transaction.atomic():
        assert deadlines.move(contract, timer, why="unreachable")
    Deadline.objects.filter(pk=timer.pk).update(due_at=now() + timedelta(days=1, hours=4, seconds=30))
    text = _text(staff, contract)
    assert "in 1 day 4 hours" in text
    assert "Put off once, because somebody could not be reached." in text
    Deadline.objects.filter(pk=timer.pk).update(due_at=now() - timedelta(hours=2, seconds=30))
    assert "overdue, 2 hours ago" in _text(staff, contract)


# --- the whole --------------------------------------------------------------------------------------------------------


def test_the_technical_steps_are_folded_away_until_they_are_asked_for(staff: Client) -> None:
    contract = closed_deal().contract
    assert "In the books KES 1,000 moved from outside to held" not in _text(staff, contract)
    assert "In the books KES 1,000 moved from outside to held" in _text(staff, contract, told="everything")
    assert "The buyer agreed by SMS" not in _text(staff, contract, told="messages")
    assert "The buyer agreed by SMS" in _text(staff, contract, told="nonsense")


def test_the_page_takes_as_many_queries_for_a_long_deal(
    staff: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    contract = disputed_deal().contract
    _text(staff, contract)
    with CaptureQueriesContext(connection) as short:
        _text(staff, contract)
    for number in range(20):
        Message.objects.create(contract=contract, kind="x", phone=contract.buyer.phone, text=str(number))
        with transaction.atomic():
            audit.record("party.agreed", contract=contract, actor=audit.party_actor(contract.buyer, "sms"))
    with django_assert_num_queries(len(short)):
        _text(staff, contract)
