"""The dispute desk: what a decision would come to is seen before it is proposed."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from contracts.models import Dispute
from payments import decisions
from voicepact.console.forecasts import Forecast
from voicepact.console.forms.base import share
from voicepact.console.forms.deals import DecisionForm
from voicepact.console.rights import PROPOSE
from voicepact.console.views.pages import allowed, found
from voicepact.kernel.errors import Refusal
from voicepact.kernel.money import grouped

OTHER = {"seller_amount": "buyer_amount", "buyer_amount": "seller_amount"}


@require_POST
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """The part of the form's page that says who gets what; the share that was not typed is filled with the rest."""
    allowed(request, PROPOSE)
    dispute = found(Dispute, key)
    if not DecisionForm.fits(dispute):
        return _forecast(request, Forecast(refusal=DecisionForm.why_not(dispute)))
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
