"""`manage.py resume_payouts STOP --by USER --reason WORDS`: one proposes to lift a stop, another lifts it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments import approvals
from payments.models import PayoutStop, Proposal
from voicepact.kernel.clock import NAIROBI
from voicepact.kernel.errors import Refusal
from voicepact.kernel.models import User


class Command(BaseCommand):
    help = "Lets money leave again that a stop holds back: two members of staff, one after the other."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("stop", type=int, nargs="?", help="the number of the stop; without it, all are listed")
        parser.add_argument("--by", default="", help="your user name: who proposes, or approves")
        parser.add_argument("--reason", default="", help="what was put right")

    def handle(self, *, stop: int | None, by: str, reason: str, **_: Any) -> None:
        if stop is None:
            return self._list()
        standing = PayoutStop.objects.filter(pk=stop, lifted_at=None).first()
        if standing is None:
            raise CommandError("No such stop stands. Without a number this command lists those that do.")
        user = User.objects.filter(username=by, is_staff=True, is_active=True).first()
        if user is None:
            raise CommandError("Name with --by a member of staff.")
        try:
            return self._propose_or_approve(standing, user, reason)
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal

    def _propose_or_approve(self, stop: PayoutStop, user: User, reason: str) -> None:
        waiting = Proposal.objects.filter(stop=stop, status=Proposal.Status.PROPOSED).first()
        if waiting:
            _expect(user, "payments.approve")
            approvals.approve(waiting.pk, by=user)
            self.stdout.write(f"Stop {stop.pk} is lifted: money leaves again.")
            return
        if not reason:
            raise CommandError("Say with --reason what was put right.")
        _expect(user, "payments.propose")
        approvals.propose(Proposal.Kind.RESUME_PAYOUTS, stop, by=user, reason=reason)
        self.stdout.write(f"Proposed. Another member of staff runs: manage.py resume_payouts {stop.pk} --by THEIR-NAME")

    def _list(self) -> None:
        for stop in PayoutStop.objects.filter(lifted_at=None):
            since = f"{stop.stopped_at.astimezone(NAIROBI):%Y-%m-%d %H:%M}"
            self.stdout.write(f"{stop.pk}: {stop} since {since} ({stop.code}) {stop.reason}")


def _expect(user: User, permission: str) -> None:
    if not user.has_perm(permission):
        raise CommandError(f"{user.username} is in no group that may do this ({permission}).")
