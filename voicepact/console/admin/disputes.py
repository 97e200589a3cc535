"""The dispute desk: the queue by due date, and the page on which both sides are read beside each other."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.enums import ActionVariant

from contracts import tables
from contracts.admin import OfContractAdmin
from contracts.models import Dispute
from payments.models import Proposal
from voicepact.console.admin.desk import Subject
from voicepact.console.deal import terms
from voicepact.console.dispute.casefile import case_file
from voicepact.console.dispute.queue import COLUMNS, ORDERS, Answered, Proposed, State, TimeToDecide, chosen, queued
from voicepact.console.dispute.timeleft import time_left
from voicepact.console.rights import FREEZE, PROPOSE
from voicepact.kernel.clock import now
from voicepact.kernel.display import NOTHING, Tone, label, link, one_line, shortened, veiled
from voicepact.kernel.money import Money
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act

Shown = SafeString | str
LONGEST_REASON = 80
BREAK = mark_safe("<br>")


@admin.register(Dispute, site=site)
class DisputeDesk(Subject, OfContractAdmin):
    about = (
        "Quarrels about deals whose money is held: while one is open, nothing is paid. The open ones come first, "
        "whichever is to be decided soonest on top. One member of staff proposes a decision, another approves it."
    )
    kinds = (Proposal.Kind.DECISION,)
    list_filter = (State, TimeToDecide, Answered, Proposed)
    list_select_related = ("contract", "opened_by")
    change_form_outer_before_template = "admin/desk/case.html"
    change_form_outer_after_template = "admin/desk/case_after.html"
    fieldsets = (("The deal", {"fields": ("deal", "deal_state", "price", "payment", "goods", "place", "deliver_by")}),)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Dispute]":
        return queued()

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

    @admin.display(description="State")
    def state(self, row: Dispute) -> Shown:
        return tables.dispute_state(row)

    @admin.display(description="At stake")
    def sum(self, row: Any) -> Shown:
        return one_line(Money(row.contract.amount - row.given, row.contract.currency))

    @admin.display(description="Opened by")
    def by(self, row: Dispute) -> Shown:
        if row.opened_by is None:
            return tables.opened_by(row).capitalize()
        return f"{row.opened_by.get_role_display()} by {tables.channel(row.channel)}"

    @admin.display(description="Reason")
    def why(self, row: Dispute) -> str:
        return shortened(row.reason, LONGEST_REASON) or NOTHING

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
        others = (f"{name}: {value}" for name, value in terms.others(row.contract))
        return format_html_join(BREAK, "{}", ((line,) for line in (terms.goods(row.contract), *others)))

    @admin.display(description="Delivery to")
    def place(self, row: Dispute) -> str:
        return veiled(row.contract.delivery_location) or NOTHING

    @admin.display(description="Delivery until")
    def deliver_by(self, row: Dispute) -> object:
        return row.contract.delivery_deadline
