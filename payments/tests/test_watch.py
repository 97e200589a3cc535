"""What nobody would notice in time is recorded: once, and never for what only looks so."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from contracts.models import Event
from payments import watch
from payments.gateways.base import Source
from payments.models import Payment, Wallet
from payments.settlement import settle
from payments.tests.conftest import Later
from tests.factories import acknowledge, completed, locked, open_transfer, pay_out, prompted, refused
from voicepact.kernel.clock import NAIROBI, now

pytestmark = pytest.mark.django_db
SMALL = Decimal(1_000)


def says(available: int) -> None:
    """The rail has told what we have there, just now."""
    Wallet.objects.update_or_create(gateway="daraja", defaults={"available": available, "updated_at": now()})


def recorded(kind: str) -> list[dict]:
    watch.look()
    return list(Event.objects.filter(kind=kind).order_by("serial").values_list("payload", flat=True))


# --- the float --------------------------------------------------------------------------------------------------------


def test_a_wallet_that_does_not_cover_a_payout_is_short_once(later: Later):
    completed(amount=SMALL)
    later(minutes=1)
    says(999)

    assert recorded("float.short") == [{"gateway": "daraja", "available": 999, "owed": 1000}]
    assert len(recorded("float.short")) == 1


def test_a_wallet_that_covers_everything_is_not_short(later: Later):
    completed(amount=SMALL)
    locked(amount=SMALL)
    prompted(amount=SMALL)
    later(minutes=1)
    says(1000)

    assert recorded("float.short") == []


def test_a_float_that_recovers_and_falls_short_again_is_recorded_again(later: Later):
    completed(amount=SMALL)
    later(minutes=1)
    for available in (0, 5000, 10):
        says(available)
        watch.look()

    assert [said["available"] for said in recorded("float.short")] == [0, 10]


def test_what_the_rail_refused_is_still_owed_and_counts(later: Later):
    transfer = acknowledge(open_transfer(completed(amount=SMALL)))
    settle(transfer.pk, refused(transfer, "1", Source.ANSWER))
    later(minutes=1)
    says(999)

    assert recorded("float.short") == [{"gateway": "daraja", "available": 999, "owed": 1000}]


def test_money_that_came_in_after_the_rails_last_word_is_not_missed_there(later: Later):
    says(0)
    later(minutes=1)
    completed(amount=SMALL)

    assert recorded("float.short") == []


def test_what_was_sent_or_has_arrived_is_not_owed_any_more(later: Later):
    pay_out(completed(amount=SMALL))
    acknowledge(open_transfer(completed(amount=SMALL)))
    later(minutes=1)
    says(0)

    assert recorded("float.short") == []


def test_a_rail_that_has_told_nothing_is_not_short(later: Later):
    completed(amount=SMALL)
    Wallet.objects.create(gateway="daraja")
    later(minutes=1)

    assert recorded("float.short") == []


def test_another_rails_payouts_are_not_its_business(later: Later):
    payment = completed(amount=SMALL)
    Payment.objects.filter(pk=payment.pk).update(gateway="africastalking")
    payment.transfers.update(gateway="africastalking")
    later(minutes=1)
    says(0)

    assert recorded("float.short") == []


# --- the password -----------------------------------------------------------------------------------------------------


def old(settings, days: int) -> None:
    settings.DARAJA_INITIATOR_PASSWORD_SET_ON = now().astimezone(NAIROBI).date() - timedelta(days=days)


def test_an_old_password_is_recorded_once_a_day(later: Later, settings):
    old(settings, 75)
    assert recorded("password.old") == recorded("password.old") == [{"gateway": "daraja", "days": 75}]

    later(days=1)

    assert [said["days"] for said in recorded("password.old")] == [75, 76]


def test_a_password_that_is_not_old_yet_is_no_event(later: Later, settings):
    old(settings, 74)

    assert recorded("password.old") == []


def test_a_password_whose_day_nobody_has_told_is_no_event(settings):
    settings.DARAJA_INITIATOR_PASSWORD_SET_ON = None

    assert recorded("password.old") == []


def test_its_age_is_counted_in_days_of_nairobi(time_machine, settings):
    settings.CLOCK_MOVABLE = False
    settings.DARAJA_INITIATOR_PASSWORD_SET_ON = date(2026, 1, 1)
    time_machine.move_to("2026-03-16T21:30:00Z", tick=False)  # the 17th in Nairobi

    assert recorded("password.old") == [{"gateway": "daraja", "days": 75}]
