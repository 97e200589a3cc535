"""The ledger under any history: sums hold, nothing falls below zero, and the books find what a superuser changed."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from contracts import disputes
from contracts.models import Deadline, Party
from payments import bookcheck, deposits, endings, escrow, ledger, statements, timers
from payments.gateways.base import HandPayment, Outcome, Source, Verdict
from payments.models import Deposit, Payment, Posting, Transfer
from payments.settlement import settle
from payments.tranches import plan, split
from tests.factories import (
    CLIENT,
    acknowledge,
    answered,
    checked_out,
    completed,
    confirmed,
    locked,
    new_phone,
    new_receipt,
    pay_out,
    prompted,
    refused,
    succeeded,
)
from voicepact.kernel.clock import now
from voicepact.kernel.errors import Refusal
from voicepact.kernel.rails import DARAJA

pytestmark = pytest.mark.django_db
SMALL = Decimal(1_000)


@given(st.integers(min_value=10, max_value=500_000))
def test_parts_add_up_and_each_fits_the_rail(amount):
    parts = split(Decimal(amount), DARAJA)

    assert sum(parts) == amount
    assert all(DARAJA.minimum <= part <= DARAJA.per_transfer for part in parts)


@pytest.mark.parametrize(
    ("amount", "parts"),
    [(350_000, [250_000, 100_000]), (250_000, [250_000]), (250_005, [249_995, 10]), (500_000, [250_000, 250_000])],
)
def test_the_parts_of_known_amounts(amount, parts):
    assert split(Decimal(amount), DARAJA) == parts


def test_equal_parts_keep_two_minutes_apart():
    first, second = plan([Decimal(250_000)] * 2, DARAJA, start=now())

    assert second.not_before - first.not_before == DARAJA.equal_parts_apart


class Deal(RuleBasedStateMachine):
    """One deal under any order of everything that can happen to it, from any of three points of its way."""

    @initialize(
        amount=st.sampled_from([200, 999, 249_990, 250_000, 250_005, 350_000, 499_900]),
        by=st.sampled_from(["platform", "buyer", "seller", "split"]),
        begun=st.sampled_from([checked_out, locked, completed]),
    )
    def begin(self, amount, by, begun):
        self.contract = begun(amount=Decimal(amount), fees_paid_by=by).contract

    def _try(self, verb, *args, **kwargs):
        try:
            with transaction.atomic():
                return verb(*args, **kwargs)
        except Refusal:
            return None

    def _any(self, data, **conditions):
        rows = list(Transfer.objects.filter(payment__contract=self.contract, **conditions).order_by("created_at"))
        return data.draw(st.sampled_from(rows)) if rows else None

    @rule()
    def checkout(self):
        phone = self.contract.buyer.phone
        self._try(escrow.open_checkout, self.contract.pk, phone=phone, money=self.contract.money, actor=CLIENT)

    @rule(data=st.data())
    def acknowledged(self, data):
        if transfer := self._any(data, status="requested"):
            acknowledge(transfer)

    @rule(data=st.data())
    def success_by_callback(self, data):
        if transfer := self._any(data, claimed_at__isnull=False):
            settle(
                transfer.pk, succeeded(transfer, receipt_number=transfer.receipt_number or f"R{transfer.pk.hex[:9]}")
            )

    @rule(data=st.data())
    def success_by_answer(self, data):
        if transfer := self._any(data, claimed_at__isnull=False, kind="collection", quarantined_at=None):
            settle(transfer.pk, answered(transfer))

    @rule(data=st.data(), code=st.sampled_from(["1", "1032", "1037", "17", "2040"]), asked=st.booleans())
    def refusal(self, data, code, asked):
        if transfer := self._any(data, claimed_at__isnull=False):
            settle(transfer.pk, refused(transfer, code, Source.ANSWER if asked else Source.CALLBACK))

    @rule()
    def delivered(self):
        self._try(escrow.deliver, self.contract.pk, phone=self.contract.seller.phone, channel="sms")

    @rule()
    def accepted(self):
        self._try(escrow.accept, self.contract.pk, phone=self.contract.buyer.phone, channel="sms")

    @rule(by_seller=st.booleans())
    def cancelled(self, by_seller):
        party = self.contract.seller if by_seller else self.contract.buyer
        self._try(endings.cancel, self.contract.pk, phone=party.phone, channel="sms")

    @rule(by_seller=st.booleans())
    def disputed(self, by_seller):
        party = self.contract.seller if by_seller else self.contract.buyer
        self._try(disputes.open_dispute, self.contract.pk, phone=party.phone, reason="", channel="sms")

    @rule(by_seller=st.booleans())
    def withdrawn(self, by_seller):
        party = self.contract.seller if by_seller else self.contract.buyer
        self._try(endings.withdraw, self.contract.pk, phone=party.phone, channel="sms")

    @rule(data=st.data(), warned=st.booleans())
    def a_clock_has_run_out(self, data, warned):
        moment = now()
        if warned:
            Party.objects.filter(contract=self.contract, role="seller").update(warned_at=moment - timedelta(days=2))
        running = list(self.contract.deadlines.filter(closed_at=None).order_by("pk"))
        if running:
            timer = data.draw(st.sampled_from(running))
            Deadline.objects.filter(pk=timer.pk).update(due_at=moment)
            timers.work(timer)

    @rule(data=st.data(), stranger=st.booleans(), known=st.booleans())
    def paid_by_hand(self, data, stranger, known):
        """By the buyer or a stranger, under a new receipt number or one that a prompt's callback names too."""
        amount = data.draw(st.sampled_from(split(self.contract.buyer_pays.amount, DARAJA)))
        prompt = self._any(data, kind="collection", amount=amount) if known else None
        receipt = f"R{prompt.pk.hex[:9]}" if prompt else new_receipt()
        said = HandPayment(receipt, amount, self.contract.payment_reference, shortcode="174379")
        deposit = deposits.tell(said, gateway="daraja")
        phone = new_phone() if stranger else self.contract.buyer.phone
        outcome = Outcome(
            Verdict.SUCCEEDED, Source.ANSWER, amount=amount, phone=phone, receipt_number=receipt, money_out=False
        )
        for _ in range(2):
            deposits.answered(deposit.pk, outcome)

    @rule(data=st.data(), returned=st.booleans())
    def decided(self, data, returned):
        """Two people match or return what lies in suspense."""
        payment = Payment.objects.filter(contract=self.contract).order_by("-serial").first()
        lying = list(Deposit.objects.filter(status="suspense", reference=self.contract.payment_reference))
        if lying and returned:
            self._try(deposits.give_back, data.draw(st.sampled_from(lying)))
        elif lying and payment:
            self._try(deposits.match, data.draw(st.sampled_from(lying)), payment)

    @rule(data=st.data(), refused_for_good=st.booleans())
    def return_ended(self, data, refused_for_good):
        rows = list(Transfer.objects.filter(payment=None, status__in=Transfer.OPEN).order_by("created_at"))
        if rows:
            back = data.draw(st.sampled_from(rows))
            settle(back.pk, answered(back, Verdict.FAILED if refused_for_good else Verdict.SUCCEEDED, code="R000002"))

    @invariant()
    def books_agree(self):
        checks = [
            bookcheck.balances(),
            bookcheck.totals(),
            bookcheck.transfers(),
            bookcheck.payments(),
            bookcheck.deposits(),
        ]
        assert [fault for check in checks for fault in check] == []

    @invariant()
    def never_more_out_than_in(self):
        if not hasattr(self, "contract"):
            return
        for payment in Payment.objects.filter(contract=self.contract):
            where = ledger.standing(payment)
            assert min(where.held, where.in_transit) >= 0
            assert where.released <= payment.to_pay_out.amount
            assert where.fees in (0, payment.fee.amount)
            assert not (where.fees and payment.status in ("failed", "refunded", "pending"))
            assert not (where.released and payment.status in ("failed", "refunded", "pending"))


@pytest.fixture
def rolled_back(settings, tariffs_told):
    """Each example of the state machine begins without the rows of the one before."""

    settings.PLATFORM_FEE = Decimal(33)

    class Isolated(Deal):
        def __init__(self):
            super().__init__()
            self._block = transaction.atomic()
            self._block.__enter__()

        def teardown(self):
            transaction.set_rollback(True)
            self._block.__exit__(None, None, None)

    return Isolated


def test_no_history_of_a_deal_breaks_the_books(rolled_back):
    run_state_machine_as_test(
        rolled_back,
        settings=settings(max_examples=15, stateful_step_count=30, suppress_health_check=list(HealthCheck)),
    )


# --- what the checks find ---------------------------------------------------------------------------------------------


def check(**options) -> str:
    out = StringIO()
    call_command("check_ledger", stdout=out, **options)
    return out.getvalue()


def truth() -> list[dict[str, int | str]]:
    """What the rail's statement says if all is well; newest last. Other tests may have left deals of their own."""
    lines = []
    for transfer in Transfer.objects.filter(status="succeeded").select_related("payment").order_by("created_at"):
        assert transfer.payment
        msisdn = transfer.phone.removeprefix("+")
        collection = transfer.kind == "collection"
        lines.append(
            {
                "receipt": transfer.receipt_number,
                "kind": "collection" if collection else "payout",
                "from": msisdn if collection else "174379",
                "to": "174379" if collection else msisdn,
                "amount": int(transfer.amount),
                "reference": transfer.payment.reference if collection else transfer.originator_conversation_id,
            }
        )
    return lines


def differences(lines) -> list[str]:
    return list(statements.compare(statements.read(lines), gateway="daraja"))


def test_books_and_statement_agree_after_a_whole_deal():
    pay_out(completed())

    assert "no difference" in check()
    assert differences(truth()) == []


def test_a_payment_twice_on_the_statement_is_found():
    pay_out(completed(amount=SMALL))
    lines = truth()

    assert "unknown to us" in differences([*lines, lines[-1]])[0]


def test_a_transfer_missing_on_the_statement_is_found():
    pay_out(completed(amount=SMALL))

    assert "is not on the rail's statement" in differences(truth()[:-1])[0]


def test_another_amount_on_the_statement_is_found():
    pay_out(completed(amount=SMALL))
    lines = truth()
    lines[-1]["amount"] = 999

    assert "the rail moved 999" in differences(lines)[0]


def test_a_payout_that_failed_with_us_but_left_is_found():
    payment = completed(amount=SMALL)
    payout = acknowledge(payment.transfers.open().get())
    settle(payout.pk, refused(payout, "2040", Source.ANSWER))
    line = {"receipt": "X", "kind": "payout", "from": "174379", "to": payout.phone[1:], "amount": 1000}

    found = differences([*truth(), {**line, "reference": payout.originator_conversation_id}])

    assert "failed with us, but the rail moved" in found[0]


@pytest.fixture
def suspended():
    """Money paid by hand that fits nothing."""
    said = HandPayment(new_receipt(), SMALL, "NOBODYS", shortcode="174379")
    deposit = deposits.tell(said, gateway="daraja")
    proof = {"amount": SMALL, "phone": new_phone(), "receipt_number": said.receipt_number, "money_out": False}
    deposits.answered(deposit.pk, Outcome(Verdict.SUCCEEDED, Source.ANSWER, **proof))
    return Deposit.objects.get(pk=deposit.pk)


def line_of(deposit) -> dict[str, int | str]:
    return {
        "receipt": deposit.receipt_number,
        "kind": "collection",
        "from": deposit.phone.removeprefix("+"),
        "to": "174379",
        "amount": int(deposit.amount),
        "reference": deposit.reference,
    }


def test_money_in_suspense_is_found_by_its_receipt_number_and_listed(suspended):
    assert differences([*truth(), line_of(suspended)]) == []
    assert f"in flight: deposit {suspended.pk} of 1,000 (suspense)" in check()


def test_money_in_suspense_that_the_rail_did_not_move_is_found(suspended):
    assert "is not on the rail's statement" in differences(truth())[0]


def test_another_amount_of_money_in_suspense_is_found(suspended):
    assert "the rail moved 5" in differences([*truth(), {**line_of(suspended), "amount": 5}])[0]


def test_money_by_hand_that_became_a_collection_is_found_by_its_receipt_number():
    contract = confirmed(amount=SMALL)
    said = HandPayment(new_receipt(), SMALL, contract.payment_reference, shortcode="174379")
    deposit = deposits.tell(said, gateway="daraja")
    assert differences([*truth(), line_of(deposit)]) == [], "told only: in flight"
    proof = {"amount": SMALL, "phone": contract.buyer.phone, "receipt_number": said.receipt_number}
    deposits.answered(deposit.pk, Outcome(Verdict.SUCCEEDED, Source.ANSWER, money_out=False, **proof))

    kept = Deposit.objects.get(pk=deposit.pk)

    assert (kept.status, differences(truth())) == ("kept", [])
    assert "unknown to us" in differences([*truth(), line_of(kept)])[0]
    assert "is not on the rail's statement" in differences([])[0]


def test_a_deposit_whose_state_and_postings_disagree_is_found(suspended):
    Posting.objects.create(source="outside", destination="suspense", amount=SMALL, deposit=suspended)

    (found,) = bookcheck.deposits()

    assert found == f"deposit {suspended.pk} of 1,000 is suspense; its postings say otherwise"


def test_money_in_flight_is_listed_and_not_counted():
    prompted(amount=SMALL)

    assert "in flight: collection" in check()


@pytest.mark.parametrize("statement", ["{}", "[1]", '[{"kind": "payout"}]', "not json"])
def test_a_statement_that_is_none_is_refused(statement, tmp_path):
    file = tmp_path / "statement.json"
    file.write_text(statement)

    with pytest.raises(CommandError, match="cannot be read"):
        check(statement=str(file))


def test_posting_more_than_there_is_leaves_no_trace():
    payment = locked(amount=SMALL)
    before = Posting.objects.count()

    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.post(
            ledger.held(payment), ledger.SUSPENSE, payment.money + payment.money, transfer=payment.transfers.get()
        )

    assert Posting.objects.count() == before
