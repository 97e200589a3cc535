"""The menu on the left: every list that this member of staff may see, in groups that follow the work.

Beside a list stands how much of it waits for a person, from the roll-up.
"""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from voicepact.console.front import rollup, waiting
from voicepact.kernel.site import site

GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Waits for people": {
        "contracts.Dispute": ("Disputes", "gavel"),
        "payments.Proposal": ("Proposals", "how_to_vote"),
        "payments.Deposit": ("Money paid by hand", "move_to_inbox"),
        "notifications.InboundMessage": ("SMS from people", "mark_chat_unread"),
        "payments.PayoutStop": ("Payout stops", "block"),
        "notifications.Alert": ("Alerts", "notifications_active"),
    },
    "Deals": {
        "contracts.Contract": ("Deals", "handshake"),
        "contracts.Party": ("People", "groups"),
        "contracts.Evidence": ("Evidence", "attach_file"),
        "notifications.Message": ("SMS to people", "sms"),
        "notifications.UssdSession": ("Calls by USSD", "dialpad"),
        "notifications.Pin": ("PINs of phones", "pin"),
        "contracts.Deadline": ("Timers", "timer"),
        "contracts.Event": ("All that happened", "timeline"),
    },
    "Money": {
        "payments.Payment": ("Payments", "payments"),
        "payments.Transfer": ("Transfers", "swap_horiz"),
        "payments.Balance": ("Where money lies", "account_balance"),
        "payments.Posting": ("Books", "menu_book"),
        "payments.Wallet": ("Our wallets", "account_balance_wallet"),
        "payments.Callback": ("What the rails sent", "call_received"),
    },
    "Staff": {
        "kernel.User": ("People who sign in", "badge"),
        "auth.Group": ("Roles", "group_work"),
        "kernel.ApiKey": ("Keys of clients", "key"),
        "console.DeskAct": ("What staff did", "history_edu"),
        "console.Export": ("Exports", "download"),
        "axes.AccessAttempt": ("Locked out", "lock_person"),
        "axes.AccessFailureLog": ("Failed sign-ins", "password"),
        "axes.AccessLog": ("Sign-ins", "login"),
    },
}
HOME, REST = "Today", "Behind the scenes"
BEGIN_WITH = {
    "contracts.Dispute": waiting.DISPUTES,
    "payments.Proposal": waiting.PROPOSALS,
    "payments.PayoutStop": waiting.STOPS,
    "notifications.InboundMessage": waiting.SMS,
}
"""Which of the lists that wait is opened from the menu: staff come for what waits."""
BADGES = {
    "contracts.Dispute": (waiting.DISPUTES,),
    "payments.Proposal": (waiting.PROPOSALS,),
    "payments.Deposit": ("suspense",),
    "notifications.InboundMessage": (waiting.SMS,),
    "payments.PayoutStop": (waiting.STOPS,),
    "notifications.Message": ("failed",),
    "contracts.Party": ("unreachable",),
    "payments.Transfer": ("unknown", "quarantined", "owed"),
    "payments.Callback": ("callbacks",),
}
"""Which of the numbers that wait for a person stand beside a list."""


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu, as Unfold takes it. A model that no group names is found in the last one."""
    left = dict(_visible(request))
    menu: list[dict[str, Any]] = [
        {"title": "", "items": [{"title": HOME, "icon": "home", "link": reverse("admin:index")}]}
    ]
    for title, members in GROUPS.items():
        items = [
            {**left.pop(name), "title": words, "icon": icon} for name, (words, icon) in members.items() if name in left
        ]
        menu.append({"title": title, "separator": True, "items": items})
    rest = [{**item, "icon": "settings"} for item in left.values()]
    menu.append({"title": REST, "separator": True, "collapsible": True, "items": rest})
    return [group for group in menu if group["items"]]


def _visible(request: HttpRequest) -> Iterator[tuple[str, dict[str, Any]]]:
    counts = rollup.latest().figures.waiting
    for app in site.get_app_list(request):
        for entry in app["models"]:
            if entry["admin_url"]:
                label = entry["model"]._meta.label
                address = waiting.address(BEGIN_WITH[label]) if label in BEGIN_WITH else entry["admin_url"]
                item = {"title": entry["name"], "link": address}
                waits = sum(counts.get(key, 0) for key in BADGES.get(label, ()))
                yield label, {**item, **(_badge(waits) if waits else {})}


def _badge(number: int) -> dict[str, str]:
    return {"badge": f"{number:,}", "badge_variant": "danger"}
