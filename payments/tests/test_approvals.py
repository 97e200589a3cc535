"""Two pairs of eyes: what one proposes happens when another approves, as it is then, and not otherwise."""

from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from contracts import contact
from contracts.agreements import PartyDraft
from contracts.audit import CLOCK, rail_actor
from contracts.models import Event, Party
from payments import approvals, deposits, endings, escrow, ledger, narration, stops
from payments.errors import AlreadyProposed, ApproverIsProposer, NotDecidable, NotOpen
from payments.gateways.base import HandPayment, Outcome, Source, Verdict
from payments.ledger import Standing
from payments.locks import lock_transfer
from payments.models import Deposit, Payment, PayoutStop, Proposal, Transfer
from payments.outcomes import FLOAT_SHORT
from payments.settlement import lose, settle
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.desk import agreed, books_hold, dispute_of, fresh, moved, proposed, quarrelling, staff, statement
from payments.tests.rail import PAY, Rail
from payments.timers import work_deadlines
from tests.factories import (
    CLIENT,
    DraftFactory,
    acknowledge,
    answered,
    completed,
    fund,
    locked,
    new_phone,
    new_receipt,
    open_transfer,
    pay_out,
    prompted,
    refused,
    succeeded,
)
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)
Kind = Proposal.Kind


# --- two people -------------------------------------------------------------------------------------------------------


def test_nothing_happens_before_another_member_of_staff_approves() -> None:
    payment = quarrelling()
    before = moved(payment)
    proposal = proposed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 350_000, "buyer_amount": 0})

    with pytest.raises(ApproverIsProposer):
        approvals.approve(proposal.pk, by=staff("amina"))

    assert (fresh(payment).contract.status, moved(payment)) == ("disputed", before)
    approvals.approve(proposal.pk, by=staff("brian"))
    assert fresh(payment).contract.status == "completed"


def test_the_database_itself_refuses_an_approver_who_proposed() -> None:
    proposal = proposed(Kind.DECISION, dispute_of(quarrelling()), details={"seller_amount": 0, "buyer_amount": 350_000})
    proposal.approve(staff("amina"))

    with pytest.raises(IntegrityError, match="approver_is_not_proposer"), transaction.atomic():
        proposal.save()


def test_a_proposal_is_decided_once() -> None:
    payment = quarrelling()
    proposal = proposed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 350_000, "buyer_amount": 0})
    approvals.approve(proposal.pk, by=staff("brian"))
    before = moved(payment)

    with pytest.raises(NotOpen):
        approvals.approve(proposal.pk, by=staff("carol"))
    with pytest.raises(NotOpen):
        approvals.reject(proposal.pk, by=staff("carol"), note="no")

    assert moved(payment) == before


def test_the_same_is_proposed_once_at_a_time() -> None:
    dispute = dispute_of(quarrelling())
    first = proposed(Kind.DECISION, dispute, details={"seller_amount": 350_000, "buyer_amount": 0})

    with pytest.raises(AlreadyProposed):
        proposed(Kind.DECISION, dispute, details={"seller_amount": 0, "buyer_amount": 350_000})

    approvals.reject(first.pk, by=staff("brian"), note="the seller sent photographs")
    assert proposed(Kind.DECISION, dispute, details={"seller_amount": 0, "buyer_amount": 350_000}).pk


def test_a_proposal_that_nobody_decides_runs_out(later: Later) -> None:
    payment = quarrelling()
    proposal = proposed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 350_000, "buyer_amount": 0})
    later(hours=72)

    with pytest.raises(NotOpen):
        approvals.approve(proposal.pk, by=staff("brian"))
    assert approvals.expire_due() == 1

    assert Proposal.objects.get(pk=proposal.pk).status == "expired"
    assert fresh(payment).contract.status == "disputed"
    kinds = list(Event.objects.filter(contract=payment.contract, kind__startswith="proposal").values_list("kind"))
    assert kinds == [("proposal.made",), ("proposal.expired",)]


# --- decisions --------------------------------------------------------------------------------------------------------


def test_a_dispute_decided_for_the_seller_pays_the_whole_out() -> None:
    payment = quarrelling()

    agreed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 350_000, "buyer_amount": 0})

    end = pay_out(payment)
    assert (end.status, end.contract.status, dispute_of(payment).outcome) == ("released", "completed", "released")
    assert ledger.standing(end) == Standing(released=Decimal(350_000))
    assert books_hold(end.contract)


def test_a_dispute_decided_for_the_buyer_gives_the_whole_back() -> None:
    payment = quarrelling()

    agreed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 0, "buyer_amount": 350_000})

    assert set(payment.transfers.open().values_list("kind", flat=True)) == {"reversal"}
    end = pay_out(payment)
    assert (end.status, end.contract.status, dispute_of(payment).outcome) == ("refunded", "cancelled", "refunded")
    assert ledger.standing(end) == Standing(refunded=Decimal(350_000))
    assert books_hold(end.contract)


@pytest.mark.parametrize("to_seller", [10, 12_345, 99_990, 100_001, 349_990])
def test_a_split_gives_each_side_its_share_to_the_shilling(to_seller: int) -> None:
    payment = quarrelling()
    shares = {"seller_amount": to_seller, "buyer_amount": 350_000 - to_seller}

    agreed(Kind.DECISION, dispute_of(payment), details=shares)

    end = pay_out(payment)
    assert (end.status, end.contract.status, dispute_of(payment).outcome) == ("released", "completed", "split")
    assert ledger.standing(end) == Standing(released=Decimal(to_seller), refunded=Decimal(350_000 - to_seller))
    assert not payment.transfers.filter(kind="reversal").exists()
    assert books_hold(end.contract)


def test_what_is_said_on_the_way_to_the_seller_is_of_the_sellers_share() -> None:
    payment = quarrelling()
    agreed(Kind.DECISION, dispute_of(payment), details={"seller_amount": 300_000, "buyer_amount": 50_000})

    for payout in payment.transfers.filter(kind="payout").order_by("part"):
        settle(acknowledge(payout).pk, succeeded(payout))

    arrived = Event.objects.filter(contract=payment.contract, kind="payout.arrived").order_by("serial")
    assert [(event.payload["so_far"], event.payload["total"]) for event in arrived] == [
        (250_000, 300_000),
        (300_000, 300_000),
    ]
    end = fresh(payment)
    assert end.status == "locked"  # the buyer's share is still on its way
    assert narration.describe(end, ledger.standing(end)) == "KES 300,000 of 300,000 sent to seller"


@pytest.mark.parametrize(
    "shares",
    [
        {"seller_amount": 350_000, "buyer_amount": 1},
        {"seller_amount": 349_999, "buyer_amount": 0},
        {"seller_amount": 349_995, "buyer_amount": 5},
        {"seller_amount": -10, "buyer_amount": 350_010},
        {"seller_amount": "349999.50", "buyer_amount": "0.50"},
        {"seller_amount": "all", "buyer_amount": 0},
        {"seller_amount": "NaN", "buyer_amount": 0},
        {},
    ],
)
def test_an_award_that_does_not_add_up_is_refused_and_nothing_moves(shares: dict[str, Any]) -> None:
    payment = quarrelling()
    before = moved(payment)

    with pytest.raises(NotDecidable):
        proposed(Kind.DECISION, dispute_of(payment), details=shares)

    assert (moved(payment), Proposal.objects.count()) == (before, 0)
    assert fresh(payment).contract.status == "disputed"


def test_a_dispute_that_ended_meanwhile_is_not_decided() -> None:
    payment = quarrelling()
    dispute = dispute_of(payment)
    proposal = proposed(Kind.DECISION, dispute, details={"seller_amount": 350_000, "buyer_amount": 0})
    endings.withdraw(payment.contract_id, phone=payment.payer_phone, channel="sms")

    with pytest.raises(NotDecidable):
        approvals.approve(proposal.pk, by=staff("brian"))

    assert (Proposal.objects.get(pk=proposal.pk).status, fresh(payment).contract.status) == (
        "proposed",
        "payment_locked",
    )


# --- a part back ------------------------------------------------------------------------------------------------------


def test_a_part_goes_back_and_the_rest_to_the_seller() -> None:
    payment = locked()
    agreed(Kind.PARTIAL_REFUND, payment, details={"amount": 50_000})
    back = open_transfer(payment)
    assert (back.kind, back.phone, back.original) == ("refund", payment.payer_phone, None)
    pay_out(payment)
    assert fresh(payment).status == "locked"

    contract = payment.contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")

    end = pay_out(payment)
    assert ledger.standing(end) == Standing(released=Decimal(300_000), refunded=Decimal(50_000))
    assert end.status == "released"
    assert books_hold(contract)


def test_after_a_part_the_rest_goes_back_too_and_no_more() -> None:
    payment = locked()
    agreed(Kind.PARTIAL_REFUND, payment, details={"amount": 50_000})
    pay_out(payment)

    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    end = pay_out(payment)
    assert (end.status, ledger.standing(end)) == ("refunded", Standing(refunded=Decimal(350_000)))
    assert not payment.transfers.filter(kind="reversal").exists()
    assert books_hold(end.contract)


def paid_by_two() -> tuple[Payment, str]:
    """250,000 from the buyer and 100,000 from the payer, whose phone is returned."""
    payer = PartyDraft(role=Party.Role.PAYER, phone=new_phone())
    payment = prompted(parties=(*DraftFactory.build().parties, payer))
    contract = payment.contract
    first = open_transfer(payment)
    settle(first.pk, succeeded(first))
    settle(first.pk, answered(first))
    second = acknowledge(open_transfer(payment))
    settle(second.pk, refused(second, "1032"))
    escrow.open_checkout(contract.pk, phone=payer.phone, money=contract.money, actor=CLIENT)
    return fund(payment), payer.phone


@pytest.mark.parametrize(
    ("parts", "rest"),
    [
        ([99_995], {"buyer": 150_005, "payer": 100_000}),  # the payer would be left with 5
        ([90_000], {"buyer": 250_000, "payer": 10_000}),
        ([100_000], {"buyer": 250_000}),
        ([250_005], {"buyer": 99_995}),
        ([200_000, 100_005], {"buyer": 49_985, "payer": 10}),  # the buyer would get 5
    ],
)
def test_of_two_payers_none_is_left_with_less_than_the_rail_can_carry(parts: list[int], rest: dict[str, int]) -> None:
    payment, payer = paid_by_two()
    phones = {"buyer": payment.payer_phone, "payer": payer}
    for part in parts:
        agreed(Kind.PARTIAL_REFUND, payment, details={"amount": part})
    first = list(payment.transfers.open().values_list("pk", flat=True))

    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    second = payment.transfers.open().exclude(pk__in=first)
    assert dict(second.values_list("phone", "amount")) == {phones[role]: amount for role, amount in rest.items()}
    assert pay_out(payment).status == "refunded"
    assert books_hold(payment.contract)


@pytest.mark.parametrize("amount", [0, 9, 349_991, 350_000, 400_000, "1.50"])
def test_a_part_beyond_what_is_held_is_refused(amount: object) -> None:
    payment = locked()
    before = moved(payment)

    with pytest.raises(NotDecidable):
        proposed(Kind.PARTIAL_REFUND, payment, details={"amount": amount})

    assert moved(payment) == before


@pytest.mark.parametrize("state", [prompted, completed, lambda **terms: pay_out(completed(**terms))])
def test_a_part_goes_back_only_while_the_whole_is_locked(state: Callable[..., Payment]) -> None:
    with pytest.raises(NotDecidable):
        proposed(Kind.PARTIAL_REFUND, state(amount=SMALL), details={"amount": 100})


# --- owed -------------------------------------------------------------------------------------------------------------


def test_an_owed_payout_is_tried_again_by_a_new_transfer() -> None:
    payment = completed(amount=SMALL)
    first = acknowledge(open_transfer(payment))
    settle(first.pk, refused(first, "2040", Source.ANSWER))

    agreed(Kind.PAY_AGAIN, first)

    second = open_transfer(payment)
    assert (second.replaces, second.phone) == (first, payment.recipient_phone)
    assert pay_out(payment).status == "released"
    with pytest.raises(NotDecidable):
        proposed(Kind.PAY_AGAIN, first)


# --- money in suspense ------------------------------------------------------------------------------------------------


def suspended(reference: str = "NOBODYKNOWS1") -> Deposit:
    """Money that somebody paid by hand, and that fits no payment."""
    said = HandPayment(new_receipt(), SMALL, reference, shortcode="174379")
    deposit = deposits.tell(said, gateway="daraja")
    confirmed = Outcome(
        Verdict.SUCCEEDED,
        Source.ANSWER,
        amount=SMALL,
        phone=new_phone(),
        receipt_number=said.receipt_number,
        money_out=False,
    )
    deposits.answered(deposit.pk, confirmed)
    return Deposit.objects.get(pk=deposit.pk)


def test_the_receipt_number_of_money_in_suspense_is_not_another_prompts_too() -> None:
    other, prompt = suspended(), open_transfer(prompted(amount=SMALL))
    settle(prompt.pk, succeeded(prompt, receipt_number=other.receipt_number))
    prompt = Transfer.objects.get(pk=prompt.pk)
    assert prompt.quarantined_at

    details = {"outcome": "succeeded", "receipt_number": other.receipt_number}

    with pytest.raises(NotDecidable, match="other money's in suspense"):
        proposed(Kind.MARK_TRANSFER, prompt, details=details, attachment=statement())

    assert not prompt.postings.exists()
    assert not Proposal.objects.exists()
    with pytest.raises(NotDecidable, match="Name its receipt number"):
        proposed(Kind.MARK_TRANSFER, prompt, details={"outcome": "succeeded"}, attachment=statement())
    assert not prompt.postings.exists()


def test_money_in_suspense_is_matched_with_its_payment_by_two_people() -> None:
    payment, deposit = prompted(amount=SMALL), suspended()
    assert ledger.balance(ledger.SUSPENSE) == SMALL

    agreed(Kind.MATCH_DEPOSIT, deposit, details={"transaction_id": payment.transaction_id})

    assert Deposit.objects.get(pk=deposit.pk).status == "kept"
    assert (ledger.balance(ledger.SUSPENSE), ledger.standing(payment).held) == (0, SMALL)
    assert books_hold(payment.contract)


def test_money_in_suspense_goes_back_when_two_people_say_so() -> None:
    deposit = suspended()

    agreed(Kind.RETURN_DEPOSIT, deposit)

    back = Transfer.objects.get(deposit=deposit)
    assert (back.kind, back.payment, ledger.balance(ledger.SUSPENSE)) == ("reversal", None, 0)
    with pytest.raises(NotDecidable):
        proposed(Kind.MATCH_DEPOSIT, deposit, details={"transaction_id": "TXN-none"})


@pytest.mark.parametrize(("outcome", "status", "left"), [("succeeded", "returned", 0), ("failed", "suspense", SMALL)])
def test_an_unknown_return_of_a_deposit_is_marked_by_two_people(outcome: str, status: str, left: Decimal) -> None:
    deposit = suspended()
    agreed(Kind.RETURN_DEPOSIT, deposit)
    back = acknowledge(Transfer.objects.get(deposit=deposit))
    lose(lock_transfer(back.pk), why="test")

    agreed(Kind.MARK_TRANSFER, back, details={"outcome": outcome}, attachment=statement())

    assert Deposit.objects.get(pk=deposit.pk).status == status
    assert ledger.balance(ledger.SUSPENSE) == left


@pytest.mark.parametrize("details", [{}, {"transaction_id": "TXN-AG-2026-999999-001"}])
def test_money_is_matched_only_with_a_payment_that_exists(details: dict[str, Any]) -> None:
    deposit = suspended()

    with pytest.raises(NotDecidable):
        proposed(Kind.MATCH_DEPOSIT, deposit, details=details)

    assert ledger.balance(ledger.SUSPENSE) == SMALL


# --- a new phone ------------------------------------------------------------------------------------------------------


def test_a_sellers_new_phone_counts_after_a_day_also_for_what_is_owed(later: Later) -> None:
    payment = completed(amount=SMALL)
    first = acknowledge(open_transfer(payment))
    settle(first.pk, refused(first, "2040", Source.ANSWER))
    seller, new = payment.contract.seller, new_phone()

    agreed(Kind.PHONE_CHANGE, seller, details={"phone": new})

    later(hours=23, minutes=59)
    work_deadlines()
    assert Party.objects.get(pk=seller.pk).phone == seller.phone
    assert not payment.transfers.open().exists()
    later(minutes=1)
    work_deadlines()
    assert Party.objects.get(pk=seller.pk).phone == new
    assert (fresh(payment).recipient_phone, open_transfer(payment).phone) == (new, new)
    events = Event.objects.filter(contract=payment.contract, kind__startswith="phone.")
    assert [event.kind for event in events.order_by("serial")] == ["phone.change_agreed", "phone.changed"]
    assert new not in "".join(str(event.payload) for event in events)


def test_a_warning_at_the_old_number_is_none_at_the_new_one(later: Later) -> None:
    """Else the money of a seller who could not know would go back on silence."""
    seller = locked(amount=SMALL).contract.seller
    agreed(Kind.PHONE_CHANGE, seller, details={"phone": new_phone()})
    contact.was_warned(seller)

    later(hours=24)
    work_deadlines()

    assert Party.objects.get(pk=seller.pk).warned_at is None


def with_a_new_phone(payment: Payment, later: Later) -> str:
    new = new_phone()
    agreed(Kind.PHONE_CHANGE, payment.contract.buyer, details={"phone": new})
    later(hours=24)
    work_deadlines()
    return new


def test_what_goes_back_by_payout_goes_to_the_buyers_new_phone(later: Later) -> None:
    payment = locked(amount=SMALL)
    new = with_a_new_phone(payment, later)

    agreed(Kind.PARTIAL_REFUND, fresh(payment), details={"amount": 300})
    assert open_transfer(payment).phone == new
    pay_out(payment)
    newer = with_a_new_phone(fresh(payment), later)
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    assert (open_transfer(payment).phone, open_transfer(payment).amount) == (newer, SMALL - 300)
    assert pay_out(payment).status == "refunded"
    assert books_hold(payment.contract)


def test_a_refund_that_the_buyers_old_phone_refused_is_paid_to_the_new_one(later: Later) -> None:
    payment = locked(amount=SMALL)
    agreed(Kind.PARTIAL_REFUND, payment, details={"amount": 300})
    refund = acknowledge(open_transfer(payment))
    new = with_a_new_phone(payment, later)
    settle(refund.pk, refused(refund, "2040", Source.ANSWER))

    agreed(Kind.PAY_AGAIN, refund)

    assert (open_transfer(payment).phone, open_transfer(payment).replaces) == (new, refund)


def test_a_reversal_goes_where_the_money_came_from(later: Later) -> None:
    payment = locked(amount=SMALL)
    with_a_new_phone(payment, later)

    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")

    assert (open_transfer(payment).kind, open_transfer(payment).phone) == ("reversal", payment.payer_phone)


def test_two_parties_never_wait_for_the_same_new_number(later: Later) -> None:
    payment, new = locked(amount=SMALL), new_phone()
    late = proposed(Kind.PHONE_CHANGE, payment.contract.seller, details={"phone": new})
    agreed(Kind.PHONE_CHANGE, payment.contract.buyer, details={"phone": new})

    with pytest.raises(NotDecidable, match="agreed for this deal already"):
        approvals.approve(late.pk, by=staff("brian"))

    later(hours=24)
    work_deadlines()
    contract = fresh(payment).contract
    assert (contract.buyer.phone, contract.seller.phone) == (new, payment.contract.seller.phone)
    assert not contract.deadlines.filter(kind="phone_change", closed_at=None).exists()


@pytest.mark.parametrize("number", ["", "0712345678", "+255712345678", "buyer"])
def test_a_number_that_cannot_be_is_refused(number: str) -> None:
    payment = completed(amount=SMALL)
    new = payment.contract.buyer.phone if number == "buyer" else number

    with pytest.raises(NotDecidable):
        proposed(Kind.PHONE_CHANGE, payment.contract.seller, details={"phone": new})

    assert not Proposal.objects.exists()


# --- payouts stopped --------------------------------------------------------------------------------------------------


def run(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def member(name: str, *groups: str) -> User:
    user = staff(name)
    user.groups.add(*Group.objects.filter(name__in=groups))
    return user


def test_payouts_are_paused_by_one_and_resumed_by_two(rail: Rail, later: Later) -> None:
    member("amina", "operator", "approver"), member("brian", "approver")
    payout = open_transfer(completed(amount=SMALL))
    assert "no money leaves anywhere" in run("pause_payouts", "--reason", "something is odd")
    stop = PayoutStop.objects.get(lifted_at=None)
    assert not submit(payout.pk)

    assert "Proposed" in run("resume_payouts", str(stop.pk), "--by", "amina", "--reason", "it was nothing")
    with pytest.raises(CommandError, match="Somebody else"):
        run("resume_payouts", str(stop.pk), "--by", "amina")
    assert rail.to(PAY) == []
    assert "is lifted" in run("resume_payouts", str(stop.pk), "--by", "brian")

    later(minutes=1)
    assert submit(payout.pk)


def test_on_the_command_line_too_the_groups_say_who_proposes_and_who_approves() -> None:
    member("looks", "viewer"), member("proposes", "operator"), member("approves", "approver")
    with transaction.atomic():
        stop = stops.stop(code=stops.PAUSED, actor=CLOCK)

    for who in ("looks", "approves"):
        with pytest.raises(CommandError, match="in no group that may do this"):
            run("resume_payouts", str(stop.pk), "--by", who, "--reason", "it was nothing")
    assert not Proposal.objects.exists()

    run("resume_payouts", str(stop.pk), "--by", "proposes", "--reason", "it was nothing")
    with pytest.raises(CommandError, match="in no group that may do this"):
        run("resume_payouts", str(stop.pk), "--by", "looks")
    assert PayoutStop.objects.filter(lifted_at=None).exists()
    run("resume_payouts", str(stop.pk), "--by", "approves")
    assert not PayoutStop.objects.filter(lifted_at=None).exists()


@pytest.mark.parametrize("arguments", [("999", "--by", "amina"), ("1", "--by", "nobody")])
def test_resuming_needs_a_stop_and_a_member_of_staff(arguments: tuple[str, ...]) -> None:
    staff("amina")
    with transaction.atomic():
        stops.stop(code=stops.PAUSED, actor=CLOCK)

    with pytest.raises(CommandError):
        run("resume_payouts", *arguments)

    assert PayoutStop.objects.filter(lifted_at=None).count() == 1


def test_a_float_that_is_full_again_lifts_its_own_stop_and_no_other() -> None:
    payment = completed(amount=SMALL)
    payout = acknowledge(open_transfer(payment))
    settle(payout.pk, refused(payout, "1", Source.ANSWER))

    stops.lift_for_float("daraja", SMALL - 1)
    assert PayoutStop.objects.filter(lifted_at=None).exists()
    stops.lift_for_float("daraja", SMALL)
    assert not PayoutStop.objects.filter(lifted_at=None).exists()

    stops.stop(code="initiator_invalid", actor=CLOCK, gateway="daraja")
    stops.lift_for_float("daraja", SMALL)
    assert PayoutStop.objects.filter(lifted_at=None).exists()


def test_a_float_that_is_back_lifts_no_stop_that_people_have_paused_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    actor = rail_actor("daraja")
    stop = stops.stop(code=FLOAT_SHORT, actor=actor, gateway="daraja")

    def pause(gateway: str) -> Decimal:
        stops.stop(code=stops.PAUSED, actor=approvals.staff_actor(staff("amina")), gateway=gateway, reason="odd")
        return Decimal(0)

    monkeypatch.setattr(stops, "waiting", pause)
    stops.lift_for_float("daraja", SMALL)
    assert PayoutStop.objects.get(pk=stop.pk).lifted_at is None
