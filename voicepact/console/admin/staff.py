"""Who works here and what each may do: every change of it is an event, and an act with the address it came from."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.enums import ActionVariant

from contracts import audit, openings
from payments.approvals import staff_actor
from voicepact.console.acts import note, subject_of
from voicepact.console.rights import RESET_DEVICE
from voicepact.kernel.admin import ApiKeyAdmin, GroupAdmin, UserAdmin
from voicepact.kernel.models import ApiKey, User
from voicepact.kernel.privileges import has_a_say_over
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act


class Recorded(ModelAdmin):  # type: ignore[misc]
    """Rows about people and their rights, of which `word` is said in the events."""

    word = ""

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self._record(request, obj, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self._record(request, obj, "changed")
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[models.Model]) -> Any:
        for row in queryset:
            self._record(request, row, "removed")
        return super().log_deletions(request, queryset)

    @transaction.atomic
    def _record(self, request: HttpRequest, row: models.Model, what: str) -> None:
        user, act = request.user, f"{self.word}.{what}"
        assert isinstance(user, User), "only staff who have signed in change anything"
        payload = {"subject": subject_of(self.whose(row)), **self.after(row)}
        note(
            request,
            act,
            self.whose(row),
            event=audit.record(act, contract=None, actor=staff_actor(user), payload=payload),
        )

    def whose(self, row: Any) -> models.Model:
        """The row that the act is about."""
        return row  # type: ignore[no-any-return]

    def after(self, row: Any) -> dict[str, Any]:
        """What is so after the change, in ids and codes."""
        return {}


for model in (User, Group, ApiKey):
    site.unregister(model)


@admin.register(User, site=site)
class StaffDesk(Recorded, UserAdmin):
    word = "staff"
    change_form_outer_before_template = "admin/desk/device.html"

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[User]":
        """Without the house client that owns what people open by phone: nobody signs in as it, or renames it."""
        return super().get_queryset(request).exclude(username=openings.HOUSE)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> TemplateResponse:
        context["member"] = row = kwargs.get("obj")
        context["acts"] = list(_acts(request, row)) if row else []
        return cast(TemplateResponse, super().render_change_form(request, context, *args, **kwargs))

    def after(self, row: User) -> dict[str, Any]:
        roles = sorted(row.groups.values_list("pk", flat=True))
        return {"active": row.is_active, "staff": row.is_staff, "superuser": row.is_superuser, "roles": roles}


def _acts(request: HttpRequest, member: User) -> Iterable[Act]:
    user = request.user
    assert isinstance(user, User), "only staff who have signed in get this far"
    if user.has_perm(RESET_DEVICE) and member.pk != user.pk and has_a_say_over(user, member):
        yield Act(
            "Reset two-factor sign-in",
            reverse("desk:reset_device", args=[member.pk]),
            "phonelink_erase",
            ActionVariant.DANGER,
            about="For somebody who lost phone and recovery codes: the next sign-in sets up a new device.",
            refusal="" if member.has_device else "None is set up.",
        )


@admin.register(Group, site=site)
class RoleDesk(Recorded, GroupAdmin):
    word = "role"

    def after(self, row: Group) -> dict[str, Any]:
        rights = row.permissions.exclude(codename__startswith="view_")
        return {"rights": sorted(rights.values_list("codename", flat=True))}


@admin.register(ApiKey, site=site)
class KeyDesk(Recorded, ApiKeyAdmin):
    word = "key"

    def whose(self, row: ApiKey) -> models.Model:
        client: User = row.user
        return client

    def after(self, row: ApiKey) -> dict[str, Any]:
        return {"key": row.token_key}
