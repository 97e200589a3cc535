"""Every address of the application."""

from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from payments import check_page
from voicepact import health
from voicepact.console.views import signin
from voicepact.kernel.site import site

handler400 = "voicepact.kernel.api.handlers.bad_request"
handler403 = "voicepact.kernel.api.handlers.permission_denied"
handler404 = "voicepact.kernel.api.handlers.not_found"
handler500 = "voicepact.kernel.api.handlers.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="docs")),
    path("api/v1/", include("contracts.urls")),
    path("api/v1/", include("payments.urls")),
    path("api/v1/", include("notifications.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("favicon.ico", RedirectView.as_view(url=static("console/favicon.svg"), permanent=True)),
    path("admin/login/", signin.password),  # in place of the site's own, under the same name
    path("admin/desk/", include("voicepact.console.urls")),
    path("admin/", site.urls),
    re_path(r"^check/?$", check_page.look_up, name="check"),
    re_path(r"^check/(?P<contract_id>[^/]+)/?$", check_page.ask_for_code),
    re_path(r"^check/(?P<contract_id>[^/]+)/(?P<code>[^/]+)/?$", check_page.show, name="check-code"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
