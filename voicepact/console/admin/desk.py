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

from contracts import disputes
from contracts.admin import EvidenceAdmin, PartyAdmin
from contracts.models import Contract, Evidence, Party
from payments import approvals, new_phones
from payments import tables as money
from payments.admin.desk import DepositAdmin, PayoutStopAdmin, ProposalAdmin
from payments.admin.money import CallbackAdmin, PaymentAdmin, TransferAdmin
from payments.models import Callback, Deposit, Payment, PayoutStop, Proposal, Transfer
from voicepact.console import bulk
from voicepact.console.admin.deals import DealAdmin
from voicepact.console.admin.revealing import Revealing
from voicepact.console.dispute.evidence import file_links, whose
from voicepact.console.forms import FORMS
from voicepact.console.proposal.approvers import approvers, why_not_two
from voicepact.console.proposal.plans import plan, why_impossible
from voicepact.console.rights import APPROVE, FREEZE, PAUSE, PROPOSE
from voicepact.kernel.display import LINK, NOTHING
from voicepact.kernel.errors import Refusal
from voicepact.kernel.models import User
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act, BulkAct, ReadOnlyAdmin, Table

Kind = Proposal.Kind
Shown = SafeString | str


class Subject(ReadOnlyAdmin):
    """Rows about which staff propose something of these `kinds`, and what has been proposed about each."""

    kinds: tuple[Kind, ...] = ()

    def acts(self, request: HttpRequest, row: Any) -> Iterable[Act]:
        if not request.user.has_perm(PROPOSE):
            return ()
        return [_propose(kind, row) for kind in self.kinds]

    def tables(self, row: Any) -> Iterable[Table]:
        proposals = money.proposals(row.proposals.all())
        return [*([proposals] if proposals.rows else []), *super().tables(row)]


def _propose(kind: Kind, row: Model) -> Act:
    """The button to the form of this kind about `row`."""
    form = FORMS[kind]
    address = reverse("desk:propose", args=[kind.value, row.pk])
    about = f"{form.does} Another member of staff has to approve it."
    return Act(form.act, address, form.icon, about=about, refusal=form.why_not(row))


def _call_off(request: HttpRequest, change: Proposal) -> Iterable[Act]:
    """The button that calls off a new number that two members of staff have agreed to."""
    if not request.user.has_perm(FREEZE):
        return
    yield Act(
        "Call off new number",
        reverse("desk:call_off", args=[change.pk]),
        "phone_disabled",
        ActionVariant.DANGER,
        about="The number that was agreed will not count; everybody who was told of it is told so.",
        refusal=new_phones.why_not_off(change),
    )


for model in (Contract, Evidence, Party, Payment, Transfer, Deposit, PayoutStop, Proposal, Callback):
    site.unregister(model)


@admin.register(Contract, site=site)
class DealDesk(DealAdmin):
    def acts(self, request: HttpRequest, row: Contract) -> Iterable[Act]:
        payment = row.payments.order_by("-serial").first()
        if payment and request.user.has_perm(PROPOSE):
            yield from (_propose(kind, payment) for kind in (Kind.RELEASE, Kind.REFUND))
        if request.user.has_perm(FREEZE):
            yield Act(
                "Open a dispute",
                reverse("desk:dispute", args=[row.pk]),
                "gavel",
                ActionVariant.DANGER,
                about="Freezes the deal at once: its money stays where it is until two members of staff decide.",
                refusal=disputes.why_none(row),
            )
        statement = reverse("desk:deal_statement", args=[row.pk])
        yield Act("Statement (PDF)", statement, "print", about="All of the deal on paper, for a court or a party.")


@admin.register(Evidence, site=site)
class EvidenceDesk(EvidenceAdmin):
    def get_fields(self, request: HttpRequest, obj: Evidence | None = None) -> tuple[str, ...]:
        return (*EvidenceAdmin.fields, "kept")

    @admin.display(description="File")
    def kept(self, row: Evidence) -> Shown:
        return file_links(row, whose([row])[row.pk])


@admin.register(Party, site=site)
class PartyDesk(Revealing, Subject, PartyAdmin):
    kinds = (Kind.PHONE_CHANGE,)

    def acts(self, request: HttpRequest, row: Party) -> Iterable[Act]:
        cooling = new_phones.agreed(row.contract).filter(party=row)
        return [*super().acts(request, row), *(act for each in cooling for act in _call_off(request, each))]


@admin.register(Payment, site=site)
class PaymentDesk(Revealing, Subject, PaymentAdmin):
    kinds = (Kind.RELEASE, Kind.REFUND, Kind.PARTIAL_REFUND)


@admin.register(Transfer, site=site)
class TransferDesk(Revealing, Subject, TransferAdmin):
    kinds = (Kind.PAY_AGAIN, Kind.MARK_TRANSFER)

    def acts(self, request: HttpRequest, row: Transfer) -> Iterable[Act]:
        return [*bulk.single(request, "ask-transfers", row), *super().acts(request, row)]

    def bulk_acts(self, request: HttpRequest) -> Iterable[BulkAct]:
        return bulk.offered(request, "ask-transfers")


@admin.register(Deposit, site=site)
class DepositDesk(Revealing, Subject, DepositAdmin):
    kinds = (Kind.MATCH_DEPOSIT, Kind.RETURN_DEPOSIT)

    def acts(self, request: HttpRequest, row: Deposit) -> Iterable[Act]:
        return [*bulk.single(request, "ask-deposits", row), *super().acts(request, row)]

    def bulk_acts(self, request: HttpRequest) -> Iterable[BulkAct]:
        return bulk.offered(request, "ask-deposits")


@admin.register(PayoutStop, site=site)
class PayoutStopDesk(Subject, PayoutStopAdmin):
    kinds = (Kind.RESUME_PAYOUTS,)

    def acts_of_list(self, request: HttpRequest) -> Iterable[Act]:
        if request.user.has_perm(PAUSE):
            about = "No money leaves from that moment on, everywhere or on one rail. Two members of staff lift it."
            yield Act("Pause payouts", reverse("desk:pause"), "pause_circle", ActionVariant.DANGER, about=about)


@admin.register(Callback, site=site)
class CallbackDesk(Revealing, CallbackAdmin):
    def acts(self, request: HttpRequest, row: Callback) -> Iterable[Act]:
        return [*super().acts(request, row), *bulk.single(request, "replay", row)]

    def bulk_acts(self, request: HttpRequest) -> Iterable[BulkAct]:
        return bulk.offered(request, "replay")


@admin.register(Proposal, site=site)
class ProposalDesk(ProposalAdmin):
    change_form_outer_before_template = "admin/desk/proposal.html"

    def acts(self, request: HttpRequest, row: Proposal) -> Iterable[Act]:
        if row.kind == Kind.PHONE_CHANGE and row.status == Proposal.Status.APPROVED:
            yield from _call_off(request, row)
        own = row.proposed_by_id == request.user.pk
        reject, why = reverse("desk:reject", args=[row.pk]), approvals.why_decided(row)
        if own and request.user.has_perm(PROPOSE):
            yield Act("Take back", reject, "undo", about="Nothing of it will happen.", refusal=why)
        if not isinstance(request.user, User) or not request.user.has_perm(APPROVE):
            return
        approve = reverse("desk:approve", args=[row.pk])
        about = "It happens, after one more page that says how much goes to whom."
        why_not = why or why_not_two(row, request.user) or why_impossible(row)
        yield Act("Approve", approve, "check", ActionVariant.PRIMARY, about=about, refusal=why_not)
        if not own:
            yield Act("Reject", reject, "close", ActionVariant.DANGER, about="Nothing of it will happen.", refusal=why)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> TemplateResponse:
        context["proposal"] = row = kwargs["obj"]
        if row and row.is_open:
            try:
                context["plan"] = plan(row)
                context["approvers"] = approvers(row)
            except Refusal as refusal:
                context["refusal"] = refusal.detail
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Attached file")
    def evidence(self, proposal: Proposal) -> Shown:
        if not proposal.attachment:
            return NOTHING
        return format_html(LINK, reverse("desk:statement", args=[proposal.pk]), "The rail's statement")
