"""A deal's page: the people, the money, the words and the time-line of one contract in one place."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from contracts import tables as deal
from contracts.models import Contract, Party
from payments import tables as money
from voicepact.console.conversation import conversation
from voicepact.kernel.display import NOTHING, one_line, pretty, veiled
from voicepact.kernel.phones import mask
from voicepact.kernel.site import site
from voicepact.kernel.staff import ReadOnlyAdmin, Table

Shown = SafeString | str


@admin.register(Contract, site=site)
class DealAdmin(ReadOnlyAdmin):
    about = "The deals between buyers and sellers. Open one to see its people, its money and all that happened."
    list_display = ("number", "state", "sum", "buyer", "seller", "contract_type", "owner", "created_at")
    list_filter = ("status", "contract_type")
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
    search_help_text = "Contract id, transaction id, reference, receipt number, or a phone number in any form"
    fieldsets = (
        (None, {"fields": ("state", "sum", "contract_type", "goods", "place", "delivery_deadline")}),
        (
            "Dates",
            {
                "fields": ("created_at", "confirmed_at", "locked_at", "delivered_at", "ended_at"),
                "classes": ("collapse",),
            },
        ),
        (
            "More",
            {
                "fields": (
                    "owner",
                    "gateway",
                    "fees_paid_by",
                    "buyer_fee",
                    "seller_fee",
                    "why_cancelled",
                    "spoken",
                    "audio_url",
                    "contract_hash",
                ),
                "classes": ("collapse",),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Contract]":
        rows: QuerySet[Contract] = super().get_queryset(request).prefetch_related("parties")
        return rows

    def tables(self, row: Contract) -> Iterable[Table]:
        return [
            deal.parties(row),
            money.payments(row),
            money.transfers_of_contract(row),
            deal.confirmations(row),
            *([deal.disputes(row)] if row.disputes.exists() else []),
            *([money.proposals(row.proposals.all())] if row.proposals.exists() else []),
            deal.deadlines(row),
            conversation(row),
            deal.timeline(row),
        ]

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
        return _person(contract.buyer)

    @admin.display(description="Seller")
    def seller(self, contract: Contract) -> str:
        return _person(contract.seller)

    @admin.display(description="Terms")
    def goods(self, contract: Contract) -> Shown:
        return pretty(contract.terms)

    @admin.display(description="Delivery location")
    def place(self, contract: Contract) -> str:
        return veiled(contract.delivery_location) or NOTHING

    @admin.display(description="Cancellation reason")
    def why_cancelled(self, contract: Contract) -> str:
        return veiled(contract.cancellation_reason) or NOTHING

    @admin.display(description="Transcript")
    def spoken(self, contract: Contract) -> str:
        return veiled(contract.transcript) or NOTHING


def _person(party: Party) -> str:
    return f"{veiled(party.name) or 'No name'} {mask(party.phone)}"
