"""Two people, two pages: what was proposed is read in words, and approved or rejected by somebody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import Contract, Dispute, Event
from payments import endings
from payments.approvals import NOT_OWN
from payments.models import Payment, Proposal
from tests import factories
from voicepact.console.proposal.plans import plan
from voicepact.console.tests.cases import moved, owed, quarrel
from voicepact.console.tests.desk import approve, list_of, member, page_of, propose, seen, sign_in
from voicepact.kernel.models import User
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind


@pytest.fixture
def split(operator: Client) -> Proposal:
    """A dispute is proposed to be split."""
    propose(operator, Kind.DECISION, quarrel(), outcome="split", seller_amount=280_000, buyer_amount=70_000)
    return Proposal.objects.get()


def reject(client: Client, proposal: Proposal, note: str = "the seller sent photographs") -> Any:
    return client.post(reverse("desk:reject", args=[proposal.pk]), {"note": note}, follow=True)


def deal_of(proposal: Proposal) -> Contract:
    assert proposal.contract is not None
    return proposal.contract


def dispute_of(proposal: Proposal) -> Dispute:
    return Dispute.objects.get(contract=deal_of(proposal))


def untouched(proposal: Proposal) -> bool:
    """It is open still, and so is what it is about."""
    return Proposal.objects.get(pk=proposal.pk).is_open and dispute_of(proposal).is_open


# --- what is read -----------------------------------------------------------------------------------------------------


def test_the_page_and_the_confirmation_say_how_much_goes_to_whom(approver: Client, split: Proposal) -> None:
    contract = deal_of(split)
    for page in (page_of(split), reverse("desk:approve", args=[split.pk])):
        text = approver.get(page).content.decode()
        for words in ("KES 280,000", "KES 70,000", mask(contract.seller.phone), mask(contract.buyer.phone)):
            assert words in text
        assert contract.seller.phone not in text
        assert "as the papers show" in text
        assert "operator" in text


def test_phones_in_a_reason_are_masked(operator: Client, approver: Client) -> None:
    propose(operator, Kind.PAY_AGAIN, owed(), reason="He called from 0712 345 678")
    proposal = Proposal.objects.get()
    for page in (page_of(proposal), reverse("desk:approve", args=[proposal.pk])):
        assert "0712 345 678" not in approver.get(page).content.decode()


def test_the_buttons_are_shown_to_those_who_may(
    operator: Client, approver: Client, viewer: Client, split: Proposal
) -> None:
    yes, no = (reverse(f"desk:{act}", args=[split.pk]) for act in ("approve", "reject"))
    shown = {
        name: [act in client.get(page_of(split)).content.decode() for act in (yes, no)]
        for name, client in (("approver", approver), ("proposer", operator), ("viewer", viewer))
    }
    assert shown == {"approver": [True, True], "proposer": [False, True], "viewer": [False, False]}


def test_open_proposals_are_in_the_menu(approver: Client, split: Proposal) -> None:
    address = f"{list_of(Proposal)}?state=open"
    assert address in approver.get(reverse("admin:index")).content.decode()
    assert list(approver.get(address).context["cl"].result_list) == [split]
    reject(approver, split)
    assert list(approver.get(address).context["cl"].result_list) == []


def test_pages_take_as_many_queries_for_many_proposals_as_for_few(operator: Client, approver: Client) -> None:
    dispute = quarrel()
    approver.get(page_of(dispute))
    counts = []
    for _ in range(2):
        for _ in range(3):
            propose(operator, Kind.DECISION, dispute, outcome="released")
            reject(approver, Proposal.objects.latest("pk"))
        with CaptureQueriesContext(connection) as queries:
            assert approver.get(page_of(dispute)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- who decides ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_approves_what_they_proposed_not_even_who_may_do_everything(method: str) -> None:
    chief = sign_in()
    propose(chief, Kind.DECISION, quarrel(), outcome="released")
    proposal, before = Proposal.objects.get(), moved()
    address, read = reverse("desk:approve", args=[proposal.pk]), {"seen": plan(proposal).fingerprint}

    answer = getattr(chief, method)(address, read, follow=True)

    assert answer.redirect_chain == [(page_of(proposal), 302)]
    assert [str(message) for message in answer.context["messages"]] == [NOT_OWN]
    assert "Yes, approve" not in answer.content.decode()
    assert untouched(proposal)
    assert moved() == before


def test_who_may_only_propose_or_only_look_approves_and_rejects_nothing(viewer: Client, split: Proposal) -> None:
    other = Client()
    colleague = User.objects.create(username="colleague", is_staff=True)
    colleague.groups.set(User.objects.get(username="operator").groups.all())
    other.force_login(colleague)
    before = moved()
    for client in (viewer, other):
        for act in ("approve", "reject"):
            address = reverse(f"desk:{act}", args=[split.pk])
            assert client.get(address).status_code == 403
            assert client.post(address, {"note": "no", "seen": "x"}).status_code == 403
    assert untouched(split)
    assert moved() == before


def test_who_may_only_approve_or_only_look_proposes_nothing(approver: Client, viewer: Client) -> None:
    dispute = quarrel()
    address = reverse("desk:propose", args=["decision", dispute.pk])
    for client in (approver, viewer):
        assert address not in client.get(page_of(dispute)).content.decode()
        assert client.get(address).status_code == 403
        assert client.post(address, {"outcome": "released", "reason": "so"}).status_code == 403
    assert not Proposal.objects.exists()


def test_a_stranger_is_sent_to_the_door(split: Proposal) -> None:
    for act in ("approve", "reject"):
        answer = Client().post(reverse(f"desk:{act}", args=[split.pk]), {"note": "no"})
        assert (answer.status_code, "/admin/login/" in answer["Location"]) == (302, True)
    assert untouched(split)


def test_without_the_forms_own_token_nothing_is_decided(split: Proposal) -> None:
    careless = Client(enforce_csrf_checks=True)
    careless.force_login(User.objects.create(username="chief", is_staff=True, is_superuser=True))
    for act in ("approve", "reject"):
        assert careless.post(reverse(f"desk:{act}", args=[split.pk]), {"note": "no"}).status_code == 403
    assert untouched(split)


# --- approved ---------------------------------------------------------------------------------------------------------


def test_reading_the_confirmation_decides_nothing(approver: Client, split: Proposal) -> None:
    assert approver.get(reverse("desk:approve", args=[split.pk])).status_code == 200
    assert untouched(split)


def test_what_has_changed_since_it_was_read_is_read_again(approver: Client, split: Proposal) -> None:
    address = reverse("desk:approve", args=[split.pk])
    before_change = seen(approver.get(address))
    Payment.objects.filter(contract=split.contract).update(recipient_phone="+254700000009")
    before = moved()

    answer = approver.post(address, {"seen": before_change})

    text = answer.content.decode()
    assert "Something has changed" in text
    assert mask("+254700000009") in text
    assert untouched(split)
    assert moved() == before
    assert approver.post(address, {"seen": seen(answer)}).status_code == 302
    assert not untouched(split)


def test_what_is_decided_already_is_not_decided_again(approver: Client, split: Proposal) -> None:
    approve(approver, split)
    before = moved()
    assert "This proposal is approved already" in approve(member("approver"), split).content.decode()
    assert "This proposal is approved" in reject(approver, split).content.decode()
    assert moved() == before


def test_what_has_run_out_is_not_approved(operator: Client, approver: Client, settings: LazySettings) -> None:
    settings.PROPOSAL_TIME = timedelta(0)
    propose(operator, Kind.DECISION, quarrel(), outcome="released")
    before = moved()
    assert "has run out" in approve(approver, Proposal.objects.get()).content.decode()
    assert moved() == before


def test_what_cannot_be_done_any_more_is_told_and_not_done(approver: Client, split: Proposal) -> None:
    contract = deal_of(split)
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    factories.pay_out(contract.payments.get())
    before = moved()

    answer = approve(approver, split)

    assert [str(message) for message in answer.context["messages"]] == [
        "This can no longer be done. This dispute is over."
    ]
    assert Proposal.objects.get(pk=split.pk).is_open
    assert moved() == before


def test_what_cannot_be_done_any_more_is_offered_for_rejection_only(approver: Client, split: Proposal) -> None:
    contract = deal_of(split)
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")

    text = approver.get(page_of(split)).content.decode()

    assert "As things stand it can no longer be done. This dispute is over." in text
    assert "Not now. This dispute is over." in text
    assert [reverse(f"desk:{act}", args=[split.pk]) in text for act in ("approve", "reject")] == [False, True]
    reject(approver, split)
    assert Proposal.objects.get(pk=split.pk).status == "rejected"


def test_every_act_is_an_event_that_names_who_did_it(approver: Client, split: Proposal) -> None:
    approve(approver, split)
    actors = dict(Event.objects.filter(kind__startswith="proposal.").values_list("kind", "actor"))
    names = {kind: User.objects.get(pk=actor.partition(":")[2]).username for kind, actor in actors.items()}
    assert names == {"proposal.made": "operator", "proposal.approved": "approver"}


# --- rejected ---------------------------------------------------------------------------------------------------------


def test_what_is_rejected_does_not_happen(approver: Client, split: Proposal) -> None:
    before = moved()
    reject(approver, split)
    found = Proposal.objects.get(pk=split.pk)
    assert (found.status, found.note) == ("rejected", "the seller sent photographs")
    assert dispute_of(split).is_open
    assert moved() == before


def test_who_proposed_may_take_it_back(operator: Client, split: Proposal) -> None:
    assert "Take back" in operator.get(page_of(split)).content.decode()
    assert "Taken back" in reject(operator, split).content.decode()
    assert Proposal.objects.get(pk=split.pk).status == "rejected"


def test_a_rejection_says_why(approver: Client, split: Proposal) -> None:
    assert "This field is required" in reject(approver, split, note=" ").content.decode()
    assert untouched(split)
