"""The addresses of the desk, below the admin's; all but the two last are for staff who have signed in."""

from django.urls import path

from voicepact.console.views import (
    account,
    bulk,
    disputes,
    exports,
    files,
    messages,
    proposals,
    reveals,
    search,
    signin,
    statements,
    switches,
)
from voicepact.kernel.site import site

app_name = "desk"

urlpatterns = [
    path("search/", site.admin_view(search.search), name="search"),
    path("propose/<str:kind>/<str:key>/", site.admin_view(proposals.propose), name="propose"),
    path("proposals/<str:key>/approve/", site.admin_view(proposals.approve), name="approve"),
    path("proposals/<str:key>/reject/", site.admin_view(proposals.reject), name="reject"),
    path("proposals/<str:key>/call-off/", site.admin_view(switches.call_off), name="call_off"),
    path("proposals/<str:key>/statement/", site.admin_view(files.statement), name="statement"),
    path("evidence/<str:key>/file/", site.admin_view(files.evidence), name="evidence"),
    path("evidence/<str:key>/look/", site.admin_view(files.look), name="look"),
    path("bulk/<str:name>/", site.admin_view(bulk.bulk), name="bulk"),
    path("deals/<str:key>/dispute/", site.admin_view(switches.open_dispute), name="dispute"),
    path("messages/<str:key>/resend/", site.admin_view(messages.resend), name="resend"),
    path("inbound/<str:key>/answer/", site.admin_view(messages.answer), name="answer"),
    path("inbound/<str:key>/close/", site.admin_view(messages.close), name="close"),
    path("show/<str:name>/<str:kind>/<str:key>/", site.admin_view(reveals.show), name="show"),
    path("disputes/<str:key>/evidence/", site.admin_view(disputes.add_evidence), name="add_evidence"),
    path("disputes/<str:key>/preview/", site.admin_view(disputes.preview), name="preview"),
    path("deals/<str:key>/statement/", site.admin_view(statements.deal), name="deal_statement"),
    path("lists/<str:label>/export/", site.admin_view(exports.ask), name="export_list"),
    path("exports/<str:key>/", site.admin_view(exports.progress), name="export"),
    path("exports/<str:key>/file/", site.admin_view(exports.download), name="export_file"),
    path("pins/<str:key>/call-off/", site.admin_view(switches.call_off_pin), name="call_off_pin"),
    path("pause/", site.admin_view(switches.pause), name="pause"),
    path("account/two-factor/", site.admin_view(account.two_factor), name="two_factor"),
    path("users/<str:key>/reset-device/", site.admin_view(account.reset_device), name="reset_device"),
    path("attempts/<str:key>/lift/", site.admin_view(account.lift_lockout), name="lift_lockout"),
    path("sign-in/code/", signin.code, name="code"),
    path("sign-in/set-up/", signin.set_up, name="set_up"),
]
