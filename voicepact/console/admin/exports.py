"""The files that staff had lists written to: one's own, and for those who watch over it everybody's."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from voicepact.console.exports.selection import selection
from voicepact.console.models import Export
from voicepact.console.rights import SEE_EXPORTS
from voicepact.kernel.display import NOTHING, Tone, label
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act, ReadOnlyAdmin

Shown = SafeString | str
TONES = {
    Export.Status.WAITING: Tone.WAITING,
    Export.Status.RUNNING: Tone.HELD,
    Export.Status.DONE: Tone.GOOD,
    Export.Status.FAILED: Tone.BAD,
}


@admin.register(Export, site=site)
class ExportAdmin(ReadOnlyAdmin):
    about = "Lists that were written to files. Each is for whoever asked for it alone, and is deleted after some days."
    list_display = ("no", "of_list", "owner", "format", "state", "rows", "created_at", "expires_at")
    list_filter = ("status", "format")
    list_select_related = ("owner",)
    ordering = ("-pk",)
    fields = (
        "of_list",
        "narrowed",
        "owner",
        "format",
        "state",
        "rows",
        "bytes",
        "sha256",
        "created_at",
        "finished_at",
        "expires_at",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Export]":
        rows: QuerySet[Export] = super().get_queryset(request)
        return rows if request.user.has_perm(SEE_EXPORTS) else rows.filter(owner_id=request.user.pk)

    def acts(self, request: HttpRequest, row: Export) -> Iterable[Act]:
        if row.owner_id == request.user.pk:
            yield Act("Progress and file", reverse("desk:export", args=[row.pk]), "download")

    @admin.display(description="List")
    def of_list(self, export: Export) -> str:
        return selection(export.list, export.query, export.owner).name.capitalize()

    @admin.display(description="Narrowed down to (phone numbers masked)")
    def narrowed(self, export: Export) -> str:
        return selection(export.list, export.query, export.owner).words() or NOTHING

    @admin.display(description="State")
    def state(self, export: Export) -> Shown:
        shown = label(export.get_status_display(), TONES.get(Export.Status(export.status), Tone.PLAIN))
        return format_html("{} {}", shown, export.error) if export.error else shown

    @admin.display(description="Size")
    def bytes(self, export: Export) -> str:
        return filesizeformat(export.size) if export.size else NOTHING
