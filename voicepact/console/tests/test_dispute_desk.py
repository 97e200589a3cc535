"""The queue of disputes by due date, and the page on which both sides are read beside each other."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts import disputes
from contracts.audit import CLOCK, Actor, party_actor
from contracts.models import Deadline, Dispute, Event, Evidence, Party
from contracts.tests.files import PNG, upload
from notifications import announcements, replies
from notifications.models import InboundMessage, Message
from payments import escrow
from payments.models import Payment, Proposal
from tests import factories
from voicepact.console.dispute.history import history
from voicepact.console.tests.cases import moved, quarrel
from voicepact.console.tests.desk import approve, list_of, member, page_of, propose, seen
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db
DECISION = Deadline.Kind.DISPUTE_DECISION
SMALL = Decimal(1_000)


def due_in(dispute: Dispute, **time: int) -> Dispute:
    """The dispute is to be decided so much from now; a timer whose time is over has been worked."""
    due_at = now() + timedelta(**time)
    timers = Deadline.objects.filter(contract=dispute.contract_id, kind=DECISION)
    timers.update(due_at=due_at, closed_at=now() if due_at <= now() else None)
    return dispute


def over(dispute: Dispute) -> Dispute:
    """The buyer has ended it."""
    contract = dispute.contract
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    return dispute


def listed(client: Client, **query: str) -> list[int]:
    return [row.pk for row in client.get(list_of(Dispute), query).context["cl"].result_list]


def cells(client: Client, **query: str) -> str:
    return client.get(list_of(Dispute), query).content.decode()


# --- the queue --------------------------------------------------------------------------------------------------------


def test_the_list_opens_with_what_is_to_be_decided_soonest_and_overdue_first(viewer: Client) -> None:
    later, soon, late = (due_in(quarrel(), hours=hours) for hours in (90, 3, -5))
    over(quarrel())
    assert listed(viewer) == [late.pk, soon.pk, later.pk]
    text = cells(viewer)
    assert re.search(r"Overdue by 5\shours", text)
    assert "KES 350,000" in text


def test_a_timer_that_has_run_out_keeps_its_dispute_on_top(viewer: Client) -> None:
    soon, late = due_in(quarrel(), hours=3), due_in(quarrel(), hours=-5)
    Deadline.objects.filter(contract=late.contract_id, kind=DECISION).update(closed_at=now())
    assert listed(viewer) == [late.pk, soon.pk]
    assert listed(viewer, decision="overdue") == [late.pk]


def test_closed_disputes_are_listed_newest_first_with_how_they_ended(viewer: Client) -> None:
    first, second = over(quarrel()), over(quarrel())
    still_open = quarrel()
    assert listed(viewer, state="closed") == [second.pk, first.pk]
    assert "The buyer accepted" in cells(viewer, state="closed")
    assert set(listed(viewer, state="all")) == {first.pk, second.pk, still_open.pk}


def test_a_search_finds_a_dispute_that_is_over_as_well(viewer: Client) -> None:
    closed = over(quarrel())
    quarrel()
    assert listed(viewer, q=closed.contract_id) == [closed.pk]


def test_the_queue_is_sifted_by_time_answer_and_proposal(operator: Client) -> None:
    late, soon, later = (due_in(quarrel(), hours=hours) for hours in (-5, 3, 90))
    seller = soon.contract.seller
    disputes.add_evidence(soon.pk, party=seller, actor=party_actor(seller, "sms"), text="All came")
    propose(operator, Proposal.Kind.DECISION, later, outcome="released")
    assert listed(operator, decision="overdue") == [late.pk]
    assert listed(operator, decision="soon") == [soon.pk]
    assert listed(operator, answer="yes") == [soon.pk]
    assert listed(operator, answer="no") == [late.pk, later.pk]
    assert listed(operator, proposal="waits") == [later.pk]
    assert listed(operator, proposal="none") == [late.pk, soon.pk]
    assert listed(operator, decision="overdue", state="closed") == []


def test_the_queue_says_what_staff_have_to_know(operator: Client, approver: Client) -> None:
    payment = factories.locked()
    propose(operator, Proposal.Kind.PARTIAL_REFUND, payment, amount=50_000)
    approve(approver, Proposal.objects.get())
    reason = f"Call 0712 345 678. {'Only 80 bags came. ' * 20}"
    dispute = disputes.open_dispute(payment.contract_id, phone=payment.payer_phone, reason=reason, channel="sms")
    propose(operator, Proposal.Kind.DECISION, dispute, outcome="released")
    text = cells(operator)
    assert "KES 300,000" in text, "what went back already is not at stake"
    assert "Buyer by SMS" in text
    assert "0712 345 678" not in text
    assert "Only 80 bags came. Only 80" in text
    assert text.count("Only 80 bags came") < 5
    assert "Waits for approval" in text


def test_the_queue_takes_as_many_queries_for_many_as_for_few_and_counts_nothing(viewer: Client) -> None:
    over(quarrel())
    quarrel()
    for query in ({}, {"state": "closed"}, {"state": "all"}, {"decision": "overdue"}, {"proposal": "waits"}):
        viewer.get(list_of(Dispute), query)
        with CaptureQueriesContext(connection) as few:
            viewer.get(list_of(Dispute), query)
        for _ in range(2):
            over(quarrel(amount=SMALL))
            due_in(quarrel(amount=SMALL), hours=-1)
        with CaptureQueriesContext(connection) as many:
            viewer.get(list_of(Dispute), query)
        assert len(many) == len(few) <= 10, query
        assert not [one for one in many if "COUNT(" in one["sql"].upper()], query


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_both_sides_with_what_each_said_sent_and_was_told(viewer: Client) -> None:
    dispute = quarrel()
    contract = dispute.contract
    buyer, seller = contract.buyer, contract.seller
    escrow.deliver(contract.pk, phone=seller.phone, channel="ussd")
    for party, text in ((buyer, "Forty were wet"), (seller, f"Ask {buyer.phone}, all came")):
        disputes.add_evidence(dispute.pk, party=party, actor=party_actor(party, "sms"), text=text)
    wrote = {"contract": contract, "phone": buyer.phone, "message_id": "m1", "text": "Where is my money?"}
    InboundMessage.objects.create(party=buyer, needs_staff=True, **wrote)
    announcements.announce_due()

    text = viewer.get(page_of(dispute)).content.decode()

    for words in ("Only 80 bags came", "Forty were wet", "all came", "Where is my money?", "Delivered", "USSD"):
        assert words in text
    assert text.index("The buyer, Wanjiku") < text.index("Forty were wet") < text.index("The seller, Otieno")
    assert text.index("The seller, Otieno") < text.index("all came")
    assert Message.objects.filter(contract=contract, party=seller).exists()
    for message in Message.objects.filter(contract=contract, party=seller):
        assert page_of(message) in text
    for phone in (buyer.phone, seller.phone):
        assert mask(phone) in text
        assert phone not in text
    payment = Payment.objects.get(contract=contract)
    assert page_of(payment) in text
    assert page_of(contract) in text


def test_words_that_were_no_command_are_on_the_pages_of_the_dispute_and_of_its_deal(viewer: Client) -> None:
    dispute = quarrel()
    buyer, seller = dispute.contract.buyer, dispute.contract.seller
    for serial, (party, words) in enumerate(((buyer, "I have witnesses"), (seller, "see the photo"))):
        text = f"EVIDENCE-{dispute.contract_id} {words}"
        InboundMessage.objects.create(phone=party.phone, message_id=f"m{serial}", text=text)
    replies.read_due()

    for page in (dispute, dispute.contract):
        text = viewer.get(page_of(page)).content.decode()
        assert "I have witnesses" in text
        assert "see the photo" in text
    assert not Evidence.objects.filter(dispute=dispute, text__contains="witnesses").exists()


def test_the_page_says_what_is_at_stake_and_how_long_there_is(viewer: Client) -> None:
    dispute = due_in(quarrel(amount=Decimal(10_000), fees_paid_by="split"), hours=-5)
    payment = Payment.objects.get(contract=dispute.contract_id)
    text = viewer.get(page_of(dispute)).content.decode()
    assert "KES 10,000" in text
    assert f"{payment.to_collect} held in escrow" in text
    assert f"The seller bears a fee of {Money(payment.seller_fee)}" in text
    assert f"The buyer paid a fee of {Money(payment.buyer_fee)} on top" in text
    assert payment.seller_fee
    assert payment.buyer_fee
    assert re.search(r"Overdue by 5\shours", text)
    assert re.search(r"Awaited: .*?(3 days|2 days 23 hours) left", text, re.DOTALL)


def test_the_page_of_a_dispute_that_is_over_says_how_it_ended(operator: Client, approver: Client) -> None:
    dispute = quarrel()
    propose(operator, Proposal.Kind.DECISION, dispute, outcome="split", seller_amount=280_000, buyer_amount=70_000)
    approve(approver, Proposal.objects.get())
    text = operator.get(page_of(dispute)).content.decode()
    for words in ("Split", "KES 280,000 for the seller", "KES 70,000 for the buyer"):
        assert words in text
    for page in ("propose", "add_evidence"):
        args = ["decision", dispute.pk] if page == "propose" else [dispute.pk]
        assert reverse(f"desk:{page}", args=args) not in text


def test_a_waiting_proposal_is_on_the_page_with_who_may_approve_it(operator: Client, approver: Client) -> None:
    dispute = quarrel()
    member("admin")
    answer = propose(operator, Proposal.Kind.DECISION, dispute, outcome="released")
    proposal = Proposal.objects.get()
    text = answer.content.decode()
    assert "Those who may: admin, approver." in " ".join(text.split())
    assert f"Decide the dispute about {dispute.contract_id}" in text
    assert f"dispute:{dispute.pk})" not in text
    page = approver.get(page_of(dispute)).content.decode()
    assert page_of(proposal) in page
    assert "By operator; somebody else has to approve it." in page


def test_the_page_takes_as_many_queries_for_a_long_quarrel_as_for_a_short_one(viewer: Client) -> None:
    dispute = quarrel()
    contract = dispute.contract
    counts = []
    for times in (1, 12):
        for number in range(times):
            for party in (contract.buyer, contract.seller):
                disputes.add_evidence(dispute.pk, party=party, actor=party_actor(party, "sms"), text="so")
                wrote = {"contract": contract, "party": party, "phone": party.phone, "text": "so"}
                InboundMessage.objects.create(message_id=f"{times}-{number}-{party.pk}", **wrote)
            other = factories.drafted(amount=SMALL)
            Party.objects.filter(contract=other, role="buyer").update(phone=contract.seller.phone)
        announcements.announce_due()
        with CaptureQueriesContext(connection) as queries:
            assert viewer.get(page_of(dispute)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 45


def test_the_way_back_does_not_read_as_closing_the_dispute(viewer: Client) -> None:
    dispute = quarrel()
    for row in (dispute, dispute.contract, Payment.objects.get()):
        text = viewer.get(page_of(row)).content.decode()
        assert "Back to the list" in text
        assert not re.search(r">\s*Close\s*<", text)


# --- the history of a phone -------------------------------------------------------------------------------------------


def test_a_phones_history_counts_its_other_deals_only(operator: Client, approver: Client) -> None:
    phone = factories.new_phone()
    won, lost, taken_back = (_as_seller(quarrel(amount=SMALL), phone) for _ in range(3))
    for dispute, outcome in ((won, "released"), (lost, "refunded")):
        propose(operator, Proposal.Kind.DECISION, dispute, outcome=outcome)
        approve(approver, Proposal.objects.latest("pk"))
    over(taken_back)
    bought = factories.completed(amount=SMALL).contract
    Party.objects.filter(contract=bought, role="buyer").update(phone=phone)
    here = _as_seller(quarrel(amount=SMALL), phone)
    Party.objects.filter(contract=won.contract_id, role="seller").update(unreachable_since=now())

    past = history(phone, besides=here.contract_id)

    assert (past.deals, past.as_buyer, past.as_seller, past.more) == (4, 1, 3, False)
    assert (past.completed, past.cancelled) == (2, 1)
    assert past.traded == (Money(bought.amount * 2),)
    assert (past.opened, past.won, past.lost) == (0, 2, 1)
    assert past.first_seen == min(d.contract.created_at for d in (won, lost, taken_back))
    assert past.unreachable_since is not None


def _as_seller(dispute: Dispute, phone: str) -> Dispute:
    Party.objects.filter(contract=dispute.contract_id, role="seller").update(phone=phone)
    return Dispute.objects.get(pk=dispute.pk)


def test_a_phone_that_nobody_knows_has_no_history() -> None:
    contract = factories.drafted()
    past = history(contract.buyer.phone, besides=contract.pk)
    assert (past.deals, past.traded, past.first_seen, past.won) == (0, (), None, 0)


def test_a_history_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicepact.console.dispute.history.MOST_DEALS", 2)
    phone = factories.new_phone()
    for _ in range(3):
        Party.objects.filter(contract=factories.drafted(), role="buyer").update(phone=phone)
    with CaptureQueriesContext(connection) as queries:
        past = history(phone, besides="")
    assert (past.deals, past.more, len(queries)) == (2, True, 2)


# --- staff bring something forward ------------------------------------------------------------------------------------


def add(client: Client, dispute: Dispute, **fields: object) -> Any:
    """The form is opened, filled in and sent."""
    address = reverse("desk:add_evidence", args=[dispute.pk])
    opened = seen(client.get(address, follow=True))
    return client.post(address, {"seen": opened, **fields}, follow=True)


@pytest.mark.parametrize("role", ["support", "operator", "admin"])
def test_staff_add_a_note_and_a_file_in_their_own_name(role: str) -> None:
    client, dispute = member(role), quarrel()
    assert reverse("desk:add_evidence", args=[dispute.pk]) in client.get(page_of(dispute)).content.decode()

    text = add(client, dispute, text="The driver says 80", file=upload(PNG)).content.decode()

    piece = Evidence.objects.get()
    assert (piece.party, piece.channel, piece.content_type) == (None, "desk", "image/png")
    assert Event.objects.get(kind="dispute.evidence_added").actor == piece.actor
    assert piece.actor.startswith("staff:")
    assert "The driver says 80" in text
    assert "Brought forward by us" in text
    assert Dispute.objects.get(pk=dispute.pk).answered_at is None, "it is no party's answer"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Evidence is words, a file, or both."),
        ({"text": "x" * 5_001}, "at most 5000 characters"),
        ({"file": upload(b"MZ\x90\x00\x03", "x.pdf")}, "Send a picture"),
        ({"text": "again", "seen": "7"}, "Something was added since"),
        ({"text": "again", "seen": "x"}, "Something was added since"),
    ],
)
def test_evidence_that_is_refused_is_said_and_not_kept(operator: Client, fields: dict[str, object], words: str) -> None:
    dispute = quarrel()
    before = moved(), Event.objects.count()
    assert words in add(operator, dispute, **fields).content.decode()
    assert not Evidence.objects.exists()
    assert (moved(), Event.objects.count()) == before


def test_a_double_click_adds_once(operator: Client) -> None:
    dispute = quarrel()
    address = reverse("desk:add_evidence", args=[dispute.pk])
    fields = {"text": "The driver says 80", "seen": seen(operator.get(address))}
    operator.post(address, fields)
    again = operator.post(address, fields)
    assert "perhaps this already" in again.content.decode()
    assert Evidence.objects.count() == 1
    assert operator.post(address, {**fields, "seen": seen(again)}).status_code == 302


def test_nothing_is_added_to_a_dispute_that_is_over(operator: Client) -> None:
    dispute = over(quarrel())
    assert "is over" in add(operator, dispute, text="late").content.decode()
    assert not Evidence.objects.exists()


def test_who_may_neither_freeze_nor_propose_adds_nothing(viewer: Client, approver: Client) -> None:
    dispute = quarrel()
    address = reverse("desk:add_evidence", args=[dispute.pk])
    for client in (viewer, approver, member("auditor")):
        assert address not in client.get(page_of(dispute)).content.decode()
        assert client.get(address).status_code == 403
        assert client.post(address, {"text": "no", "seen": "0"}).status_code == 403
    assert not Evidence.objects.exists()


def test_a_dispute_that_we_opened_says_so(viewer: Client) -> None:
    contract = factories.locked(amount=SMALL).contract
    dispute = disputes.open_by_staff(contract.pk, reason="Two deals with one lorry", actor=Actor("staff:1", "desk"))
    text = viewer.get(page_of(dispute)).content.decode()
    assert "By our staff" in text
    assert "Two deals with one lorry" in text
    assert "Our staff" in cells(viewer)


def test_a_dispute_that_the_clock_opened_says_so(viewer: Client) -> None:
    payment = factories.locked(amount=SMALL)
    contract = payment.contract
    dispute = disputes.open_by_clock(contract, reason="")
    assert dispute.channel == CLOCK.channel
    assert "By the clock, because somebody kept silent" in viewer.get(page_of(dispute)).content.decode()


def test_the_newest_sms_are_shown_the_earlier_folded_and_either_side_can_be_chosen() -> None:
    dispute = quarrel(amount=SMALL)
    buyer = dispute.contract.buyer
    for number in range(8):
        InboundMessage.objects.create(
            message_id=f"{buyer.pk}-{number}",
            phone=buyer.phone,
            text=f"word {number}",
            party=buyer,
            contract=buyer.contract,
        )
    text = member("operator").get(page_of(dispute)).content.decode()
    newest, _, earlier = text.partition("3 earlier</summary>")
    assert [number for number in range(8) if f"word {number}" in newest] == [3, 4, 5, 6, 7]
    assert [number for number in range(8) if f"word {number}" in earlier] == [0, 1, 2]
    assert re.findall(r'name="side" value="(\w+)"', text) == ["buyer", "seller"]
    assert {"side-buyer", "side-seller"} <= set(re.findall(r"side-\w+", text))
    bar = f'<p class="act-bar"><a href="{reverse("desk:propose", args=["decision", dispute.pk])}">Decide</a></p>'
    assert bar in text
    assert "act-bar" not in member("viewer").get(page_of(dispute)).content.decode()
