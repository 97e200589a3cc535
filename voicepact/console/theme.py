"""How the staff's site looks. Imported by the settings, so it imports no model."""

from django.templatetags.static import static
from django.urls import reverse_lazy

UNFOLD = {
    "SITE_TITLE": "VoicePact",
    "SITE_HEADER": "VoicePact",
    "SITE_SUBHEADER": "Escrow desk",
    "SITE_SYMBOL": "handshake",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("console/favicon.svg")}],
    "ACCOUNT": {
        "navigation": [
            {"title": "Two-factor sign-in", "link": reverse_lazy("desk:two_factor")},
            {"title": "Change password", "link": reverse_lazy("admin:password_change")},
        ]
    },
    "BORDER_RADIUS": "8px",
    "STYLES": [
        lambda request: static("console/staff.css"),
        lambda request: static("console/acts.css"),
        lambda request: static("console/front.css"),
    ],
    "DASHBOARD_CALLBACK": "voicepact.console.front.page.fill",
    "GLOBAL_CALLBACK": "voicepact.console.banner.of_every_page",
    "COLORS": {
        "primary": {
            "50": "oklch(97.9% .021 166.113)",
            "100": "oklch(95% .052 163.051)",
            "200": "oklch(90.5% .093 164.15)",
            "300": "oklch(84.5% .143 164.978)",
            "400": "oklch(76.5% .177 163.223)",
            "500": "oklch(69.6% .17 162.48)",
            "600": "oklch(52.5% .125 165)",  # dark enough for links on white, and for white on buttons
            "700": "oklch(50.8% .118 165.612)",
            "800": "oklch(43.2% .095 166.913)",
            "900": "oklch(37.8% .077 168.94)",
            "950": "oklch(26.2% .051 172.552)",
        },
    },
    "SIDEBAR": {
        "show_search": True,  # templates/unfold/helpers/search.html: a button that opens the palette
        "command_search": True,
        "navigation": "voicepact.console.navigation.groups",
    },
    "COMMAND": {"search_callback": "voicepact.console.views.search.suggestions"},
}
