"""The dispute desk: the queue by due date, and the page on which both sides are read beside each other."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

from django.contrib import admin
from django.db.models import CharField, DateTimeField, DecimalField, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.enums import ActionVariant

from contracts import tables
from contracts.admin import DisputeAdmin, Due
from contracts.models import Deadline, Dispute
from payments.models import Payment, Proposal, Transfer
from voicepact.console.admin.desk import Subject
from voicepact.console.dispute.casefile import case_file
from voicepact.console.dispute.timeleft import time_left
from voicepact.console.rights import FREEZE, PROPOSE
from voicepact.kernel.clock import now
from voicepact.kernel.display import NOTHING, Tone, label, link, one_line, pretty, veiled
from voicepact.kernel.money import Money
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act, FixedFilter

Shown = SafeString | str
Kind = Deadline.Kind
LONGEST_REASON = 80
IS_OPEN = Q(closed_at=None)
OPEN_COLUMNS = ("no", "deal", "sum", "by", "why", "answer", "time", "proposal")
CLOSED_COLUMNS = ("no", "deal", "sum", "by", "why", "ended", "closed_at")
COLUMNS = {
    "open": OPEN_COLUMNS,
    "closed": CLOSED_COLUMNS,
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


class TimeToDecide(Due):
    title = "time to decide"
    options = {**Due.options, "soon": ("Due within a day", IS_OPEN)}

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


def due(kind: Kind) -> Subquery:
    """When the timer of this kind of a dispute is, or was, due."""
    subject = Cast(OuterRef("pk"), CharField())
    timers = Deadline.objects.filter(contract=OuterRef("contract_id"), kind=kind, subject=subject)
    return Subquery(timers.order_by().values("due_at")[:1], output_field=DateTimeField())


def given() -> Coalesce:
    """What people gave back of a disputed deal before."""
    back = Transfer.objects.filter(kind=Transfer.Kind.REFUND, original=None, replaced_by=None)
    of_deal = back.filter(payment__contract=OuterRef("contract_id"), payment__status=Payment.Status.LOCKED)
    total = of_deal.order_by().values("payment").annotate(total=Sum("amount")).values("total")
    amount = DecimalField(max_digits=15, decimal_places=2)
    return Coalesce(Subquery(total, output_field=amount), 0, output_field=amount)


@admin.register(Dispute, site=site)
class DisputeDesk(Subject, DisputeAdmin):
    about = (
        "Quarrels about deals whose money is held: while one is open, nothing is paid. The open ones come first, "
        "whichever is to be decided soonest on top. One member of staff proposes a decision, another approves it."
    )
    kinds = (Proposal.Kind.DECISION,)
    list_filter = (State, TimeToDecide, Answered, Proposed)
    list_select_related = ("contract", "opened_by")
    change_form_outer_before_template = "admin/desk/case.html"
    fieldsets = (("The deal", {"fields": ("deal", "deal_state", "price", "payment", "goods", "place", "deliver_by")}),)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Dispute]":
        open_proposals = Proposal.objects.filter(
            dispute=OuterRef("pk"), status=Proposal.Status.PROPOSED, expires_at__gt=now()
        )
        return Dispute.objects.annotate(
            decide_by=due(Kind.DISPUTE_DECISION),
            answer_by=due(Kind.DISPUTE_ANSWER),
            given=given(),
            proposed=Exists(open_proposals),
        )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ORDERS[chosen(request)]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return COLUMNS[chosen(request)]

    def acts(self, request: HttpRequest, row: Dispute) -> Iterable[Act]:
        yield from (replace(act, variant=ActionVariant.PRIMARY) for act in super().acts(request, row))
        if request.user.has_perm(FREEZE) or request.user.has_perm(PROPOSE):
            yield Act(
                "Add evidence",
                reverse("desk:add_evidence", args=[row.pk]),
                "note_add",
                about="A note or a file of our own is kept with the dispute, for whoever decides it.",
                refusal="" if row.is_open else "The dispute is over.",
            )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> TemplateResponse:
        if row := kwargs["obj"]:
            context["case"] = case_file(row)
        return super().render_change_form(request, context, *args, **kwargs)

    # --- the queue ----------------------------------------------------------------------------------------------------

    @admin.display(description="At stake")
    def sum(self, row: Any) -> Shown:
        return one_line(Money(row.contract.amount - row.given, row.contract.currency))

    @admin.display(description="Opened by")
    def by(self, row: Dispute) -> Shown:
        if row.opened_by is None:
            return "The clock" if row.opener == Dispute.Opener.CLOCK else "Our staff"
        return format_html("{} by {}", row.opened_by.get_role_display(), row.channel.upper())

    @admin.display(description="Reason")
    def why(self, row: Dispute) -> str:
        return veiled(Truncator(" ".join(veiled(row.reason).split())).chars(LONGEST_REASON)) or NOTHING

    @admin.display(description="Answer")
    def answer(self, row: Any) -> Shown:
        if row.answered_at:
            return label("Answered", Tone.GOOD)
        if row.answer_by and row.answer_by > now():
            return time_left(row.answer_by)
        return label("None was given", Tone.CARE)

    @admin.display(description="To decide")
    def time(self, row: Any) -> Shown:
        return time_left(row.decide_by) if row.decide_by else NOTHING

    @admin.display(description="Proposal")
    def proposal(self, row: Any) -> Shown:
        return label("Waits for approval", Tone.CARE) if row.proposed else NOTHING

    @admin.display(description="How it ended")
    def ended(self, row: Dispute) -> str:
        return row.get_outcome_display() or NOTHING

    # --- the page -----------------------------------------------------------------------------------------------------

    @admin.display(description="State of the deal")
    def deal_state(self, row: Dispute) -> Shown:
        return tables.contract_status(row.contract)

    @admin.display(description="Price")
    def price(self, row: Dispute) -> Shown:
        return one_line(row.contract.money)

    @admin.display(description="Payment")
    def payment(self, row: Dispute) -> Shown:
        return link(row.contract.payments.order_by("-serial").first())

    @admin.display(description="Terms")
    def goods(self, row: Dispute) -> Shown:
        return pretty(row.contract.terms)

    @admin.display(description="Delivery to")
    def place(self, row: Dispute) -> str:
        return veiled(row.contract.delivery_location) or NOTHING

    @admin.display(description="Delivery until")
    def deliver_by(self, row: Dispute) -> object:
        return row.contract.delivery_deadline
