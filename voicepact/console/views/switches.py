"""What one member of staff may do alone, because it protects and moves nothing: stop payouts, freeze a deal, replay."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from contracts import disputes
from contracts.models import Contract
from payments import approvals, callbacks, stops
from payments.models import Callback, PayoutStop
from voicepact.console.acts import note
from voicepact.console.forms.answers import DisputeForm, PauseForm
from voicepact.console.rights import FREEZE, PAUSE, REPLAY
from voicepact.console.views.pages import allowed, found, list_of, page, render, to_page
from voicepact.kernel.errors import Refusal


def pause(request: HttpRequest) -> HttpResponse:
    """One person stops all money out; two let it leave again."""
    user = allowed(request, PAUSE)
    form = PauseForm(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            stop = stops.stop(code=stops.PAUSED, actor=approvals.staff_actor(user), **form.cleaned_data)
            note(request, "payouts.stopped", stop, reason=form.cleaned_data["reason"])
        messages.warning(request, f"{stop}. What the rail has been sent already is in its hands.")
        return to_page(stop)
    context = {"title": "Pause payouts", "form": form, "opts": PayoutStop._meta, "back": list_of(PayoutStop)}
    return render(request, "pause", context)


def open_dispute(request: HttpRequest, key: str) -> HttpResponse:
    """One person freezes a deal; two decide what becomes of its money."""
    user = allowed(request, FREEZE)
    contract = found(Contract, key)
    form = DisputeForm(request.POST or None)
    if form.is_valid():
        actor, reason = approvals.staff_actor(user), form.cleaned_data["reason"]
        try:
            with transaction.atomic():
                dispute = disputes.open_by_staff(contract.pk, reason=reason, actor=actor)
                note(request, "dispute.opened", dispute, reason=reason)
            return to_page(dispute)
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
    return page(request, "dispute", contract, title="Open a dispute", form=form)


def replay(request: HttpRequest, key: str) -> HttpResponse:
    """A kept callback is worked once more."""
    user = allowed(request, REPLAY)
    callback = found(Callback, key)
    if request.method == "POST":
        with transaction.atomic():
            result = callbacks.replay(callback.pk, actor=approvals.staff_actor(user))
            note(request, "callback.replayed", callback)
        messages.info(request, f"Worked again: {result}.")
        return to_page(callback)
    return page(request, "replay", callback, title="Work again")
