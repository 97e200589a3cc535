"""The addresses of the desk, below the admin's; every one is for staff who have signed in."""

from django.urls import path

from voicepact.console.views import exports, files, people, proposals, statements, switches
from voicepact.kernel.site import site

app_name = "desk"

urlpatterns = [
    path("propose/<str:kind>/<str:key>/", site.admin_view(proposals.propose), name="propose"),
    path("proposals/<str:key>/approve/", site.admin_view(proposals.approve), name="approve"),
    path("proposals/<str:key>/reject/", site.admin_view(proposals.reject), name="reject"),
    path("proposals/<str:key>/statement/", site.admin_view(files.statement), name="statement"),
    path("evidence/<str:key>/file/", site.admin_view(files.evidence), name="evidence"),
    path("evidence/<str:key>/picture/", site.admin_view(files.picture), name="picture"),
    path("callbacks/<str:key>/replay/", site.admin_view(switches.replay), name="replay"),
    path("deals/<str:key>/dispute/", site.admin_view(switches.open_dispute), name="dispute"),
    path("show/<str:name>/<str:kind>/<str:key>/", site.admin_view(people.show), name="show"),
    path("deals/<str:key>/statement/", site.admin_view(statements.deal), name="deal_statement"),
    path("lists/<str:label>/export/", site.admin_view(exports.ask), name="export_list"),
    path("exports/<str:key>/", site.admin_view(exports.progress), name="export"),
    path("exports/<str:key>/file/", site.admin_view(exports.download), name="export_file"),
    path("pause/", site.admin_view(switches.pause), name="pause"),
]
