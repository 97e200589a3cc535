"""The dispute desk: staff add what they know, and see what a decision would come to before they propose it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from contracts import disputes
from contracts.models import Dispute
from payments import approvals, decisions
from voicepact.console.acts import note
from voicepact.console.forms.base import share
from voicepact.console.forms.deals import DecisionForm
from voicepact.console.forms.disputes import EvidenceForm
from voicepact.console.proposal.forecasts import Forecast
from voicepact.console.rights import FREEZE, PROPOSE
from voicepact.console.views.pages import allowed, found, page, to_page
from voicepact.kernel.errors import Refusal
from voicepact.kernel.models import User
from voicepact.kernel.money import grouped

OTHER = {"seller_amount": "buyer_amount", "buyer_amount": "seller_amount"}


@require_POST
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """The part of the form's page that says who gets what; the share that was not typed is filled with the rest."""
    allowed(request, PROPOSE)
    dispute = found(Dispute, key)
    if why_not := DecisionForm.why_not(dispute):
        return _forecast(request, Forecast(refusal=why_not))
    data, filled = request.POST.copy(), OTHER.get(request.headers.get("HX-Trigger-Name", ""), "")
    try:
        filled = filled and _fill(data, filled, dispute)
        form = DecisionForm(data, subject=dispute)
        forecast = form.forecast
    except Refusal as refusal:
        return _forecast(request, Forecast(refusal=refusal.detail))
    return _forecast(request, forecast, rest=form[filled].as_widget(attrs={"hx-swap-oob": "true"}) if filled else "")


def _fill(data: QueryDict, name: str, dispute: Dispute) -> str:
    """The share `name` is what the other leaves of all that is at stake; returns what was filled, if anything."""
    try:
        typed = share("").clean(data.get(OTHER[name]))
    except ValidationError:
        return ""
    whole = decisions.at_stake(dispute).amount
    if typed is None or typed > whole:
        return ""
    data[name] = grouped(whole - typed)
    return name


def _forecast(request: HttpRequest, forecast: Forecast, rest: str = "") -> HttpResponse:
    return render(request, "admin/desk/forecast.html", {"forecast": forecast, "rest": rest})


def add_evidence(request: HttpRequest, key: str) -> HttpResponse:
    """A note or a file is kept with the dispute, in the own name of whoever brings it."""
    user = allowed(request, FREEZE, PROPOSE)
    dispute = found(Dispute, key)
    form = EvidenceForm(request.POST or None, request.FILES or None)
    if form.is_valid() and _keep(request, form, dispute, user):
        messages.success(request, "Added.")
        return to_page(dispute)
    title = f"Add evidence about {dispute.contract_id}"
    return page(request, "evidence", dispute, title=title, form=form, seen=dispute.evidence.count())


def _keep(request: HttpRequest, form: EvidenceForm, dispute: Dispute, user: User) -> bool:
    """It is kept; or not, with the refusal on the form. `seen` is how many pieces there were on the page."""
    text, file, seen = form.cleaned_data["text"], form.cleaned_data["file"], request.POST.get("seen", "")
    known = int(seen) if seen.isdecimal() else -1
    try:
        with transaction.atomic():
            disputes.add_seen(dispute.pk, seen=known, actor=approvals.staff_actor(user), text=text, file=file)
            note(request, "dispute.evidence_added", dispute)
    except Refusal as refusal:
        form.add_error(None, refusal.detail)
        return False
    return True
