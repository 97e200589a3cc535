"""What waits for people: money that nobody expected, what staff propose and decide, and what may not leave."""

from collections.abc import Iterable

from django.contrib import admin
from django.template.defaultfilters import linebreaksbr
from django.utils.safestring import SafeString

from contracts.admin import ByActorAdmin
from contracts.models import Contract
from payments import proposed, tables
from payments.filters import DepositAttention, ProposalState, Proposer, Standing
from payments.models import Deposit, PayoutStop, Proposal
from voicepact.kernel.display import NOTHING, Tone, label, link, link_to, list_address, one_line, veiled
from voicepact.kernel.filters import Gateway, amounts, days
from voicepact.kernel.phones import mask
from voicepact.kernel.site import site
from voicepact.kernel.staff import ReadOnlyAdmin, Table

Shown = SafeString | str


@admin.register(Deposit, site=site)
class DepositAdmin(ReadOnlyAdmin):
    about = (
        "Money that people paid to us by hand. It counts once the rail itself has confirmed it; "
        "what fits no deal waits in suspense until two people match or return it."
    )
    list_display = ("receipt_number", "gateway", "state", "sum", "written", "masked_phone", "created_at")
    list_filter = ("status", DepositAttention, days("created_at"), amounts(), Gateway)
    ordering = ("-created_at", "-pk")
    search_fields = ("receipt_number", "reference", "transfers__payment__contract__id")
    phone_fields = ("phone",)
    search_help_text = "Receipt number, reference, contract id, or a phone number in any form (500 newest)"
    fieldsets = (
        (None, {"fields": ("gateway", "receipt_number", "state", "sum", "written", "masked_phone")}),
        ("Dates", {"fields": ("created_at", "confirmed_at", "finished_at")}),
        ("Technical", {"fields": ("next_ask_at", "times_asked", "inquiry_id"), "classes": ("collapse",)}),
    )

    def tables(self, row: Deposit) -> Iterable[Table]:
        more = list_address("payments.Callback", deposit__id__exact=row.pk)
        return [
            tables.transfers(row.transfers.order_by("created_at"), more=""),
            tables.callbacks(row.callbacks.all(), more=more),
        ]

    @admin.display(description="Status")
    def state(self, deposit: Deposit) -> Shown:
        return tables.deposit_status(deposit)

    @admin.display(description="Amount")
    def sum(self, deposit: Deposit) -> Shown:
        return one_line(deposit.money)

    @admin.display(description="Reference")
    def written(self, deposit: Deposit) -> str:
        """As whoever paid typed it, which may be a phone number."""
        return veiled(deposit.reference) or NOTHING

    @admin.display(description="Phone")
    def masked_phone(self, deposit: Deposit) -> str:
        return mask(deposit.phone) or NOTHING


@admin.register(Proposal, site=site)
class ProposalAdmin(ReadOnlyAdmin):
    about = "What one member of staff proposes and another approves, where no rule moves that money by itself."
    list_display = ("no", "kind", "deal", "state", "proposed_by", "proposed_at", "decided_by", "decided_at")
    list_filter = (ProposalState, Proposer, days("proposed_at"), "kind")
    list_select_related = ("proposed_by", "decided_by")
    ordering = ("-pk",)
    search_fields = ("contract__id", "subject")
    phone_fields = ("contract__parties__phone",)
    search_help_text = (
        "A contract's id, a subject such as dispute:5, or a party's phone number in any form (500 newest deals)"
    )
    fieldsets = (
        (None, {"fields": ("kind", "deal", "of_subject", "state", "reasons", "content", "evidence")}),
        ("Who", {"fields": ("proposed_by", "proposed_at", "expires_at", "left", "decided_by", "decided_at", "words")}),
    )

    @admin.display(description="Contract")
    def deal(self, proposal: Proposal) -> Shown:
        return link_to(Contract, proposal.contract_id, proposal.contract_id) if proposal.contract_id else NOTHING

    @admin.display(description="About")
    def of_subject(self, proposal: Proposal) -> Shown:
        """The row that the subject names."""
        kind = proposal.subject.partition(":")[0]
        row = getattr(proposal, kind, None) if kind in SUBJECTS else None
        return link(row) if row else proposal.subject

    @admin.display(description="Status")
    def state(self, proposal: Proposal) -> Shown:
        return tables.proposal_status(proposal)

    @admin.display(description="Time left")
    def left(self, proposal: Proposal) -> str:
        return tables.time_left(proposal)

    @admin.display(description="Why")
    def reasons(self, proposal: Proposal) -> str:
        return veiled(proposal.reason)

    @admin.display(description="What exactly (phone numbers masked)")
    def content(self, proposal: Proposal) -> Shown:
        return linebreaksbr("\n".join(proposed.asked_for(proposal)))

    @admin.display(description="Attached file")
    def evidence(self, proposal: Proposal) -> str:
        return f"SHA-256 {proposal.attachment_sha256}" if proposal.attachment else NOTHING

    @admin.display(description="What the other said")
    def words(self, proposal: Proposal) -> str:
        return veiled(proposal.note) or NOTHING


SUBJECTS = frozenset({"contract", "dispute", "party", "payment", "transfer", "deposit", "stop"})
"""The words before the colon of a proposal's subject that are names of its foreign keys."""


@admin.register(PayoutStop, site=site)
class PayoutStopAdmin(ByActorAdmin):
    about = "While one of these stands no money leaves: on one rail, of one deal, or at all. Two people lift it."
    list_display = ("no", "where", "deal", "state", "code", "stopper", "stopped_at", "lifted_at")
    list_filter = (Standing, days("stopped_at"))
    ordering = ("-pk",)
    search_fields = ("contract__id", "gateway", "code")
    search_help_text = "A contract's id, a rail, or a code"
    fields = ("where", "deal", "state", "code", "words", "stopper", "stopped_at", "lifter", "lifted_at")
    actor_fields = ("stopped_by", "lifted_by")

    @admin.display(description="Where")
    def where(self, stop: PayoutStop) -> str:
        return stop.gateway or ("One deal" if stop.contract_id else "Everywhere")

    @admin.display(description="Contract")
    def deal(self, stop: PayoutStop) -> Shown:
        return link_to(Contract, stop.contract_id, stop.contract_id) if stop.contract_id else NOTHING

    @admin.display(description="State")
    def state(self, stop: PayoutStop) -> Shown:
        return label("Lifted") if stop.lifted_at else label("Stands", Tone.BAD)

    @admin.display(description="Stopped by")
    def stopper(self, stop: PayoutStop) -> str:
        return self.name_of(stop, "stopped_by")

    @admin.display(description="Lifted by")
    def lifter(self, stop: PayoutStop) -> str:
        return self.name_of(stop, "lifted_by")

    @admin.display(description="Why")
    def words(self, stop: PayoutStop) -> str:
        return linebreaksbr(veiled(stop.reason), autoescape=True) if stop.reason else NOTHING
