"""The empty AdminSite that every admin.py registers on."""

from unfold.sites import UnfoldAdminSite


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]
    site_header = "VoicePact"
    site_title = "VoicePact"
    index_title = "Escrow desk"


site = StaffSite(name="admin")
