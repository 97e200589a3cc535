"""Staff, REST clients and their keys, as staff see them."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from voicepact.kernel.models import ApiKey, IdempotencyRecord, Scope, User
from voicepact.kernel.site import site
from voicepact.kernel.staff import ListAdmin, ReadOnlyAdmin


@admin.register(User, site=site)
class UserAdmin(DjangoUserAdmin, ListAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    readonly_fields = ("last_login", "date_joined")
    list_display = ("username", "email", "is_staff", "is_active", "last_login")


@admin.register(Group, site=site)
class GroupAdmin(DjangoGroupAdmin, ListAdmin):
    pass


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
    list_display = ("key", "user", "method", "path", "status", "created_at")
    list_select_related = ("user",)
    ordering = ("-pk",)
    search_fields = ("key", "user__username")
    search_help_text = "An Idempotency-Key, or a client's name"
