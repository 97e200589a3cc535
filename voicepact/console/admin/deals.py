"""A deal's page: the people, the money, the words and the time-line of one contract in one place."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from contracts import tables as deal
from contracts.models import Contract
from payments import tables as money
from voicepact.console.deal import dossier
from voicepact.kernel.display import one_line
from voicepact.kernel.filters import Gateway, amounts, days
from voicepact.kernel.site import site
from voicepact.kernel.staff import ReadOnlyAdmin, Table

Shown = SafeString | str


@admin.register(Contract, site=site)
class DealAdmin(ReadOnlyAdmin):
    about = "The deals between buyers and sellers. Open one to see its people, its money and all that happened."
    list_display = ("number", "state", "sum", "buyer", "seller", "contract_type", "owner", "created_at")
    list_filter = ("status", days("created_at"), amounts(), Gateway, "contract_type")
    list_select_related = ("owner",)
    ordering = ("-created_at", "-pk")
    search_fields = (
        "id",
        "payments__transaction_id",
        "payments__external_transaction_id",
        "payments__reference",
        "payments__transfers__receipt_number",
    )
    phone_fields = ("parties__phone",)
    linked_by = ("ended_at__gte",)
    search_help_text = (
        "Contract id, transaction id, reference, receipt number, or a phone number in any form (500 newest deals)"
    )
    fields = ("number",)
    change_form_template = "admin/deal/change_form.html"
    change_form_outer_after_template = "admin/deal/page.html"

    class Media:
        css = {"all": ("console/deal.css",)}

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Contract]":
        rows: QuerySet[Contract] = super().get_queryset(request).prefetch_related("parties")
        return rows

    def tables(self, row: Contract) -> Iterable[Table]:
        return [
            money.payments(row),
            money.transfers_of_contract(row),
            deal.confirmations(row),
            *([deal.disputes(row)] if row.disputes.exists() else []),
            *([money.proposals(row.proposals.all())] if row.proposals.exists() else []),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> TemplateResponse:
        if row := kwargs["obj"]:
            context["deal"] = dossier.read(row, told=request.GET.get("told", ""))
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Contract")
    def number(self, contract: Contract) -> Shown:
        return one_line(contract.pk)

    @admin.display(description="Status")
    def state(self, contract: Contract) -> Shown:
        return deal.contract_status(contract)

    @admin.display(description="Amount")
    def sum(self, contract: Contract) -> Shown:
        return one_line(contract.money)

    @admin.display(description="Buyer")
    def buyer(self, contract: Contract) -> str:
        return deal.person(contract.buyer)

    @admin.display(description="Seller")
    def seller(self, contract: Contract) -> str:
        return deal.person(contract.seller)
