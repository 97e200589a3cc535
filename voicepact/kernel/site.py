"""The empty AdminSite that every admin.py registers on."""

from typing import Any

from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from unfold.sites import UnfoldAdminSite

from voicepact.kernel import twofactor


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]
    site_header = "VoicePact"
    site_title = "VoicePact"
    index_title = "Escrow desk"

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The palette's answer; a page that it cannot have is none.

        What is typed is posted, since it may be somebody's number; Unfold reads it where an address has it.
        """
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        request.GET = request.POST
        try:
            answer: HttpResponse = super().search(request, extra_context)
        except (InvalidPage, ValueError) as error:
            raise Http404 from error
        return answer

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who gave their second factor, where one is needed: without it no page of the site opens."""
        return bool(super().has_permission(request)) and twofactor.satisfied(request.user)


site = StaffSite(name="admin")
