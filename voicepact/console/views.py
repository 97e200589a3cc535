"""What staff do at the desk: propose, approve, reject, freeze a deal, pause payouts, work a callback again.

Each page states an intention and asks for a confirmation; the domain decides whether it can be, and its refusals are
shown on the page. Nobody sets a state by hand.
"""

from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from contracts import disputes
from contracts.models import Contract
from payments import approvals, callbacks, decisions, stops
from payments.models import Callback, PayoutStop, Proposal
from voicepact.console.forms import FORMS
from voicepact.console.forms.answers import DisputeForm, PauseForm, RejectionForm
from voicepact.console.forms.base import ProposalForm
from voicepact.console.plans import Plan, plan
from voicepact.kernel.display import veiled
from voicepact.kernel.errors import Refusal
from voicepact.kernel.models import User
from voicepact.kernel.site import site

M = TypeVar("M", bound=models.Model)
PROPOSE, APPROVE, PAUSE, REPLAY = "payments.propose", "payments.approve", "payments.pause", "payments.replay"


# --- proposing --------------------------------------------------------------------------------------------------------


def propose(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """The form of one kind of proposal about one row."""
    user = allowed(request, PROPOSE)
    form_class, subject = _form_and_subject(kind, key)
    if not form_class.fits(subject):
        messages.error(request, f"{form_class.act}: this is not possible now.")
        return to_page(subject)
    form = form_class(request.POST or None, request.FILES or None, subject=subject)
    if form.is_valid() and (proposal := _propose(form, user)):
        messages.success(request, "Proposed. It happens once another member of staff approves it.")
        return to_page(proposal)
    return _page(request, "propose", subject, title=form_class.act, form=form, plan=form.plan, about=form.about)


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
    proposal = found(Proposal, key)
    if not proposal.is_open:
        messages.error(request, "This proposal is decided already, or has run out.")
        return to_page(proposal)
    try:
        what = plan(proposal)
    except Refusal as refusal:
        messages.error(request, f"This can no longer be done. {refusal.detail}")
        return to_page(proposal)
    why_not = ""
    if request.method == "POST":
        why_not = _approve(proposal, what, user, seen=request.POST.get("seen", ""))
        if not why_not:
            messages.success(request, "Approved. It is under way.")
            return to_page(proposal)
    return _about(request, "approve", proposal, title="Approve", plan=what, refusal=why_not)


def _approve(proposal: Proposal, what: Plan, user: User, *, seen: str) -> str:
    """It has happened; or why not. `seen` is the fingerprint of the plan that the approver has read."""
    if seen != what.fingerprint:
        return "Something has changed since you opened this page. Read it again."
    try:
        approvals.approve(proposal.pk, by=user)
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


# --- switches ---------------------------------------------------------------------------------------------------------


def pause(request: HttpRequest) -> HttpResponse:
    """One person stops all money out; two let it leave again."""
    user = allowed(request, PAUSE)
    form = PauseForm(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            stop = stops.stop(code=stops.PAUSED, actor=approvals.staff_actor(user), **form.cleaned_data)
        messages.warning(request, f"{stop}. What the rail has been sent already is in its hands.")
        return to_page(stop)
    context = {"title": "Pause payouts", "form": form, "opts": PayoutStop._meta, "back": _list(PayoutStop)}
    return _render(request, "pause", context)


def open_dispute(request: HttpRequest, key: str) -> HttpResponse:
    """One person freezes a deal; two decide what becomes of its money."""
    user = allowed(request, PROPOSE)
    contract = found(Contract, key)
    form = DisputeForm(request.POST or None)
    if form.is_valid():
        try:
            actor = approvals.staff_actor(user)
            return to_page(disputes.open_by_staff(contract.pk, reason=form.cleaned_data["reason"], actor=actor))
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
    return _page(request, "dispute", contract, title="Open a dispute", form=form)


def replay(request: HttpRequest, key: str) -> HttpResponse:
    """A kept callback is worked once more."""
    user = allowed(request, REPLAY)
    callback = found(Callback, key)
    if request.method == "POST":
        result = callbacks.replay(callback.pk, actor=approvals.staff_actor(user))
        messages.info(request, f"Worked again: {result}.")
        return to_page(callback)
    return _page(request, "replay", callback, title="Work again")


# --- what all of them need --------------------------------------------------------------------------------------------


def allowed(request: HttpRequest, permission: str) -> User:
    """The member of staff, who has the permission. Raises PermissionDenied."""
    if not isinstance(request.user, User) or not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user


def found(model: type[M], key: str) -> M:
    """The row with this key as an address has it. Raises Http404."""
    try:
        return model._default_manager.get(pk=model._meta.pk.to_python(key))
    except (ObjectDoesNotExist, ValidationError, ValueError) as error:
        raise Http404 from error


def to_page(row: models.Model) -> HttpResponseRedirect:
    return redirect(_address(row))


def _address(row: models.Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[quote(row.pk)])


def _list(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _about(request: HttpRequest, name: str, proposal: Proposal, **context: Any) -> HttpResponse:
    return _page(request, name, proposal, **context, proposal=proposal, reason=veiled(proposal.reason))


def _page(request: HttpRequest, name: str, row: models.Model, **context: Any) -> HttpResponse:
    return _render(request, name, {**context, "opts": row._meta, "original": row, "back": _address(row)})


def _render(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, f"admin/desk/{name}.html", {**site.each_context(request), **context})
