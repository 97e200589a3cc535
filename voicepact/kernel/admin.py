"""Staff, REST clients and their keys, as staff see them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from voicepact.kernel.display import NOTHING, pretty_body
from voicepact.kernel.models import ApiKey, IdempotencyRecord, Scope, User
from voicepact.kernel.privileges import has_a_say_over, held_by, roles_in_the_gift_of
from voicepact.kernel.site import site
from voicepact.kernel.staff import ListAdmin, ReadOnlyAdmin


@admin.register(User, site=site)
class UserAdmin(DjangoUserAdmin, ListAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "whole_name", "roles", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "groups")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        rows: QuerySet[User] = super().get_queryset(request).prefetch_related("groups")
        return rows

    @admin.display(description="Name")
    def whole_name(self, user: User) -> str:
        return user.get_full_name() or NOTHING

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        named = sorted(group.name for group in user.groups.all())
        return "everything" if user.is_superuser else ", ".join(named) or NOTHING

    # --- nobody gives what they do not have, and nobody locks themselves out ------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may = bool(super().has_change_permission(request, obj))
        return may and (obj is None or has_a_say_over(_staff(request), obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are switched off and never removed: what they did stays theirs."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        dates = ("last_login", "date_joined")
        if obj == request.user:
            return (*dates, "is_active", "is_staff", "is_superuser", "groups", "user_permissions")
        return dates if _staff(request).is_superuser else (*dates, "is_superuser", "user_permissions")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Whoever may only look sees nothing of a password, not even its digest."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": ("username", "whole_name", "roles", "is_staff", "is_active", "last_login")}),)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = roles_in_the_gift_of(_staff(request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Group, site=site)
class GroupAdmin(DjangoGroupAdmin, ListAdmin):
    """A role. Nobody but a superuser changes their own: what it loses they could not give it back."""

    list_display = ("name", "acts", "people")
    readonly_fields = ("acts", "people")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Group]":
        rows: QuerySet[Group] = super().get_queryset(request).prefetch_related("permissions", "user_set")
        return rows

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "permissions")
        may = self.has_change_permission(request, obj)
        return ("name", "permissions", "people") if may else ("name", "acts", "people")

    @admin.display(description="May do, beside looking")
    def acts(self, group: Group) -> SafeString | str:
        acts = (right.name for right in group.permissions.all() if not right.codename.startswith("view_"))
        lines = format_html_join("", '<span class="block">{}</span>', ((act,) for act in sorted(acts)))
        return (
            format_html("<div>{}</div>", lines) if lines else NOTHING
        )  # on a phone a cell lays out its children in a row

    @admin.display(description="People")
    def people(self, group: Group) -> str:
        return ", ".join(sorted(map(str, group.user_set.all()))) or NOTHING

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        giver = _staff(request)
        if not super().has_change_permission(request, obj) or obj is None or giver.is_superuser:
            return bool(super().has_change_permission(request, obj))
        own = giver.groups.filter(pk=obj.pk).exists()
        return not own and roles_in_the_gift_of(giver).filter(pk=obj.pk).exists()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        if request and db_field.name == "permissions":
            kwargs["queryset"] = held_by(_staff(request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "only staff who have signed in get this far"
    return request.user


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    scopes = forms.MultipleChoiceField(choices=Scope.choices, widget=forms.CheckboxSelectMultiple, required=False)

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "rate", "expiry")


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(ListAdmin):
    """A key is made by `manage.py create_api_key`, which prints it once. Here it is limited, or revoked: deleted."""

    form = ApiKeyForm
    readonly_fields = ("user", "token_key", "created")
    list_display = ("token_key", "name", "user", "rate", "created", "expiry")
    list_select_related = ("user",)
    ordering = ("-created",)
    search_fields = ("token_key", "name", "user__username")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(IdempotencyRecord, site=site)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    about = "What was answered to a client's request that may be repeated: the same request gets the same answer again."
    exportable = False
    list_display = ("key", "user", "method", "path", "status", "created_at")
    list_select_related = ("user",)
    ordering = ("-pk",)
    search_fields = ("key", "user__username")
    search_help_text = "An Idempotency-Key, or a client's name"
    fields = ("key", "user", "method", "path", "status", "answer", "created_at", "claimed_until")

    @admin.display(description="Answer (phone numbers masked)")
    def answer(self, record: IdempotencyRecord) -> SafeString | str:
        return pretty_body(record.body)
