"""Staff, REST clients and their keys, as staff see them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from voicepact.kernel.display import pretty_body
from voicepact.kernel.models import ApiKey, IdempotencyRecord, Scope, User
from voicepact.kernel.site import site


@admin.register(User, site=site)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    readonly_fields = ("last_login", "date_joined")
    list_display = ("username", "email", "is_staff", "is_active", "last_login")


@admin.register(Group, site=site)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    pass


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    scopes = forms.MultipleChoiceField(choices=Scope.choices, widget=forms.CheckboxSelectMultiple, required=False)

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "rate", "expiry")


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(ModelAdmin):  # type: ignore[misc]
    """A key is made by `manage.py create_api_key`, which prints it once. Here it is limited, or revoked: deleted."""

    form = ApiKeyForm
    readonly_fields = ("user", "token_key", "created")
    list_display = ("token_key", "name", "user", "rate", "created", "expiry")
    list_filter = ("user",)
    list_select_related = ("user",)
    search_fields = ("token_key", "name", "user__username")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(IdempotencyRecord, site=site)
class IdempotencyRecordAdmin(ModelAdmin):  # type: ignore[misc]
    """To read only: what was answered to a client's repeated request."""

    list_display = ("key", "user", "method", "path", "status", "created_at")
    list_filter = ("user", "status")
    list_select_related = ("user",)
    search_fields = ("key", "path")
    date_hierarchy = "created_at"
    fields = ("key", "user", "method", "path", "status", "answer", "created_at", "claimed_until")

    @admin.display(description="Answer (phone numbers masked)")
    def answer(self, record: IdempotencyRecord) -> SafeString | str:
        return pretty_body(record.body)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
