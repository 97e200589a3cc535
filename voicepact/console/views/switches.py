"""What one member of staff may do alone, because it protects: stop payouts, freeze a deal, keep a phone or its PIN."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from contracts import disputes
from contracts.models import Contract
from notifications import pins
from notifications.models import Pin
from payments import approvals, new_phones, stops, tables
from payments.models import PayoutStop, Proposal
from voicepact.console.acts import note
from voicepact.console.forms.switches import DisputeForm, PauseForm
from voicepact.console.rights import FREEZE, PAUSE
from voicepact.console.views.pages import allowed, found, list_of, page, render, to_page
from voicepact.kernel.display import veiled
from voicepact.kernel.errors import Refusal
from voicepact.kernel.phones import mask


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


def call_off(request: HttpRequest, key: str) -> HttpResponse:
    """One person calls off the new number that two have agreed to, while it does not count yet."""
    user = allowed(request, FREEZE)
    proposal = found(Proposal, key)
    if request.method == "POST":
        try:
            with transaction.atomic():
                new_phones.call_off(proposal.pk, actor=approvals.staff_actor(user))
                note(request, "phone.change_called_off", proposal)
        except Refusal as refusal:
            messages.error(request, refusal.detail)
        else:
            messages.success(request, "Called off. Everybody who was told of the new number is told so.")
        return to_page(proposal)
    context = {"proposal": proposal, "reason": veiled(proposal.reason), "left": tables.time_left(proposal)}
    return page(request, "call_off", proposal, title="Call off the new number", **context)


def call_off_pin(request: HttpRequest, key: str) -> HttpResponse:
    """One person calls off a phone's new PIN, which its owner did not ask for, while it does not count yet."""
    user = allowed(request, FREEZE)
    pin = found(Pin, key)
    if request.method == "GET" and pin.is_cooling:
        return page(request, "call_off_pin", pin, title="Call off the new PIN", phone=mask(pin.phone))
    done = False
    if request.method == "POST":
        with transaction.atomic():
            done = pins.call_off(pin.phone, actor=approvals.staff_actor(user))
            if done:
                note(request, "pin.reset_called_off", pin)
    if done:
        messages.success(request, "Called off. The PIN before goes on counting, and the phone is told so.")
    else:
        messages.info(request, "There was nothing to call off any more.")
    return to_page(pin)
