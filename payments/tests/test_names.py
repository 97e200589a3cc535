"""The rail's own name for a phone, as far as a result that counted has told one."""

from decimal import Decimal

import pytest

from payments import callbacks, names
from payments.models import Callback, Transfer
from payments.tests import words
from tests.factories import acknowledge, completed, new_phone, open_transfer

pytestmark = pytest.mark.django_db


def paid(body: str | None = None) -> Transfer:
    payout = acknowledge(open_transfer(completed(amount=Decimal(1_000))))
    said = body or words.payout_done(payout)
    callbacks.keep(gateway="daraja", kind="b2c", token=payout.token, body=said, address=None)
    callbacks.work_due()
    return Transfer.objects.get(pk=payout.pk)


def test_whoever_was_paid_before_has_the_rails_name() -> None:
    payout = paid()
    assert payout.status == "succeeded"
    assert names.behind(payout.phone) == "OTIENO TEST"


def test_the_name_is_of_that_very_phone() -> None:
    payout, other = paid(), new_phone()
    Transfer.objects.filter(pk=payout.pk).update(phone=other)
    assert names.behind(other) == ""
    assert names.behind(payout.phone) == ""


def test_a_result_that_did_not_count_names_nobody() -> None:
    payout = paid()
    Callback.objects.filter(transfer=payout).update(result="quarantined: it does not match what was asked")
    assert names.behind(payout.phone) == ""


def test_nobody_is_named_before_anything_was_paid() -> None:
    assert names.behind(new_phone()) == ""
    assert names.behind(paid("{").phone) == ""


def test_a_body_that_nobody_can_read_names_nobody() -> None:
    payout = paid()
    Callback.objects.filter(transfer=payout).update(body="{")
    assert names.behind(payout.phone) == ""
