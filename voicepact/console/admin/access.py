"""Who signed in and who failed to, as auditors and admins see it, and what an admin may do about a lock-out."""

from collections.abc import Iterable

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from voicepact.console.rights import LIFT_LOCKOUT
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act, FixedFilter, ReadOnlyAdmin


class LockedFilter(FixedFilter):
    title = "locked out"
    parameter_name = "locked"
    options = {"yes": ("Yes", Q(failures_since_start__gte=settings.AXES_FAILURE_LIMIT))}


class Access(ReadOnlyAdmin):
    """What django-axes keeps of tries to sign in: name, address and browser, never a password."""

    exportable = False
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
            address = reverse("desk:lift_lockout", args=[row.pk])
            yield Act("Let them try again", address, "lock_open", about="Another try is possible at once.")


@admin.register(AccessFailureLog, site=site)
class FailureDesk(Access):
    about = (
        f"Every wrong password of the last {settings.SIGN_INS_KEPT.days} days, also of names that nobody has. The "
        "second factor is counted on the device itself."
    )
    list_display = ("attempt_time", "username", "ip_address", "locked_out")
    fields = (*Access.fields, "locked_out")


@admin.register(AccessLog, site=site)
class SignInDesk(Access):
    about = (
        f"Every sign-in of the last {settings.SIGN_INS_KEPT.days} days that succeeded, and when it was ended by "
        "signing out."
    )
    list_display = ("attempt_time", "username", "ip_address", "logout_time")
    fields = (*Access.fields, "logout_time")
