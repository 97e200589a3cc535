"""The money itself: payments, transfers, and what the rails said of them."""

from collections.abc import Iterable

from django.contrib import admin
from django.utils.safestring import SafeString

from contracts.models import Contract
from payments import tables
from payments.filters import Attention, PaymentAttention, Worked
from payments.models import Callback, Payment, Transfer
from voicepact.kernel.display import NOTHING, link, link_to, list_address, one_line, pretty, pretty_body, veiled
from voicepact.kernel.filters import Gateway, amounts, days
from voicepact.kernel.money import grouped
from voicepact.kernel.phones import mask
from voicepact.kernel.site import site
from voicepact.kernel.staff import ReadOnlyAdmin, Table

Shown = SafeString | str


@admin.register(Payment, site=site)
class PaymentAdmin(ReadOnlyAdmin):
    about = "The buyers' money: asked for, held in escrow, and paid to the seller or given back. It moves by itself."
    list_display = ("transaction", "deal", "state", "sum", "payer", "recipient", "gateway", "created_at")
    list_filter = ("status", PaymentAttention, days("created_at"), amounts(), Gateway)
    ordering = ("-created_at", "-pk")
    search_fields = (
        "transaction_id",
        "contract__id",
        "external_transaction_id",
        "reference",
        "transfers__receipt_number",
    )
    phone_fields = ("contract__parties__phone",)
    search_help_text = (
        "Transaction id, contract id, reference, receipt number, or a phone number in any form (500 newest deals)"
    )
    fieldsets = (
        (None, {"fields": ("deal", "state", "sum", "fees", "payer", "recipient", "failure", "reference")}),
        ("Dates", {"fields": ("created_at", "confirmed_at", "released_at", "refunded_at"), "classes": ("collapse",)}),
        (
            "Technical",
            {
                "fields": ("external_transaction_id", "gateway", "payment_method", "retry_count", "metadata"),
                "classes": ("collapse",),
            },
        ),
    )

    def tables(self, row: Payment) -> Iterable[Table]:
        callbacks = Callback.objects.filter(transfer__payment=row)
        return [
            tables.standing(row),
            tables.transfers_of_payment(row),
            tables.postings(row.postings.all(), more=list_address("payments.Posting", payment__id__exact=row.pk)),
            tables.callbacks(callbacks, more=list_address("payments.Callback", transfer__payment__id__exact=row.pk)),
        ]

    @admin.display(description="Transaction")
    def transaction(self, payment: Payment) -> Shown:
        return one_line(payment.transaction_id)

    @admin.display(description="Contract")
    def deal(self, payment: Payment) -> Shown:
        return link_to(Contract, payment.contract_id, payment.contract_id)

    @admin.display(description="Status")
    def state(self, payment: Payment) -> Shown:
        return tables.payment_status(payment)

    @admin.display(description="Amount")
    def sum(self, payment: Payment) -> Shown:
        return one_line(payment.money)

    @admin.display(description="Fees of buyer and seller")
    def fees(self, payment: Payment) -> str:
        return f"{grouped(payment.buyer_fee)} and {grouped(payment.seller_fee)}"

    @admin.display(description="Payer")
    def payer(self, payment: Payment) -> str:
        return mask(payment.payer_phone)

    @admin.display(description="Recipient")
    def recipient(self, payment: Payment) -> str:
        return mask(payment.recipient_phone)

    @admin.display(description="Why it failed")
    def failure(self, payment: Payment) -> str:
        return _failure(payment)

    @admin.display(description="The client's own data")
    def metadata(self, payment: Payment) -> Shown:
        return pretty(payment.payment_metadata)


@admin.register(Transfer, site=site)
class TransferAdmin(ReadOnlyAdmin):
    about = (
        "Each attempt to move one amount by mobile money. Unknown means: perhaps it moved; "
        "nothing is sent again until the rail has answered."
    )
    list_display = (
        "name",
        "of_payment",
        "state",
        "sum",
        "masked_phone",
        "receipt_number",
        "why",
        "created_at",
    )
    list_filter = ("status", Attention, days("created_at"), amounts(), Gateway, "kind")
    list_select_related = ("payment",)
    ordering = ("-created_at", "-pk")
    search_fields = (
        "id",
        "payment__contract__id",
        "payment__transaction_id",
        "payment__reference",
        "receipt_number",
        "external_id",
        "originator_conversation_id",
    )
    phone_fields = ("payment__contract__parties__phone",)
    search_help_text = (
        "Receipt number, transaction id, contract id, reference, or a phone number in any form (500 newest deals)"
    )
    linked_by = ("payment__contract__id__exact",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "of_payment",
                    "deal",
                    "kind",
                    "part",
                    "state",
                    "sum",
                    "masked_phone",
                    "receipt_number",
                    "failure",
                )
            },
        ),
        ("Dates", {"fields": ("created_at", "not_before", "submitted_at", "rail_confirmed_at", "finished_at")}),
        ("Attention", {"fields": ("quarantined_at", "quarantine_reason", "return_reason", "of_original")}),
        (
            "Technical",
            {
                "fields": (
                    "gateway",
                    "external_id",
                    "originator_conversation_id",
                    "claimed_at",
                    "next_ask_at",
                    "times_asked",
                    "inquiry_id",
                ),
                "classes": ("collapse",),
            },
        ),
    )

    def tables(self, row: Transfer) -> Iterable[Table]:
        return [
            tables.postings(row.postings.all(), more=list_address("payments.Posting", transfer__id__exact=row.pk)),
            tables.callbacks(row.callbacks.all(), more=list_address("payments.Callback", transfer__id__exact=row.pk)),
        ]

    @admin.display(description="Transfer")
    def name(self, transfer: Transfer) -> Shown:
        return one_line(tables.transfer_name(transfer))

    @admin.display(description="Payment")
    def of_payment(self, transfer: Transfer) -> Shown:
        return link(transfer.payment)

    @admin.display(description="Contract")
    def deal(self, transfer: Transfer) -> Shown:
        key = transfer.payment.contract_id if transfer.payment else None
        return link_to(Contract, key, key) if key else NOTHING

    @admin.display(description="Status")
    def state(self, transfer: Transfer) -> Shown:
        return tables.transfer_status(transfer)

    @admin.display(description="Amount")
    def sum(self, transfer: Transfer) -> Shown:
        return one_line(transfer.money)

    @admin.display(description="Phone")
    def masked_phone(self, transfer: Transfer) -> str:
        return mask(transfer.phone)

    @admin.display(description="Why it failed")
    def failure(self, transfer: Transfer) -> str:
        return _failure(transfer)

    @admin.display(description="Failure reason")
    def why(self, transfer: Transfer) -> str:
        return veiled(transfer.failure_reason)

    @admin.display(description="Gives back")
    def of_original(self, transfer: Transfer) -> Shown:
        return link(transfer.original, tables.transfer_name(transfer.original)) if transfer.original else NOTHING


@admin.register(Callback, site=site)
class CallbackAdmin(ReadOnlyAdmin):
    about = "What the rails sent us, kept as it came: claims, which count once they have been compared and worked."
    list_display = ("no", "gateway", "kind", "of_transfer", "of_payment", "state", "result", "received_at")
    list_filter = (Worked, days("received_at"), Gateway)
    list_select_related = ("transfer__payment",)
    ordering = ("-received_at", "-pk")
    search_fields = (
        "transfer__payment__contract__id",
        "transfer__payment__transaction_id",
        "transfer__payment__reference",
        "transfer__receipt_number",
        "transfer__external_id",
    )
    phone_fields = ("transfer__payment__contract__parties__phone",)
    search_help_text = TransferAdmin.search_help_text
    linked_by = ("transfer__payment__id__exact",)
    fields = (
        "gateway",
        "kind",
        "of_transfer",
        "of_payment",
        "state",
        "result",
        "received_at",
        "worked_at",
        "attempts",
        "address",
        "content",
    )

    @admin.display(description="Transfer")
    def of_transfer(self, callback: Callback) -> Shown:
        return link(callback.transfer, tables.transfer_name(callback.transfer)) if callback.transfer else NOTHING

    @admin.display(description="Payment")
    def of_payment(self, callback: Callback) -> Shown:
        return link(callback.transfer.payment) if callback.transfer else NOTHING

    @admin.display(description="State")
    def state(self, callback: Callback) -> Shown:
        return tables.callback_state(callback)

    @admin.display(description="As it came (phone numbers masked)")
    def content(self, callback: Callback) -> Shown:
        return pretty_body(callback.body)


def _failure(row: Payment | Transfer) -> str:
    return f"{veiled(row.failure_reason)} ({row.failure_code})" if row.failure_code else NOTHING
