"""How staff sign in: a password, then a code from the app on their phone; who has no device yet is led to set one up.

Between password and code nobody is signed in: the session only remembers, for some minutes, whose password was right.
"""

import time
from functools import partial
from typing import Any

from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.views import LoginView
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from unfold.forms import AuthenticationForm

from voicepact.console.forms.signin import CodeForm
from voicepact.console.signin import access
from voicepact.console.signin.qr import picture
from voicepact.kernel import twofactor
from voicepact.kernel.models import User
from voicepact.kernel.site import site

PASSED, BEGUN = "password_passed", "device_begun"
TIME_FOR_CODE_S = 10 * 60
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Password(LoginView):
    """The page to which everybody comes who is not signed in."""

    template_name = "admin/login.html"
    authentication_form = AuthenticationForm
    next_page = "admin:index"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if site.has_permission(request):
            return redirect(self.get_success_url())
        if isinstance(user, User) and user.is_active and user.is_staff:  # who set up a device in another browser
            logout(request)
            return _ask_for_code(request, user)
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponseRedirect:
        user = form.get_user()  # type: ignore[attr-defined]
        if twofactor.needed(user):
            return _ask_for_code(self.request, user)
        login(self.request, user)
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {"title": "Sign in", "app_path": self.request.get_full_path()}
        return {**site.each_context(self.request), **super().get_context_data(**kwargs), **own}


password = Password.as_view()


@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """The second step of who has a device: a code from the app, or one of the recovery codes."""
    user = _passed(request)
    if user is None or not user.has_device:
        return _to("admin:login", request)
    form = CodeForm(request.POST or None, check=partial(twofactor.verify, user))
    if not form.is_valid():
        return _render(request, "code", title="Enter your code", form=form, back=_address("admin:login", request))
    _let_in(request, user, form.device)
    return HttpResponseRedirect(_after(request) or reverse("admin:index"))


@never_cache
def set_up(request: HttpRequest) -> HttpResponse:
    """The second step of who has no device yet, and open to who signed in without one; ends with the recovery codes."""
    signed_in = site.has_permission(request)
    user = request.user if signed_in else _passed(request)
    if not isinstance(user, User):
        return _to("admin:login", request)
    if user.has_device:
        return _to("desk:two_factor" if signed_in else "desk:code", request)
    device = twofactor.begin(user, request.session.get(BEGUN, 0))
    request.session[BEGUN] = device.pk
    form = CodeForm(request.POST or None, check=partial(twofactor.confirm, device))
    if form.is_valid():
        codes = twofactor.new_recovery_codes(user)
        _let_in(request, user, form.device)
        return recovery_codes(request, codes)
    context = {"picture": picture(device.config_url), "secret": twofactor.secret(device)}
    return _render(request, "set_up", title="Set up two-factor sign-in", form=form, **context)


def recovery_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """The only page on which these codes are ever shown."""
    onward = _after(request) or reverse("admin:index")
    return _render(request, "recovery_codes", title="Your recovery codes", codes=codes, onward=onward)


def locked_out(request: HttpRequest, answer: HttpResponse, credentials: dict[str, Any]) -> HttpResponse:
    """What django-axes answers to somebody who failed too often: when they may try again."""
    name = get_client_username(request, credentials)
    attempts = AccessAttempt.objects.filter(username=name, ip_address=request.axes_ip_address)  # type: ignore[attr-defined]
    if request.axes_failures_since_start is not None:  # type: ignore[attr-defined] # the failure that locked it
        access.note_lockout(name)
    last = attempts.order_by("-attempt_time").first()
    until = last.attempt_time + get_cool_off(request) if last else None
    page = _render(request, "locked_out", title="Too many wrong passwords", until=until)
    page.status_code = settings.AXES_HTTP_RESPONSE_CODE
    return page.render()  # nobody does it for an answer of a middleware


# --- between password and code ----------------------------------------------------------------------------------------


def _ask_for_code(request: HttpRequest, user: User) -> HttpResponseRedirect:
    request.session[PASSED] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "until": time.time() + TIME_FOR_CODE_S,
    }
    return _to("desk:code" if user.has_device else "desk:set_up", request)


def _passed(request: HttpRequest) -> User | None:
    """Whose password was right in this session a short time ago, and still is."""
    kept = request.session.get(PASSED)
    if not kept or kept["until"] < time.time():
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True, is_staff=True).first()
    return user if user and constant_time_compare(user.get_session_auth_hash(), kept["hash"]) else None


def _let_in(request: HttpRequest, user: User, device: Any) -> None:
    """The user is signed in, with this device as second factor, under a new session key."""
    request.session.pop(PASSED, None)
    if request.user.is_authenticated:
        request.session.cycle_key()
    user.otp_device = device  # type: ignore[attr-defined] # django-otp writes it into the session
    login(request, user, backend=BACKEND)


# --- the way there and on ---------------------------------------------------------------------------------------------


def _after(request: HttpRequest) -> str:
    """The page of ours that was asked for before signing in; empty where there was none."""
    address = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if safe else ""


def _address(name: str, request: HttpRequest) -> str:
    after = _after(request)
    return f"{reverse(name)}?{urlencode({'next': after})}" if after else reverse(name)


def _to(name: str, request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(_address(name, request))


def _render(request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
    return TemplateResponse(request, f"admin/signin/{name}.html", {**site.each_context(request), **context})
