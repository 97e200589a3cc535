"""Numbers are masked on every page; whoever sees one says why, and that is written down for good."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from contracts import audit
from contracts.models import Dispute, Event
from notifications.models import DeliveryReport, InboundMessage, Message
from payments.models import Callback, Deposit, Payment, Proposal
from tests import factories
from voicepact.console.models import DeskAct
from voicepact.console.tests.cases import numbers, talkative
from voicepact.console.tests.desk import approve, list_of, member, page_of, propose, sign_in
from voicepact.kernel.models import User
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db
SUPPORT = ("support", "operator", "approver", "auditor", "admin")
TOKEN = "0123456789abcdef0123456789abcdef"


def sight(row: Model, name: str = "number") -> str:
    return reverse("desk:show", args=[name, row._meta.model_name, row.pk])


def look(client: Client, row: Model, name: str = "number", reason: str = "she asked at which number we pay") -> Any:
    return client.post(sight(row, name), {"reason": reason})


@pytest.fixture
def deal() -> Payment:
    return talkative()


# --- shown ------------------------------------------------------------------------------------------------------------


def test_a_number_is_shown_once_to_who_says_why(deal: Payment) -> None:
    support, party = member("support"), deal.contract.buyer
    assert sight(party) in support.get(page_of(party)).content.decode()
    assert party.phone not in support.get(sight(party)).content.decode()
    assert not DeskAct.objects.exists()

    answer = look(support, party)

    assert party.phone in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    event = Event.objects.get(kind="phone.revealed")
    user = User.objects.get(username="support")
    assert (event.contract, event.actor, event.channel) == (deal.contract, f"staff:{user.pk}", "desk")
    assert event.payload == {"subject": f"party:{party.pk}", "shown": "number"}
    act = DeskAct.objects.get()
    assert (act.user, act.address, act.act) == (user, "127.0.0.1", "phone.revealed")
    assert (act.subject, act.reason, act.event) == (f"party:{party.pk}", "she asked at which number we pay", event)
    assert list(audit.verify(deal.contract_id)) == []
    assert party.phone not in support.get(page_of(party)).content.decode()


def test_each_row_shows_the_numbers_that_it_has(deal: Payment) -> None:
    support, contract = member("support"), deal.contract
    payment = look(support, deal).content.decode()
    assert contract.buyer.phone in payment
    assert contract.seller.phone in payment
    rows = {
        deal.transfers.collections().get(): contract.buyer.phone,
        Deposit.objects.get(): Deposit.objects.get().phone,
        Message.objects.get(contract=contract, kind="reply_help"): contract.buyer.phone,
        InboundMessage.objects.get(contract=contract): f"Call {contract.seller.phone}",
    }
    for row, number in rows.items():
        assert number in look(support, row).content.decode(), row
    assert set(Event.objects.filter(kind="phone.revealed").values_list("chain", flat=True)) == {contract.pk, "system"}
    assert DeskAct.objects.count() == len(rows) + 1


def test_a_view_without_a_reason_shows_nothing_and_is_none(deal: Payment) -> None:
    support, party = member("support"), deal.contract.buyer
    for reason in ("", "  ", "x" * 201):
        answer = look(support, party, reason=reason)
        assert (answer.status_code, party.phone in answer.content.decode()) == (200, False)
    assert not DeskAct.objects.exists()
    assert not Event.objects.filter(kind="phone.revealed").exists()


def test_who_may_only_look_sees_no_number(deal: Payment) -> None:
    viewer, party = member("viewer"), deal.contract.buyer
    assert sight(party) not in viewer.get(page_of(party)).content.decode()
    assert viewer.get(sight(party)).status_code == 403
    assert look(viewer, party).status_code == 403
    assert not DeskAct.objects.exists()
    assert not Event.objects.filter(kind="phone.revealed").exists()


def test_without_the_forms_own_token_or_for_a_stranger_nothing_is_shown(deal: Payment) -> None:
    party = deal.contract.buyer
    careless = Client(enforce_csrf_checks=True)
    careless.force_login(User.objects.create(username="chief", is_staff=True, is_superuser=True))
    assert look(careless, party).status_code == 403
    assert look(Client(), party).status_code == 302
    assert not DeskAct.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["number/callback/1", "raw/party/1", "number/user/1", "secret/party/1", "number/party/x", "number/party/0"],
)
def test_what_there_is_not_is_not_shown(address: str) -> None:
    client = sign_in()
    assert client.post(f"/admin/desk/show/{address}/", {"reason": "why"}).status_code == 404
    assert not DeskAct.objects.exists()


def test_an_act_is_never_changed_and_read_by_auditors_only(deal: Payment) -> None:
    look(member("support"), deal.contract.buyer, reason=f"asked from {deal.contract.buyer.phone}")
    act = DeskAct.objects.get()
    for change in (DeskAct.objects.all().delete, lambda: DeskAct.objects.update(reason="")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    auditor = member("auditor")
    for page in (list_of(DeskAct), page_of(act), f"{list_of(DeskAct)}?what=phone.revealed&q={deal.contract_id}"):
        text = auditor.get(page).content.decode()
        assert "support" in text
        assert "127.0.0.1" in text
        assert f"asked from {mask(deal.contract.buyer.phone)}" in text
    assert auditor.post(page_of(act), {"reason": "x"}).status_code == 403
    for role in ("viewer", "support", "operator", "approver"):
        assert member(role).get(list_of(DeskAct)).status_code == 403


# --- as it came -------------------------------------------------------------------------------------------------------


def test_auditors_see_what_came_just_as_it_came_and_that_is_written_down(deal: Payment) -> None:
    auditor, contract = member("auditor"), deal.contract
    callback = Callback.objects.get(transfer__payment=deal)
    Callback.objects.filter(pk=callback.pk).update(
        body=f'{{"PhoneNumber": {contract.buyer.phone[1:]}, "t": "{TOKEN}"}}'
    )
    report = DeliveryReport.objects.get()
    shown = {
        callback: contract.buyer.phone[1:],
        InboundMessage.objects.get(contract=contract): "20880",
        report: contract.seller.phone,
    }
    for row, words in shown.items():
        assert sight(row, "raw") in auditor.get(page_of(row)).content.decode()
        text = look(auditor, row, "raw").content.decode()
        assert words in text
        assert TOKEN not in text
    events = Event.objects.filter(kind="phone.revealed", contract=contract)
    assert [event.payload["shown"] for event in events] == ["raw"] * 3
    assert DeskAct.objects.count() == 3


@pytest.mark.parametrize("role", ["viewer", "support", "operator", "approver"])
def test_others_see_what_came_veiled_only(deal: Payment, role: str) -> None:
    client, callback = member(role), Callback.objects.get(transfer__payment=deal)
    text = client.get(page_of(callback)).content.decode()
    assert mask(deal.contract.buyer.phone) in text
    assert sight(callback, "raw") not in text
    assert look(client, callback, "raw").status_code == 403
    assert not DeskAct.objects.exists()


# --- the approver of a new number -------------------------------------------------------------------------------------


def test_the_approver_compares_the_new_number_in_full_and_that_is_written_down(operator: Client) -> None:
    party, number = factories.confirmed().seller, factories.new_phone()
    propose(operator, Proposal.Kind.PHONE_CHANGE, party, phone=number)
    proposal = Proposal.objects.get()
    for role in ("viewer", "auditor", "operator", "approver"):
        page = member(role).get(page_of(proposal)).content.decode()
        assert (number in page, mask(number) in page) == (False, True)
    assert not Event.objects.filter(kind="phone.revealed").exists()

    confirmation = member("approver").get(reverse("desk:approve", args=[proposal.pk]))

    assert number in confirmation.content.decode()
    assert "no-store" in confirmation["Cache-Control"]
    event = Event.objects.get(kind="phone.revealed")
    assert event.payload == {"subject": f"proposal:{proposal.pk}", "shown": "number"}
    assert DeskAct.objects.get(event=event).user.username == "approver"
    approve(member("approver"), proposal)
    assert Proposal.objects.get().status == "approved"


def test_other_confirmations_show_no_number_and_write_down_none(operator: Client, deal: Payment) -> None:
    Proposal.objects.all().delete()
    propose(operator, Proposal.Kind.DECISION, Dispute.objects.get(), outcome="released")
    page = member("approver").get(reverse("desk:approve", args=[Proposal.objects.get().pk])).content.decode()
    assert [number for number in numbers() if number in page] == []
    assert not Event.objects.filter(kind="phone.revealed").exists()


def test_each_act_at_the_desk_keeps_who_why_and_from_where(operator: Client, approver: Client, deal: Payment) -> None:
    Proposal.objects.all().delete()
    propose(operator, Proposal.Kind.DECISION, Dispute.objects.get(), outcome="released", reason="80 bags came")
    proposal = Proposal.objects.get()
    approver.post(reverse("desk:reject", args=[proposal.pk]), {"note": "all 100 came"})
    operator.post(reverse("desk:pause"), {"gateway": "daraja", "reason": "something is odd"})
    acts = list(DeskAct.objects.order_by("pk").values_list("user__username", "act", "subject", "reason", "address"))
    assert acts[:2] == [
        ("operator", "proposal.made", f"proposal:{proposal.pk}", "80 bags came", "127.0.0.1"),
        ("approver", "proposal.rejected", f"proposal:{proposal.pk}", "all 100 came", "127.0.0.1"),
    ]
    assert [(user, act, reason) for user, act, _, reason, _ in acts[2:]] == [
        ("operator", "payouts.stopped", "something is odd")
    ]


def test_what_is_refused_is_no_act(operator: Client, deal: Payment) -> None:
    Proposal.objects.all().delete()
    dispute = Dispute.objects.get()
    for _ in range(2):
        propose(operator, Proposal.Kind.DECISION, dispute, outcome="released")
    assert DeskAct.objects.filter(act="proposal.made").count() == Proposal.objects.count() == 1
