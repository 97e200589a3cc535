"""The pages from which staff act: what lower apps show of a row, with the buttons and tables of the desk."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant

from contracts.admin import DisputeAdmin, EvidenceAdmin, PartyAdmin
from contracts.models import Contract, Dispute, Evidence, Party
from payments import tables as money
from payments.admin.desk import DepositAdmin, PayoutStopAdmin, ProposalAdmin
from payments.admin.money import CallbackAdmin, PaymentAdmin, TransferAdmin
from payments.models import Callback, Deposit, Payment, PayoutStop, Proposal, Transfer
from voicepact.console.admin.deals import DealAdmin
from voicepact.console.admin.people import Revealing
from voicepact.console.evidence import brought_forward, file_links
from voicepact.console.forms import FORMS
from voicepact.console.plans import plan
from voicepact.console.rights import APPROVE, FREEZE, PAUSE, PROPOSE, REPLAY
from voicepact.kernel.display import LINK, NOTHING
from voicepact.kernel.errors import Refusal
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act, ReadOnlyAdmin, Table

Kind = Proposal.Kind
QUARRELSOME = (Contract.Status.PAYMENT_LOCKED, Contract.Status.DELIVERED)
Shown = SafeString | str


class Subject(ReadOnlyAdmin):
    """Rows about which staff propose something of these `kinds`, and what has been proposed about each."""

    kinds: tuple[Kind, ...] = ()

    def acts(self, request: HttpRequest, row: Any) -> Iterable[Act]:
        if not request.user.has_perm(PROPOSE):
            return ()
        forms = [FORMS[kind] for kind in self.kinds]
        return [Act(form.act, _propose(form.kind, row), form.icon) for form in forms if form.fits(row)]

    def tables(self, row: Any) -> Iterable[Table]:
        proposals = money.proposals(row.proposals.all())
        return [*([proposals] if proposals.rows else []), *super().tables(row)]


def _propose(kind: Kind, row: Model) -> str:
    return reverse("desk:propose", args=[kind.value, row.pk])


for model in (Contract, Dispute, Evidence, Party, Payment, Transfer, Deposit, PayoutStop, Proposal, Callback):
    site.unregister(model)


@admin.register(Contract, site=site)
class DealDesk(DealAdmin):
    def acts(self, request: HttpRequest, row: Contract) -> Iterable[Act]:
        yield Act("Statement (PDF)", reverse("desk:deal_statement", args=[row.pk]), "print")
        if row.status in QUARRELSOME and request.user.has_perm(FREEZE):
            yield Act("Open a dispute", reverse("desk:dispute", args=[row.pk]), "gavel", ActionVariant.DANGER)


@admin.register(Dispute, site=site)
class DisputeDesk(Subject, DisputeAdmin):
    kinds = (Kind.DECISION,)

    def tables(self, row: Dispute) -> Iterable[Table]:
        return [brought_forward(row), *super().tables(row)]


@admin.register(Evidence, site=site)
class EvidenceDesk(EvidenceAdmin):
    def get_fields(self, request: HttpRequest, obj: Evidence | None = None) -> tuple[str, ...]:
        return (*EvidenceAdmin.fields, "kept")

    @admin.display(description="File")
    def kept(self, row: Evidence) -> Shown:
        return file_links(row)


@admin.register(Party, site=site)
class PartyDesk(Revealing, Subject, PartyAdmin):
    kinds = (Kind.PHONE_CHANGE,)


@admin.register(Payment, site=site)
class PaymentDesk(Revealing, Subject, PaymentAdmin):
    kinds = (Kind.PARTIAL_REFUND,)


@admin.register(Transfer, site=site)
class TransferDesk(Revealing, Subject, TransferAdmin):
    kinds = (Kind.PAY_AGAIN, Kind.MARK_TRANSFER)


@admin.register(Deposit, site=site)
class DepositDesk(Revealing, Subject, DepositAdmin):
    kinds = (Kind.MATCH_DEPOSIT, Kind.RETURN_DEPOSIT)


@admin.register(PayoutStop, site=site)
class PayoutStopDesk(Subject, PayoutStopAdmin):
    kinds = (Kind.RESUME_PAYOUTS,)

    def acts_of_list(self, request: HttpRequest) -> Iterable[Act]:
        if request.user.has_perm(PAUSE):
            yield Act("Pause payouts", reverse("desk:pause"), "pause_circle", ActionVariant.DANGER)


@admin.register(Callback, site=site)
class CallbackDesk(Revealing, CallbackAdmin):
    def acts(self, request: HttpRequest, row: Callback) -> Iterable[Act]:
        yield from super().acts(request, row)
        if request.user.has_perm(REPLAY):
            yield Act("Work again", reverse("desk:replay", args=[row.pk]), "replay")


@admin.register(Proposal, site=site)
class ProposalDesk(ProposalAdmin):
    change_form_outer_before_template = "admin/desk/proposal.html"

    def acts(self, request: HttpRequest, row: Proposal) -> Iterable[Act]:
        own = row.proposed_by_id == request.user.pk
        if not row.is_open or not request.user.has_perm(PROPOSE if own else APPROVE):
            return
        if own:
            yield Act("Take back", reverse("desk:reject", args=[row.pk]), "undo")
        else:
            yield Act("Reject", reverse("desk:reject", args=[row.pk]), "close", ActionVariant.DANGER)
            yield Act("Approve", reverse("desk:approve", args=[row.pk]), "check", ActionVariant.PRIMARY)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> TemplateResponse:
        context["proposal"] = row = kwargs["obj"]
        if row and row.is_open:
            try:
                context["plan"] = plan(row)
            except Refusal as refusal:
                context["refusal"] = refusal.detail
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Attached file")
    def evidence(self, proposal: Proposal) -> Shown:
        if not proposal.attachment:
            return NOTHING
        return format_html(LINK, reverse("desk:statement", args=[proposal.pk]), "The rail's statement")
