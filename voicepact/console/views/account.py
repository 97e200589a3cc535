"""A member of staff's own two-factor sign-in, and what an admin does about somebody else's way in."""

from functools import partial

from axes.models import AccessAttempt
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from payments import approvals
from voicepact.console.acts import note
from voicepact.console.forms.signin import CodeForm
from voicepact.console.rights import LIFT_LOCKOUT, RESET_DEVICE
from voicepact.console.signin import access
from voicepact.console.views import signin
from voicepact.console.views.pages import allowed, found, list_of, page, render, to_page
from voicepact.kernel import twofactor
from voicepact.kernel.models import User
from voicepact.kernel.privileges import has_a_say_over


def two_factor(request: HttpRequest) -> HttpResponse:
    """What is set up; with a code that shows who asks, new recovery codes take the place of the old ones."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    if not user.has_device:
        return render(request, "two_factor_off", {"title": "Two-factor sign-in"})
    form = CodeForm(request.POST or None, check=partial(twofactor.verify, user))
    if form.is_valid():
        return signin.recovery_codes(request, twofactor.new_recovery_codes(user))
    left = twofactor.recovery_codes_left(user)
    context = {"title": "Two-factor sign-in", "form": form, "left": left}
    return render(request, "two_factor", context)


def reset_device(request: HttpRequest, key: str) -> HttpResponse:
    """Somebody who lost phone and recovery codes sets up two-factor sign-in anew.

    Nobody does it for themselves, nor to an account above theirs, to which only a password would be left to know.
    """
    admin, user = allowed(request, RESET_DEVICE), found(User, key)
    if user.pk == admin.pk or not has_a_say_over(admin, user):
        raise PermissionDenied
    if request.method == "POST":
        with transaction.atomic():
            was_set_up = access.reset_device(user, actor=approvals.staff_actor(admin))
            if was_set_up:
                note(request, "staff.device_reset", user)
        if was_set_up:
            messages.success(request, "Reset. At the next sign-in a new device is set up.")
        else:
            messages.info(request, "There was nothing to reset.")
        return to_page(user)
    return page(request, "reset_device", user, title="Reset two-factor sign-in")


def lift_lockout(request: HttpRequest, key: str) -> HttpResponse:
    """Somebody who mistyped a password too often need not wait."""
    admin, attempt = allowed(request, LIFT_LOCKOUT), found(AccessAttempt, key)
    if request.method == "POST":
        with transaction.atomic():
            access.lift_lockout(attempt, actor=approvals.staff_actor(admin))
            note(request, "staff.lockout_lifted", None)
        messages.success(request, "Lifted: another try is possible at once.")
        return redirect(list_of(AccessAttempt))
    return page(request, "lift_lockout", attempt, title="Lift the lock-out")
