"""How phones prove that their people speak: PINs and one-time codes as staff see them, which is never what they are."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant

from contracts.models import Contract
from notifications import tables
from notifications.models import Code, Pin
from voicepact.console.rights import FREEZE
from voicepact.kernel.display import NOTHING, link, link_to
from voicepact.kernel.filters import days
from voicepact.kernel.phones import mask
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act, FixedFilter, ReadOnlyAdmin

Shown = SafeString | str


def ways_out(request: HttpRequest, phone: str) -> Iterable[Act]:
    """The button by which a phone's new PIN is called off, while it does not count yet."""
    pin = Pin.objects.filter(phone=phone).first()
    if pin and pin.is_cooling and request.user.has_perm(FREEZE):
        about = "The PIN before goes on counting; the phone is told."
        address = reverse("desk:call_off_pin", args=[pin.pk])
        yield Act("Call off the new PIN", address, "undo", ActionVariant.DANGER, about=about)


class Trouble(FixedFilter):
    title = "state"
    parameter_name = "state"
    options = {
        "locked": ("Locked after wrong PINs", Q(locked_until__isnull=False)),
        "reset": ("Reset", Q(counts_at__isnull=False)),
    }


@admin.register(Pin, site=site)
class PinDesk(ReadOnlyAdmin):
    about = (
        "By its PIN a party proves itself on USSD. Three wrong ones lock it for a while; one that was reset counts a "
        "day later, so that its owner can object. Nobody sees or sets one here."
    )
    exportable = False
    list_display = ("no", "masked_phone", "state", "tries", "set_at", "locked_until", "counts_at")
    list_filter = (Trouble,)
    ordering = ("-pk",)
    phone_fields = ("phone",)
    search_help_text = "A phone number in any form"
    fields = ("masked_phone", "state", "tries", "set_at", "locked_until", "counts_at")

    def acts(self, request: HttpRequest, row: Pin) -> Iterable[Act]:
        yield from super().acts(request, row)
        yield from ways_out(request, row.phone)

    @admin.display(description="Phone")
    def masked_phone(self, pin: Pin) -> str:
        return mask(pin.phone)

    @admin.display(description="State")
    def state(self, pin: Pin) -> Shown:
        return tables.pin_state(pin)


@admin.register(Code, site=site)
class CodeDesk(ReadOnlyAdmin):
    about = "One-time codes that went to phones by SMS. The codes themselves are kept nowhere, and nobody can see one."
    exportable = False
    list_display = ("no", "purpose", "deal", "masked_phone", "state", "tries", "created_at", "expires_at")
    list_filter = (days("created_at"),)
    list_select_related = ("party",)
    ordering = ("-pk",)
    phone_fields = ("phone",)
    search_fields = ("party__contract__id",)
    search_help_text = "A contract's id, or a phone number in any form (500 newest)"
    fields = ("purpose", "deal", "masked_phone", "state", "tries", "sent", "created_at", "expires_at", "ended_at")

    @admin.display(description="Contract")
    def deal(self, code: Code) -> Shown:
        return link_to(Contract, code.party.contract_id, code.party.contract_id) if code.party else NOTHING

    @admin.display(description="Phone")
    def masked_phone(self, code: Code) -> str:
        return mask(code.phone)

    @admin.display(description="State")
    def state(self, code: Code) -> Shown:
        return tables.code_state(code)

    @admin.display(description="Sent as")
    def sent(self, code: Code) -> Shown:
        return link(code.message)
