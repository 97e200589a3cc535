"""The empty AdminSite that every admin.py registers on."""

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite

from voicepact.kernel import twofactor


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]
    site_header = "VoicePact"
    site_title = "VoicePact"
    index_title = "Escrow desk"

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who gave their second factor, where one is needed: without it no page of the site opens."""
        return bool(super().has_permission(request)) and twofactor.satisfied(request.user)


site = StaffSite(name="admin")
