"""The addresses of the desk, below the admin's; all but the two last are for staff who have signed in."""

from django.urls import path

from voicepact.console.views import account, files, proposals, signin, switches
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
    path("pause/", site.admin_view(switches.pause), name="pause"),
    path("account/two-factor/", site.admin_view(account.two_factor), name="two_factor"),
    path("users/<str:key>/reset-device/", site.admin_view(account.reset_device), name="reset_device"),
    path("attempts/<str:key>/lift/", site.admin_view(account.lift_lockout), name="lift_lockout"),
    path("sign-in/code/", signin.code, name="code"),
    path("sign-in/set-up/", signin.set_up, name="set_up"),
]
