"""Who may sign in, and who tried: the pages of staff with what an admin may do about them."""

from collections.abc import Iterable
from typing import Any, cast

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.enums import ActionVariant

from voicepact.console.rights import LIFT_LOCKOUT, RESET_DEVICE
from voicepact.kernel.admin import UserAdmin
from voicepact.kernel.models import User
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act, FixedFilter, ReadOnlyAdmin

site.unregister(User)


@admin.register(User, site=site)
class UserDesk(UserAdmin):
    change_form_outer_before_template = "admin/desk/device.html"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> TemplateResponse:
        context["member"] = row = kwargs.get("obj")
        if row and row.has_device and row.pk != request.user.pk and request.user.has_perm(RESET_DEVICE):
            address = reverse("desk:reset_device", args=[row.pk])
            act = Act("Reset two-factor sign-in", address, "phonelink_erase", ActionVariant.DANGER)
            context["actions_detail"] = [act.for_template()]
        return cast(TemplateResponse, super().render_change_form(request, context, *args, **kwargs))


class LockedFilter(FixedFilter):
    title = "locked out"
    parameter_name = "locked"
    options = {"yes": ("Yes", Q(failures_since_start__gte=settings.AXES_FAILURE_LIMIT))}


class Access(ReadOnlyAdmin):
    """What django-axes keeps of tries to sign in: name, address and browser, never a password."""

    ordering = ("-pk",)
    search_fields = ("username", "ip_address")
    fields: tuple[str, ...] = ("attempt_time", "username", "ip_address", "user_agent", "path_info")


@admin.register(AccessAttempt, site=site)
class AttemptDesk(Access):
    about = (
        "Wrong passwords of the last quarter of an hour, by name and address. After five a name is locked out from "
        "that address for 15 minutes, and from no other. A sign-in that succeeds clears the count."
    )
    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    list_filter = (LockedFilter,)
    fields = (*Access.fields, "failures_since_start")

    def acts(self, request: HttpRequest, row: AccessAttempt) -> Iterable[Act]:
        if request.user.has_perm(LIFT_LOCKOUT):
            yield Act("Let them try again", reverse("desk:lift_lockout", args=[row.pk]), "lock_open")


@admin.register(AccessFailureLog, site=site)
class FailureDesk(Access):
    about = "Every wrong password, also of names that nobody has. The second factor is counted on the device itself."
    list_display = ("attempt_time", "username", "ip_address", "locked_out")
    fields = (*Access.fields, "locked_out")


@admin.register(AccessLog, site=site)
class SignInDesk(Access):
    about = "Every sign-in that succeeded, and when it was ended by signing out."
    list_display = ("attempt_time", "username", "ip_address", "logout_time")
    fields = (*Access.fields, "logout_time")
