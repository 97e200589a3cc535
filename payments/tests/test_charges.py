"""What the rail has charged: posted on its own word, and told to people when the tariffs expect something else."""

import json
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contracts.models import Event
from payments import charges, gateways, ledger, wallets
from payments.models import Payment, Posting, Wallet
from payments.tests.conftest import Later
from payments.tests.words import balance_found
from tests.factories import acknowledge, completed, open_transfer, pay_out
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db

PRICE = Decimal(10_000)  # its payout costs 11
ACCOUNT = ledger.charges("daraja")


@pytest.fixture
def told(later: Later) -> Callable[[int], Wallet]:
    """The rail has just told the running total of its charges, below zero; it had not told anything before.

    Time stands still but for a second after each report.
    """
    Wallet.objects.filter(gateway="daraja").delete()

    def tell(charges_paid: int) -> Wallet:
        wallets.update(gateways.by_name("daraja"), balance_found("1000.00", f"{charges_paid}.00"))
        later(seconds=1)
        return Wallet.objects.get(pk="daraja")

    return tell


def paid(amount: Decimal = PRICE) -> Payment:
    return pay_out(completed(amount=amount))


def differences() -> list[dict[str, Any]]:
    events = Event.objects.filter(kind="charges.differ", chain="system").order_by("serial")
    return list(events.values_list("payload", flat=True))


def posted() -> list[tuple[str, str, Decimal]]:
    rows = Posting.objects.filter(destination=ACCOUNT).order_by("pk")
    return list(rows.values_list("source", "destination", "amount"))


# --- posted -----------------------------------------------------------------------------------------------------------


def test_the_first_report_is_where_we_begin(told):
    wallet = told(-1540)

    assert (wallet.charges_opening, wallet.charges_paid) == (-1540, -1540)
    assert posted() == []
    assert differences() == []


def test_what_was_charged_since_is_posted_once_and_from_fees(told):
    told(-1540)
    paid()
    told(-1551)
    told(-1551)
    paid()
    told(-1562)

    assert posted() == [("fees", ACCOUNT, 11), ("fees", ACCOUNT, 11)]
    assert ledger.balance(ACCOUNT) == 22
    assert ledger.balance(ledger.FEES) == -22
    assert list(charges.books()) == []


def test_a_charge_belongs_to_no_payment_and_no_transfer(told):
    told(0)
    paid()
    told(-11)

    assert Posting.objects.filter(destination=ACCOUNT, payment=None, transfer=None).count() == 1


def test_a_report_that_says_less_takes_nothing_back(told):
    told(0)
    paid()
    told(-11)
    told(0)

    assert posted() == [("fees", ACCOUNT, 11)]
    assert list(charges.books()) == ["daraja has charged 0; the books say 11"]


# --- compared with the tariffs ----------------------------------------------------------------------------------------


def test_what_the_tariff_expects_is_no_difference(told, later: Later):
    told(0)
    paid()
    told(-11)
    later(minutes=20)
    told(-11)

    assert differences() == []
    assert Wallet.objects.get(pk="daraja").charges_expected == 11


def test_a_charge_above_the_tariff_is_told_once_and_again_when_it_grows(told, later: Later):
    told(0)
    paid()
    told(-15)
    later(minutes=20)
    told(-15)
    paid()
    told(-30)

    assert differences() == [
        {"gateway": "daraja", "expected": 11, "charged": 15},
        {"gateway": "daraja", "expected": 22, "charged": 30},
    ]


def test_a_charge_below_the_tariff_is_told_once_the_report_must_know_of_the_payout(told, later: Later):
    told(0)
    paid()
    told(0)
    assert differences() == []

    later(minutes=20)
    told(0)
    told(0)

    assert differences() == [{"gateway": "daraja", "expected": 11, "charged": 0}]


def test_a_payout_on_its_way_may_be_charged_already(told, later: Later):
    told(0)
    payout = acknowledge(open_transfer(completed(amount=PRICE)))
    told(-11)
    later(minutes=20)
    told(-11)

    assert payout.is_open
    assert differences() == []


def test_what_no_source_tells_is_taken_as_the_rail_says_it_and_the_rest_still_compared(told, later: Later):
    told(0)
    paid(Decimal(200_000))
    told(-20)
    later(minutes=20)
    told(-20)
    assert differences() == []

    paid()
    told(-35)

    assert differences() == [{"gateway": "daraja", "expected": 31, "charged": 35}]


def test_a_difference_that_ends_is_none_any_more(told, later: Later):
    told(0)
    told(-5)
    paid()
    told(-11)
    later(minutes=20)
    told(-11)

    assert differences() == [{"gateway": "daraja", "expected": 0, "charged": 5}]
    assert Wallet.objects.get(pk="daraja").charges_gap == 0


def test_a_failed_payout_is_expected_to_cost_nothing(told, later: Later):
    told(0)
    payout = acknowledge(open_transfer(completed(amount=PRICE)))
    payout.fail("2040", "no")
    payout.save()
    later(minutes=20)
    told(0)

    assert differences() == []


# --- check_ledger -----------------------------------------------------------------------------------------------------


def check(**options: Any) -> str:
    out = StringIO()
    call_command("check_ledger", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def statement(tmp_path: Path) -> Any:
    """Writes what the rail's statement says, with these fees in it; returns its path."""

    def write(*fees: int) -> str:
        lines = []
        for payment in Payment.objects.all():
            for transfer in payment.transfers.succeeded():
                collection = transfer.is_collection
                lines.append(
                    {
                        "receipt": transfer.receipt_number,
                        "kind": "collection" if collection else "payout",
                        "from": transfer.phone[1:] if collection else "174379",
                        "to": "174379" if collection else transfer.phone[1:],
                        "amount": int(transfer.amount),
                        "reference": payment.reference if collection else transfer.originator_conversation_id,
                    }
                )
        other = {"receipt": "F", "kind": "fee", "from": "174379", "to": "safaricom", "reference": "VP-"}
        lines += [{**other, "amount": fee, "at": now().isoformat()} for fee in fees]
        path = tmp_path / "statement.json"
        path.write_text(json.dumps(lines))
        return str(path)

    return write


def test_charges_that_the_statement_has_too_are_no_difference(told, statement):
    told(0)
    paid()
    told(-11)

    assert "charges on the statement of daraja: no difference" in check(statement=statement(11))


def test_a_charge_newer_than_the_last_report_is_not_missed_yet(told, statement, later: Later):
    told(0)
    paid()
    path = statement(11)

    assert "charges on the statement of daraja: no difference" in check(statement=path)
    later(minutes=20)
    told(0)
    with pytest.raises(CommandError, match=r"^1 difference:"):
        check(statement=path)


def test_charges_that_the_statement_does_not_have_are_found(told, statement):
    told(0)
    paid()
    told(-13)

    with pytest.raises(CommandError, match=r"^1 difference:"):
        check(statement=statement(11))


def test_gaps_and_what_no_source_tells_are_listed_and_not_counted(told):
    told(0)
    told(-5)
    paid(Decimal(350_000))
    told(-20)

    found = check()

    assert "daraja charged 5 more than its tariff says" in found
    assert "no source tells the charge of 1 payout of 250,000 together" in found
    assert "no difference" in found
