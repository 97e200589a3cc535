"""The books: what was posted, the balances that it makes, and what the rails say of our own money."""

from django.contrib import admin
from django.utils.safestring import SafeString

from payments import tables
from payments.admin.money import PaymentAdmin
from payments.filters import Account, BalanceKind
from payments.models import Balance, Posting, Wallet
from voicepact.kernel.display import NOTHING, link, one_line
from voicepact.kernel.filters import amounts, days
from voicepact.kernel.money import Money
from voicepact.kernel.site import site
from voicepact.kernel.staff import ReadOnlyAdmin

Shown = SafeString | str


@admin.register(Posting, site=site)
class PostingAdmin(ReadOnlyAdmin):
    about = "The books. Each line moves an amount from one account to another; lines are added, never changed."
    list_display = ("no", "from_account", "to_account", "sum", "of_payment", "of_transfer", "at")
    list_filter = (Account, days("at"), amounts())
    list_select_related = ("payment", "transfer")
    ordering = ("-at", "-pk")
    search_fields = (
        "payment__transaction_id",
        "payment__contract__id",
        "payment__reference",
        "transfer__receipt_number",
    )
    phone_fields = ("payment__contract__parties__phone",)
    search_help_text = PaymentAdmin.search_help_text
    fields = ("source", "destination", "sum", "of_payment", "of_transfer", "at")

    @admin.display(description="From")
    def from_account(self, posting: Posting) -> str:
        return tables.account(posting.source)

    @admin.display(description="To")
    def to_account(self, posting: Posting) -> str:
        return tables.account(posting.destination)

    @admin.display(description="Amount")
    def sum(self, posting: Posting) -> Shown:
        return one_line(Money(posting.amount, posting.currency))

    @admin.display(description="Payment")
    def of_payment(self, posting: Posting) -> Shown:
        return link(posting.payment)

    @admin.display(description="Transfer")
    def of_transfer(self, posting: Posting) -> Shown:
        return link(posting.transfer, tables.transfer_name(posting.transfer)) if posting.transfer else NOTHING


@admin.register(Balance, site=site)
class BalanceAdmin(ReadOnlyAdmin):
    about = "What lies in escrow for each payment, and what is on its way with each transfer. It is never below zero."
    list_display = ("account", "words", "sum", "whose")
    list_filter = (BalanceKind,)
    ordering = ("-pk",)
    search_fields = ("account",)
    search_help_text = "An account, or a transaction id"
    fields = ("account", "words", "sum", "whose")

    @admin.display(description="Kind")
    def words(self, balance: Balance) -> str:
        return tables.account(balance.account)

    @admin.display(description="Amount")
    def sum(self, balance: Balance) -> Shown:
        return one_line(Money(balance.amount, balance.currency))

    @admin.display(description="Of")
    def whose(self, balance: Balance) -> Shown:
        return tables.owner_of(balance.account)


@admin.register(Wallet, site=site)
class WalletAdmin(ReadOnlyAdmin):
    about = "The rails' last word on our own money there."
    list_display = ("gateway", "available_money", "charges", "updated_at")
    ordering = ("gateway",)
    fields = ("gateway", "available_money", "charges", "opening", "gap", "asked_at", "updated_at")

    @admin.display(description="Available")
    def available_money(self, wallet: Wallet) -> str:
        return str(Money(wallet.available, wallet.currency)) if wallet.available is not None else NOTHING

    @admin.display(description="Paid for charges")
    def charges(self, wallet: Wallet) -> str:
        return str(Money(wallet.charges_paid, wallet.currency)) if wallet.charges_paid is not None else NOTHING

    @admin.display(description="Charges at its first report")
    def opening(self, wallet: Wallet) -> str:
        return str(Money(wallet.charges_opening, wallet.currency)) if wallet.charges_opening is not None else NOTHING

    @admin.display(description="Charged more than its tariff says")
    def gap(self, wallet: Wallet) -> str:
        return str(Money(wallet.charges_gap, wallet.currency))
