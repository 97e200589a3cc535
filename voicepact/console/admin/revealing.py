"""What support does for people: numbers shown on demand, and who did what at the desk."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from contracts.models import Contract
from voicepact.console.models import DeskAct
from voicepact.console.reveals import SIGHTS
from voicepact.kernel.display import NOTHING, in_words, link, link_to, veiled
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act, FixedFilter, ReadOnlyAdmin

Shown = SafeString | str


ACTS = (
    "phone.revealed",
    "message.resent",
    "message.answered",
    "message.closed",
    "proposal.made",
    "proposal.approved",
    "proposal.rejected",
    "payouts.stopped",
    "dispute.opened",
    "callback.replayed",
    "staff.added",
    "staff.changed",
    "role.added",
    "role.changed",
    "key.changed",
    "key.removed",
)


class Revealing(ReadOnlyAdmin):
    """Rows of which something is veiled, with buttons to see it for those with the right."""

    def acts(self, request: HttpRequest, row: Any) -> Iterable[Act]:
        yield from super().acts(request, row)
        for sight in SIGHTS[type(row)]:
            if request.user.has_perm(sight.right):
                address = reverse("desk:show", args=[sight.name, row._meta.model_name, row.pk])
                yield Act(sight.act, address, sight.icon)


class What(FixedFilter):
    title = "what"
    parameter_name = "what"
    options = {act: (in_words(act), Q(act=act)) for act in ACTS}


@admin.register(DeskAct, site=site)
class DeskActAdmin(ReadOnlyAdmin):
    about = "What staff did, from which address and why. Lines are added, never changed."
    list_display = ("no", "user", "what", "subject", "deal", "why", "address", "at")
    list_filter = (What,)
    list_select_related = ("user", "event")
    ordering = ("-pk",)
    search_fields = ("user__username", "subject", "event__contract__id")
    search_help_text = "A name, a contract's id, or a subject such as transfer:3f0c…"
    fields = ("user", "what", "subject", "deal", "why", "address", "of_event", "at")

    @admin.display(description="What")
    def what(self, act: DeskAct) -> str:
        return in_words(act.act)

    @admin.display(description="Contract")
    def deal(self, act: DeskAct) -> Shown:
        key = act.event.contract_id if act.event else None
        return link_to(Contract, key, key) if key else NOTHING

    @admin.display(description="Why")
    def why(self, act: DeskAct) -> str:
        return veiled(act.reason) or NOTHING

    @admin.display(description="Event")
    def of_event(self, act: DeskAct) -> Shown:
        return link(act.event)
