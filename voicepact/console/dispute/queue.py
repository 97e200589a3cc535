"""The queue of disputes: which are listed, in what order, what is known of each there, and by what it is sifted."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db.models import CharField, DateTimeField, DecimalField, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest

from contracts.models import Deadline, Dispute
from payments.models import Payment, Proposal, Transfer
from voicepact.kernel.clock import now
from voicepact.kernel.staff import FixedFilter

Kind = Deadline.Kind
IS_OPEN = Q(closed_at=None)
COLUMNS = {
    "open": ("no", "deal", "sum", "by", "why", "answer", "time", "proposal"),
    "closed": ("no", "deal", "sum", "by", "why", "ended", "closed_at"),
    "all": ("no", "deal", "state", "sum", "by", "why", "opened_at", "closed_at"),
}
ORDERS = {
    "open": ("decide_by", "pk"),
    "closed": ("-closed_at", "-pk"),
    "all": ("-opened_at", "-pk"),
}


def chosen(request: HttpRequest) -> str:
    """Which disputes are listed: the open ones, unless others are asked for or something is searched."""
    state = request.GET.get("state", "")
    return state if state in ORDERS else "all" if request.GET.get("q") else "open"


# --- by what it is sifted ---------------------------------------------------------------------------------------------


class State(FixedFilter):
    title = "state"
    parameter_name = "state"
    options = {"open": ("Open", IS_OPEN), "closed": ("Closed", ~IS_OPEN), "all": ("Open and closed", Q())}

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self.used_parameters[self.parameter_name] = chosen(request)

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Without `All`, which the last of the options says in words."""
        return islice(super().choices(changelist), 1, None)


class TimeToDecide(FixedFilter):
    """Once its time for a decision is over, a dispute's timer has run, and a named person was told."""

    title = "time to decide"
    parameter_name = "decision"
    running = Deadline.objects.filter(kind=Kind.DISPUTE_DECISION, closed_at=None, contract=OuterRef("contract"))
    options = {"overdue": ("Overdue", IS_OPEN & ~Q(Exists(running))), "soon": ("Due within a day", IS_OPEN)}

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = super().queryset(request, queryset)
        if self.value() != "soon":
            return chosen
        return chosen.filter(decide_by__range=(now(), now() + timedelta(days=1)))


class Answered(FixedFilter):
    title = "answer"
    parameter_name = "answer"
    options = {
        "yes": ("The other side has answered", Q(answered_at__isnull=False)),
        "no": ("Not answered", Q(answered_at=None)),
    }


class Proposed(FixedFilter):
    title = "proposal"
    parameter_name = "proposal"
    options = {
        "waits": ("Waits for a second person", IS_OPEN & Q(proposed=True)),
        "none": ("None yet", IS_OPEN & Q(proposed=False)),
    }


# --- what is known of each --------------------------------------------------------------------------------------------


def queued() -> "QuerySet[Dispute]":
    """All disputes: until when to decide and to answer, what was given back before, and whether a proposal waits."""
    return Dispute.objects.annotate(
        decide_by=_due(Kind.DISPUTE_DECISION),
        answer_by=_due(Kind.DISPUTE_ANSWER),
        given=_given(),
        proposed=Exists(Proposal.objects.open().filter(dispute=OuterRef("pk"))),
    )


def _due(kind: Kind) -> Subquery:
    """When the timer of this kind of a dispute is, or was, due."""
    subject = Cast(OuterRef("pk"), CharField())
    timers = Deadline.objects.filter(contract=OuterRef("contract_id"), kind=kind, subject=subject)
    return Subquery(timers.order_by().values("due_at")[:1], output_field=DateTimeField())


def _given() -> Coalesce:
    """What people gave back of a disputed deal before."""
    back = Transfer.objects.filter(kind=Transfer.Kind.REFUND, original=None, replaced_by=None)
    of_deal = back.filter(payment__contract=OuterRef("contract_id"), payment__status=Payment.Status.LOCKED)
    total = of_deal.order_by().values("payment").annotate(total=Sum("amount")).values("total")
    amount = DecimalField(max_digits=15, decimal_places=2)
    return Coalesce(Subquery(total, output_field=amount), 0, output_field=amount)
