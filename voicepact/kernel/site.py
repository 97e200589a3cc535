"""The empty AdminSite that every admin.py registers on."""

from typing import Any

from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse
from unfold.sites import UnfoldAdminSite


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]
    site_header = "VoicePact"
    site_title = "VoicePact"
    index_title = "Escrow desk"

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The palette's answer; a page that it cannot have is none."""
        try:
            answer: HttpResponse = super().search(request, extra_context)
        except (InvalidPage, ValueError) as error:
            raise Http404 from error
        return answer


site = StaffSite(name="admin")
