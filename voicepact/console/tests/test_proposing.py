"""Each form proposes, another member of staff approves, and only then it happens."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from contracts.audit import CLOCK
from contracts.models import Deadline, Dispute, Event
from contracts.tests.files import MP3_TAGGED, PDF, PNG
from payments import ledger, stops
from payments.ledger import Standing
from payments.models import Deposit, Payment, PayoutStop, Proposal, Transfer
from payments.tests.hand import suspended
from tests import factories
from tests.factories import SMALL
from voicepact.console.forms import FORMS
from voicepact.console.tests.cases import moved, owed, quarantined, quarrel, stopped, unknown
from voicepact.console.tests.desk import approve, page_of, propose
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind


def standing(transfer: Transfer) -> Standing:
    return ledger.standing(payment_of(transfer))


def payment_of(transfer: Transfer) -> Payment:
    assert transfer.payment is not None
    return transfer.payment


def statement(content: bytes = PDF, name: str = "statement.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_every_kind_of_proposal_has_its_form() -> None:
    assert set(FORMS) == set(Kind)


# --- kind by kind -----------------------------------------------------------------------------------------------------

ALL, NONE = Decimal(350_000), Decimal(0)


@pytest.mark.parametrize(
    ("fields", "outcome", "to_seller", "to_buyer"),
    [
        ({"outcome": "released"}, "released", ALL, NONE),
        ({"outcome": "refunded"}, "refunded", NONE, ALL),
        ({"outcome": "split", "seller_amount": 280_000, "buyer_amount": 70_000}, "split", 280_000, 70_000),
    ],
)
def test_a_dispute_is_decided(
    operator: Client, approver: Client, fields: dict[str, object], outcome: str, to_seller: Decimal, to_buyer: Decimal
) -> None:
    dispute = quarrel()
    before = moved()
    propose(operator, Kind.DECISION, dispute, **fields)
    assert moved() == before

    approve(approver, Proposal.objects.get())

    assert Dispute.objects.get(pk=dispute.pk).outcome == outcome
    payment = factories.pay_out(Payment.objects.get(contract=dispute.contract))
    assert ledger.standing(payment) == Standing(released=Decimal(to_seller), refunded=Decimal(to_buyer))


def test_a_split_is_suggested_in_halves_and_told_with_the_names_of_both(operator: Client) -> None:
    dispute = quarrel()
    form = operator.get(reverse("desk:propose", args=["decision", dispute.pk]))
    assert [form.context["form"].fields[name].initial for name in ("seller_amount", "buyer_amount")] == [175_000] * 2
    text = form.content.decode()
    for party in dispute.contract.parties.all():
        assert mask(party.phone) in text
        assert party.phone not in text


def test_a_part_goes_back(operator: Client, approver: Client) -> None:
    payment = factories.locked()
    propose(operator, Kind.PARTIAL_REFUND, payment, amount="50000")
    assert ledger.standing(payment).in_transit == 0

    approve(approver, Proposal.objects.get())

    assert ledger.standing(payment).in_transit == 50_000
    assert factories.open_transfer(payment).phone == payment.payer_phone


def test_what_is_owed_is_paid_again(operator: Client, approver: Client) -> None:
    refused = owed()
    propose(operator, Kind.PAY_AGAIN, refused)
    assert not payment_of(refused).transfers.open().exists()

    approve(approver, Proposal.objects.get())

    assert factories.open_transfer(payment_of(refused)).replaces == refused


def test_an_unknown_payout_is_marked_with_the_rails_statement(operator: Client, approver: Client) -> None:
    payout = unknown()
    fields = {"outcome": "succeeded", "receipt_number": " ukn7a1b2c3 ", "statement": statement()}
    propose(operator, Kind.MARK_TRANSFER, payout, **fields)
    assert Transfer.objects.get(pk=payout.pk).status == "unknown"

    approve(approver, Proposal.objects.get())

    end = Transfer.objects.get(pk=payout.pk)
    assert (end.status, end.receipt_number) == ("succeeded", "UKN7A1B2C3")
    assert standing(payout) == Standing(released=SMALL)


@pytest.mark.parametrize(
    ("outcome", "where"),
    [("succeeded", Standing(held=SMALL)), ("returned", Standing(in_transit=SMALL)), ("failed", Standing())],
)
def test_quarantined_money_is_matched_returned_or_found_never_to_have_come(
    operator: Client, approver: Client, outcome: str, where: Standing
) -> None:
    prompt = quarantined()
    fields = {"outcome": outcome, "receipt_number": factories.new_receipt(), "statement": statement(PNG, "x.png")}
    propose(operator, Kind.MARK_TRANSFER, prompt, **fields)

    approve(approver, Proposal.objects.get())

    assert standing(prompt) == where


def test_money_in_suspense_is_matched(operator: Client, approver: Client) -> None:
    payment, deposit = factories.prompted(amount=SMALL), suspended()
    propose(operator, Kind.MATCH_DEPOSIT, deposit, transaction_id=f" {payment.transaction_id.lower()} ")
    assert ledger.balance(ledger.SUSPENSE) == SMALL

    approve(approver, Proposal.objects.get())

    assert (ledger.balance(ledger.SUSPENSE), ledger.standing(payment).held) == (0, SMALL)


def test_money_in_suspense_is_sent_back(operator: Client, approver: Client) -> None:
    deposit = suspended()
    propose(operator, Kind.RETURN_DEPOSIT, deposit)

    approve(approver, Proposal.objects.get())

    assert Transfer.objects.get(deposit=deposit).amount == SMALL
    assert ledger.balance(ledger.SUSPENSE) == 0


@pytest.mark.parametrize("writing", ["0712 345 678", "+254 712 345678", "254712345678", "0712-345-678"])
def test_a_phone_is_changed_however_it_is_written(operator: Client, approver: Client, writing: str) -> None:
    seller = factories.locked(amount=SMALL).contract.seller
    propose(operator, Kind.PHONE_CHANGE, seller, phone=writing)
    assert Proposal.objects.get().details == {"phone": "+254712345678"}

    approve(approver, Proposal.objects.get())

    assert seller.contract.deadlines.filter(kind=Deadline.Kind.PHONE_CHANGE, closed_at=None).exists()


def test_the_approver_of_a_phone_change_reads_the_whole_new_number(operator: Client, approver: Client) -> None:
    seller = factories.locked(amount=SMALL).contract.seller
    propose(operator, Kind.PHONE_CHANGE, seller, phone="0712345678")
    text = approver.get(reverse("desk:approve", args=[Proposal.objects.get().pk])).content.decode()
    assert "+254712345678" in text
    assert seller.phone not in text


def test_payouts_leave_again(operator: Client, approver: Client) -> None:
    stop = stopped()
    propose(operator, Kind.RESUME_PAYOUTS, stop)
    assert PayoutStop.objects.get().lifted_at is None

    approve(approver, Proposal.objects.get())

    assert PayoutStop.objects.get(pk=stop.pk).lifted_at is not None


@pytest.mark.parametrize("of_deal", [True, False])
def test_the_form_says_how_much_waits_for_a_stop(operator: Client, of_deal: bool) -> None:
    waiting, _ = factories.completed(amount=SMALL), factories.completed(amount=2 * SMALL)
    with transaction.atomic():
        stop = stops.stop(code="paused", actor=CLOCK, contract=waiting.contract if of_deal else None)
    text = operator.get(reverse("desk:propose", args=["resume_payouts", stop.pk])).content.decode()
    assert f"KES {'1,000' if of_deal else '3,000'} that waits now leaves at once" in text


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSED = [
    (Kind.DECISION, quarrel, {}, "This field is required"),
    (Kind.DECISION, quarrel, {"outcome": "split", "seller_amount": "", "buyer_amount": 5}, "Say how much"),
    (Kind.DECISION, quarrel, {"outcome": "split", "seller_amount": 1, "buyer_amount": 2}, "two shares make 3"),
    (Kind.DECISION, quarrel, {"outcome": "split", "seller_amount": 349_995, "buyer_amount": 5}, "at least KES 10"),
    (Kind.DECISION, quarrel, {"outcome": "split", "seller_amount": -1, "buyer_amount": 350_001}, "greater than or"),
    (Kind.DECISION, quarrel, {"outcome": "all mine"}, "not one of the available choices"),
    (Kind.DECISION, quarrel, {"outcome": "released", "reason": " "}, "This field is required"),
    (Kind.PARTIAL_REFUND, factories.locked, {"amount": 350_000}, "A part to give back is 10 to 349990"),
    (Kind.PARTIAL_REFUND, factories.locked, {"amount": "1.50"}, "Enter a whole number"),
    (Kind.MARK_TRANSFER, unknown, {"outcome": "failed"}, "This field is required"),
    (Kind.MARK_TRANSFER, unknown, {"outcome": "succeeded", "statement": statement}, "has a receipt number"),
    (Kind.MARK_TRANSFER, unknown, {"outcome": "returned", "statement": statement}, "not one of the available choices"),
    (Kind.MATCH_DEPOSIT, suspended, {"transaction_id": "TXN-AG-2026-999999-001"}, "Name the payment"),
    (Kind.PHONE_CHANGE, lambda: factories.locked().contract.seller, {"phone": "12345"}, "not a phone number"),
    (Kind.PHONE_CHANGE, lambda: factories.locked().contract.seller, {"phone": "+255712345678"}, "the rail reaches"),
]


@pytest.mark.parametrize(("kind", "case", "fields", "words"), REFUSED)
def test_a_refusal_is_shown_on_the_form_and_changes_nothing(
    operator: Client, kind: Proposal.Kind, case, fields: dict[str, object], words: str
) -> None:
    subject: Model = case()
    before = moved(), Event.objects.count()
    sent = {name: value() if callable(value) else value for name, value in fields.items()}

    answer = propose(operator, kind, subject, **sent)

    assert words in answer.content.decode()
    assert not Proposal.objects.exists()
    assert (moved(), Event.objects.count()) == before


@pytest.mark.parametrize(
    "content", [b"MZ\x90\x00\x03", MP3_TAGGED, b"\x00\x01", "Otieno; 1,000 \xe9".encode("latin-1")]
)
def test_a_statement_that_nobody_can_read_safely_is_refused(operator: Client, content: bytes) -> None:
    answer = propose(operator, Kind.MARK_TRANSFER, unknown(), outcome="failed", statement=statement(content, "s.pdf"))
    assert "Attach a PDF" in answer.content.decode()
    assert not Proposal.objects.exists()


def test_a_statement_that_is_too_large_is_refused(operator: Client) -> None:
    large = statement(PDF + b" " * (10 * 1024 * 1024))
    answer = propose(operator, Kind.MARK_TRANSFER, unknown(), outcome="failed", statement=large)
    assert "10 MB at most" in answer.content.decode()
    assert not Proposal.objects.exists()


def test_a_statement_in_csv_is_taken_and_its_name_is_not(operator: Client) -> None:
    csv = statement(b"Receipt,Amount\nUKN7A1B2C3,1000\n", "0712345678.csv")
    propose(operator, Kind.MARK_TRANSFER, unknown(), outcome="failed", statement=csv)
    name = str(Proposal.objects.get().attachment.name)
    assert name.endswith(".txt")
    assert "0712345678" not in name


def test_the_same_is_proposed_once_at_a_time(operator: Client) -> None:
    dispute = quarrel()
    propose(operator, Kind.DECISION, dispute, outcome="released")
    answer = propose(operator, Kind.DECISION, dispute, outcome="refunded")
    assert "proposed already" in answer.content.decode()
    assert Proposal.objects.count() == 1


def _lifted() -> PayoutStop:
    stop = stopped()
    stop.lifted_at = stop.stopped_at
    stop.save()
    return stop


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        (Kind.PARTIAL_REFUND, lambda: factories.completed(amount=SMALL)),
        (Kind.PAY_AGAIN, unknown),
        (Kind.MARK_TRANSFER, owed),
        (Kind.RESUME_PAYOUTS, _lifted),
    ],
)
def test_what_is_not_possible_is_not_offered(operator: Client, kind: Proposal.Kind, case) -> None:
    subject = case()
    address = reverse("desk:propose", args=[kind.value, subject.pk])
    assert address not in operator.get(page_of(subject)).content.decode()
    assert "not possible now" in propose(operator, kind, subject).content.decode()
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        (Kind.DECISION, quarrel),
        (Kind.PARTIAL_REFUND, factories.locked),
        (Kind.PAY_AGAIN, owed),
        (Kind.MARK_TRANSFER, quarantined),
        (Kind.MATCH_DEPOSIT, suspended),
        (Kind.RETURN_DEPOSIT, suspended),
        (Kind.PHONE_CHANGE, lambda: factories.locked().contract.seller),
        (Kind.RESUME_PAYOUTS, stopped),
    ],
)
def test_the_page_of_each_subject_leads_to_its_form(operator: Client, kind: Proposal.Kind, case) -> None:
    subject = case()
    address = reverse("desk:propose", args=[kind.value, subject.pk])
    assert address in operator.get(page_of(subject)).content.decode()
    assert operator.get(address).status_code == 200


def test_names_that_people_gave_cannot_run_in_a_form(operator: Client) -> None:
    dispute = quarrel()
    dispute.contract.parties.update(name="<script>alert(1)</script>")
    payment = Payment.objects.get(contract=dispute.contract)
    for kind, subject in ((Kind.DECISION, dispute), (Kind.PARTIAL_REFUND, payment)):
        text = operator.get(reverse("desk:propose", args=[kind.value, subject.pk])).content.decode()
        assert "<script>alert(1)" not in text
        assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize("address", ["decision/999", "decision/x", "nothing/1", "pay_again/x", "decision/9" + "9" * 30])
def test_an_address_of_nothing_is_not_found(operator: Client, address: str) -> None:
    assert operator.get(f"/admin/desk/propose/{address}/").status_code == 404


def test_a_deposit_that_is_on_its_way_back_is_offered_nothing_more(operator: Client, approver: Client) -> None:
    deposit = suspended()
    propose(operator, Kind.RETURN_DEPOSIT, deposit)
    approve(approver, Proposal.objects.get())
    assert Deposit.objects.get(pk=deposit.pk).status == "suspense"
    assert "desk/propose" not in operator.get(page_of(deposit)).content.decode()
