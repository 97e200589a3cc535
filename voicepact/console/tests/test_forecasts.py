"""What a decision comes to is shown while it is thought about, and comes true to the shilling and to the letter."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.template import Context, Engine
from django.test import Client
from django.urls import reverse

from contracts import disputes
from contracts.models import Dispute, Event, Party
from notifications import announcements, texts
from notifications.models import Message
from payments import endings, escrow, ledger
from payments.models import Payment, Proposal
from tests import factories
from voicepact.console.tests.cases import moved, quarrel
from voicepact.console.tests.desk import approve, page_of, propose, seen
from voicepact.kernel.display import veiled
from voicepact.kernel.money import Money

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind
PRICE = Decimal(10_001)


def preview(client: Client, dispute: Dispute, typed: str = "", **fields: object) -> str:
    """What is shown when the field `typed` was changed last."""
    address = reverse("desk:preview", args=[dispute.pk])
    answer = client.post(address, fields, headers={"HX-Trigger-Name": typed} if typed else None)
    assert answer.status_code == 200
    return answer.content.decode()


def movements(text: str) -> list[str]:
    """The sums that a page says move, in its order."""
    return [part.partition("<")[0] for part in text.split('text-xl">')[1:]]


def payment_of(dispute: Dispute) -> Payment:
    return Payment.objects.get(contract=dispute.contract_id)


# --- it comes true ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fees", ["platform", "seller", "buyer", "split"])
@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": "released"},
        {"outcome": "refunded"},
        {"outcome": "split", "seller_amount": "3,334", "buyer_amount": "6,667"},
    ],
)
def test_what_is_shown_is_what_is_paid_and_told(
    operator: Client, approver: Client, fields: dict[str, str], fees: str
) -> None:
    dispute = quarrel(amount=PRICE, fees_paid_by=fees)
    announcements.announce_due()
    before = moved(), Event.objects.count()
    shown = preview(operator, dispute, **fields)
    assert (moved(), Event.objects.count()) == before

    propose(operator, Kind.DECISION, dispute, **fields)
    proposal = Proposal.objects.get()
    assert movements(approver.get(page_of(proposal)).content.decode()) == movements(shown)
    last = Message.objects.latest("pk").pk
    approve(approver, proposal)
    payment = factories.pay_out(payment_of(dispute))
    announcements.announce_due()

    where = ledger.standing(payment)
    moves = [where.released, where.refunded, where.fees]
    assert movements(shown) == [str(Money(amount)) for amount in moves if amount]
    assert payment.status in ("released", "refunded")
    texts_sent = [str(message.text) for message in Message.objects.filter(pk__gt=last)]
    assert texts_sent
    folded = "".join(shown.split())
    for text in texts_sent:
        assert "".join(_as_shown(text).split()) in folded
    assert shown.count("<blockquote") == len(texts_sent)


def _as_shown(text: str) -> str:
    """An SMS as the page has it."""
    return str(Engine().from_string("{{ text|linebreaksbr }}").render(Context({"text": veiled(text)})))


def test_what_went_back_before_is_not_shared_out_again(operator: Client, approver: Client) -> None:
    payment = factories.locked(amount=PRICE)
    propose(operator, Kind.PARTIAL_REFUND, payment, amount=1_001)
    approve(approver, Proposal.objects.get())
    factories.pay_out(payment)
    escrow.deliver(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    dispute = quarrel_about(payment)

    shown = preview(operator, dispute, outcome="split", seller_amount=4_500, buyer_amount=4_500)

    assert movements(shown) == ["KES 4,500", "KES 4,500"]
    assert "KES 5,501 in all has gone back" in shown
    assert "two shares make" in preview(operator, dispute, outcome="split", seller_amount=5_001, buyer_amount=5_000)


def quarrel_about(payment: Payment) -> Dispute:
    return disputes.open_dispute(payment.contract_id, phone=payment.payer_phone, reason="Wet", channel="sms")


# --- while it is filled in --------------------------------------------------------------------------------------------


def test_nothing_is_foretold_before_anything_is_chosen(operator: Client) -> None:
    dispute = quarrel()
    assert "Choose a decision" in preview(operator, dispute)
    assert "Choose a decision" in operator.get(reverse("desk:propose", args=["decision", dispute.pk])).content.decode()


@pytest.mark.parametrize(
    ("seller", "buyer", "words"),
    [
        ("1", "2", "two shares make 3"),
        ("349,995", "5", "at least KES 10"),
        ("", "5", "Say how much"),
        ("many", "5", "Enter a whole number"),
        ("1.5", "349998.5", "Enter a whole number"),
        ("-1", "350,001", "greater than or equal to 0"),
    ],
)
def test_a_refusal_is_shown_before_anything_is_proposed(operator: Client, seller: str, buyer: str, words: str) -> None:
    shown = preview(operator, quarrel(), outcome="split", seller_amount=seller, buyer_amount=buyer)
    assert words in shown
    assert movements(shown) == []


@pytest.mark.parametrize(
    ("typed", "amount", "other", "rest"),
    [
        ("seller_amount", "280000", "buyer_amount", "70,000"),
        ("seller_amount", "280,001", "buyer_amount", "69,999"),
        ("buyer_amount", "0", "seller_amount", "350,000"),
    ],
)
def test_typing_one_share_fills_the_other_with_the_rest(
    operator: Client, typed: str, amount: str, other: str, rest: str
) -> None:
    shown = preview(operator, quarrel(), typed, **{"outcome": "split", typed: amount, other: "1"})
    assert f'name="{other}" value="{rest}"' in shown
    assert f'name="{typed}"' not in shown
    assert 'hx-swap-oob="true"' in shown
    assert "KES 350,000" in movements(shown) if amount == "0" else f"KES {rest}" in movements(shown)


@pytest.mark.parametrize("amount", ["", "x", "-5", "350001", "1.5", "NaN", "Infinity"])
def test_what_is_no_share_fills_nothing(operator: Client, amount: str) -> None:
    shown = preview(operator, quarrel(), "seller_amount", outcome="split", seller_amount=amount, buyer_amount="1")
    assert "hx-swap-oob" not in shown
    assert movements(shown) == []


def test_without_a_script_the_page_says_the_same_once_it_is_sent(operator: Client) -> None:
    dispute = quarrel()
    fields = {"outcome": "split", "seller_amount": "280,000", "buyer_amount": "70,000"}
    page = propose(operator, Kind.DECISION, dispute, reason=" ", **fields).content.decode()
    assert "This field is required" in page
    assert movements(page) == movements(preview(operator, dispute, **fields)) == ["KES 280,000", "KES 70,000"]
    assert not Proposal.objects.exists()


def test_names_cannot_run_in_what_is_shown(operator: Client) -> None:
    dispute = quarrel()
    dispute.contract.parties.update(name="<script>alert(1)</script>")
    shown = preview(operator, dispute, outcome="released")
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;" in shown


def test_numbers_are_masked_in_what_the_phones_will_show(operator: Client) -> None:
    dispute = quarrel()
    shown = preview(operator, dispute, outcome="released")
    assert "Payment Released" in shown
    assert [party.phone for party in dispute.contract.parties.all() if party.phone[1:] in shown] == []


def test_who_may_not_propose_sees_no_preview(approver: Client, viewer: Client) -> None:
    address = reverse("desk:preview", args=[quarrel().pk])
    assert {client.post(address, {"outcome": "released"}).status_code for client in (approver, viewer)} == {403}


def test_a_preview_is_asked_for_by_its_form_only(operator: Client) -> None:
    assert operator.get(reverse("desk:preview", args=[quarrel().pk])).status_code == 405
    for key in ("999999", "x", "9" * 30):
        assert operator.post(f"/admin/desk/disputes/{key}/preview/").status_code == 404


# --- each in the own language -----------------------------------------------------------------------------------------


def test_each_reads_the_own_language_where_it_has_the_text(
    operator: Client, approver: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sw").mkdir()
    (tmp_path / "sw" / "dispute_released.txt").write_text("VoicePact {{ deal }}: muuzaji amelipwa.\n")
    monkeypatch.setattr(texts, "ENGINE", Engine(dirs=[str(tmp_path), str(texts.DIRECTORY)]))
    dispute = quarrel(amount=PRICE)
    Party.objects.filter(contract=dispute.contract_id, role="seller").update(language="sw")
    announcements.announce_due()

    shown = preview(operator, dispute, outcome="released")
    propose(operator, Kind.DECISION, dispute, outcome="released")
    approve(approver, Proposal.objects.get())
    announcements.announce_due()

    told = dict(Message.objects.filter(kind="dispute_released").values_list("party__role", "text"))
    assert told["seller"] == f"VoicePact {dispute.contract_id}: muuzaji amelipwa."
    assert "our staff have decided" in told["buyer"]
    assert shown.count("muuzaji amelipwa") == 1
    assert shown.count("our staff have decided the dispute for the seller") == 1
    assert "Payment Released" in shown, "what the language does not have is told in English"


# --- the dispute ends meanwhile ---------------------------------------------------------------------------------------


def _accept(dispute: Dispute) -> None:
    """The buyer, who opened it, ends the dispute."""
    contract = dispute.contract
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")


def test_a_dispute_that_ends_before_it_is_proposed_is_said_to_be_over(operator: Client) -> None:
    dispute = quarrel()
    fields = {"outcome": "split", "seller_amount": "280,000", "buyer_amount": "70,000"}
    assert movements(preview(operator, dispute, **fields))
    _accept(dispute)
    before = moved()

    over = f"The dispute about {dispute.contract_id} is over: the buyer accepted."
    assert over in preview(operator, dispute, **fields)
    assert over in propose(operator, Kind.DECISION, dispute, **fields).content.decode()

    assert not Proposal.objects.exists()
    assert moved() == before


def test_a_dispute_that_ends_before_it_is_approved_has_one_end(operator: Client, approver: Client) -> None:
    dispute = quarrel()
    escrow.deliver(dispute.contract_id, phone=dispute.contract.seller.phone, channel="sms")
    propose(operator, Kind.DECISION, dispute, outcome="refunded")
    proposal = Proposal.objects.get()
    address = reverse("desk:approve", args=[proposal.pk])
    read = seen(approver.get(address))
    _accept(dispute)
    before = moved()

    answer = approver.post(address, {"seen": read}, follow=True)

    assert "This dispute is over." in answer.content.decode()
    assert moved() == before
    assert Dispute.objects.get(pk=dispute.pk).outcome == "accepted"
    assert Proposal.objects.get(pk=proposal.pk).is_open
    payment = factories.pay_out(payment_of(dispute))
    while payment.transfers.open().exists():
        payment = factories.pay_out(payment)
    assert ledger.standing(payment).released == 350_000


def test_a_dispute_whose_money_is_gone_is_told_and_no_fault_of_ours(operator: Client) -> None:
    """As when it ends between the look at the dispute and the look at its payment."""
    dispute = quarrel()
    endings.cancel(dispute.contract_id, phone=dispute.contract.seller.phone, channel="sms")
    factories.pay_out(payment_of(dispute))
    Dispute.objects.filter(pk=dispute.pk).update(closed_at=None)
    assert "This dispute is over." in preview(operator, dispute, outcome="released")
    assert "This dispute is over." in propose(operator, Kind.DECISION, dispute, outcome="released").content.decode()
    assert not Proposal.objects.exists()
