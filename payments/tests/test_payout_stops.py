"""Payouts are stopped by one, and go on when two say so, or when the float is full again."""

from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import transaction

from contracts.audit import CLOCK, rail_actor
from payments import approvals, stops
from payments.gateways.base import Source
from payments.models import PayoutStop, Proposal
from payments.outcomes import FLOAT_SHORT
from payments.settlement import settle
from payments.submission import submit
from payments.tests.conftest import Later
from payments.tests.desk import staff
from payments.tests.rail import PAY, Rail
from tests.factories import SMALL, acknowledge, completed, open_transfer, refused
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db
Kind = Proposal.Kind


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
    with pytest.raises(CommandError, match="another member of staff"):
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
