"""What a browser is told to refuse on our pages, in headers. Imported by the settings, so it imports no model."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # small pictures in the style sheets of Unfold and Swagger
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
STAFF = "/admin/"
OF_UNFOLD: dict[str, Any] = {
    "script-src": [UNSAFE_EVAL],  # its Alpine compiles the expressions in attributes; no script stands in a page
    "style-src": [UNSAFE_INLINE],  # it writes its colours into a <style> of each page, and Alpine and htmx add styles
}
NOTHING_OF_THE_DEVICE = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


class ContentPolicy(CSPMiddleware):
    """The policy of the settings, on the staff's site with what Unfold needs; an answer's own policy is kept."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(STAFF) and parts.update is None:
            parts.update = OF_UNFOLD
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        answer = super().process_response(request, response)
        answer.headers.setdefault("Permissions-Policy", NOTHING_OF_THE_DEVICE)
        return answer
