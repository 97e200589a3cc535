"""Two pairs of eyes at the desk: one member of staff proposes, another approves or rejects.

Each page states an intention and asks for a confirmation; the domain decides whether it can be, and its refusals are
shown on the page. Nobody sets a state by hand.
"""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse

from payments import approvals, decisions
from payments.errors import NotDecidable
from payments.models import Proposal
from payments.tables import time_left
from voicepact.console.acts import note
from voicepact.console.forms import FORMS
from voicepact.console.forms.base import ProposalForm, RejectionForm
from voicepact.console.proposal.approvers import why_not_two
from voicepact.console.proposal.plans import plan
from voicepact.console.proposal.rehearsal import Told, told
from voicepact.console.reveals import reveal
from voicepact.console.rights import APPROVE, PROPOSE
from voicepact.console.views.pages import allowed, found, page, to_page
from voicepact.kernel.display import veiled
from voicepact.kernel.errors import Refusal
from voicepact.kernel.models import User

# --- proposing --------------------------------------------------------------------------------------------------------


def propose(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """The form of one kind of proposal about one row."""
    user = allowed(request, PROPOSE)
    form_class, subject = _form_and_subject(kind, key)
    try:
        form = _form(form_class, subject, request)
        what = form.plan
    except Refusal as refusal:
        messages.error(request, f"{form_class.act}: this is not possible now. {refusal.detail}")
        return to_page(subject)
    if what and request.method == "POST" and request.POST.get("seen") != what.fingerprint:
        form.add_error(None, approvals.CHANGED)
    if form.is_valid() and (proposal := _propose(request, form, user)):
        messages.success(request, "Proposed. It happens once another member of staff approves it.")
        return to_page(proposal)
    return page(request, form.template, subject, title=form.title, form=form, plan=what, about=form.about)


def _form(form_class: type[ProposalForm], subject: Any, request: HttpRequest) -> ProposalForm:
    """The form, as far as it is filled in. Raises what makes it pointless by now."""
    if refusal := form_class.why_not(subject):
        raise NotDecidable(refusal)
    return form_class(request.POST or None, request.FILES or None, subject=subject)


def _form_and_subject(kind: str, key: str) -> tuple[type[ProposalForm], Any]:
    form_class = FORMS.get(Proposal.Kind(kind)) if kind in Proposal.Kind.values else None
    if form_class is None:
        raise Http404
    field = Proposal._meta.get_field(decisions.RULES[form_class.kind].subject)
    return form_class, found(field.related_model, key)  # type: ignore[arg-type]


def _propose(request: HttpRequest, form: ProposalForm, user: User) -> Proposal | None:
    """The proposal, or none with the refusal on the form."""
    reason = form.cleaned_data["reason"]
    try:
        with transaction.atomic():
            proposal = approvals.propose(
                form.kind, form.subject, by=user, reason=reason, details=form.details, attachment=form.attachment
            )
            note(request, "proposal.made", proposal, reason=reason)
    except Refusal as refusal:
        form.add_error(None, refusal.detail)
        return None
    return proposal


# --- deciding about a proposal ----------------------------------------------------------------------------------------


def approve(request: HttpRequest, key: str) -> HttpResponse:
    """Asks once more, with amount and payee, and then it happens; asks nobody who may not approve it now."""
    user = allowed(request, APPROVE)
    proposal, refusal = found(Proposal, key), ""
    if request.method == "POST" and proposal.is_open:
        refusal = _approve(request, proposal, user, seen=request.POST.get("seen", ""))
        if not refusal:
            messages.success(request, "Approved. It is under way.")
            return to_page(proposal)
        proposal = found(Proposal, key)
    if why_not := approvals.why_decided(proposal) or why_not_two(proposal, user):
        messages.error(request, why_not)
        return to_page(proposal)
    try:
        what = plan(proposal)
    except Refusal as gone:
        messages.error(request, f"This can no longer be done. {gone.detail}")
        return to_page(proposal)
    if what.numbers:
        reveal(request, proposal, shown="number", reason="Compared before approving.")
    return _about(request, "approve", proposal, title="Approve", plan=what, refusal=refusal)


def _approve(request: HttpRequest, proposal: Proposal, user: User, *, seen: str) -> str:
    """It has happened; or why not. `seen` is the fingerprint of the plan that the approver has read."""
    if why_not := why_not_two(proposal, user):
        return why_not
    try:
        with transaction.atomic():
            approvals.approve(proposal.pk, by=user, as_read=lambda held: plan(held).fingerprint == seen)
            note(request, "proposal.approved", proposal)
    except Refusal as refusal:
        return refusal.detail
    return ""


def reject(request: HttpRequest, key: str) -> HttpResponse:
    """Asks why; whoever proposed it takes it back like this."""
    proposal = found(Proposal, key)
    own = request.user.pk == proposal.proposed_by_id
    user = allowed(request, PROPOSE if own else APPROVE)
    form = RejectionForm(request.POST or None)
    if form.is_valid() and _reject(request, form, proposal, user):
        messages.success(request, "Taken back." if own else "Rejected.")
        return to_page(proposal)
    title = "Take back" if own else "Reject"
    return _about(request, "reject", proposal, title=title, form=form)


def _reject(request: HttpRequest, form: RejectionForm, proposal: Proposal, user: User) -> bool:
    why_not = form.cleaned_data["note"]
    try:
        with transaction.atomic():
            approvals.reject(proposal.pk, by=user, note=why_not)
            note(request, "proposal.rejected", proposal, reason=why_not)
    except Refusal as refusal:
        form.add_error(None, refusal.detail)
        return False
    return True


def _about(request: HttpRequest, name: str, proposal: Proposal, **context: Any) -> HttpResponse:
    context |= {"proposal": proposal, "reason": veiled(proposal.reason), "left": time_left(proposal)}
    return page(request, name, proposal, **context, told=_told(proposal))


def _told(proposal: Proposal) -> list[Told]:
    """What both sides of a dispute will read once it is approved."""
    if proposal.kind != Proposal.Kind.DECISION:
        return []
    try:
        return told(proposal)
    except Refusal:
        return []
