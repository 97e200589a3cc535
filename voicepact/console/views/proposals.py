"""Two pairs of eyes at the desk: one member of staff proposes, another approves or rejects.

Each page states an intention and asks for a confirmation; the domain decides whether it can be, and its refusals are
shown on the page. Nobody sets a state by hand.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse

from payments import approvals, decisions
from payments.models import Proposal
from payments.tables import time_left
from voicepact.console.forms import FORMS
from voicepact.console.forms.answers import RejectionForm
from voicepact.console.forms.base import ProposalForm
from voicepact.console.plans import plan
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
    if why_not := form_class.why_not(subject):
        messages.error(request, f"{form_class.act}: this is not possible now. {why_not}")
        return to_page(subject)
    form = form_class(request.POST or None, request.FILES or None, subject=subject)
    try:
        what = form.plan
    except Refusal as refusal:
        messages.error(request, f"{form_class.act}: this is not possible now. {refusal.detail}")
        return to_page(subject)
    if what and request.method == "POST" and request.POST.get("seen") != what.fingerprint:
        form.add_error(None, approvals.CHANGED)
    if form.is_valid() and (proposal := _propose(form, user)):
        messages.success(request, "Proposed. It happens once another member of staff approves it.")
        return to_page(proposal)
    return page(request, "propose", subject, title=form_class.act, form=form, plan=what, about=form.about)


def _form_and_subject(kind: str, key: str) -> tuple[type[ProposalForm], Any]:
    form_class = FORMS.get(Proposal.Kind(kind)) if kind in Proposal.Kind.values else None
    if form_class is None:
        raise Http404
    field = Proposal._meta.get_field(decisions.RULES[form_class.kind].subject)
    return form_class, found(field.related_model, key)  # type: ignore[arg-type]


def _propose(form: ProposalForm, user: User) -> Proposal | None:
    """The proposal, or none with the refusal on the form."""
    reason = form.cleaned_data["reason"]
    try:
        return approvals.propose(
            form.kind, form.subject, by=user, reason=reason, details=form.details, attachment=form.attachment
        )
    except Refusal as refusal:
        form.add_error(None, refusal.detail)
        return None


# --- deciding about a proposal ----------------------------------------------------------------------------------------


def approve(request: HttpRequest, key: str) -> HttpResponse:
    """Asks once more, with amount and payee, and then it happens."""
    user = allowed(request, APPROVE)
    proposal, refusal = found(Proposal, key), ""
    if request.method == "POST" and proposal.is_open:
        refusal = _approve(proposal, user, seen=request.POST.get("seen", ""))
        if not refusal:
            messages.success(request, "Approved. It is under way.")
            return to_page(proposal)
        proposal = found(Proposal, key)
    if why_not := approvals.why_decided(proposal):
        messages.error(request, why_not)
        return to_page(proposal)
    try:
        what = plan(proposal)
    except Refusal as gone:
        messages.error(request, f"This can no longer be done. {gone.detail}")
        return to_page(proposal)
    return _about(request, "approve", proposal, title="Approve", plan=what, refusal=refusal)


def _approve(proposal: Proposal, user: User, *, seen: str) -> str:
    """It has happened; or why not. `seen` is the fingerprint of the plan that the approver has read."""
    try:
        approvals.approve(proposal.pk, by=user, as_read=lambda held: plan(held).fingerprint == seen)
    except Refusal as refusal:
        return refusal.detail
    return ""


def reject(request: HttpRequest, key: str) -> HttpResponse:
    """Asks why; whoever proposed it takes it back like this."""
    proposal = found(Proposal, key)
    own = request.user.pk == proposal.proposed_by_id
    user = allowed(request, PROPOSE if own else APPROVE)
    form = RejectionForm(request.POST or None)
    if form.is_valid() and _reject(form, proposal, user):
        messages.success(request, "Taken back." if own else "Rejected.")
        return to_page(proposal)
    title = "Take back" if own else "Reject"
    return _about(request, "reject", proposal, title=title, form=form)


def _reject(form: RejectionForm, proposal: Proposal, user: User) -> bool:
    try:
        approvals.reject(proposal.pk, by=user, note=form.cleaned_data["note"])
    except Refusal as refusal:
        form.add_error(None, refusal.detail)
        return False
    return True


def _about(request: HttpRequest, name: str, proposal: Proposal, **context: Any) -> HttpResponse:
    return page(
        request, name, proposal, **context, proposal=proposal, reason=veiled(proposal.reason), left=time_left(proposal)
    )
