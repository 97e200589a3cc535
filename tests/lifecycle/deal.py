"""One deal on the stage, and what people and the clock can do to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.files.base import ContentFile

from contracts.models import Contract, Deadline, Dispute
from notifications.commands import HANDLERS, Command
from payments import approvals, timers
from payments.models import Payment, Proposal, Transfer
from tests.lifecycle.look import Look
from tests.lifecycle.stage import Stage

T = TypeVar("T")


class Refused(Exception):
    """A refusal over HTTP."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CannotHappen(Exception):
    """There is nothing here that the event could happen to."""


@dataclass(frozen=True)
class Deal:
    """`look` is how the deal stood when it was brought into its state; every event begins there.

    `about` is the transfer whose state it is, where it is about one.
    """

    stage: Stage
    look: Look
    about: Transfer | None = None

    @classmethod
    def of(cls, stage: Stage, contract_id: str, about: Transfer | None = None) -> "Deal":
        look = Look.at(contract_id)
        return cls(stage, look, look.transfers[about.pk] if about else None)

    def again(self) -> "Deal":
        """The same deal, as it is now."""
        look = Look.at(self.contract.pk, self.look)
        return Deal(self.stage, look, look.transfers[self.about.pk] if self.about else None)

    @property
    def subject(self) -> Transfer:
        assert self.about is not None
        return self.about

    @property
    def contract(self) -> Contract:
        return self.look.contract

    @property
    def payment(self) -> Payment:
        """The newest payment. Raises CannotHappen."""
        return _first(reversed(self.look.payments.values()))

    @property
    def dispute(self) -> Dispute:
        """The open dispute. Raises CannotHappen."""
        return _first(dispute for dispute in self.look.disputes.values() if dispute.is_open)

    def transfer(self, fits: Callable[[Transfer], object]) -> Transfer:
        """The first transfer that fits. Raises CannotHappen."""
        return _first(filter(fits, self.look.transfers.values()))

    def deadline(self, kind: str) -> Deadline:
        """The next timer of this kind that runs. Raises CannotHappen."""
        return _first(deadline for deadline in self.look.deadlines if deadline.kind == kind)

    # --- what people do -----------------------------------------------------------------------------------------------

    def sends(self, role: str, verb: str, words: str = "") -> str:
        """The party has sent the command by SMS; returns a note. Raises a Refusal."""
        reply = HANDLERS[verb](Command(verb, self.contract.party(role), words))
        return "kept as a message for staff" if reply.needs_staff else ""

    def posts(self, path: str, body: dict[str, Any]) -> str:
        """The client has sent the request; returns how it was answered. Raises Refused."""
        answer = self.stage.caller.post(f"/api/v1/{path}", body, Prefer="respond-async")
        assert answer.status_code < 500, f"{path} was answered {answer.status_code}"
        if answer.status_code >= 400:
            raise Refused(answer.json()["code"])
        awaiting = answer.json().get("awaiting")
        return f"answered {answer.status_code}" + (f", awaiting {' and '.join(awaiting)}" if awaiting else "")

    # --- what the clock and staff do ----------------------------------------------------------------------------------

    def runs_out(self, kind: str) -> None:
        """The next timer of this kind has come to its end and was worked, and no other was. Raises CannotHappen."""
        deadline = self.deadline(kind)
        self.stage.wait_until(deadline.due_at)
        timers.work(deadline)

    def decided(
        self, kind: Proposal.Kind, subject: Any, details: dict[str, Any], *, with_statement: bool = False
    ) -> Proposal:
        """One member of staff has proposed it, and another has approved. Raises a Refusal."""
        first, second = self.stage.staff
        statement = ContentFile(b"the rail's statement", name="statement.txt") if with_statement else None
        proposal = approvals.propose(kind, subject, by=first, reason="tried", details=details, attachment=statement)
        return approvals.approve(proposal.pk, by=second)


def _first(rows: Iterable[T]) -> T:
    for row in rows:
        return row
    raise CannotHappen
